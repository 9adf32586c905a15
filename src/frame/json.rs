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

/// What a value is. A word, so that structures with it in them have no padding, which is copied byte by byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u32)]
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

    /// Whether this key spells `name`, escaped or not.
    fn spells(&self, json: &[u8], name: &str) -> bool {
        unescape::spells(self.bytes(json), name)
    }
}

/// Finds the fields `names` of the object that `json` is, each into the place of `found` with the same index.
///
/// The whole text is checked. Of duplicate keys the last wins, keys that are not asked for are passed over, and keys
/// match however they are escaped. Linear in the length of `json`.
pub(crate) fn find(json: &[u8], names: &[&str], found: &mut [Option<Value>]) -> Result<(), JsonError> {
    let mut fields = Items::new(json);
    while let Some((key, value)) = fields.next() {
        for (name, place) in names.iter().zip(found.iter_mut()) {
            if key.is_some_and(|key| key.spells(json, name)) {
                *place = Some(value);
            }
        }
    }
    fields.end()?;
    if fields.is_object() { Ok(()) } else { Err(JsonError::WrongKind) }
}

/// Whether `json` is an object.
pub(crate) fn is_object(json: &[u8]) -> bool {
    check(json).is_ok_and(|value| value.kind == Kind::Object)
}

/// Checks that `json` is one JSON value with nothing but white space around it.
pub(crate) fn check(json: &[u8]) -> Result<Value, JsonError> {
    let mut scanner = Scanner::new(json);
    match scanner.value() {
        Some(value) if scanner.is_at_end() => Ok(value),
        _ => Err(scanner.error()),
    }
}

/// The items of an object or array, one after the other.
pub(crate) struct Items<'a> {
    scanner: Scanner<'a>,
    /// The bracket that ends the items; 0 for a text that is neither object nor array.
    close: u8,
    first: bool,
    /// The closing bracket was read, and there is nothing behind it.
    ended: bool,
}

impl<'a> Items<'a> {
    pub(crate) fn new(json: &'a [u8]) -> Self {
        let mut scanner = Scanner::new(json);
        let close = closing(scanner.peek());
        if close != 0 {
            scanner.skip();
        }
        Self { scanner, close, first: true, ended: false }
    }

    /// Goes on where another left off: `rest` is the text from there. Its [`at`](Self::at) was 0 and no item was read
    /// (`first`), or it stands behind an item.
    pub(crate) fn resume(rest: &'a [u8], object: bool, first: bool) -> Self {
        let close = if object { b'}' } else { b']' };
        Self { scanner: Scanner::new(rest), close, first, ended: false }
    }

    /// The key, for objects, and the value of the next item. `None` behind the last one and where the text is broken:
    /// [`end`](Self::end) knows.
    pub(crate) fn next(&mut self) -> Option<(Option<Value>, Value)> {
        if self.close == 0 || self.ended {
            return None;
        }
        let byte = self.scanner.peek();
        if byte == self.close {
            self.scanner.skip();
            self.ended = self.scanner.is_at_end();
            return None;
        }
        if !self.first {
            self.scanner.expect(b',')?;
        }
        self.first = false;
        let key = if self.is_object() { Some(self.scanner.key()?) } else { None };
        Some((key, self.scanner.value()?))
    }

    /// Whether the text ended as it should, once there are no more items.
    pub(crate) fn end(&self) -> Result<(), JsonError> {
        match self.close {
            // Only a text that is JSON may be called "of the wrong kind".
            0 => check(self.scanner.json).and(Err(JsonError::WrongKind)),
            _ if self.ended => Ok(()),
            _ => Err(self.scanner.error()),
        }
    }

    pub(crate) fn is_object(&self) -> bool {
        self.close == b'}'
    }

    /// How far the text has been read.
    pub(crate) fn at(&self) -> usize {
        self.scanner.at
    }
}

/// The bracket that closes what `byte` opens; 0 if it opens nothing.
fn closing(byte: u8) -> u8 {
    match byte {
        b'{' => b'}',
        b'[' => b']',
        _ => 0,
    }
}

/// A place in a JSON text. It never passes a byte that is wrong, so when a method gives `None`, the place says where.
struct Scanner<'a> {
    json: &'a [u8],
    at: usize,
    too_deep: bool,
}

impl<'a> Scanner<'a> {
    fn new(json: &'a [u8]) -> Self {
        Self { json, at: 0, too_deep: false }
    }

    fn error(&self) -> JsonError {
        if self.too_deep { JsonError::TooDeep { at: self.at } } else { JsonError::Syntax { at: self.at } }
    }

    /// Reads one value of any kind.
    fn value(&mut self) -> Option<Value> {
        let first = self.peek();
        let start = self.at;
        if closing(first) != 0 {
            let kind = if first == b'{' { Kind::Object } else { Kind::Array };
            self.nested()?;
            return Some(Value { kind, start, end: self.at });
        }
        let kind = self.scalar(first)?;
        // A string is what stands between its quotes.
        let quote = usize::from(first == b'"');
        Some(Value { kind, start: start.wrapping_add(quote), end: self.at.wrapping_sub(quote) })
    }

    /// Reads a key and the colon behind it.
    fn key(&mut self) -> Option<Value> {
        if self.peek() != b'"' {
            return None;
        }
        let key = self.value()?;
        self.expect(b':')?;
        Some(key)
    }

    /// Reads an array or object to its end. The levels are bits, so that nesting costs neither stack nor memory.
    fn nested(&mut self) -> Option<()> {
        let mut levels = 0u64;
        let mut depth = 0u8;
        let mut first = true;
        loop {
            let mut byte = self.peek();
            if depth != 0 {
                let in_object = levels & 1 == 1;
                if byte == if in_object { b'}' } else { b']' } {
                    self.skip();
                    levels >>= 1;
                    depth = depth.wrapping_sub(1); // was at least 1
                    if depth == 0 {
                        return Some(());
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
                byte = self.peek();
            }
            first = closing(byte) != 0;
            if !first {
                self.scalar(byte)?;
                continue;
            }
            if depth == MAX_DEPTH {
                self.too_deep = true;
                return None;
            }
            levels = levels << 1 | u64::from(byte == b'{');
            depth = depth.wrapping_add(1); // at most `MAX_DEPTH`
            self.skip();
        }
    }

    /// Reads a string, a number or a literal, whose first byte is `first`.
    fn scalar(&mut self, first: u8) -> Option<Kind> {
        let (literal, kind): (&[u8], Kind) = match first {
            b'"' => return self.string(),
            b't' => (b"true", Kind::True),
            b'f' => (b"false", Kind::False),
            b'n' => (b"null", Kind::Null),
            _ => return self.number(),
        };
        for &expected in literal {
            self.pass(expected)?;
        }
        Some(kind)
    }

    /// Reads a string; the place is at its opening quote.
    fn string(&mut self) -> Option<Kind> {
        let mut kind = Kind::Text;
        loop {
            self.skip();
            // Most bytes are these.
            while self.byte() > b'"' && self.byte() != b'\\' {
                self.skip();
            }
            match self.byte() {
                b'"' => break,
                b'\\' => {
                    kind = Kind::EscapedText;
                    self.skip();
                    match self.byte() {
                        b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {}
                        b'u' => {
                            for _ in 0..4 {
                                self.skip();
                                if !self.byte().is_ascii_hexdigit() {
                                    return None;
                                }
                            }
                        }
                        _ => return None,
                    }
                }
                0..0x20 => return None,
                _ => {}
            }
        }
        self.skip();
        Some(kind)
    }

    /// Reads a number (RFC 8259 §6): no leading zeros, digits on both sides of the point, digits in the exponent.
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

    /// Reads one digit or more.
    fn digits(&mut self) -> Option<()> {
        let start = self.at;
        while self.byte().is_ascii_digit() {
            self.skip();
        }
        (self.at != start).then_some(())
    }

    /// Passes white space over and shows the byte behind it.
    #[inline(never)]
    fn peek(&mut self) -> u8 {
        while let b' ' | b'\t' | b'\n' | b'\r' = self.byte() {
            self.skip();
        }
        self.byte()
    }

    /// Passes white space over, then this byte.
    fn expect(&mut self, expected: u8) -> Option<()> {
        self.peek();
        self.pass(expected)
    }

    /// Passes this byte.
    fn pass(&mut self, expected: u8) -> Option<()> {
        if self.byte() != expected {
            return None;
        }
        self.skip();
        Some(())
    }

    /// Whether nothing but white space is left.
    fn is_at_end(&mut self) -> bool {
        self.peek();
        self.at == self.json.len()
    }

    /// The byte at this place; behind the end a zero, which no JSON has in it.
    fn byte(&self) -> u8 {
        self.json.get(self.at).copied().unwrap_or(0)
    }

    fn skip(&mut self) {
        self.at = self.at.wrapping_add(1); // only after a byte that is not the zero behind the end
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
