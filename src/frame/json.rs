//! An iterative JSON scanner: it checks a text and tells where its parts are, and builds nothing.
//!
//! Strict about structure (RFC 8259), bounded in everything: one pass, no recursion, nesting up to [`MAX_DEPTH`].
//! Serde-based scanners could not be used: they lack surrogate pairs and raw values, or recurse, or leave panic paths.

use super::unescape;

/// How deep arrays and objects may be nested inside one value. One bit of a `u64` remembers the kind of each level.
pub(crate) const MAX_DEPTH: u8 = 64;

/// What is wrong with a text, and at which byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JsonError {
    /// Not JSON, or it ends too soon.
    Syntax { at: usize },
    /// Nested deeper than [`MAX_DEPTH`].
    TooDeep { at: usize },
    /// JSON, but not of the kind that was asked for.
    WrongKind,
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A string without escapes.
    Text,
    /// A string that has to be unescaped.
    EscapedText,
    Number,
    Object,
    Array,
    True,
    False,
    Null,
}

/// Where a value stands in the text that was scanned; strings without their quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Value {
    pub(crate) kind: Kind,
    pub(crate) start: usize,
    pub(crate) end: usize,
}

impl Value {
    /// A value that is not there, for arrays of values that [`find`] fills.
    pub(crate) const ABSENT: Option<Self> = None;

    /// Its bytes in `json`, the text that was scanned.
    pub(crate) fn bytes<'a>(&self, json: &'a [u8]) -> &'a [u8] {
        json.get(self.start..self.end).unwrap_or_default()
    }

    /// Its bytes in `json`, to be changed in place.
    pub(crate) fn bytes_mut<'a>(&self, json: &'a mut [u8]) -> &'a mut [u8] {
        json.get_mut(self.start..self.end).unwrap_or_default()
    }

    pub(crate) fn is_text(&self) -> bool {
        matches!(self.kind, Kind::Text | Kind::EscapedText)
    }

    /// Whether this string spells `name`, escaped or not.
    fn spells(&self, json: &[u8], name: &str) -> bool {
        match self.kind {
            Kind::Text => self.bytes(json) == name.as_bytes(),
            Kind::EscapedText => unescape::spells(self.bytes(json), name),
            _ => false,
        }
    }
}

/// Finds the fields `names` of the object that `json` is, each into the place of `found` with the same index.
///
/// The whole text is checked. Of duplicate keys the last wins, keys that are not asked for are passed over, and keys
/// match however they are escaped. Linear in the length of `json`.
pub(crate) fn find(json: &[u8], names: &[&str], found: &mut [Option<Value>]) -> Result<(), JsonError> {
    let mut fields = Fields::new(json)?;
    while let Some((key, value)) = fields.next()? {
        for (name, place) in names.iter().zip(found.iter_mut()) {
            if key.spells(json, name) {
                *place = Some(value);
            }
        }
    }
    Ok(())
}

/// Checks that `json` is one JSON value with nothing but white space around it.
pub(crate) fn check(json: &[u8]) -> Result<Value, JsonError> {
    let mut scanner = Scanner { json, at: 0 };
    let value = scanner.value()?;
    scanner.end()?;
    Ok(value)
}

/// The fields of an object, one after the other; the text behind it is checked at the end.
pub(crate) struct Fields<'a> {
    scanner: Scanner<'a>,
    first: bool,
}

impl<'a> Fields<'a> {
    pub(crate) fn new(json: &'a [u8]) -> Result<Self, JsonError> {
        let mut scanner = Scanner { json, at: 0 };
        match scanner.peek()? {
            b'{' => scanner.skip(),
            // Only a text that is JSON may be called "not an object".
            _ => return Err(check(json).err().unwrap_or(JsonError::WrongKind)),
        }
        Ok(Self { scanner, first: true })
    }

    pub(crate) fn next(&mut self) -> Result<Option<(Value, Value)>, JsonError> {
        if self.scanner.peek()? == b'}' {
            self.scanner.skip();
            self.scanner.end()?;
            return Ok(None);
        }
        if !self.first {
            self.scanner.expect(b',')?;
        }
        self.first = false;
        Ok(Some((self.scanner.key()?, self.scanner.value()?)))
    }
}

/// The elements of an array, one after the other; `at` tells how far the text has been read.
pub(crate) struct Elements<'a> {
    scanner: Scanner<'a>,
    first: bool,
}

impl<'a> Elements<'a> {
    pub(crate) fn new(json: &'a [u8]) -> Result<Self, JsonError> {
        let mut scanner = Scanner { json, at: 0 };
        match scanner.peek()? {
            b'[' => scanner.skip(),
            _ => return Err(JsonError::WrongKind),
        }
        Ok(Self { scanner, first: true })
    }

    pub(crate) fn next(&mut self) -> Result<Option<Value>, JsonError> {
        if self.scanner.peek()? == b']' {
            self.scanner.skip();
            return Ok(None);
        }
        if !self.first {
            self.scanner.expect(b',')?;
        }
        self.first = false;
        self.scanner.value().map(Some)
    }
}

/// A place in a JSON text.
struct Scanner<'a> {
    json: &'a [u8],
    at: usize,
}

impl Scanner<'_> {
    /// Reads one value of any kind.
    fn value(&mut self) -> Result<Value, JsonError> {
        let first = self.peek()?;
        let start = self.at;
        let kind = match first {
            b'"' => return self.string(),
            b'{' => self.nested(true)?,
            b'[' => self.nested(false)?,
            _ => self.scalar(first)?,
        };
        Ok(Value { kind, start, end: self.at })
    }

    /// Reads a key and the colon behind it.
    fn key(&mut self) -> Result<Value, JsonError> {
        if self.peek()? != b'"' {
            return Err(self.error());
        }
        let key = self.string()?;
        self.expect(b':')?;
        Ok(key)
    }

    /// Reads an array or object to its end. The levels are bits, so that nesting costs neither stack nor memory.
    fn nested(&mut self, object: bool) -> Result<Kind, JsonError> {
        let kind = if object { Kind::Object } else { Kind::Array };
        let mut levels = u64::from(object);
        let mut depth = 1u8;
        let mut first = true;
        self.skip();
        loop {
            let in_object = levels & 1 == 1;
            let byte = self.peek()?;
            if byte == if in_object { b'}' } else { b']' } {
                self.skip();
                levels >>= 1;
                depth = depth.wrapping_sub(1); // was at least 1: the loop ends at 0
                if depth == 0 {
                    return Ok(kind);
                }
                first = false;
                continue;
            }
            if !first {
                self.expect(b',')?;
            }
            if in_object {
                self.key()?;
            }
            first = false;
            match self.peek()? {
                b'"' => {
                    self.string()?;
                }
                open @ (b'{' | b'[') => {
                    if depth == MAX_DEPTH {
                        return Err(JsonError::TooDeep { at: self.at });
                    }
                    levels = levels << 1 | u64::from(open == b'{');
                    depth = depth.saturating_add(1);
                    first = true;
                    self.skip();
                }
                byte => {
                    self.scalar(byte)?;
                }
            }
        }
    }

    /// Reads a string; the place is at its opening quote.
    fn string(&mut self) -> Result<Value, JsonError> {
        self.skip();
        let start = self.at;
        let mut kind = Kind::Text;
        loop {
            match self.next()? {
                b'"' => return Ok(Value { kind, start, end: self.at.saturating_sub(1) }),
                b'\\' => {
                    kind = Kind::EscapedText;
                    match self.next()? {
                        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {}
                        b'u' => {
                            for _ in 0..4 {
                                if !self.next()?.is_ascii_hexdigit() {
                                    return Err(self.error_before());
                                }
                            }
                        }
                        _ => return Err(self.error_before()),
                    }
                }
                0..0x20 => return Err(self.error_before()),
                _ => {}
            }
        }
    }

    /// Reads a number or a literal, whose first byte is `first`.
    fn scalar(&mut self, first: u8) -> Result<Kind, JsonError> {
        let (rest, kind): (&[u8], Kind) = match first {
            b't' => (b"true", Kind::True),
            b'f' => (b"false", Kind::False),
            b'n' => (b"null", Kind::Null),
            _ => return self.number(first),
        };
        for &expected in rest {
            if self.next()? != expected {
                return Err(self.error_before());
            }
        }
        Ok(kind)
    }

    /// Reads a number (RFC 8259 §6): no leading zeros, digits on both sides of the point, digits in the exponent.
    fn number(&mut self, first: u8) -> Result<Kind, JsonError> {
        if first == b'-' {
            self.skip();
        }
        match self.next()? {
            b'0' => {}
            b'1'..=b'9' => self.skip_digits(),
            _ => return Err(self.error_before()),
        }
        if self.at_byte() == Some(b'.') {
            self.skip();
            self.digits()?;
        }
        if let Some(b'e' | b'E') = self.at_byte() {
            self.skip();
            if let Some(b'+' | b'-') = self.at_byte() {
                self.skip();
            }
            self.digits()?;
        }
        Ok(Kind::Number)
    }

    fn digits(&mut self) -> Result<(), JsonError> {
        if !self.next()?.is_ascii_digit() {
            return Err(self.error_before());
        }
        self.skip_digits();
        Ok(())
    }

    fn skip_digits(&mut self) {
        while self.at_byte().is_some_and(|byte| byte.is_ascii_digit()) {
            self.skip();
        }
    }

    /// Passes white space over and shows the byte behind it.
    fn peek(&mut self) -> Result<u8, JsonError> {
        loop {
            match self.at_byte() {
                Some(b' ' | b'\t' | b'\n' | b'\r') => self.skip(),
                Some(byte) => return Ok(byte),
                None => return Err(self.error()),
            }
        }
    }

    fn expect(&mut self, expected: u8) -> Result<(), JsonError> {
        if self.peek()? != expected {
            return Err(self.error());
        }
        self.skip();
        Ok(())
    }

    /// Only white space may follow.
    fn end(&mut self) -> Result<(), JsonError> {
        match self.peek() {
            Ok(_) => Err(self.error()),
            Err(_) => Ok(()),
        }
    }

    fn next(&mut self) -> Result<u8, JsonError> {
        let byte = self.at_byte().ok_or(self.error())?;
        self.skip();
        Ok(byte)
    }

    fn at_byte(&self) -> Option<u8> {
        self.json.get(self.at).copied()
    }

    fn skip(&mut self) {
        self.at = self.at.wrapping_add(1); // at most one past the end, see `at_byte`
    }

    fn error(&self) -> JsonError {
        JsonError::Syntax { at: self.at }
    }

    /// The byte just read is the wrong one.
    fn error_before(&self) -> JsonError {
        JsonError::Syntax { at: self.at.saturating_sub(1) }
    }
}

#[cfg(test)]
mod tests {
    use std::string::String;
    use std::vec::Vec;

    use super::*;

    /// Texts that a strict parser takes; serde_json is the judge.
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
    fn every_cut_and_every_changed_byte_is_judged_as_serde_json_does() {
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
                    // `Value` checks lone surrogates as errors and `IgnoredAny` does not, as here.
                    let theirs = serde_json::from_slice::<serde::de::IgnoredAny>(&changed).is_ok();
                    assert_eq!(check(&changed).is_ok(), theirs, "{:?}", String::from_utf8_lossy(&changed));
                }
            }
        }
    }

    #[test]
    fn depth_is_bounded_and_the_bound_is_exact() {
        for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
            let nest = |depth: usize| open.repeat(depth) + "1" + &close.repeat(depth);
            assert!(check(nest(MAX_DEPTH.into()).as_bytes()).is_ok());
            let at = open.len() * usize::from(MAX_DEPTH);
            assert_eq!(check(nest(usize::from(MAX_DEPTH) + 1).as_bytes()), Err(JsonError::TooDeep { at }));
            let endless = open.repeat(100_000);
            assert_eq!(check(endless.as_bytes()), Err(JsonError::TooDeep { at }));
        }
    }

    #[test]
    fn fields_are_found_in_any_order_and_spelling_and_the_last_of_duplicates_wins() {
        let text = br#"{"x":[{"event":1}],"dat\u0061":"a\"b","event":"one","\u0065v\u0065nt":"two","z":null}"#;
        let mut found = [Value::ABSENT; 3];
        find(text, &["event", "data", "channel"], &mut found).unwrap();
        assert_eq!(found[0].unwrap().bytes(text), b"two");
        assert_eq!(found[1].unwrap().kind, Kind::EscapedText);
        assert_eq!(found[2], None);
    }

    #[test]
    fn a_value_that_is_json_but_no_object_is_told_apart_from_garbage() {
        let mut found = [];
        assert_eq!(find(b"[1]", &[], &mut found), Err(JsonError::WrongKind));
        assert_eq!(find(b"[1", &[], &mut found), Err(JsonError::Syntax { at: 2 }));
        assert_eq!(find(b"hello", &[], &mut found), Err(JsonError::Syntax { at: 0 }));
        assert_eq!(find(b"{} x", &[], &mut found), Err(JsonError::Syntax { at: 3 }));
    }
}
