//! A handle to a socket for both halves of a session.

use core::cell::RefCell;
use core::future::poll_fn;
use core::pin::pin;
use core::task::Poll;

use embedded_io::{Error, ErrorKind, ErrorType};
use embedded_io_async::{Read, Write};

/// A handle to a socket that can be cloned, so that both halves of a TLS session can use one socket.
///
/// The reads, writes and flushes of the socket must be cancel-safe, as those of TCP sockets are: each poll makes them
/// anew. embedded-tls splits a session only over a socket that implements `Clone`:
///
/// ```
/// use core::cell::RefCell;
///
/// use pusher_proto::io::Shared;
///
/// # fn open() {}
/// let tcp = RefCell::new(open()); // a `TcpSocket`, for example
/// let for_tls = Shared::new(&tcp); // TlsConnection::new(Shared::new(&tcp), ..), then `split`
/// let clone = for_tls.clone();
/// ```
#[derive(Debug)]
pub struct Shared<'a, S>(&'a RefCell<S>);

impl<'a, S> Shared<'a, S> {
    /// Creates a handle.
    pub const fn new(socket: &'a RefCell<S>) -> Self {
        Self(socket)
    }
}

impl<S> Clone for Shared<'_, S> {
    fn clone(&self) -> Self {
        Self(self.0)
    }
}

impl<S: ErrorType> ErrorType for Shared<'_, S> {
    type Error = ErrorKind;
}

impl<S: Read> Read for Shared<'_, S> {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        poll_fn(|context| match self.0.try_borrow_mut() {
            Ok(mut socket) => pin!(socket.read(buffer)).poll(context).map_err(|error| error.kind()),
            Err(_) => IN_USE,
        })
        .await
    }
}

impl<S: Write> Write for Shared<'_, S> {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        poll_fn(|context| match self.0.try_borrow_mut() {
            Ok(mut socket) => pin!(socket.write(bytes)).poll(context).map_err(|error| error.kind()),
            Err(_) => IN_USE,
        })
        .await
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        poll_fn(|context| match self.0.try_borrow_mut() {
            Ok(mut socket) => pin!(socket.flush()).poll(context).map_err(|error| error.kind()),
            Err(_) => Poll::Ready(Err(ErrorKind::Other)),
        })
        .await
    }
}

/// The application holds a borrow of the socket across a wait.
const IN_USE: Poll<Result<usize, ErrorKind>> = Poll::Ready(Err(ErrorKind::Other));
