//! TCP and TLS sockets of the standard library, and the traits of embedded-io for the driver.

use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::Arc;
use std::time::Duration;

use pusher_proto::Endpoint;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};

use crate::Failure;

/// How long opening a socket may take, for each address of the host and for TLS.
const OPENING: Duration = Duration::from_secs(5);

/// How long a read waits for something to come, and so by how much the timers of the connection may be late.
const READING: Duration = Duration::from_millis(50);

/// Plain or encrypted.
pub enum Stream {
    Tcp(TcpStream),
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Stream {
    /// Connects to the first address of `host` that answers, with TLS if it is given.
    pub fn connect(host: &str, port: u16, tls: Option<&Arc<ClientConfig>>) -> Result<Self, Failure> {
        let unreachable = |error: io::Error| format!("{host} port {port} cannot be reached: {error}");
        let mut failure = io::Error::new(io::ErrorKind::NotFound, "the name has no address");
        for address in (host, port).to_socket_addrs().map_err(unreachable)? {
            match TcpStream::connect_timeout(&address, OPENING) {
                Ok(tcp) => return Ok(Self::set_up(tcp, host, tls).map_err(unreachable)?),
                Err(error) => failure = error,
            }
        }
        Err(unreachable(failure).into())
    }

    fn set_up(mut tcp: TcpStream, host: &str, tls: Option<&Arc<ClientConfig>>) -> io::Result<Self> {
        tcp.set_nodelay(true)?;
        tcp.set_read_timeout(Some(OPENING))?;
        tcp.set_write_timeout(Some(OPENING))?;
        let Some(tls) = tls else { return Ok(Self::Tcp(tcp)) };
        let name = ServerName::try_from(host.to_owned()).map_err(io::Error::other)?;
        let mut session = ClientConnection::new(tls.clone(), name).map_err(io::Error::other)?;
        while session.is_handshaking() {
            session.complete_io(&mut tcp)?;
        }
        Ok(Self::Tls(Box::new(StreamOwned::new(session, tcp))))
    }

    fn tcp(&self) -> &TcpStream {
        match self {
            Self::Tcp(tcp) => tcp,
            Self::Tls(tls) => &tls.sock,
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

/// The socket of the connection, as [`step`](pusher_proto::Connection::step) takes it.
pub struct Socket(Stream);

impl Socket {
    /// Opens the socket that `Step::Open` asked for.
    pub fn open(endpoint: &Endpoint<'_>, secure: bool, tls: &Arc<ClientConfig>) -> Result<Self, Failure> {
        let endpoint = if secure { endpoint.with_tls() } else { *endpoint };
        let mut host = [0; 256];
        let host = endpoint.host(&mut host)?;
        let stream = Stream::connect(host, endpoint.port(), endpoint.is_secure().then_some(tls))?;
        stream.tcp().set_read_timeout(Some(READING))?;
        Ok(Self(stream))
    }
}

/// A timeout has another kind on each system, and the driver knows one.
fn kind(error: io::Error) -> embedded_io::ErrorKind {
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => embedded_io::ErrorKind::TimedOut,
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
        self.0.read(bytes).map_err(kind)
    }
}

impl embedded_io::Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Self::Error> {
        self.0.write(bytes).map_err(kind)
    }

    fn flush(&mut self) -> Result<(), Self::Error> {
        self.0.flush().map_err(kind)
    }
}
