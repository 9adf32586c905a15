//! Code shared by the images: a socket that is opaque to the compiler, and a minimal executor.

#![no_std]

use core::future::poll_fn;
use core::panic::PanicInfo;
use core::pin::pin;
use core::task::{Context, Poll, Waker};

use embedded_io::{ErrorKind, ErrorType};
use embedded_io_async::{Read, Write};

#[derive(Debug)]
pub struct Socket {
    pub read: fn(&mut [u8]) -> Result<usize, ErrorKind>,
    pub write: fn(&[u8]) -> Result<usize, ErrorKind>,
    pub is_ready: fn() -> bool,
}

impl Socket {
    async fn ready(&self) {
        poll_fn(|_| if (self.is_ready)() { Poll::Ready(()) } else { Poll::Pending }).await
    }
}

impl ErrorType for Socket {
    type Error = ErrorKind;
}

impl Read for Socket {
    async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        self.ready().await;
        (self.read)(buffer)
    }
}

impl Write for Socket {
    async fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        self.ready().await;
        (self.write)(bytes)
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}

pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    loop {}
}
