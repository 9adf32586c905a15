//! A socket for the driver that can drop the client's output.

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use embedded_io::{ErrorKind, ErrorType, Read, Write};
use rustls::ClientConfig;

use crate::support::stream::{Stream, try_connect};

/// The treatment of the messages that the client writes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    Open,
    /// Drops them.
    Shut,
    /// Drops them, except one after each `pusher:ping` of the server: the answer.
    Answers,
}

pub struct Line {
    stream: Box<dyn Stream>,
    pub gate: Gate,
    /// The number of the server's pings received while the gate passed answers.
    pub pings: usize,
    answers: usize,
}

impl Line {
    pub fn open(address: SocketAddr, tls: Option<&Arc<ClientConfig>>) -> io::Result<Self> {
        let stream = try_connect(address, tls)?;
        stream.tcp().set_read_timeout(Some(Duration::from_millis(5)))?;
        Ok(Self { stream, gate: Gate::Open, pings: 0, answers: 0 })
    }
}

fn kind(error: io::Error) -> ErrorKind {
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => ErrorKind::TimedOut,
        io::ErrorKind::Interrupted => ErrorKind::Interrupted,
        _ => ErrorKind::Other,
    }
}

impl ErrorType for Line {
    type Error = ErrorKind;
}

impl Read for Line {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        let length = self.stream.read(buffer).map_err(kind)?;
        // The server's messages are not masked and arrive in one piece.
        if self.gate == Gate::Answers && String::from_utf8_lossy(&buffer[..length]).contains(r#""pusher:ping""#) {
            self.pings += 1;
        }
        Ok(length)
    }
}

impl Write for Line {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        match self.gate {
            Gate::Open => return self.stream.write(bytes).map_err(kind),
            Gate::Answers if self.answers < self.pings => {
                self.answers += 1;
                self.stream.write_all(bytes).map_err(kind)?;
            }
            Gate::Answers | Gate::Shut => {}
        }
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), ErrorKind> {
        self.stream.flush().map_err(kind)
    }
}
