//! Writes into the caller's buffer: either the complete text or the size it needs, never a part of it.

use core::fmt;

use crate::percent;
use crate::text::{copy, hex_digit};

/// The output buffer is too small. The output is incomplete and must not be used; the state is unchanged.
///
/// Caused by the caller: call again with at least [`needed`](Self::needed) bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct OutputTooSmall {
    pub(crate) needed: usize,
}

impl OutputTooSmall {
    /// Returns the buffer size that this output needs, in bytes.
    pub const fn needed(&self) -> usize {
        self.needed
    }
}

impl fmt::Display for OutputTooSmall {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "output buffer too small: it needs {} bytes", self.needed)
    }
}

impl core::error::Error for OutputTooSmall {}

/// A writer that appends text to a borrowed buffer and keeps counting when it is full, so that one pass determines the
/// size needed.
pub(crate) struct Writer<'o> {
    buffer: &'o mut [u8],
    needed: usize,
}

impl<'o> Writer<'o> {
    pub(crate) fn new(buffer: &'o mut [u8]) -> Self {
        Self { buffer, needed: 0 }
    }

    /// Appends `text` unchanged.
    pub(crate) fn raw(&mut self, text: &str) {
        self.bytes(text.as_bytes());
    }

    /// Appends `text` unchanged and returns the part written, if it fitted.
    pub(crate) fn raw_mut(&mut self, text: &str) -> Option<&mut [u8]> {
        let start = self.needed;
        self.raw(text);
        self.written_from(start)
    }

    /// Appends `text` as a JSON string: in quotes and escaped (RFC 8259 §7).
    pub(crate) fn string(&mut self, text: &str) {
        self.byte(b'"');
        self.escaped(text);
        self.byte(b'"');
    }

    /// Appends `text` escaped for the inside of a JSON string. Only `"`, `\` and control characters are escaped, as
    /// required.
    pub(crate) fn escaped(&mut self, text: &str) {
        for &byte in text.as_bytes() {
            let short = match byte {
                b'"' | b'\\' => byte,
                b'\n' => b'n',
                b'\r' => b'r',
                b'\t' => b't',
                0..0x20 => {
                    self.bytes(b"\\u00");
                    self.hex(byte, b'a');
                    continue;
                }
                _ => {
                    self.byte(byte);
                    continue;
                }
            };
            self.byte(b'\\');
            self.byte(short);
        }
    }

    /// Appends `text` with all characters except the unreserved ones percent-encoded (RFC 3986 §2.3).
    pub(crate) fn percent_encoded(&mut self, text: &str) {
        percent::encode(text, percent::is_unreserved, |byte| self.byte(byte));
    }

    /// Appends `number` in decimal, by counting instead of division.
    // size
    pub(crate) fn short_number(&mut self, number: u16) {
        let mut rest = number;
        let mut started = false;
        for &unit in &[10_000, 1000, 100, 10, 1] {
            let mut digit = b'0';
            while rest >= unit {
                rest = rest.wrapping_sub(unit);
                digit = digit.wrapping_add(1);
            }
            started |= digit != b'0' || unit == 1;
            if started {
                self.byte(digit);
            }
        }
    }

    /// Appends `number` in decimal.
    pub(crate) fn number(&mut self, number: u64) {
        let mut digits = [b'0'; 20]; // u64::MAX has 20 digits
        let mut start = digits.len();
        let mut rest = number;
        for slot in digits.iter_mut().rev() {
            *slot = b'0'.wrapping_add((rest % 10) as u8);
            rest /= 10;
            start = start.saturating_sub(1);
            if rest == 0 {
                break;
            }
        }
        self.bytes(digits.get(start..).unwrap_or_default());
    }

    /// Appends `byte` as two hexadecimal digits; `ten` is the digit for ten.
    pub(crate) fn hex(&mut self, byte: u8, ten: u8) {
        self.byte(hex_digit(byte >> 4, ten));
        self.byte(hex_digit(byte & 15, ten));
    }

    #[inline(never)] // size
    pub(crate) fn byte(&mut self, byte: u8) {
        if let Some(slot) = self.buffer.get_mut(self.needed) {
            *slot = byte;
        }
        self.needed = self.needed.saturating_add(1);
    }

    #[inline(never)] // size
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        if let Some(rest) = self.buffer.get_mut(self.needed..).filter(|rest| rest.len() >= bytes.len()) {
            copy(rest, bytes);
        }
        self.needed = self.needed.saturating_add(bytes.len());
    }

    /// Returns whether the text does not fit any more.
    pub(crate) fn is_full(&self) -> bool {
        self.needed > self.buffer.len()
    }

    /// Returns how many bytes the text needs so far.
    pub(crate) fn length(&self) -> usize {
        self.needed
    }

    /// Returns the text written from `start` on, if it fitted.
    pub(crate) fn written_from(&mut self, start: usize) -> Option<&mut [u8]> {
        self.buffer.get_mut(start..self.needed)
    }

    /// Keeps `length` bytes that are in the buffer already; they must be ASCII.
    #[cfg(feature = "encrypted")]
    pub(crate) fn skip(&mut self, length: usize) {
        self.needed = self.needed.saturating_add(length);
    }

    /// Returns the text, or the size it needs.
    #[inline(never)] // size
    pub(crate) fn finish(self) -> Result<&'o str, OutputTooSmall> {
        let error = OutputTooSmall { needed: self.needed };
        let buffer: &'o [u8] = self.buffer;
        let written = buffer.get(..self.needed).ok_or(error)?;
        // Only whole `&str`s and ASCII were appended, so this check always succeeds. It is the price of having no
        // `unsafe`.
        core::str::from_utf8(written).map_err(|_| error)
    }
}

#[cfg(test)]
mod tests {
    use std::string::{String, ToString};

    use super::*;

    fn write(out: &mut [u8], what: impl Fn(&mut Writer<'_>)) -> Result<&str, OutputTooSmall> {
        let mut writer = Writer::new(out);
        what(&mut writer);
        writer.finish()
    }

    #[test]
    fn strings_are_escaped_as_a_json_parser_reads_them() {
        let mut text = String::new();
        for code in (0..0x80).chain([0xe9, 0x2028, 0xffff, 0x1f600]) {
            text.push(char::from_u32(code).unwrap());
        }
        let mut out = [0; 512];
        let json = write(&mut out, |w| w.string(&text)).unwrap();
        assert_eq!(serde_json::from_str::<String>(json).unwrap(), text);
    }

    #[test]
    fn every_buffer_that_is_too_small_is_an_error_with_the_required_size() {
        let what = |w: &mut Writer<'_>| {
            w.raw("{\"n\":");
            w.number(1234);
            w.byte(b',');
            w.string("a\"\u{1}é");
            w.raw("}");
        };
        let expected = "{\"n\":1234,\"a\\\"\\u0001é\"}";
        for size in 0..expected.len() {
            let mut out = vec![0; size];
            assert_eq!(write(&mut out, what), Err(OutputTooSmall { needed: expected.len() }));
        }
        let mut out = vec![0; expected.len()];
        assert_eq!(write(&mut out, what), Ok(expected));
    }

    #[test]
    fn numbers_are_decimal_without_leading_zeros() {
        for number in [0, 1, 9, 10, 99, 100, 4_294_967_296, u64::MAX] {
            let mut out = [0; 20];
            assert_eq!(write(&mut out, |w| w.number(number)).unwrap(), number.to_string());
        }
        for number in 0..=u16::MAX {
            let mut out = [0; 5];
            assert_eq!(write(&mut out, |w| w.short_number(number)).unwrap(), number.to_string());
        }
    }
}
