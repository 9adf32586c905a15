//! Undoing JSON string escapes in place (RFC 8259 §7): the result is never longer than the source.

use core::cell::Cell;

/// Unescapes the inside of a JSON string in its own buffer and returns the part that holds the text.
///
/// `\uD83D\uDE00` becomes one character; a surrogate without its partner becomes U+FFFD, as soketi passes on what
/// JavaScript publishers cut in half. Linear time, no scratch space.
pub(crate) fn in_place(text: &mut [u8]) -> &mut [u8] {
    let mut written = 0usize;
    // One view for reading and one for writing over the same bytes, which a slice of cells allows without `unsafe`.
    // The writer never passes the reader: each escape is at least as long as the UTF-8 it stands for.
    let cells = Cell::from_mut(&mut *text).as_slice_of_cells();
    let mut places = cells.iter();
    let mut source = cells.iter().map(Cell::get);
    let mut write = |byte: u8| {
        if let Some(place) = places.next() {
            place.set(byte);
            written = usize::wrapping_add(written, 1); // at most the length of the text
        }
    };
    while let Some(byte) = source.next() {
        if byte == b'\\' {
            let mut utf8 = [0; 4];
            for &byte in escape(&mut source).encode_utf8(&mut utf8).as_bytes() {
                write(byte);
            }
        } else {
            write(byte);
        }
    }
    text.get_mut(..written).unwrap_or_default()
}

/// Whether the inside of a JSON string stands for `text`.
pub(crate) fn spells(escaped: &[u8], text: &str) -> bool {
    let mut source = escaped.iter().copied();
    let mut expected = text.bytes();
    while let Some(byte) = source.next() {
        if byte == b'\\' {
            let mut utf8 = [0; 4];
            for &byte in escape(&mut source).encode_utf8(&mut utf8).as_bytes() {
                if expected.next() != Some(byte) {
                    return false;
                }
            }
        } else if expected.next() != Some(byte) {
            return false;
        }
    }
    expected.next().is_none()
}

/// Reads the rest of an escape, behind its backslash. The scanner has checked it, so nothing can be wrong with it;
/// what would be, reads as U+FFFD.
fn escape(source: &mut (impl Iterator<Item = u8> + Clone)) -> char {
    match source.next() {
        Some(b'b') => '\u{8}',
        Some(b'f') => '\u{c}',
        Some(b'n') => '\n',
        Some(b'r') => '\r',
        Some(b't') => '\t',
        Some(b'u') => unicode(source),
        Some(byte) => char::from(byte), // `"`, `\` and `/` stand for themselves
        None => '\\',                   // a backslash alone, which the scanner lets nobody write
    }
}

fn unicode(source: &mut (impl Iterator<Item = u8> + Clone)) -> char {
    let unit = hex4(source);
    if let 0xd800..0xdc00 = unit {
        // Look ahead on a copy: a high surrogate alone must not swallow the escape behind it.
        let mut ahead = source.clone();
        if ahead.next() == Some(b'\\') && ahead.next() == Some(b'u') {
            let low = hex4(&mut ahead);
            if let 0xdc00..0xe000 = low {
                *source = ahead;
                let code = u32::wrapping_add(0x1_0000, (unit & 0x3ff) << 10 | low & 0x3ff); // at most U+10FFFF
                return char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
            }
        }
    }
    char::from_u32(unit).unwrap_or(char::REPLACEMENT_CHARACTER)
}

fn hex4(source: &mut impl Iterator<Item = u8>) -> u32 {
    let mut unit = 0;
    for byte in source.take(4) {
        unit = unit << 4 | char::from(byte).to_digit(16).unwrap_or(0);
    }
    unit
}

#[cfg(test)]
mod tests {
    use std::string::String;

    use super::*;

    fn unescaped(text: &str) -> String {
        let mut buffer = std::vec::Vec::from(text.as_bytes());
        String::from_utf8(in_place(&mut buffer).into()).unwrap()
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
            assert_eq!(unescaped(escaped), expected);
            assert!(spells(escaped.as_bytes(), expected));
            assert!(!spells(escaped.as_bytes(), &(String::from(expected) + "x")));
            assert!(expected.is_empty() || !spells(escaped.as_bytes(), &expected[..0]));
        }
    }

    #[test]
    fn every_code_unit_alone_and_before_every_kind_of_unit() {
        for unit in 0..=0xffffu32 {
            let expected = char::from_u32(unit).unwrap_or('\u{fffd}');
            assert_eq!(unescaped(&std::format!("\\u{unit:04x}")), String::from(expected));
        }
        for first in [0x41u32, 0xd7ff, 0xd800, 0xdbff, 0xdc00, 0xdfff, 0xe000] {
            for second in [0x41u32, 0xd7ff, 0xd800, 0xdbff, 0xdc00, 0xdfff, 0xe000] {
                let expected = String::from_utf16_lossy(&[first as u16, second as u16]);
                assert_eq!(unescaped(&std::format!("\\u{first:04X}\\u{second:04x}")), expected);
            }
        }
    }

    #[test]
    fn a_text_that_the_scanner_would_refuse_does_no_harm() {
        for text in ["\\", "\\u", "\\u1", "\\ud83d\\", "\\ud83d\\u", "\\ud83d\\ud"] {
            let mut buffer = std::vec::Vec::from(text.as_bytes());
            assert!(core::str::from_utf8(in_place(&mut buffer)).is_ok());
        }
    }
}
