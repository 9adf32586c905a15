//! A socket whose functions are opaque to the compiler.

use embedded_io::{ErrorKind, ErrorType, Read, Write};

pub struct Socket {
    read: fn(&mut [u8]) -> Result<usize, ErrorKind>,
    write: fn(&[u8]) -> Result<usize, ErrorKind>,
    flush: fn() -> Result<(), ErrorKind>,
}

impl ErrorType for Socket {
    type Error = ErrorKind;
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        (self.read)(buffer)
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        (self.write)(bytes)
    }

    fn flush(&mut self) -> Result<(), ErrorKind> {
        (self.flush)()
    }
}
