//! A TCP socket with a total deadline.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, Instant};

/// A TCP socket whose reads and writes fail once a deadline has passed, with an error of the kind `WouldBlock`.
///
/// A socket's own read timeout applies to one read. A peer that sends a byte now and then could block a caller that
/// reads a complete message, such as a TLS or HTTP library, without limit.
pub struct Timed {
    tcp: TcpStream,
    deadline: Instant,
}

impl Timed {
    /// Connects to the first address of `host` that answers, within `span` in total. The same deadline applies to reads
    /// and writes. (It does not limit the system's name lookup.)
    pub fn connect(host: &str, port: u16, span: Duration) -> io::Result<Self> {
        let addresses: Vec<_> = (host, port).to_socket_addrs()?.collect();
        let deadline = Instant::now() + span;
        let mut failure = io::Error::new(ErrorKind::NotFound, "the name has no address");
        for (address, ahead) in addresses.iter().zip((1..=addresses.len() as u32).rev()) {
            // Divides the time, so that an unresponsive address does not use up the time of the others.
            let share = deadline.saturating_duration_since(Instant::now()) / ahead;
            match TcpStream::connect_timeout(address, share.max(Duration::from_millis(1))) {
                Ok(tcp) => {
                    tcp.set_nodelay(true)?;
                    return Ok(Self { tcp, deadline });
                }
                Err(error) => failure = error,
            }
        }
        Err(failure)
    }

    /// Wraps a connected socket, with a deadline `span` from now.
    pub fn new(tcp: TcpStream, span: Duration) -> Self {
        Self { tcp, deadline: Instant::now() + span }
    }

    /// Sets the deadline to `span` from now.
    pub fn expire_in(&mut self, span: Duration) {
        self.deadline = Instant::now() + span;
    }

    fn left(&self) -> io::Result<Duration> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        if left.is_zero() { Err(late()) } else { Ok(left) }
    }
}

impl Read for Timed {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        self.tcp.set_read_timeout(Some(self.left()?))?;
        self.tcp.read(bytes).map_err(in_words)
    }
}

impl Write for Timed {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.tcp.set_write_timeout(Some(self.left()?))?;
        self.tcp.write(bytes).map_err(in_words)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(()) // TCP has nothing to flush
    }
}

/// Converts a timeout, whose kind depends on the system, to an error with a clear message.
fn in_words(error: io::Error) -> io::Error {
    match error.kind() {
        ErrorKind::WouldBlock => late(),
        // On Unix, this means that the peer has disconnected.
        ErrorKind::TimedOut if cfg!(windows) => late(),
        _ => error,
    }
}

fn late() -> io::Error {
    io::Error::new(ErrorKind::WouldBlock, "timeout")
}
