//! The same, by `serde-json-core`, which has no raw values: the data must be a string.

#![no_std]
#![no_main]

use serde::Deserialize;

#[derive(Deserialize)]
struct Message<'t> {
    event: &'t str,
    channel: Option<&'t str>,
    user_id: Option<&'t str>,
    data: Option<&'t str>,
    code: Option<u16>,
    message: Option<&'t str>,
}

fn decode<'t>(text: &'t [u8], unescaped: &mut [u8]) -> Option<Message<'t>> {
    serde_json_core::from_slice_escaped(text, unescaped).ok().map(|(message, _)| message)
}

alternatives::image!(decode => for<'t> fn(&'t [u8], &mut [u8]) -> Option<Message<'t>>);
