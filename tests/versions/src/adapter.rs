//! An adapter for smoltcp as in docs/guide.md, without the polling of the interface.

use embedded_io::{ErrorKind, ErrorType, Read, Write};
use smoltcp::socket::tcp;

pub struct Socket<'a>(pub tcp::Socket<'a>);

impl ErrorType for Socket<'_> {
    type Error = ErrorKind;
}

impl Read for Socket<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        match self.0.recv_slice(buffer) {
            Ok(0) => Err(ErrorKind::TimedOut),
            Ok(length) => Ok(length),
            Err(tcp::RecvError::Finished) => Ok(0),
            Err(tcp::RecvError::InvalidState) => Err(ErrorKind::ConnectionReset),
        }
    }
}

impl Write for Socket<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        match self.0.send_slice(bytes) {
            Ok(0) => Err(ErrorKind::TimedOut),
            Ok(length) => Ok(length),
            Err(tcp::SendError::InvalidState) => Err(ErrorKind::ConnectionReset),
        }
    }

    fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}
