//! The error kinds of a socket.

use core::fmt;

/// An error that a socket reports when it ends or fails. Its size is 1 byte.
///
/// The kinds are those of `embedded_io::ErrorKind`, which a driver maps one to one, plus the end of the stream. It is a
/// separate type because a connection without a driver does not depend on embedded-io.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum SocketError {
    /// The server ended the stream: a read returned no bytes.
    Closed,
    /// An error of no other kind, or of an unknown kind.
    Other,
    /// Something was not found.
    NotFound,
    /// Permission was denied.
    PermissionDenied,
    /// The connection was refused.
    ConnectionRefused,
    /// The server reset the connection.
    ConnectionReset,
    /// The connection was aborted.
    ConnectionAborted,
    /// The socket is not connected.
    NotConnected,
    /// The address is in use.
    AddrInUse,
    /// The address is not available.
    AddrNotAvailable,
    /// The other end of the stream is closed.
    BrokenPipe,
    /// Something exists already.
    AlreadyExists,
    /// A parameter was wrong.
    InvalidInput,
    /// Data was malformed, such as a TLS record.
    InvalidData,
    /// The operation took too long.
    TimedOut,
    /// The operation was interrupted.
    Interrupted,
    /// The operation is not supported.
    Unsupported,
    /// Memory ran out.
    OutOfMemory,
    /// A write took no bytes.
    WriteZero,
}

impl fmt::Display for SocketError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Closed => "the socket ended",
            Self::Other => "the socket failed",
            Self::NotFound => "the socket failed: not found",
            Self::PermissionDenied => "the socket failed: permission denied",
            Self::ConnectionRefused => "the socket failed: connection refused",
            Self::ConnectionReset => "the socket failed: connection reset",
            Self::ConnectionAborted => "the socket failed: connection aborted",
            Self::NotConnected => "the socket failed: not connected",
            Self::AddrInUse => "the socket failed: address in use",
            Self::AddrNotAvailable => "the socket failed: address not available",
            Self::BrokenPipe => "the socket failed: broken pipe",
            Self::AlreadyExists => "the socket failed: already exists",
            Self::InvalidInput => "the socket failed: invalid input",
            Self::InvalidData => "the socket failed: invalid data",
            Self::TimedOut => "the socket failed: timed out",
            Self::Interrupted => "the socket failed: interrupted",
            Self::Unsupported => "the socket failed: not supported",
            Self::OutOfMemory => "the socket failed: out of memory",
            Self::WriteZero => "the socket failed: a write accepted no bytes",
        })
    }
}

impl core::error::Error for SocketError {}

#[cfg(any(feature = "embedded-io", feature = "embedded-io-async"))]
impl From<embedded_io::ErrorKind> for SocketError {
    fn from(kind: embedded_io::ErrorKind) -> Self {
        use embedded_io::ErrorKind;
        match kind {
            ErrorKind::NotFound => Self::NotFound,
            ErrorKind::PermissionDenied => Self::PermissionDenied,
            ErrorKind::ConnectionRefused => Self::ConnectionRefused,
            ErrorKind::ConnectionReset => Self::ConnectionReset,
            ErrorKind::ConnectionAborted => Self::ConnectionAborted,
            ErrorKind::NotConnected => Self::NotConnected,
            ErrorKind::AddrInUse => Self::AddrInUse,
            ErrorKind::AddrNotAvailable => Self::AddrNotAvailable,
            ErrorKind::BrokenPipe => Self::BrokenPipe,
            ErrorKind::AlreadyExists => Self::AlreadyExists,
            ErrorKind::InvalidInput => Self::InvalidInput,
            ErrorKind::InvalidData => Self::InvalidData,
            ErrorKind::TimedOut => Self::TimedOut,
            ErrorKind::Interrupted => Self::Interrupted,
            ErrorKind::Unsupported => Self::Unsupported,
            ErrorKind::OutOfMemory => Self::OutOfMemory,
            ErrorKind::WriteZero => Self::WriteZero,
            _ => Self::Other,
        }
    }
}

#[cfg(all(test, any(feature = "embedded-io", feature = "embedded-io-async")))]
mod tests {
    use super::*;

    #[test]
    fn every_kind_of_embedded_io_keeps_its_name() {
        use embedded_io::ErrorKind::*;
        let kinds = [
            Other,
            NotFound,
            PermissionDenied,
            ConnectionRefused,
            ConnectionReset,
            ConnectionAborted,
            NotConnected,
            AddrInUse,
            AddrNotAvailable,
            BrokenPipe,
            AlreadyExists,
            InvalidInput,
            InvalidData,
            TimedOut,
            Interrupted,
            Unsupported,
            OutOfMemory,
            WriteZero,
        ];
        for kind in kinds {
            assert_eq!(std::format!("{:?}", SocketError::from(kind)), std::format!("{kind:?}"));
        }
    }
}
