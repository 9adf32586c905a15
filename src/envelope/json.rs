//! An iterative JSON scanner: validates a text, finds the positions of its parts and unescapes strings on the way.
//!
//! The scanner is strict about structure (RFC 8259) and bounded: one pass, no recursion, nesting up to [`MAX_DEPTH`].
//! Serde-based scanners do not fit: they lack surrogate pairs and raw values, recurse, or leave panic paths.

use core::mem;

use super::Field;
use super::error::{EnvelopeError, MAX_DEPTH};

/// The kind of a value.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(u32)] // size
pub(crate) enum Kind {
    /// There is no value.
    #[default]
    Absent,
    Text,
    Number,
    /// An object, an array or a literal.
    Other,
    /// An object or array that is nested too deeply to be validated.
    TooDeep,
}

/// How the escapes in a string are handled.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Escapes {
    /// They are kept: the text is only validated.
    Keep,
    /// They are decoded in place. The bytes between the end of the text and its quote are garbage afterwards.
    Undo,
}

/// Returns whether `json` is one JSON value.
pub(crate) fn is_json(json: &mut [u8]) -> bool {
    Scanner::new(json, true).parse_value().is_ok()
}

/// Returns whether `json` is an object.
pub(crate) fn is_object(json: &mut [u8]) -> bool {
    let mut scanner = Scanner::new(json, true);
    scanner.peek() == b'{' && scanner.parse_value().is_ok()
}

/// Returns `json` as one unescaped value. A text that is not JSON becomes a string.
#[cfg(feature = "encrypted")]
pub(crate) fn parse_value(json: &mut [u8]) -> Field<'_> {
    if Scanner::new(json, true).parse_value().is_err() {
        return Field { kind: Kind::Text, bytes: json };
    }
    let mut scanner = Scanner::new(json, true);
    let _ = scanner.value(Escapes::Undo); // cannot fail: validated above
    let Scanner { rest, kind, start, end, .. } = scanner;
    if kind == Kind::Text {
        Field { kind, bytes: rest.get_mut(start..end).unwrap_or_default() }
    } else {
        Field { kind, bytes: rest }
    }
}

/// Returns the bracket that closes the opening bracket `byte`; 0 if it is not one.
pub(crate) fn closing(byte: u8) -> u8 {
    match byte {
        b'{' => b'}',
        b'[' => b']',
        _ => 0,
    }
}

/// A position in a JSON text. It never moves past an invalid byte, so when a method returns `None`, the position is the
/// error's.
pub(crate) struct Scanner<'f> {
    /// The position in `rest`.
    pub(crate) at: usize,
    /// The number of bytes split off.
    passed: usize,
    /// The range of the last key in `rest`, without its quotes.
    key: (usize, usize),
    /// The text after the last item that was split off.
    pub(crate) rest: &'f mut [u8],
    /// The kind of the last value and its range in `rest`, a string without its quotes.
    kind: Kind,
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Whether `rest` is known to be UTF-8.
    pub(crate) checked: bool,
    /// Whether a closing bracket was read in place of an item.
    ended: bool,
    /// The offset in the text of the first bracket that is nested too deeply; 0 if there is none. Such a bracket is
    /// skipped up to its end, and the value that contains it becomes [`Kind::TooDeep`].
    pub(crate) too_deep: usize,
}

impl<'f> Scanner<'f> {
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))] // size
    pub(crate) const fn new(json: &'f mut [u8], checked: bool) -> Self {
        Self {
            checked,
            rest: json,
            at: 0,
            passed: 0,
            key: (0, 0),
            kind: Kind::Absent,
            start: 0,
            end: 0,
            ended: false,
            too_deep: 0,
        }
    }

    /// Returns the error at this position. Invalid UTF-8 anywhere in the text takes precedence.
    #[inline(never)] // size
    pub(crate) fn error(&mut self) -> EnvelopeError {
        let is_utf8 = self.check_utf8().is_some();
        let at = self.passed.wrapping_add(self.at); // within the text
        match (is_utf8, self.too_deep) {
            (false, _) => EnvelopeError::NotUtf8 { at },
            (true, 0) => EnvelopeError::NotJson { at },
            (true, at) => EnvelopeError::TooDeep { at },
        }
    }

    /// Checks that the text is UTF-8 from this position on, unless that is known; moves to the first invalid byte. The
    /// text before this position is ASCII.
    #[inline(never)] // size
    pub(crate) fn check_utf8(&mut self) -> Option<()> {
        if !self.checked {
            if let Err(error) = core::str::from_utf8(self.rest.get(self.at..).unwrap_or_default()) {
                self.at = self.at.wrapping_add(error.valid_up_to()); // within the text
                return None;
            }
            self.checked = true;
        }
        Some(())
    }

    /// Validates one value, which must be the rest of the text and not be nested too deeply.
    pub(crate) fn parse_value(&mut self) -> Result<(), EnvelopeError> {
        match self.value(Escapes::Keep) {
            Some(()) if self.is_at_end() && self.too_deep == 0 => Ok(()),
            _ => Err(self.error()),
        }
    }

    /// Reads the next item of the object or array that ends with `close` and splits it off, unescaped. An item is a
    /// key, absent in an array, and a value. Returns `None` after the last item and for invalid JSON.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) fn take_item(&mut self, close: u8, first: bool) -> Option<(Field<'f>, Field<'f>)> {
        self.item(close, first, Escapes::Undo)?;
        self.give()
    }

    /// Reads a value and splits it off, unescaped.
    #[cfg(target_pointer_width = "64")]
    pub(crate) fn take_value(&mut self) -> Option<Field<'f>> {
        self.value(Escapes::Undo)?;
        self.give().map(|(_, value)| value)
    }

    /// Splits off the last key and value, and all text before them.
    #[inline(always)]
    fn give(&mut self) -> Option<(Field<'f>, Field<'f>)> {
        let (item, rest) = mem::take(&mut self.rest).split_at_mut_checked(self.at)?;
        self.rest = rest;
        self.passed = self.passed.wrapping_add(self.at); // within the text
        self.at = 0;
        let (head, tail) = item.split_at_mut_checked(self.start)?;
        let bytes = tail.get_mut(..self.end.wrapping_sub(self.start))?;
        let (start, end) = self.key;
        let key = Field { kind: Kind::Text, bytes: head.get_mut(start..end)? };
        Some((key, Field { kind: self.kind, bytes }))
    }

    /// Reads the next key of an object, unescaped; returns whether it is `name`. Returns `None` after the last item and
    /// for invalid JSON.
    #[cfg(target_pointer_width = "64")]
    pub(crate) fn key_is(&mut self, name: &str, first: bool) -> Option<bool> {
        self.ended = !self.begin(b'}', first, Escapes::Undo)?;
        if self.ended {
            return None;
        }
        self.key = (0, 0); // it is not split off
        Some(self.rest.get(self.start..self.end) == Some(name.as_bytes()))
    }

    /// Returns the last key, and whether its value was `null`.
    #[cfg(feature = "rest")]
    pub(crate) fn last(&self) -> (&[u8], bool) {
        let bytes = |start, end| self.rest.get(start..end).unwrap_or_default();
        (bytes(self.key.0, self.key.1), self.kind == Kind::Other && bytes(self.start, self.end) == b"null")
    }

    /// Reads the next item.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) fn item(&mut self, close: u8, first: bool, escapes: Escapes) -> Option<()> {
        if !self.begin(close, first, escapes)? {
            self.ended = true;
            return None;
        }
        if close == b'}' {
            self.key = (self.start, self.end);
        }
        self.value(escapes)
    }

    /// Reads the text before an item: a comma, and in an object the key; returns `false` at the closing bracket.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    fn begin(&mut self, close: u8, first: bool, escapes: Escapes) -> Option<bool> {
        let byte = self.peek();
        if byte == close {
            self.skip();
            return Some(false);
        }
        if !first {
            if byte != b',' {
                return None;
            }
            self.skip();
        }
        if close == b'}' {
            self.key(escapes)?;
        }
        Some(true)
    }

    /// Reads a value of any kind.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    fn value(&mut self, escapes: Escapes) -> Option<()> {
        match self.peek() {
            b'"' => self.quoted(escapes),
            first => self.unquoted(first),
        }
    }

    /// Reads any value except a string; `first` is its first byte.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))] // stack
    fn unquoted(&mut self, first: u8) -> Option<()> {
        let start = self.at; // reading a nested value overwrites the range
        self.kind = match closing(first) {
            0 => self.scalar(first)?,
            _ => self.nested()?,
        };
        (self.start, self.end) = (start, self.at);
        Some(())
    }

    /// Reads a key and the colon after it.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    fn key(&mut self, escapes: Escapes) -> Option<()> {
        if self.peek() != b'"' {
            return None;
        }
        self.quoted(escapes)?;
        self.expect(b':')
    }

    /// Reads an array or object to its end.
    fn nested(&mut self) -> Option<Kind> {
        if cfg!(not(target_pointer_width = "64")) {
            return self.levels();
        }
        // A copy stays in registers on processors that have many.
        let (at, passed, too_deep) = (self.at, self.passed, self.too_deep);
        let mut copy = Scanner { at, passed, too_deep, ..Scanner::new(&mut *self.rest, self.checked) };
        let kind = copy.levels();
        (self.at, self.checked, self.too_deep) = (copy.at, copy.checked, copy.too_deep);
        kind
    }

    /// Reads an array or object to its end. The levels are bits, so nesting needs neither stack nor memory.
    #[inline(always)]
    fn levels(&mut self) -> Option<Kind> {
        let mut levels = 0u64;
        let mut depth = 0u8;
        let mut kind = Kind::Other;
        loop {
            let byte = self.peek();
            let mut first = closing(byte) != 0;
            if first && depth == MAX_DEPTH {
                if self.too_deep == 0 {
                    self.too_deep = self.passed.wrapping_add(self.at); // within the text, after 64 brackets
                }
                self.pass_brackets()?;
                kind = Kind::TooDeep;
                first = false;
            } else if first {
                levels = levels << 1 | u64::from(byte == b'{');
                depth = depth.wrapping_add(1); // at most `MAX_DEPTH`
                self.skip();
            } else {
                self.scalar(byte)?;
            }
            // The value may be the last one on several levels.
            while !self.begin(if levels & 1 == 1 { b'}' } else { b']' }, first, Escapes::Keep)? {
                levels >>= 1;
                depth = depth.wrapping_sub(1); // was at least 1
                if depth == 0 {
                    return Some(kind);
                }
                first = false;
            }
        }
    }

    /// Skips from an opening bracket to after its closing one. Brackets are counted and not matched.
    fn pass_brackets(&mut self) -> Option<()> {
        let mut open = 0usize;
        loop {
            match self.byte() {
                b'"' => {
                    self.quoted(Escapes::Keep)?;
                    continue;
                }
                b'{' | b'[' => open = open.wrapping_add(1), // at most the length of the text
                b'}' | b']' => open = open.wrapping_sub(1), // was at least 1
                0 => return None,
                0x80.. => self.check_utf8()?,
                _ => {}
            }
            self.skip();
            if open == 0 {
                return Some(());
            }
        }
    }

    /// Reads a string, a number or a literal, whose first byte is `first`.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    fn scalar(&mut self, first: u8) -> Option<Kind> {
        let literal: &[u8] = match first {
            b'"' => return self.quoted(Escapes::Keep).map(|()| Kind::Text),
            b't' => b"true",
            b'f' => b"false",
            b'n' => b"null",
            _ => return self.number(),
        };
        for &expected in literal {
            if self.byte() != expected {
                return None;
            }
            self.skip();
        }
        Some(Kind::Other)
    }

    /// Reads a string; its opening quote is at this position.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    fn quoted(&mut self, escapes: Escapes) -> Option<()> {
        self.kind = Kind::Text;
        self.start = self.at.wrapping_add(1);
        #[cfg(target_pointer_width = "64")]
        let end = self.text(escapes);
        #[cfg(not(target_pointer_width = "64"))]
        let end = self.text_by_bytes(escapes);
        self.end = end?;
        Some(())
    }

    /// Reads a number (RFC 8259 §6): no leading zeros, digits on both sides of the point, digits in the exponent.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    fn number(&mut self) -> Option<Kind> {
        if self.byte() == b'-' {
            self.skip();
        }
        if self.byte() == b'0' {
            self.skip();
        } else {
            self.digits()?;
        }
        if self.byte() == b'.' {
            self.skip();
            self.digits()?;
        }
        if let b'e' | b'E' = self.byte() {
            self.skip();
            if let b'+' | b'-' = self.byte() {
                self.skip();
            }
            self.digits()?;
        }
        Some(Kind::Number)
    }

    /// Reads one or more digits.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while self.byte().is_ascii_digit() {
            self.skip();
        }
        (self.at != start).then_some(())
    }

    /// Skips white space and returns the next byte.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))] // size
    pub(crate) fn peek(&mut self) -> u8 {
        let byte = self.byte();
        if byte > b' ' { byte } else { self.skip_white_space() }
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))] // size
    fn skip_white_space(&mut self) -> u8 {
        loop {
            let byte = self.byte();
            if !matches!(byte, b' ' | b'\t' | b'\n' | b'\r') {
                return byte;
            }
            self.skip();
        }
    }

    /// Skips white space and then `expected`.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    fn expect(&mut self, expected: u8) -> Option<()> {
        if self.peek() != expected {
            return None;
        }
        self.skip();
        Some(())
    }

    /// Returns whether the items of an object have ended; those of enclosing values have not.
    #[cfg(target_pointer_width = "64")]
    pub(crate) fn take_end(&mut self) -> bool {
        mem::take(&mut self.ended)
    }

    /// Returns whether the items and the text have ended.
    pub(crate) fn is_end(&mut self) -> bool {
        self.ended && self.is_at_end()
    }

    /// Returns whether only white space is left.
    fn is_at_end(&mut self) -> bool {
        self.peek();
        self.at == self.rest.len()
    }

    /// Returns the byte at this position; at the end a zero, which is not valid in JSON.
    #[cfg_attr(target_pointer_width = "64", inline(always))]
    fn byte(&self) -> u8 {
        self.rest.get(self.at).copied().unwrap_or(0)
    }

    #[cfg_attr(target_pointer_width = "64", inline(always))]
    pub(crate) fn skip(&mut self) {
        self.at = self.at.wrapping_add(1); // only after a byte that is not the zero at the end
    }
}

#[cfg(test)]
mod tests {
    use std::string::String;
    use std::vec::Vec;

    use super::*;

    /// Texts that a strict parser accepts, as confirmed by serde_json.
    const GOOD: &[&str] = &[
        "null",
        "true",
        "false",
        "0",
        "-0",
        "10",
        "-1.5",
        "1e9",
        "1E+9",
        "2.5e-3",
        "\"\"",
        "\"a\"",
        "\"\\u00e9\"",
        "\"\\ud83d\\ude00\"",
        "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\"",
        "[]",
        "[ ]",
        "[1]",
        "[1,2]",
        " [ 1 , [ ] , { } ] ",
        "{}",
        "{ }",
        "{\"a\":1}",
        "{\"a\":{\"b\":[{\"c\":null}]},\"d\":\"e\"}",
        "\t{\r\n\"a\" : 1 }\n",
        "[[[[]]]]",
        "[{},{},[]]",
        "\"é😀\u{2028}\"",
    ];

    const BAD: &[&str] = &[
        "",
        " ",
        "nul",
        "nulll",
        "True",
        "00",
        "01",
        "-",
        "-a",
        "1.",
        ".5",
        "1e",
        "1e+",
        "+1",
        "0x1",
        "\"",
        "\"a",
        "\"\\",
        "\"\\x\"",
        "\"\\u12\"",
        "\"\\u12g4\"",
        "\"\n\"",
        "\"\u{0}\"",
        "[",
        "[1",
        "[1,",
        "[1,]",
        "[,1]",
        "[1 2]",
        "[1,,2]",
        "]",
        "{",
        "{\"a\"",
        "{\"a\":",
        "{\"a\":1",
        "{\"a\":1,",
        "{\"a\":1,}",
        "{,}",
        "{\"a\" 1}",
        "{a:1}",
        "{1:1}",
        "{\"a\":1 \"b\":2}",
        "[}",
        "{]",
        "[1}",
        "{\"a\":1]",
        "1 2",
        "{} {}",
        "[],",
        "'a'",
        "NaN",
        "\u{feff}1",
    ];

    fn check(text: &[u8]) -> Result<(), EnvelopeError> {
        Scanner::new(&mut text.to_vec(), true).parse_value()
    }

    #[test]
    fn the_scanner_and_serde_json_agree_on_what_is_json() {
        for text in GOOD {
            assert!(serde_json::from_str::<serde_json::Value>(text).is_ok(), "{text:?}");
            assert!(check(text.as_bytes()).is_ok(), "{text:?}");
        }
        for text in BAD {
            assert!(serde_json::from_str::<serde_json::Value>(text).is_err(), "{text:?}");
            assert!(check(text.as_bytes()).is_err(), "{text:?}");
        }
    }

    #[test]
    fn every_truncated_or_changed_text_is_valid_exactly_when_serde_json_accepts_it() {
        for text in GOOD {
            for cut in 0..text.len() {
                let head = &text.as_bytes()[..cut];
                let ours = check(head).is_ok();
                assert_eq!(
                    ours,
                    serde_json::from_slice::<serde::de::IgnoredAny>(head).is_ok(),
                    "{text:?} cut at {cut}"
                );
            }
            for at in 0..text.len() {
                for byte in (0u8..0x80).filter(|_| text.is_ascii()) {
                    let mut changed = Vec::from(text.as_bytes());
                    changed[at] = byte;
                    // `Value` reports lone surrogates as errors; `IgnoredAny` does not, like this scanner.
                    let theirs = serde_json::from_slice::<serde::de::IgnoredAny>(&changed).is_ok();
                    assert_eq!(check(&changed).is_ok(), theirs, "{:?}", String::from_utf8_lossy(&changed));
                }
            }
        }
    }

    #[test]
    fn values_that_are_nested_too_deeply_can_be_skipped() {
        let too_deep = |inside: &str| "[".repeat(70) + inside + &"]".repeat(70);
        let text = std::format!(r#"{{"a":1,"b":{{"c":{},"d":[2]}},"e":"]"}}"#, too_deep(r#"{"]}\"":[1,"["]}"#));
        let mut text = text.into_bytes();
        let mut scanner = Scanner::new(&mut text, true);
        scanner.skip();
        let mut items = Vec::new();
        while let Some((key, value)) = scanner.take_item(b'}', items.is_empty()) {
            items.push((key.bytes.to_vec(), value.kind));
        }
        assert!(scanner.is_end());
        let item = |key: &str, kind| (Vec::from(key), kind);
        assert_eq!(items, [item("a", Kind::Number), item("b", Kind::TooDeep), item("e", Kind::Text)]);

        for broken in ["[".repeat(70), "[".repeat(70) + "\"", "[".repeat(100_000), too_deep("") + "]", too_deep("\"")] {
            assert!(Scanner::new(&mut broken.into_bytes(), true).parse_value().is_err());
        }
    }

    #[test]
    fn depth_is_bounded_and_the_bound_is_exact() {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let nest = |depth: usize| open.repeat(depth) + "1" + &close.repeat(depth);
            let check = |text: String| check(text.as_bytes());
            assert_eq!(check(nest(MAX_DEPTH.into())), Ok(()));
            let at = open.len() * usize::from(MAX_DEPTH);
            assert_eq!(check(nest(usize::from(MAX_DEPTH) + 1)), Err(EnvelopeError::TooDeep { at }));
            assert_eq!(check(open.repeat(100_000)), Err(EnvelopeError::TooDeep { at }));
        }
    }
}
