//! Parsing of a text frame with four JSON crates: event and channel as text, `data` as unescaped text or, if it is not
//! a string, as JSON.

use std::borrow::Cow;
use std::mem;

use jiter::{Jiter, JsonValue, Peek};
use serde::Deserialize;
use serde_json::value::RawValue;
use simd_json::prelude::*;
use simd_json::{Buffers, Tape};
use sonic_rs::LazyValue;

/// The fields of a frame: event, channel, data.
pub type Parts<'a> = (&'a str, &'a str, &'a str);

/// A crate that parses frames. It may modify the buffer.
pub trait Envelopes: 'static {
    fn take_apart<T>(&mut self, text: &mut [u8], then: impl FnOnce(Parts<'_>) -> T) -> T;
}

#[derive(Deserialize)]
struct Strings<'a> {
    #[serde(borrow)]
    event: Cow<'a, str>,
    #[serde(borrow)]
    channel: Cow<'a, str>,
    #[serde(borrow)]
    data: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Raw<'a> {
    #[serde(borrow)]
    event: Cow<'a, str>,
    #[serde(borrow)]
    channel: Cow<'a, str>,
    #[serde(borrow)]
    data: &'a RawValue,
}

#[derive(Deserialize)]
struct Lazy<'a> {
    #[serde(borrow)]
    event: Cow<'a, str>,
    #[serde(borrow)]
    channel: Cow<'a, str>,
    #[serde(borrow)]
    data: LazyValue<'a>,
}

/// The caller states whether the data is an object (`true`) or a string; this client detects it.
pub struct SerdeJson(pub bool);

impl Envelopes for SerdeJson {
    fn take_apart<T>(&mut self, text: &mut [u8], then: impl FnOnce(Parts<'_>) -> T) -> T {
        if self.0 {
            let frame: Raw<'_> = serde_json::from_slice(text).unwrap();
            then((&frame.event, &frame.channel, frame.data.get()))
        } else {
            let frame: Strings<'_> = serde_json::from_slice(text).unwrap();
            then((&frame.event, &frame.channel, &frame.data))
        }
    }
}

impl SerdeJson {
    /// Does the same for a text that is known to be UTF-8.
    pub fn take_apart_str<T>(&self, text: &str, then: impl FnOnce(Parts<'_>) -> T) -> T {
        if self.0 {
            let frame: Raw<'_> = serde_json::from_str(text).unwrap();
            then((&frame.event, &frame.channel, frame.data.get()))
        } else {
            let frame: Strings<'_> = serde_json::from_str(text).unwrap();
            then((&frame.event, &frame.channel, &frame.data))
        }
    }
}

/// As [`SerdeJson`].
pub struct SonicRs(pub bool);

impl Envelopes for SonicRs {
    fn take_apart<T>(&mut self, text: &mut [u8], then: impl FnOnce(Parts<'_>) -> T) -> T {
        if self.0 {
            let frame: Lazy<'_> = sonic_rs::from_slice(text).unwrap();
            then((&frame.event, &frame.channel, frame.data.as_raw_str()))
        } else {
            let frame: Strings<'_> = sonic_rs::from_slice(text).unwrap();
            then((&frame.event, &frame.channel, &frame.data))
        }
    }
}

/// Reuses its buffers. It returns no text for an object, only its own tape.
pub struct SimdJson {
    buffers: Buffers,
    tape: Tape<'static>,
}

impl SimdJson {
    pub fn new(len: usize) -> Self {
        Self { buffers: Buffers::new(len), tape: Tape::null() }
    }
}

impl Envelopes for SimdJson {
    fn take_apart<T>(&mut self, text: &mut [u8], then: impl FnOnce(Parts<'_>) -> T) -> T {
        let mut tape = mem::replace(&mut self.tape, Tape(Vec::new())).reset();
        simd_json::fill_tape(text, &mut self.buffers, &mut tape).unwrap();
        let frame = tape.as_value();
        let frame = frame.as_object().unwrap();
        let field = |name| frame.get(name).unwrap();
        let (event, channel, data) = (field("event"), field("channel"), field("data"));
        let result = then((event.as_str().unwrap(), channel.as_str().unwrap(), data.as_str().unwrap_or_default()));
        self.tape = tape.reset();
        result
    }
}

/// Reuses its tape.
#[derive(Default)]
pub struct JiterOnes {
    tape: Vec<u8>,
}

impl Envelopes for JiterOnes {
    fn take_apart<T>(&mut self, text: &mut [u8], then: impl FnOnce(Parts<'_>) -> T) -> T {
        let mut jiter = Jiter::with_tape(text, mem::take(&mut self.tape));
        let (mut event, mut channel, mut data) = (Cow::Borrowed(""), Cow::Borrowed(""), Cow::Borrowed(""));
        let mut key = jiter.next_object_bytes().unwrap();
        while let Some(name) = key {
            let place = match name {
                b"event" => &mut event,
                b"channel" => &mut channel,
                b"data" => &mut data,
                _ => unreachable!("the frames here have no other keys"),
            };
            let peek = jiter.peek().unwrap();
            *place = if peek == Peek::String {
                let JsonValue::Str(text) = jiter.known_value(peek).unwrap() else { unreachable!("it begins as one") };
                text
            } else {
                let start = jiter.current_index();
                jiter.known_skip(peek).unwrap();
                Cow::Borrowed(str::from_utf8(jiter.slice_to_current(start)).unwrap())
            };
            key = jiter.next_key_bytes().unwrap();
        }
        jiter.finish().unwrap();
        let result = then((&event, &channel, &data));
        self.tape = jiter.into_tape();
        result
    }
}
