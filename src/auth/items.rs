//! The items of a JSON list or map, taken one by one out of the buffer they stand in.

#[cfg(feature = "rest")]
use crate::frame::json::Fields;
use crate::frame::json::{Elements, Value};
use crate::frame::{Field, take};

/// What is left of a list or map that was checked as part of a larger text. Taking an item gives its bytes away, to be
/// decoded in place; the rest is kept as a list or map of its own.
#[derive(Debug, Default)]
pub(super) struct Items<'b> {
    rest: &'b mut [u8],
}

impl<'b> Items<'b> {
    /// The items of `json`. Of any other value than a list or a map there are none.
    pub(super) fn new(json: &'b mut [u8]) -> Self {
        Self { rest: json }
    }

    /// The next element of a list.
    pub(super) fn element(&mut self) -> Option<Field<'b>> {
        let value = Elements::new(self.rest).ok()?.next().ok()??;
        let item = self.split(&value, b'[');
        let [value] = take(item, [Some(value)])?;
        Some(value)
    }

    /// The next name of a map and what stands under it.
    #[cfg(feature = "rest")]
    pub(super) fn field(&mut self) -> Option<(Field<'b>, Field<'b>)> {
        let (name, value) = Fields::new(self.rest).ok()?.next().ok()??;
        let item = self.split(&value, b'{');
        let [name, value] = take(item, [Some(name), Some(value)])?;
        Some((name, value))
    }

    /// Cuts behind `value` and makes a list or map of what follows, by writing `bracket` over the comma.
    fn split(&mut self, value: &Value, bracket: u8) -> &'b mut [u8] {
        let whole = core::mem::take(&mut self.rest);
        let quote = usize::from(value.is_text());
        let Some((item, rest)) = whole.split_at_mut_checked(value.end.saturating_add(quote)) else {
            return Default::default();
        };
        let comma = rest.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or_default();
        if let Some(place) = rest.get_mut(comma)
            && *place == b','
        {
            *place = bracket;
            self.rest = rest;
        }
        item
    }
}

#[cfg(test)]
mod tests {
    use std::string::{String, ToString};
    use std::vec::Vec;

    use super::*;

    fn elements(json: &str) -> Vec<String> {
        let mut buffer = Vec::from(json);
        let mut items = Items::new(&mut buffer);
        core::iter::from_fn(|| items.element()).map(|value| value.data().payload().as_str().to_string()).collect()
    }

    #[cfg(feature = "rest")]
    fn fields(json: &str) -> Vec<(String, String)> {
        let mut buffer = Vec::from(json);
        let mut items = Items::new(&mut buffer);
        core::iter::from_fn(|| items.field())
            .map(|(name, value)| (name.text().unwrap().to_string(), value.data().payload().as_str().to_string()))
            .collect()
    }

    #[test]
    fn every_element_comes_once_and_in_order() {
        assert_eq!(
            elements(r#"["a","\",]\u0041",{"b":[1,2]},[],12 , null]"#),
            ["a", "\",]A", r#"{"b":[1,2]}"#, "[]", "12", "null"]
        );
        assert_eq!(elements(" [ \"a\" \n,\t \"b\" ] "), ["a", "b"]);
    }

    #[cfg(feature = "rest")]
    #[test]
    fn every_field_comes_once_and_in_order() {
        let pair = |name: &str, value: &str| (name.to_string(), value.to_string());
        assert_eq!(
            fields(r#"{"a":"}","\u0062":{"a":[1]} , "a":3}"#),
            [pair("a", "}"), pair("b", r#"{"a":[1]}"#), pair("a", "3")]
        );
    }

    const NEITHER: [&str; 7] = ["", "[]", "{}", "null", "1", r#""[1]""#, "x"];

    #[test]
    fn what_is_no_list_has_no_elements() {
        for json in NEITHER {
            assert!(elements(json).is_empty(), "{json}");
        }
        assert!(elements(r#"{"a":1}"#).is_empty());
    }

    #[cfg(feature = "rest")]
    #[test]
    fn what_is_no_map_has_no_fields() {
        for json in NEITHER {
            assert!(fields(json).is_empty(), "{json}");
        }
        assert!(fields("[1]").is_empty());
    }
}
