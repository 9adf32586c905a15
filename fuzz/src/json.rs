//! The reference JSON parser, based on serde_json.

use std::collections::BTreeMap;

use serde::de::IgnoredAny;
use serde_json::value::RawValue;

/// The nesting limit of this crate: the outermost value and 64 levels in it.
const DEEPEST: usize = 65;

/// The classification of a text.
#[derive(Debug, PartialEq, Eq)]
pub enum Judgement {
    NotUtf8 {
        at: usize,
    },
    /// Malformed, or nested too deeply; the first fault in the text decides.
    Refused,
    NotAnObject,
    /// The last value of each key, its JSON with all surrogates in pairs.
    Object(BTreeMap<String, String>),
}

pub fn judge(text: &[u8]) -> Judgement {
    let text = match std::str::from_utf8(text) {
        Ok(text) => text,
        Err(error) => return Judgement::NotUtf8 { at: error.valid_up_to() },
    };
    if serde_json::from_str::<IgnoredAny>(text).is_err() || depth(text) > DEEPEST {
        return Judgement::Refused;
    }
    // serde_json refuses the unpaired surrogates that soketi sends.
    match serde_json::from_str::<BTreeMap<String, Box<RawValue>>>(&paired(text)) {
        Ok(fields) => Judgement::Object(fields.into_iter().map(|(key, value)| (key, value.get().into())).collect()),
        Err(_) => Judgement::NotAnObject,
    }
}

/// Returns the text of a JSON string.
pub fn text(json: &str) -> Option<String> {
    serde_json::from_str(&paired(json)).ok()
}

/// Returns the text of a string, or a number as written.
pub fn text_or_number(json: Option<&String>) -> Option<String> {
    let json = json?;
    if json.starts_with(|first: char| first == '-' || first.is_ascii_digit()) {
        return Some(json.clone());
    }
    text(json)
}

/// Returns the nesting depth of arrays and objects in valid JSON.
pub fn depth(json: &str) -> usize {
    let (mut depth, mut deepest, mut in_string, mut escaped) = (0usize, 0, false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => in_string = !in_string,
            _ if in_string => {}
            b'[' | b'{' => {
                depth += 1;
                deepest = deepest.max(depth);
            }
            b']' | b'}' => depth -= 1,
            _ => {}
        }
    }
    deepest
}

/// Replaces every unpaired surrogate in `json` by U+FFFD, without changing its length.
pub fn paired(json: &str) -> String {
    let bytes = json.as_bytes();
    let unit = |at: usize| {
        let digits = bytes.get(at..at + 6)?.strip_prefix(b"\\u")?;
        u16::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
    };
    let mut paired = bytes.to_vec();
    let mut at = 0;
    while at < bytes.len() {
        match unit(at) {
            Some(0xd800..=0xdbff) if matches!(unit(at + 6), Some(0xdc00..=0xdfff)) => at += 12,
            Some(0xd800..=0xdfff) => {
                paired[at..at + 6].copy_from_slice(br"\ufffd");
                at += 6;
            }
            Some(_) => at += 6,
            None if bytes[at] == b'\\' => at += 2,
            None => at += 1,
        }
    }
    String::from_utf8(paired).unwrap()
}

/// Returns the JSON in a string, or any other JSON unchanged: servers send objects in both forms.
pub fn unwrapped(json: &str) -> String {
    if json.starts_with('"') { paired(&text(json).unwrap_or_default()) } else { json.into() }
}

/// Returns the elements of an array, in either form; none for any other JSON.
pub fn elements(json: &str) -> Vec<String> {
    let json = unwrapped(json);
    let elements = match judge(json.as_bytes()) {
        Judgement::NotAnObject => serde_json::from_str::<Vec<Box<RawValue>>>(&json).unwrap_or_default(),
        _ => Vec::new(),
    };
    elements.into_iter().map(|element| element.get().into()).collect()
}

/// Returns the fields of an object, in either form and with duplicates; none for any other JSON.
pub fn entries(json: &str) -> Vec<(String, String)> {
    let json = unwrapped(json);
    match judge(json.as_bytes()) {
        Judgement::Object(_) => serde_json::from_str::<Entries>(&json).map_or(Vec::new(), |entries| entries.0),
        _ => Vec::new(),
    }
}

/// Returns the fields of an object, in either form; none for any other JSON.
pub fn fields(json: &str) -> BTreeMap<String, String> {
    match judge(unwrapped(json).as_bytes()) {
        Judgement::Object(fields) => fields,
        _ => BTreeMap::new(),
    }
}

struct Entries(Vec<(String, String)>);

impl<'de> serde::Deserialize<'de> for Entries {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor;

        impl<'de> serde::de::Visitor<'de> for Visitor {
            type Value = Entries;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: serde::de::MapAccess<'de>>(self, mut map: A) -> Result<Entries, A::Error> {
                let mut entries = Vec::new();
                while let Some((key, value)) = map.next_entry::<String, Box<RawValue>>()? {
                    entries.push((key, value.get().into()));
                }
                Ok(Entries(entries))
            }
        }

        deserializer.deserialize_map(Visitor)
    }
}
