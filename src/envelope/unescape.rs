//! Unescapes a JSON string in place (RFC 8259 §7): the result is never longer than the source.

#[cfg(any(test, not(target_pointer_width = "64")))]
use core::cell::Cell;

#[cfg(any(test, not(target_pointer_width = "64")))]
use super::json::{Escapes, Scanner};

#[cfg(any(test, not(target_pointer_width = "64")))]
impl Scanner<'_> {
    /// Reads a string whose opening quote is at this position, optionally unescapes it, and returns the end of its
    /// text.
    ///
    /// One iterator reads and another writes. Both iterate over cells, because a slice cannot be borrowed twice.
    /// Indices would cost a Cortex-M0 a tenth more time.
    pub(super) fn text_by_bytes(&mut self, escapes: Escapes) -> Option<usize> {
        let cells = Cell::from_mut(&mut *self.rest).as_slice_of_cells();
        let mut from = cells.get(self.at.wrapping_add(1)..).unwrap_or_default().iter();
        // Never passes `from`: each escape is at least as long as the UTF-8 it stands for.
        let mut to = if escapes == Escapes::Undo { from.clone() } else { Default::default() };
        let mut put = |byte| {
            if let Some(cell) = to.next() {
                cell.set(byte);
            }
        };
        let end = loop {
            let Some(byte) = from.as_slice().first().map(Cell::get) else { break End::Broken };
            if byte <= b'"' {
                match byte {
                    b'"' => break End::Quote,
                    0..0x20 => break End::Control,
                    _ => {}
                }
            } else if byte == b'\\' {
                from.next();
                let escaped = from.as_slice();
                let Some(byte) = from.next().map(Cell::get) else { break End::Broken };
                // Most escapes stand for their second byte.
                if matches!(byte, b'"' | b'\\' | b'/') {
                    put(byte);
                    continue;
                }
                let (character, passed) = escape(|at| escaped.get(at).map_or(0, Cell::get));
                from = escaped.get(passed..).unwrap_or_default().iter();
                let Some(character) = character else { break End::Broken };
                put_utf8(character, &mut put);
                continue;
            }
            put(byte);
            from.next();
        };
        let unread = from.len().wrapping_sub(usize::from(end == End::Quote));
        // The text is followed by its quote, or by bytes left over from escapes.
        let after = if escapes == Escapes::Undo { to.len() } else { unread.wrapping_add(1) };
        self.at = self.rest.len().wrapping_sub(unread);
        (end == End::Quote).then(|| self.rest.len().wrapping_sub(after))
    }
}

/// Why reading a string stopped.
#[cfg(any(test, not(target_pointer_width = "64")))]
#[derive(PartialEq)]
enum End {
    /// The closing quote was read.
    Quote,
    /// A control character was read, which is not valid in a string.
    Control,
    /// The text ended, or the byte of an escape is invalid.
    Broken,
}

/// Writes `character` in UTF-8.
// size
#[cfg(any(test, not(target_pointer_width = "64")))]
fn put_utf8(character: char, put: &mut impl FnMut(u8)) {
    let code = u32::from(character);
    let (lead, mut shift) = match code {
        0..0x80 => (0, 0u32),
        0x80..0x800 => (0xc0, 6),
        0x800..0x1_0000 => (0xe0, 12),
        _ => (0xf0, 18),
    };
    put((lead | code >> shift) as u8);
    while shift != 0 {
        shift = shift.wrapping_sub(6);
        put((0x80 | code >> shift & 0x3f) as u8);
    }
}

/// Decodes the escape after a backslash; `byte` returns its bytes. Returns the character and the length of the escape,
/// or no character and the position of the invalid byte.
///
/// `\uD83D\uDE00` is one character. A surrogate without its partner becomes U+FFFD: soketi passes on characters that
/// JavaScript publishers cut in half.
#[inline(never)] // size
pub(super) fn escape(byte: impl Fn(usize) -> u8) -> (Option<char>, usize) {
    let mut passed = 1;
    let code = match byte(0) {
        b'b' => 8,
        b'f' => 12,
        b'n' => 10,
        b'r' => 13,
        b't' => 9,
        b'u' => {
            passed = 5;
            let high = match unit(&byte, 1) {
                Ok(unit) => unit,
                Err(at) => return (None, at),
            };
            // A lone high surrogate must not consume the escape after it.
            if high & 0xfc00 == 0xd800
                && (byte(5), byte(6)) == (b'\\', b'u')
                && let Ok(low @ 0xdc00..0xe000) = unit(&byte, 7)
            {
                passed = 11;
                u32::wrapping_add(0x1_0000, (high & 0x3ff) << 10 | low & 0x3ff) // at most U+10FFFF
            } else {
                high
            }
        }
        _ => return (None, 0),
    };
    (Some(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER)), passed)
}

/// Returns the value of the four hexadecimal digits at `start`, or the position of the first byte that is not one.
fn unit(byte: &impl Fn(usize) -> u8, start: usize) -> Result<u32, usize> {
    let mut unit = 0u32;
    for at in start..start.wrapping_add(4) {
        let byte = byte(at);
        if !byte.is_ascii_hexdigit() {
            return Err(at);
        }
        // The lowest bits of a letter are its offset from nine: `A` is 0x41.
        let digit = u32::from(byte & 15).wrapping_add(if byte > b'9' { 9 } else { 0 });
        unit = unit << 4 | digit;
    }
    Ok(unit)
}

#[cfg(test)]
mod tests {
    use std::string::String;

    use super::*;

    use crate::envelope::items::Items;

    /// Returns the unescaped form of `text` between quotes; `None` if it is not valid JSON.
    fn unescaped(text: &str) -> Option<String> {
        let mut json = std::format!("[\"{text}\"]").into_bytes();
        Items::new(&mut json).next().and_then(|(_, value)| value.text().map(String::from))
    }

    #[test]
    fn escapes_become_their_characters() {
        let cases = [
            ("", ""),
            ("plain é😀", "plain é😀"),
            (r#"\"\\\/\b\f\n\r\t"#, "\"\\/\u{8}\u{c}\n\r\t"),
            (r"\u0041\u00e9\u20ac\u0000", "Aé€\0"),
            (r"\ud83d\ude00\uD83D\uDE00", "😀😀"),
            (r"a\ud83d", "a\u{fffd}"),
            (r"\ude00b", "\u{fffd}b"),
            (r"\ud83dx\ude00", "\u{fffd}x\u{fffd}"),
            (r"\ud83d\ud83d\ude00", "\u{fffd}😀"),
            (r"\ud83d\n", "\u{fffd}\n"),
            (r"\ud83d\u0041", "\u{fffd}A"),
            (r"\udbff\udfff\ud800\udc00", "\u{10ffff}\u{10000}"),
        ];
        for (escaped, expected) in cases {
            assert_eq!(unescaped(escaped).unwrap(), expected);
        }
    }

    #[test]
    fn every_code_unit_alone_and_before_every_kind_of_unit() {
        for unit in 0..=0xffffu32 {
            let expected = char::from_u32(unit).unwrap_or('\u{fffd}');
            let escaped = std::format!("\\u{unit:04x}");
            assert_eq!(unescaped(&escaped).unwrap(), String::from(expected));
        }
        for first in [0x41u32, 0xd7ff, 0xd800, 0xdbff, 0xdc00, 0xdfff, 0xe000] {
            for second in [0x41u32, 0xd7ff, 0xd800, 0xdbff, 0xdc00, 0xdfff, 0xe000] {
                let expected = String::from_utf16_lossy(&[first as u16, second as u16]);
                assert_eq!(unescaped(&std::format!("\\u{first:04X}\\u{second:04x}")).unwrap(), expected);
            }
        }
    }

    #[test]
    fn an_invalid_escape_is_reported_with_its_position() {
        let cases = [("", 0), ("x", 0), ("u", 1), ("u12", 3), ("u12g4", 3), ("ud83d\\u1", 5)];
        for (text, at) in cases {
            let (character, passed) = escape(|at| text.as_bytes().get(at).copied().unwrap_or(0));
            assert_eq!((character.filter(|&character| character != '\u{fffd}'), passed), (None, at), "{text:?}");
        }
    }
}
