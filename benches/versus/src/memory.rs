//! A socket in memory that returns one frame repeatedly and discards all writes, without a network or a runtime.

use std::future::Future;
use std::hint::black_box;
use std::io::{self, IoSlice, Read, Write};
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

/// Returns a copy of `bytes` followed by unused space. Without it, the next allocation may be a few bytes after the
/// copy modulo 4,096. Copies between such addresses are half as fast, for an arbitrary entry.
pub fn placed(bytes: &[u8]) -> Vec<u8> {
    let mut placed = Vec::with_capacity(bytes.len().next_multiple_of(4096) + 2048);
    placed.extend(bytes);
    placed
}

/// Returns the rest of the frame, as much of it as fits.
pub struct Memory {
    frame: Vec<u8>,
    at: usize,
}

impl Memory {
    pub fn new(frame: &[u8]) -> Self {
        Self { frame: placed(frame), at: 0 }
    }

    /// Creates a socket for writing only.
    pub fn sink() -> Self {
        Self::new(&[0])
    }
}

impl Read for Memory {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = &black_box(&self.frame[..])[self.at..];
        let len = rest.len().min(buffer.len());
        buffer[..len].copy_from_slice(&rest[..len]);
        self.at += len;
        if self.at == self.frame.len() {
            self.at = 0;
        }
        Ok(len)
    }
}

impl Write for Memory {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(black_box(bytes).len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl AsyncRead for Memory {
    fn poll_read(self: Pin<&mut Self>, _: &mut Context<'_>, buffer: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let memory = self.get_mut();
        let rest = &black_box(&memory.frame[..])[memory.at..];
        let len = rest.len().min(buffer.remaining());
        buffer.put_slice(&rest[..len]);
        memory.at += len;
        if memory.at == memory.frame.len() {
            memory.at = 0;
        }
        Poll::Ready(Ok(()))
    }
}

impl AsyncWrite for Memory {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(black_box(bytes).len()))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(parts.iter().map(|part| black_box(&part[..]).len()).sum()))
    }

    fn is_write_vectored(&self) -> bool {
        true
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

impl wtx::stream::StreamReader for Memory {
    async fn read(&mut self, buffer: &mut [u8]) -> wtx::Result<usize> {
        Ok(Read::read(self, buffer)?)
    }
}

impl wtx::stream::StreamWriter for Memory {
    async fn write_all(&mut self, bytes: &[u8]) -> wtx::Result<()> {
        black_box(bytes);
        Ok(())
    }

    async fn write_all_vectored(&mut self, parts: &[&[u8]]) -> wtx::Result<()> {
        parts.iter().for_each(|part| {
            black_box(*part);
        });
        Ok(())
    }
}

/// Runs a future that never waits, because [`Memory`] never does.
pub fn now<F: Future>(future: F) -> F::Output {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => output,
        Poll::Pending => panic!("the socket in memory never has to be waited for"),
    }
}
