//! TCP and TLS sockets of the standard library, with the traits of embedded-io for the driver.

use std::io::{self, Read, Write};
use std::sync::Arc;
use std::time::Duration;

use pusher_proto::Endpoint;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};

use crate::Failure;
use crate::common::timed::Timed;

/// The timeout for opening a socket, including TLS; for an HTTP request, until the answer is complete.
const OPENING: Duration = Duration::from_secs(5);

/// How long a step waits for the peer, which is the maximum delay of the connection's timers.
const READING: Duration = Duration::from_millis(50);

/// A plain or encrypted socket.
pub enum Stream {
    Tcp(Timed),
    Tls(Box<StreamOwned<ClientConnection, Timed>>),
}

impl Stream {
    /// Connects to the first address of `host` that answers, with TLS if `tls` is given.
    pub fn connect(host: &str, port: u16, tls: Option<&Arc<ClientConfig>>) -> Result<Self, Failure> {
        let open = || {
            let tcp = Timed::connect(host, port, OPENING)?;
            Self::set_up(tcp, host, tls)
        };
        Ok(open().map_err(|error| format!("{host} port {port} cannot be reached: {error}"))?)
    }

    fn set_up(mut tcp: Timed, host: &str, tls: Option<&Arc<ClientConfig>>) -> io::Result<Self> {
        let Some(tls) = tls else { return Ok(Self::Tcp(tcp)) };
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        let mut session = ClientConnection::new(tls.clone(), name).map_err(io::Error::other)?;
        while session.is_handshaking() {
            session.complete_io(&mut tcp)?;
        }
        Ok(Self::Tls(Box::new(StreamOwned::new(session, tcp))))
    }

    /// Sets the deadline of reads and writes to `span` from now. One TLS read may take several TCP reads.
    fn expire_in(&mut self, span: Duration) {
        match self {
            Self::Tcp(tcp) => tcp.expire_in(span),
            Self::Tls(tls) => tls.sock.expire_in(span),
        }
    }
}

impl Read for Stream {
    fn read(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(tcp) => tcp.read(bytes),
            Self::Tls(tls) => tls.read(bytes),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Tcp(tcp) => tcp.write(bytes),
            Self::Tls(tls) => tls.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Tcp(tcp) => tcp.flush(),
            Self::Tls(tls) => tls.flush(),
        }
    }
}

/// The socket that [`step`](pusher_proto::Connection::step) takes.
pub struct Socket(Stream);

impl Socket {
    /// Opens the socket that `Step::Open` requested.
    pub fn open(endpoint: &Endpoint<'_>, secure: bool, tls: &Arc<ClientConfig>) -> Result<Self, Failure> {
        let endpoint = if secure { endpoint.with_tls() } else { *endpoint };
        let mut host = [0; 256];
        let host = endpoint.host(&mut host)?;
        Ok(Self(Stream::connect(host, endpoint.port(), endpoint.is_secure().then_some(tls))?))
    }
}

/// Returns the kind of an error for the driver. An expired deadline is not a socket failure.
fn kind(error: io::Error) -> embedded_io::ErrorKind {
    match error.kind() {
        io::ErrorKind::WouldBlock => embedded_io::ErrorKind::TimedOut,
        io::ErrorKind::Interrupted => embedded_io::ErrorKind::Interrupted,
        io::ErrorKind::WriteZero => embedded_io::ErrorKind::WriteZero,
        _ => embedded_io::ErrorKind::Other,
    }
}

impl embedded_io::ErrorType for Socket {
    type Error = embedded_io::ErrorKind;
}

impl embedded_io::Read for Socket {
    fn read(&mut self, bytes: &mut [u8]) -> Result<usize, Self::Error> {
        self.0.expire_in(READING);
        self.0.read(bytes).map_err(kind)
    }
}

impl embedded_io::Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Self::Error> {
        self.0.expire_in(READING);
        self.0.write(bytes).map_err(kind)
    }

    fn flush(&mut self) -> Result<(), Self::Error> {
        self.0.expire_in(READING);
        self.0.flush().map_err(kind)
    }
}
