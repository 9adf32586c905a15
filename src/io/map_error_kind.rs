//! A socket wrapper that maps error kinds.

use embedded_io::{ErrorKind, ErrorType};

/// A socket whose errors get the kind that the function `kind` returns for them.
///
/// A driver continues after `TimedOut` and `Interrupted` of [`ErrorKind`], which mean that there is nothing to
/// read or no room to write now. After any other kind it drops the socket. Some sockets report
/// `Other` for "nothing now": a `TcpStream` of the standard library with a read timeout, esp-idf,
/// esp-hal. This type adapts them:
///
/// ```
/// use std::io;
/// use std::net::{TcpListener, TcpStream};
///
/// use embedded_io::{Error, ErrorKind, Read};
/// use embedded_io_adapters::std::FromStd;
/// use pusher_proto::io::MapErrorKind;
///
/// fn kind(error: &io::Error) -> ErrorKind {
///     match error.kind() {
///         io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => ErrorKind::TimedOut,
///         _ => Error::kind(error),
///     }
/// }
///
/// let listener = TcpListener::bind("127.0.0.1:0")?; // a server that sends nothing
/// let stream = TcpStream::connect(listener.local_addr()?)?;
/// stream.set_read_timeout(Some(std::time::Duration::from_millis(10)))?;
/// let mut socket = MapErrorKind { socket: FromStd::new(stream), kind };
/// assert_eq!(socket.read(&mut [0; 16]), Err(ErrorKind::TimedOut)); // and not `Other`
/// # Ok::<(), io::Error>(())
/// ```
#[derive(Clone, Copy, Debug)]
pub struct MapErrorKind<S, F> {
    /// The socket.
    pub socket: S,
    /// The function that returns the kind of a socket error.
    pub kind: F,
}

impl<S: ErrorType, F: FnMut(&S::Error) -> ErrorKind> ErrorType for MapErrorKind<S, F> {
    type Error = ErrorKind;
}

impl<S: embedded_io::Read, F: FnMut(&S::Error) -> ErrorKind> embedded_io::Read for MapErrorKind<S, F> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        self.socket.read(buffer).map_err(|error| (self.kind)(&error))
    }
}

impl<S: embedded_io::Write, F: FnMut(&S::Error) -> ErrorKind> embedded_io::Write for MapErrorKind<S, F> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        self.socket.write(bytes).map_err(|error| (self.kind)(&error))
    }

    fn flush(&mut self) -> Result<(), ErrorKind> {
        self.socket.flush().map_err(|error| (self.kind)(&error))
    }
}

#[cfg(feature = "embedded-io-async")]
impl<S: embedded_io_async::Read, F: FnMut(&S::Error) -> ErrorKind> embedded_io_async::Read for MapErrorKind<S, F> {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        self.socket.read(buffer).await.map_err(|error| (self.kind)(&error))
    }
}

#[cfg(feature = "embedded-io-async")]
impl<S: embedded_io_async::Write, F: FnMut(&S::Error) -> ErrorKind> embedded_io_async::Write for MapErrorKind<S, F> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        self.socket.write(bytes).await.map_err(|error| (self.kind)(&error))
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        self.socket.flush().await.map_err(|error| (self.kind)(&error))
    }
}
