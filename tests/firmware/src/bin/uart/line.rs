//! The UART as a socket: nothing but bytes, in and out.

use embedded_io::{ErrorKind, ErrorType, Read, ReadReady, Write};

use crate::board;

/// The one UART of the board.
pub struct Line(());

impl Line {
    /// Switches the UART on. Call it once.
    pub fn start() -> Self {
        board::uart::start();
        Self(())
    }

    /// Drops what has come in.
    pub fn discard(&mut self) {
        while board::uart::receive().is_some() {}
    }
}

impl ErrorType for Line {
    type Error = ErrorKind;
}

impl ReadReady for Line {
    fn read_ready(&mut self) -> Result<bool, ErrorKind> {
        Ok(board::uart::has_received())
    }
}

impl Read for Line {
    /// Does not wait: takes what is there.
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        if !self.read_ready()? {
            return Err(ErrorKind::TimedOut);
        }
        let received = core::iter::from_fn(board::uart::receive);
        Ok(buffer.iter_mut().zip(received).map(|(byte, received)| *byte = received).count())
    }
}

impl Write for Line {
    /// Does not wait either: gives the UART what it has room for.
    fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        match bytes.iter().take_while(|&&byte| board::uart::send(byte)).count() {
            0 if !bytes.is_empty() => Err(ErrorKind::TimedOut),
            length => Ok(length),
        }
    }

    /// The UART sends by itself whatever it was given.
    fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}
