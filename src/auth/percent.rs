//! Percent-encoding (RFC 3986 §2.1).

use crate::output::Writer;

/// Appends `text` with every byte that `keep` refuses as `%` and two capital hexadecimal digits. `keep` is asked about
/// ASCII alone: what is not ASCII is always escaped.
pub(crate) fn encode(writer: &mut Writer<'_>, text: &str, keep: impl Fn(u8) -> bool) {
    for &byte in text.as_bytes() {
        if byte.is_ascii() && keep(byte) {
            writer.byte(byte);
        } else {
            writer.byte(b'%');
            writer.byte(capital_digit(byte >> 4));
            writer.byte(capital_digit(byte & 15));
        }
    }
}

/// The characters that mean the same everywhere, escaped or not (RFC 3986 §2.3). Forms need one more rule, space as
/// `+`, but every decoder of forms takes `%20` too.
pub(crate) fn is_unreserved(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.' | b'_' | b'~')
}

fn capital_digit(nibble: u8) -> u8 {
    if nibble < 10 { b'0'.wrapping_add(nibble) } else { b'A'.wrapping_add(nibble.wrapping_sub(10)) }
}
