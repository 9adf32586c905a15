//! The items of a JSON array or object, cut off one by one, so that each can be decoded in place and kept while the
//! next is read.

use core::mem;

use super::json;
use super::{Field, take};

/// What is left of an array or object. Taking an item gives its bytes away.
#[derive(Debug, Default)]
pub(crate) struct Items<'f> {
    rest: &'f mut [u8],
    object: bool,
    /// The first item has no comma before it.
    started: bool,
    total: usize,
}

impl<'f> Items<'f> {
    /// The items of `json`. Of any other value than an array or object there are none, as of a text that is broken.
    pub(crate) fn new(json: &'f mut [u8]) -> Self {
        let mut scan = json::Items::new(json);
        let (object, start) = (scan.is_object(), scan.at());
        let mut total = 0usize;
        while scan.next().is_some() {
            total = total.saturating_add(1);
        }
        if scan.end().is_err() {
            return Self::default();
        }
        Self { rest: json.get_mut(start..).unwrap_or_default(), object, started: false, total }
    }

    /// The elements of `json` if it is an array.
    pub(crate) fn of_array(json: &'f mut [u8]) -> Self {
        let items = Self::new(json);
        if items.object { Self::default() } else { items }
    }

    /// The fields of `json` if it is an object.
    #[cfg(feature = "rest")]
    pub(crate) fn of_object(json: &'f mut [u8]) -> Self {
        let items = Self::new(json);
        if items.object { items } else { Self::default() }
    }

    pub(crate) fn is_object(&self) -> bool {
        self.object
    }

    /// How many items there were at the start.
    pub(crate) fn total(&self) -> usize {
        self.total
    }
}

impl<'f> Iterator for Items<'f> {
    /// The key, which arrays have none of, and the value.
    type Item = (Field<'f>, Field<'f>);

    fn next(&mut self) -> Option<Self::Item> {
        let mut scan = json::Items::resume(self.rest, self.object, !mem::replace(&mut self.started, true));
        let (key, value) = scan.next()?;
        let end = scan.at();
        let (item, rest) = mem::take(&mut self.rest).split_at_mut_checked(end)?;
        self.rest = rest;
        let [key, value] = take(item, [key, Some(value)]);
        Some((key, value))
    }
}

#[cfg(test)]
mod tests {
    use std::string::String;
    use std::vec::Vec;

    use super::*;

    fn items(json: &str) -> Vec<(String, String)> {
        let mut json = Vec::from(json);
        let text = |field: Field<'_>| field.data().payload().as_str().into();
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
    fn what_is_neither_has_none() {
        for json in ["", "[]", "{}", "null", "1", r#""[1]""#, "x", "[1", "[1]]"] {
            assert!(items(json).is_empty(), "{json}");
        }
        assert_eq!(Items::of_array(&mut br#"{"a":1}"#.to_vec()).total(), 0);
    }
}
