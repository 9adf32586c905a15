//! The items of a JSON array or object, split off one by one, so that each can be decoded in place and kept while the
//! next is read.

use core::{fmt, mem};

use super::json::{Escapes, Scanner, closing};
use super::{EnvelopeError, Field};

/// The remaining items of an array or object. Taking an item moves its bytes out. They are data of the application:
/// they are not printed.
#[derive(Default)]
pub(crate) struct Items<'f> {
    /// The text from the opening bracket on, or from the end of the last item.
    rest: &'f mut [u8],
    shape: Shape,
}

impl fmt::Debug for Items<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("..")
    }
}

/// The container of the items.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
#[repr(u32)] // size
enum Shape {
    #[default]
    Array,
    Object,
}

impl<'f> Items<'f> {
    /// Returns the items of `json`. Any value other than an array or object has none, and neither has invalid JSON.
    pub(crate) fn new(json: &'f mut [u8]) -> Self {
        Self::counted(json).0
    }

    /// Returns the items of a field. The content of a string is validated first; other values were validated when the
    /// field was read.
    #[cfg(target_pointer_width = "64")]
    pub(crate) fn of(field: Field<'f>) -> Self {
        if field.kind == super::json::Kind::Text {
            return Self::new(field.bytes);
        }
        match closing(field.bytes.first().copied().unwrap_or(0)) {
            0 => Self::default(),
            close => Self::in_brackets(field.bytes, close),
        }
    }

    /// Returns the items of a text that is an array or object, from its opening bracket on.
    fn in_brackets(rest: &'f mut [u8], close: u8) -> Self {
        Self { rest, shape: if close == b'}' { Shape::Object } else { Shape::Array } }
    }

    /// Returns the items of `json` and their number.
    pub(crate) fn counted(json: &'f mut [u8]) -> (Self, usize) {
        let mut scanner = Scanner::new(json, true);
        let close = closing(scanner.peek());
        if close == 0 {
            return Default::default();
        }
        let start = scanner.at;
        scanner.skip();
        let mut total = 0usize;
        while scanner.item(close, total == 0, Escapes::Keep).is_some() {
            total = total.saturating_add(1);
        }
        if !scanner.is_end() {
            return Default::default();
        }
        (Self::in_brackets(scanner.rest.get_mut(start..).unwrap_or_default(), close), total)
    }

    /// Returns the elements of `json` if it is an array.
    pub(crate) fn of_array(json: &'f mut [u8]) -> Self {
        let items = Self::new(json);
        if items.is_object() { Self::default() } else { items }
    }

    /// Returns the fields of `json` if it is an object.
    #[cfg(feature = "rest")]
    pub(crate) fn of_object(json: &'f mut [u8]) -> Self {
        let items = Self::new(json);
        if items.is_object() { items } else { Self::default() }
    }

    /// Returns whether `json`, a complete object, has a field with exactly the key `name` whose last value is not
    /// `null`. The text is unchanged.
    #[cfg(feature = "rest")]
    pub(crate) fn contains_key(json: &mut [u8], name: &str) -> bool {
        let mut scanner = Scanner::new(json, true);
        scanner.peek();
        scanner.skip();
        let (mut first, mut named) = (true, false);
        while scanner.item(b'}', first, Escapes::Keep).is_some() {
            first = false;
            let (key, is_null) = scanner.last();
            if key == name.as_bytes() {
                named = !is_null;
            }
        }
        named
    }

    pub(crate) fn is_object(&self) -> bool {
        self.shape == Shape::Object
    }
}

impl<'f> Iterator for Items<'f> {
    /// The key, which is absent in an array, and the value.
    type Item = (Field<'f>, Field<'f>);

    fn next(&mut self) -> Option<Self::Item> {
        let mut scanner = Scanner::new(mem::take(&mut self.rest), true);
        // There is no comma before the first item.
        let first = closing(scanner.peek()) != 0;
        if first {
            scanner.skip();
        }
        let item = scanner.take_item(if self.is_object() { b'}' } else { b']' }, first);
        // Only the items of a field can be invalid, below the nesting limit. Then the iteration ends, because an item
        // that was unescaped must not be read again.
        if item.is_some() || !cfg!(target_pointer_width = "64") {
            self.rest = scanner.rest;
        }
        item
    }
}

/// Reads the fields `names` from the object `json`, each into the element of `found` with the same index.
///
/// The whole text is validated, including its UTF-8 unless it is `checked`. The last of duplicate keys wins, other keys
/// are skipped, and keys match in any escaped form. The time is linear in the length of `json`.
pub(crate) fn find<'f>(
    json: &'f mut [u8],
    checked: bool,
    names: &[&str],
    found: &mut [Field<'f>],
) -> Result<(), EnvelopeError> {
    match find_with(json, checked, names, found)? {
        0 => Ok(()),
        at => Err(EnvelopeError::TooDeep { at }),
    }
}

/// Reads the fields like `find`, from a text that is UTF-8. A value that is nested too deeply does not hide the others.
pub(crate) fn find_leniently<'f>(
    json: &'f mut [u8],
    names: &[&str],
    found: &mut [Field<'f>],
) -> Result<(), EnvelopeError> {
    find_with(json, true, names, found).map(drop)
}

/// Finds the fields and returns the position of the first bracket that is nested too deeply; 0 if there is none.
#[cfg_attr(not(target_pointer_width = "64"), inline(never))] // size
pub(super) fn find_with<'f>(
    json: &'f mut [u8],
    checked: bool,
    names: &[&str],
    found: &mut [Field<'f>],
) -> Result<usize, EnvelopeError> {
    let mut scanner = Scanner::new(json, checked);
    // Strings are not checked one by one, which would cost more.
    if cfg!(not(target_pointer_width = "64")) && scanner.check_utf8().is_none() {
        return Err(scanner.error());
    }
    if scanner.peek() != b'{' {
        // Only valid JSON may be reported as being of the wrong type.
        return scanner.parse_value().and(Err(EnvelopeError::NotAnObject));
    }
    object(&mut scanner, names, found);
    if scanner.is_end() {
        return Ok(scanner.too_deep);
    }
    found.fill_with(Field::default);
    Err(scanner.error())
}

/// Reads an object from its opening bracket on, as far as it is JSON, and stores its fields `names`.
fn object<'f>(scanner: &mut Scanner<'f>, names: &[&str], found: &mut [Field<'f>]) {
    if cfg!(not(target_pointer_width = "64")) {
        return store_fields(scanner, names, found);
    }
    // A copy stays in registers on processors that have many.
    let mut copy = mem::replace(scanner, Scanner::new(&mut [], true));
    store_fields(&mut copy, names, found);
    *scanner = copy;
}

#[inline(always)]
fn store_fields<'f>(scanner: &mut Scanner<'f>, names: &[&str], found: &mut [Field<'f>]) {
    scanner.skip();
    let mut first = true;
    while let Some((key, value)) = scanner.take_item(b'}', first) {
        first = false;
        let mut places = names.iter().zip(found.iter_mut());
        if let Some((_, place)) = places.find(|(name, _)| name.as_bytes() == key.bytes) {
            *place = value;
        }
    }
}

/// Reads the fields `names` from the object in the field `outer` of `json`. The inner object may be encoded once more
/// as a string. Returns `None` if there is no such object. A value that is nested too deeply does not hide the others.
#[cfg(not(target_pointer_width = "64"))]
pub(crate) fn find_inside<'f>(json: &'f mut [u8], outer: &str, names: &[&str], found: &mut [Field<'f>]) -> Option<()> {
    let [outer] = fields(json, [outer]);
    find_leniently(outer.bytes, names, found).ok()
}

/// Does the same in one pass, at a cost of 400 bytes that smaller processors save.
#[cfg(target_pointer_width = "64")]
pub(crate) fn find_inside<'f>(json: &'f mut [u8], outer: &str, names: &[&str], found: &mut [Field<'f>]) -> Option<()> {
    let mut scanner = Scanner::new(json, true);
    if scanner.peek() != b'{' {
        return None;
    }
    scanner.skip();
    let (mut first, mut is_found) = (true, None);
    while let Some(is_outer) = scanner.key_is(outer, first) {
        first = false;
        if is_outer {
            found.fill_with(Field::default); // the last of duplicate keys wins
        }
        if is_outer && scanner.peek() == b'{' {
            object(&mut scanner, names, found);
            is_found = Some(());
            if !scanner.take_end() {
                return None;
            }
            continue;
        }
        let value = scanner.take_value()?;
        if is_outer {
            is_found = find_leniently(value.bytes, names, found).ok();
        }
    }
    if scanner.is_end() { is_found } else { None }
}

/// Returns the fields `names` of the object `json`. All are absent if it is not an object. A value that is nested too
/// deeply does not hide the others.
pub(crate) fn fields<'f, const N: usize>(json: &'f mut [u8], names: [&str; N]) -> [Field<'f>; N]
where
    [Field<'f>; N]: Default,
{
    let mut found = <[Field<'f>; N]>::default();
    let _ = find_leniently(json, &names, &mut found);
    found
}

#[cfg(test)]
mod tests {
    use std::string::String;
    use std::vec::Vec;

    use super::super::json::Kind;
    use super::*;

    fn items(json: &str) -> Vec<(String, String)> {
        let mut json = Vec::from(json);
        let text = |field: Field<'_>| field.payload().as_str().into();
        Items::new(&mut json).map(|(key, value)| (text(key), text(value))).collect()
    }

    #[test]
    fn every_item_comes_once_and_in_order() {
        let element = |value: &str| (String::new(), value.into());
        let cases = [
            (r#"["a","\",]\u0041",{"b":[1,2]},[],12 , null]"#, ["a", "\",]A", r#"{"b":[1,2]}"#, "[]", "12", "null"]),
            (" [ 1 \n,\t2,3 , \"4\" , 5,6 ] ", ["1", "2", "3", "4", "5", "6"]),
        ];
        for (json, expected) in cases {
            assert_eq!(items(json), expected.map(element), "{json}");
        }
        let field = |key: &str, value: &str| (key.into(), value.into());
        assert_eq!(
            items(r#" { "a" : "}" ,"\u0062":{"a":[1]} , "a":3}"#),
            [field("a", "}"), field("b", r#"{"a":[1]}"#), field("a", "3")]
        );
    }

    #[test]
    fn a_value_that_is_neither_has_no_items() {
        for json in ["", "[]", "{}", "null", "1", r#""[1]""#, "x", "[1", "[1]]"] {
            assert!(items(json).is_empty(), "{json}");
        }
        assert_eq!(Items::of_array(&mut br#"{"a":1}"#.to_vec()).count(), 0);
    }

    #[test]
    fn fields_are_found_in_any_order_and_spelling_and_the_last_of_duplicates_wins() {
        let mut text = *br#"{"x":[{"event":1}],"dat\u0061":"a\"b","event":"one","\u0065v\u0065nt":"two","z":null}"#;
        let [event, data, channel] = fields(&mut text, ["event", "data", "channel"]);
        assert_eq!(event.text(), Some("two"));
        assert_eq!(data.text(), Some("a\"b"));
        assert_eq!(channel.kind, Kind::Absent);
    }

    #[test]
    fn json_that_is_not_an_object_is_distinguished_from_invalid_json() {
        let cases: [(&[u8], EnvelopeError); 4] = [
            (b"[1]", EnvelopeError::NotAnObject),
            (b"[1", EnvelopeError::NotJson { at: 2 }),
            (b"hello", EnvelopeError::NotJson { at: 0 }),
            (b"{} x", EnvelopeError::NotJson { at: 3 }),
        ];
        for (text, error) in cases {
            assert_eq!(find(&mut text.to_vec(), true, &[], &mut []), Err(error));
        }
    }
}
