//! Percent-encoding (RFC 3986 §2.1).

use crate::text::hex_digit;

/// Passes `text` to `write` byte by byte, each byte that `keep` refuses as `%` and two capital hexadecimal digits.
/// `keep` decides about ASCII alone: what is not ASCII is always escaped.
pub(crate) fn encode(text: &str, keep: fn(u8) -> bool, mut write: impl FnMut(u8)) {
    for &byte in text.as_bytes() {
        if byte.is_ascii() && keep(byte) {
            write(byte);
        } else {
            write(b'%');
            write(hex_digit(byte >> 4, b'A'));
            write(hex_digit(byte & 15, b'A'));
        }
    }
}

/// The characters that mean the same everywhere, escaped or not (RFC 3986 §2.3). Forms need one more rule, space as
/// `+`, but every decoder of forms takes `%20` too.
pub(crate) fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// What may stand in a segment of a path (RFC 3986 §3.3). Servers hash the path as it was sent, so no more is escaped
/// than must be.
#[cfg(feature = "rest")]
pub(crate) fn is_path(byte: u8) -> bool {
    is_unreserved(byte) || b"!$&'()*+,;=:@".contains(&byte)
}

/// What may stand in a query (RFC 3986 §3.4) and is not `&` or `+`, which forms give a meaning of their own.
#[cfg(feature = "rest")]
pub(crate) fn is_query(byte: u8) -> bool {
    is_path(byte) && !matches!(byte, b'&' | b'+') || matches!(byte, b'/' | b'?')
}
