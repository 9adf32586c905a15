//! Undoing the escapes of a JSON string in place (RFC 8259 §7): the result is never longer than the source.

#[cfg(any(test, not(target_pointer_width = "64")))]
use core::cell::Cell;

#[cfg(any(test, not(target_pointer_width = "64")))]
use super::json::{Escapes, Scanner};

#[cfg(any(test, not(target_pointer_width = "64")))]
impl Scanner<'_> {
    /// Reads a string, whose opening quote is at this place, undoes its escapes if it shall, and tells where its text ends now.
    ///
    /// One iterator reads and another writes; both go over cells, because a slice cannot be lent twice. Indices would cost a
    /// Cortex-M0 a tenth more.
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
            let Some(cell) = from.next() else { break End::Broken };
            let mut byte = cell.get();
            if byte <= b'"' {
                match byte {
                    b'"' => break End::Quote,
                    0..0x20 => break End::Control,
                    _ => {}
                }
            } else if byte == b'\\' {
                let escaped = from.as_slice();
                let Some(cell) = from.next() else { break End::Broken };
                byte = cell.get();
                // Most escapes stand for their second byte.
                if !matches!(byte, b'"' | b'\\' | b'/') {
                    let (character, passed) = escape(|at| escaped.get(at).map_or(0, Cell::get));
                    from = escaped.get(passed..).unwrap_or_default().iter();
                    let Some(character) = character else { break End::Broken };
                    put_utf8(character, &mut put);
                    continue;
                }
            }
            put(byte);
        };
        let unread = from.len().wrapping_add(usize::from(end == End::Control));
        // Behind the text comes its quote, or what escapes have left over.
        let behind = if escapes == Escapes::Undo { to.len() } else { unread.wrapping_add(1) };
        self.at = self.rest.len().wrapping_sub(unread);
        (end == End::Quote).then(|| self.rest.len().wrapping_sub(behind))
    }
}

/// Where reading a string stops.
#[cfg(any(test, not(target_pointer_width = "64")))]
#[derive(PartialEq)]
enum End {
    /// Behind the closing quote.
    Quote,
    /// Behind a control character, which no string has in it.
    Control,
    /// At the end of the text, or at the byte of an escape that is wrong.
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

/// The character of the escape that `byte` gives the bytes of behind its backslash, and how long that is; where it is wrong,
/// no character and the place of the byte that is.
///
/// `\uD83D\uDE00` is one character; a surrogate without its partner is U+FFFD, as soketi passes on what JavaScript
/// publishers cut in half.
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
            // A high surrogate alone must not swallow the escape behind it.
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

/// The four hexadecimal digits at `start`, or the place of what is none.
fn unit(byte: &impl Fn(usize) -> u8, start: usize) -> Result<u32, usize> {
    let mut unit = 0u32;
    for at in start..start.wrapping_add(4) {
        let byte = byte(at);
        if !byte.is_ascii_hexdigit() {
            return Err(at);
        }
        // Of letters, the lowest bits say how many they are after nine: `A` is 0x41.
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

    /// The text of a string with `text` between its quotes; `None` if that is no JSON.
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
    fn an_escape_that_is_wrong_says_at_which_byte() {
        let cases = [("", 0), ("x", 0), ("u", 1), ("u12", 3), ("u12g4", 3), ("ud83d\\u1", 5)];
        for (text, at) in cases {
            let (character, passed) = escape(|at| text.as_bytes().get(at).copied().unwrap_or(0));
            assert_eq!((character.filter(|&character| character != '\u{fffd}'), passed), (None, at), "{text:?}");
        }
    }
}
