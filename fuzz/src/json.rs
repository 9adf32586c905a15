//! serde_json as the judge of what a text says.

use std::collections::BTreeMap;

use serde::de::IgnoredAny;
use serde_json::value::RawValue;

/// How deep a text of this crate may be nested: the outermost value and 64 levels in it.
const DEEPEST: usize = 65;

/// What a text is.
#[derive(Debug, PartialEq, Eq)]
pub enum Judgement {
    NotUtf8 {
        at: usize,
    },
    /// Broken, or nested too deep; what stands first in the text decides.
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
    // serde_json refuses surrogates without a partner, which soketi sends.
    match serde_json::from_str::<BTreeMap<String, Box<RawValue>>>(&paired(text)) {
        Ok(fields) => Judgement::Object(fields.into_iter().map(|(key, value)| (key, value.get().into())).collect()),
        Err(_) => Judgement::NotAnObject,
    }
}

/// The text of a JSON string.
pub fn text(json: &str) -> Option<String> {
    serde_json::from_str(&paired(json)).ok()
}

/// The text of a string, or a number as it is written.
pub fn text_or_number(json: Option<&String>) -> Option<String> {
    let json = json?;
    if json.starts_with(|first: char| first == '-' || first.is_ascii_digit()) {
        return Some(json.clone());
    }
    text(json)
}

/// How deep arrays and objects are nested in a text that is JSON.
fn depth(json: &str) -> usize {
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

/// `json` with every surrogate that has no partner replaced by U+FFFD, in as many bytes.
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
