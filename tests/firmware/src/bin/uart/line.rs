//! The UART as a socket.

use embedded_io::{ErrorKind, ErrorType, Read, ReadReady, Write};

use crate::board;

/// The only UART of the board.
pub struct Line(());

impl Line {
    /// Enables the UART. Call it once.
    pub fn start() -> Self {
        board::uart::start();
        Self(())
    }

    /// Discards the received bytes.
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
    /// Returns the available bytes without waiting.
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        if !self.read_ready()? {
            return Err(ErrorKind::TimedOut);
        }
        let received = core::iter::from_fn(board::uart::receive);
        Ok(buffer.iter_mut().zip(received).map(|(byte, received)| *byte = received).count())
    }
}

impl Write for Line {
    /// Writes as many bytes as the UART accepts, without waiting.
    fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        match bytes.iter().take_while(|&&byte| board::uart::send(byte)).count() {
            0 if !bytes.is_empty() => Err(ErrorKind::TimedOut),
            length => Ok(length),
        }
    }

    /// The UART sends its bytes by itself.
    fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}
