//! Percent-encoding (RFC 3986 §2.1).

use crate::text::hex_digit;

/// Passes `text` to `write` byte by byte; bytes that `keep` rejects become `%` and two upper-case hexadecimal digits.
/// `keep` decides only about ASCII: other bytes are always escaped.
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

/// Returns whether a character has the same meaning escaped or not (RFC 3986 §2.3). Forms have one more rule, a space
/// as `+`, but every decoder of forms accepts `%20` too.
pub(crate) fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

/// Returns whether a character is valid in a path segment (RFC 3986 §3.3). Servers hash the path as it was sent, so
/// only what must be escaped is.
#[cfg(feature = "rest")]
pub(crate) fn is_path(byte: u8) -> bool {
    is_unreserved(byte) || b"!$&'()*+,;=:@".contains(&byte)
}

/// Returns whether a character is valid in a query (RFC 3986 §3.4), except `&` and `+`, which have a special meaning in
/// forms.
#[cfg(feature = "rest")]
pub(crate) fn is_query(byte: u8) -> bool {
    is_path(byte) && !matches!(byte, b'&' | b'+') || matches!(byte, b'/' | b'?')
}
