//! Sockets of the standard library, plain or behind TLS.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::ServerName;
use rustls::{ClientConfig, ClientConnection, StreamOwned};

const TIMEOUT: Duration = Duration::from_secs(10);

pub trait Stream: Read + Write {
    fn tcp(&self) -> &TcpStream;
}

impl Stream for TcpStream {
    fn tcp(&self) -> &TcpStream {
        self
    }
}

impl Stream for StreamOwned<ClientConnection, TcpStream> {
    fn tcp(&self) -> &TcpStream {
        &self.sock
    }
}

/// Connects to `address`, with TLS if it is given. Panics after 10 s, which is also the timeout of reads and writes.
pub fn connect(address: SocketAddr, tls: Option<&Arc<ClientConfig>>) -> Box<dyn Stream> {
    try_connect(address, tls).unwrap()
}

/// Connects in the same way, but returns an error if the server does not listen yet.
pub fn try_connect(address: SocketAddr, tls: Option<&Arc<ClientConfig>>) -> std::io::Result<Box<dyn Stream>> {
    let mut tcp = TcpStream::connect_timeout(&address, TIMEOUT)?;
    tcp.set_nodelay(true)?;
    tcp.set_read_timeout(Some(TIMEOUT))?;
    tcp.set_write_timeout(Some(TIMEOUT))?;
    let Some(tls) = tls else { return Ok(Box::new(tcp)) };
    let name = ServerName::IpAddress(address.ip().into());
    let mut session = ClientConnection::new(tls.clone(), name).map_err(std::io::Error::other)?;
    while session.is_handshaking() {
        session.complete_io(&mut tcp)?;
    }
    Ok(Box::new(StreamOwned::new(session, tcp)))
}
