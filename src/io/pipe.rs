//! A pipe between the asynchronous driver and a socket whose reads and writes must not be dropped.

use core::cell::Cell;
use core::convert::Infallible;
use core::fmt;
use core::future::poll_fn;
use core::ops::Range;
use core::pin::{Pin, pin};
use core::task::{Context, Poll};

use embedded_io::{Error, ErrorKind, ErrorType};
use embedded_io_async::{Read, Write};

/// Two buffers between [`step_async`](crate::Connection::step_async) and the halves of a socket, for sockets that lose
/// bytes when a read or write is dropped.
///
/// A program races a step against timers and commands, and drops it when they win. The step itself drops a flush that
/// does not complete. A TLS session such as that of embedded-tls 0.19 must not be dropped: it keeps the header of a
/// record in the future of the read. [`run`](Self::run) keeps the reads and writes of the socket in one future that
/// lives as long as the socket. [`socket`](Self::socket) returns the socket for `step_async`. It polls that future,
/// and loses nothing when it is dropped itself.
///
/// The pipe needs the two halves of the socket, because the driver must write while a read waits.
/// [`Shared`](super::Shared) makes halves of a TCP socket for a library that splits a session only over a socket that
/// can be cloned.
///
/// Each buffer needs at least one byte. 64 bytes each are enough; a larger transmit buffer makes fewer TLS records. The
/// pipe itself takes 9 words, 36 bytes on a 32-bit processor. It is for one task: its futures are not `Send`.
///
/// ```
/// use core::pin::pin;
///
/// use embedded_io_async::{Read, Write};
/// use pusher_proto::connection::DenyAll;
/// use pusher_proto::io::{Pipe, Step};
/// use pusher_proto::{Connection, Instant};
///
/// /// Runs the connection over one socket, until it is over.
/// async fn session<R: FnMut(&mut [u8])>(
///     connection: &mut Connection<'_, R>,
///     (reader, writer): (impl Read, impl Write),
///     now: impl Fn() -> Instant,
/// ) {
///     let (mut rx, mut tx) = ([0; 64], [0; 256]);
///     let pipe = Pipe::new(&mut rx, &mut tx);
///     let run = pin!(pipe.run(reader, writer));
///     let mut socket = pipe.socket(run);
///     loop {
///         // Race this step against timers and commands, as usual.
///         match connection.step_async(now(), Some(&mut socket), &mut DenyAll).await {
///             Step::Close(_) => return,
///             _ => {}
///         }
///     }
/// }
/// ```
pub struct Pipe<'b> {
    incoming: Cell<Incoming<'b>>,
    outgoing: Cell<Outgoing<'b>>,
}

/// The receive buffer. It moves between the pipe and the future of a read.
#[derive(Default)]
enum Incoming<'b> {
    /// A read is writing into the buffer.
    #[default]
    Taken,
    Empty(&'b mut [u8]),
    /// The bytes in this range are not passed on yet. An empty range is the end of the stream.
    Full(&'b mut [u8], Range<usize>),
    Failed(&'b mut [u8], ErrorKind),
}

/// The transmit buffer. It moves between the pipe and the future of a write.
#[derive(Default)]
enum Outgoing<'b> {
    /// A write or a flush is under way.
    #[default]
    Taken,
    /// Everything is written, and flushed if the flag is set.
    Free(&'b mut [u8], bool),
    /// The first bytes, as many as this, are not written yet.
    Full(&'b mut [u8], usize),
    /// A flush is requested.
    Flush(&'b mut [u8]),
    Failed(&'b mut [u8], ErrorKind),
}

impl<'b> Pipe<'b> {
    /// Creates a pipe with a buffer for each direction, of at least one byte.
    pub const fn new(rx: &'b mut [u8], tx: &'b mut [u8]) -> Self {
        Self { incoming: Cell::new(Incoming::Empty(rx)), outgoing: Cell::new(Outgoing::Free(tx, true)) }
    }

    /// Reads and writes the halves of a socket, each operation to its end. Pin the future and pass it to
    /// [`socket`](Self::socket); it does nothing by itself.
    ///
    /// An error of the writer ends the connection, also one of the kinds `TimedOut` and `Interrupted`, which are
    /// reported as `Other`: part of the bytes may have been written.
    pub async fn run(&self, reader: impl Read, writer: impl Write) -> Infallible {
        let (mut fill, mut drain) = (pin!(self.fill(reader)), pin!(self.drain(writer)));
        poll_fn(|context| {
            let drained = drain.as_mut().poll(context);
            if drained.is_ready() { drained } else { fill.as_mut().poll(context) }
        })
        .await
    }

    /// Returns the socket for [`step_async`](crate::Connection::step_async). `run` is the pinned future of
    /// [`run`](Self::run) of this pipe.
    pub const fn socket<'p, F: Future<Output = Infallible>>(&'p self, run: Pin<&'p mut F>) -> PipeSocket<'p, 'b, F> {
        PipeSocket { pipe: self, run }
    }

    async fn fill(&self, mut reader: impl Read) -> Infallible {
        loop {
            // No waker: the socket of the pipe changes the state, and polls this future after that.
            let buffer = poll_fn(|_| match self.incoming.take() {
                Incoming::Empty(buffer) => Poll::Ready(buffer),
                other => {
                    self.incoming.set(other);
                    Poll::Pending
                }
            })
            .await;
            let read = reader.read(buffer).await;
            self.incoming.set(match read {
                Ok(length) => Incoming::Full(buffer, 0..length),
                Err(error) => Incoming::Failed(buffer, error.kind()),
            });
        }
    }

    async fn drain(&self, mut writer: impl Write) -> Infallible {
        loop {
            let (buffer, length) = poll_fn(|_| match self.outgoing.take() {
                Outgoing::Full(buffer, length) => Poll::Ready((buffer, Some(length))),
                Outgoing::Flush(buffer) => Poll::Ready((buffer, None)),
                other => {
                    self.outgoing.set(other);
                    Poll::Pending
                }
            })
            .await;
            let result = match length {
                Some(length) => write_all(&mut writer, buffer.get(..length).unwrap_or_default()).await,
                None => writer.flush().await.map_err(|error| error.kind()),
            };
            self.outgoing.set(match result {
                Ok(()) => Outgoing::Free(buffer, length.is_none()),
                Err(ErrorKind::TimedOut | ErrorKind::Interrupted) => Outgoing::Failed(buffer, ErrorKind::Other),
                Err(kind) => Outgoing::Failed(buffer, kind),
            });
        }
    }
}

/// Writes all bytes. Not the method of the trait, which may panic.
async fn write_all(writer: &mut impl Write, mut bytes: &[u8]) -> Result<(), ErrorKind> {
    while !bytes.is_empty() {
        match writer.write(bytes).await {
            Ok(0) => return Err(ErrorKind::WriteZero),
            Ok(length) => bytes = bytes.get(length..).unwrap_or_default(),
            Err(error) => return Err(error.kind()),
        }
    }
    Ok(())
}

impl fmt::Debug for Pipe<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Pipe(..)") // its content may be secret
    }
}

/// The near end of a [`Pipe`]: a socket whose reads, writes and flushes may be dropped at any wait.
///
/// An error has the kind of the error of the half.
pub struct PipeSocket<'p, 'b, F> {
    pipe: &'p Pipe<'b>,
    run: Pin<&'p mut F>,
}

impl<F: Future<Output = Infallible>> PipeSocket<'_, '_, F> {
    fn poll_run(&mut self, context: &mut Context<'_>) {
        if let Poll::Ready(never) = self.run.as_mut().poll(context) {
            match never {}
        }
    }
}

impl<F> fmt::Debug for PipeSocket<'_, '_, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PipeSocket(..)")
    }
}

impl<F> ErrorType for PipeSocket<'_, '_, F> {
    type Error = ErrorKind;
}

impl<F: Future<Output = Infallible>> Read for PipeSocket<'_, '_, F> {
    async fn read(&mut self, into: &mut [u8]) -> Result<usize, ErrorKind> {
        poll_fn(|context| {
            self.poll_run(context);
            let (next, result) = match self.pipe.incoming.take() {
                Incoming::Full(buffer, mut range) => {
                    let bytes = buffer.get(range.clone()).unwrap_or_default();
                    let length = bytes.len().min(into.len());
                    into.iter_mut().zip(bytes).for_each(|(slot, byte)| *slot = *byte);
                    range.start = range.start.saturating_add(length);
                    let is_empty = range.is_empty();
                    let next = if is_empty { Incoming::Empty(buffer) } else { Incoming::Full(buffer, range) };
                    (next, Poll::Ready(Ok(length)))
                }
                Incoming::Failed(buffer, kind) => (Incoming::Empty(buffer), Poll::Ready(Err(kind))),
                waiting => (waiting, Poll::Pending),
            };
            self.pipe.incoming.set(next);
            result
        })
        .await
    }
}

impl<F: Future<Output = Infallible>> Write for PipeSocket<'_, '_, F> {
    async fn write(&mut self, from: &[u8]) -> Result<usize, ErrorKind> {
        poll_fn(|context| {
            self.poll_run(context);
            let (next, result) = match self.pipe.outgoing.take() {
                Outgoing::Free(buffer, _) => {
                    let length = buffer.len().min(from.len());
                    buffer.iter_mut().zip(from).for_each(|(slot, byte)| *slot = *byte);
                    (Outgoing::Full(buffer, length), Poll::Ready(Ok(length)))
                }
                Outgoing::Failed(buffer, kind) => (Outgoing::Free(buffer, true), Poll::Ready(Err(kind))),
                waiting => (waiting, Poll::Pending),
            };
            self.pipe.outgoing.set(next);
            result
        })
        .await
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        poll_fn(|context| {
            loop {
                self.poll_run(context);
                let (next, result) = match self.pipe.outgoing.take() {
                    // Poll again, so that the flush starts.
                    Outgoing::Free(buffer, false) => (Outgoing::Flush(buffer), None),
                    Outgoing::Free(buffer, true) => (Outgoing::Free(buffer, true), Some(Poll::Ready(Ok(())))),
                    Outgoing::Failed(buffer, kind) => (Outgoing::Free(buffer, true), Some(Poll::Ready(Err(kind)))),
                    waiting => (waiting, Some(Poll::Pending)),
                };
                self.pipe.outgoing.set(next);
                if let Some(result) = result {
                    return result;
                }
            }
        })
        .await
    }
}
