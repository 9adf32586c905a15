//! Undoing JSON string escapes in place (RFC 8259 §7): the result is never longer than the source.

/// Unescapes the inside of a JSON string in its own buffer and returns the part that holds the text.
///
/// `\uD83D\uDE00` becomes one character; a surrogate without its partner becomes U+FFFD, as soketi passes on what
/// JavaScript publishers cut in half. Linear time, no scratch space.
pub(crate) fn in_place(text: &mut [u8]) -> &mut [u8] {
    let (mut read, mut written) = (0usize, 0usize);
    while let Some(&first) = text.get(read) {
        let mut byte = first;
        if byte == b'\\' {
            read = read.wrapping_add(1);
            byte = text.get(read).copied().unwrap_or(b'\\');
            // Most escapes stand for their second byte.
            if !matches!(byte, b'"' | b'\\' | b'/') {
                let mut utf8 = [0; 4];
                let (length, passed) = escape(text.get(read..).unwrap_or_default(), &mut utf8);
                for (slot, byte) in text.iter_mut().skip(written).zip(utf8).take(length) {
                    *slot = byte;
                }
                read = read.wrapping_add(passed);
                written = written.wrapping_add(length);
                continue;
            }
        }
        // Never passes `read`: each escape is at least as long as the UTF-8 it stands for.
        if let Some(slot) = text.get_mut(written) {
            *slot = byte;
        }
        read = read.wrapping_add(1);
        written = written.wrapping_add(1);
    }
    text.get_mut(..written).unwrap_or_default()
}

/// Whether the inside of a JSON string stands for `text`.
pub(crate) fn spells(escaped: &[u8], text: &str) -> bool {
    let mut expected = text.bytes();
    let mut read = 0usize;
    while let Some(&byte) = escaped.get(read) {
        read = read.wrapping_add(1);
        if byte != b'\\' {
            if expected.next() != Some(byte) {
                return false;
            }
            continue;
        }
        let mut utf8 = [0; 4];
        let (length, passed) = escape(escaped.get(read..).unwrap_or_default(), &mut utf8);
        if utf8.into_iter().take(length).any(|byte| expected.next() != Some(byte)) {
            return false;
        }
        read = read.wrapping_add(passed);
    }
    expected.next().is_none()
}

/// Reads the escape behind whose backslash `text` begins: writes its character and returns the length of that, and of
/// what was read.
///
/// The scanner has checked it, so nothing can be wrong with it; what would be, reads as U+FFFD.
#[inline(never)]
fn escape(text: &[u8], utf8: &mut [u8; 4]) -> (usize, usize) {
    let mut passed = 1;
    let code = match text.first().copied().unwrap_or(b'\\') {
        b'b' => 8,
        b'f' => 12,
        b'n' => 10,
        b'r' => 13,
        b't' => 9,
        b'u' => {
            passed = 5;
            let high = unit(text);
            let low = match text.get(5..) {
                Some([b'\\', low @ ..]) => unit(low),
                _ => 0,
            };
            // A high surrogate alone must not swallow the escape behind it.
            if high & 0xfc00 == 0xd800 && low & 0xfc00 == 0xdc00 {
                passed = 11;
                u32::wrapping_add(0x1_0000, (high & 0x3ff) << 10 | low & 0x3ff) // at most U+10FFFF
            } else {
                high
            }
        }
        byte => byte.into(), // `"`, `\` and `/` stand for themselves
    };
    let character = char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER);
    (character.encode_utf8(utf8).len(), passed)
}

/// The number in `uXXXX`; 0 if `text` begins with anything else.
fn unit(text: &[u8]) -> u32 {
    let [b'u', digits @ ..] = text else { return 0 };
    // Of letters, the lowest bits say how many they are after nine: `A` is 0x41.
    let value = |digit: u8| u32::from(digit & 15).wrapping_add(if digit > b'9' { 9 } else { 0 });
    digits.iter().take(4).fold(0, |unit, &digit| unit << 4 | value(digit))
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
