//! The program of the guide's section on esp-idf.

use std::error::Error;
use std::net::TcpStream;
use std::os::fd::{AsRawFd, IntoRawFd};
use std::time::Duration;

use embedded_io::{ErrorKind, Read, Write};
use esp_idf_svc::io::EspIOError;
use esp_idf_svc::sys;
use esp_idf_svc::tls::{Config, EspTls, Socket};
use pusher_proto::io::MapErrorKind;

/// The socket below the session. esp-tls closes it.
struct Tcp(Option<TcpStream>);

impl Socket for Tcp {
    fn handle(&self) -> i32 {
        self.0.as_ref().map_or(-1, |stream| stream.as_raw_fd())
    }

    fn release(&mut self) -> Result<(), sys::EspError> {
        self.0.take().map(|stream| stream.into_raw_fd());
        Ok(())
    }
}

/// The driver expects `TimedOut` for "nothing now".
fn kind(error: &EspIOError) -> ErrorKind {
    match error.0.code() {
        sys::ESP_TLS_ERR_SSL_WANT_READ => ErrorKind::TimedOut,
        sys::ESP_TLS_ERR_SSL_WANT_WRITE => ErrorKind::TimedOut,
        _ => ErrorKind::Other,
    }
}

/// Replaces `open` of section 1.
fn open(address: (&str, u16)) -> Result<impl Read + Write, Box<dyn Error>> {
    let stream = TcpStream::connect(address)?;
    stream.set_nodelay(true)?;
    stream.set_read_timeout(Some(Duration::from_millis(20)))?;
    let mut session = EspTls::adopt(Tcp(Some(stream)))?;
    let mut config = Config::default();
    config.use_crt_bundle_attach = true; // or `ca_cert`
    config.timeout_ms = 10_000; // of the handshake
    session.negotiate(address.0, &config)?;
    Ok(MapErrorKind { socket: session, kind })
}
