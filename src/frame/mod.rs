//! One Pusher message: a JSON object in a text frame, decoded in the buffer that it arrived in.
//!
//! | file | what it holds |
//! |---|---|
//! | `mod.rs` | [`Frame`], the envelope `{"event", "channel"?, "data"?, "user_id"?}` |
//! | `payload.rs` | [`Payload`], what `data` may be |
//! | `items.rs` | taking arrays and objects apart in place |
//! | `json.rs` | the scanner: checks a text, tells where its parts are |
//! | `unescape.rs` | undoing string escapes in place |
//! | `error.rs` | [`FrameError`] |
//!
//! This module is stateless and can be used alone, for example by a fuzzer or a proxy:
//!
//! ```
//! use pusher_proto::frame::{Frame, Payload};
//!
//! let mut text = *br#"{"channel":"news","data":"{\"id\":7}","event":"posted"}"#;
//! let frame = Frame::decode(&mut text)?;
//! assert_eq!(frame.event(), "posted");
//! assert_eq!(frame.channel(), Some("news"));
//! assert_eq!(frame.payload(), Payload::Text(r#"{"id":7}"#));
//! # Ok::<(), pusher_proto::frame::FrameError>(())
//! ```

mod error;
pub(crate) mod items;
pub(crate) mod json;
mod payload;
pub(crate) mod unescape;

use core::{array, mem};

pub use error::FrameError;
use json::{JsonError, Kind, Value};
pub use payload::{ParseError, Payload};

/// A decoded message, which borrows the frame it arrived in.
///
/// Strict about structure, tolerant about content (protocol reference, "Double encoding"): any key order, unknown keys
/// passed over, of duplicate keys the last wins, `data` of any kind, keys and strings in any spelling.
#[derive(Debug)]
pub struct Frame<'f> {
    pub(crate) event: &'f str,
    pub(crate) channel: Option<&'f str>,
    pub(crate) user_id: Option<&'f str>,
    pub(crate) data: Data<'f>,
}

/// `data` as bytes that the client may go on decoding in place.
#[derive(Debug, Default)]
pub(crate) enum Data<'f> {
    #[default]
    Absent,
    /// The text of a string, unescaped.
    Text(&'f mut [u8]),
    /// The raw JSON of any other value.
    Json(&'f mut [u8]),
}

impl<'f> Frame<'f> {
    /// Decodes one whole text frame in place: escapes are undone inside `text`, whose bytes are not JSON afterwards.
    ///
    /// Linear time, constant stack, no copy outside `text`.
    ///
    /// # Errors
    ///
    /// [`NotUtf8`](FrameError::NotUtf8), [`NotJson`](FrameError::NotJson), [`TooDeep`](FrameError::TooDeep),
    /// [`NotAnObject`](FrameError::NotAnObject) or [`MissingEvent`](FrameError::MissingEvent); `text` is untouched then.
    pub fn decode(text: &'f mut [u8]) -> Result<Self, FrameError> {
        core::str::from_utf8(text).map_err(|error| FrameError::NotUtf8 { at: error.valid_up_to() })?;
        let mut fields = array::from_fn(|_| Field::default());
        take_fields(text, &["event", "channel", "user_id", "data"], &mut fields)?;
        let [event, channel, user_id, data] = fields;
        let Some(Kind::Text | Kind::EscapedText) = event.value else { return Err(FrameError::MissingEvent) };
        Ok(Self {
            event: event.text().unwrap_or_default(),
            channel: channel.text(),
            user_id: user_id.text(),
            data: data.data(),
        })
    }

    /// The name of the event; may be empty.
    pub fn event(&self) -> &'f str {
        self.event
    }

    /// The channel that the message belongs to, if it belongs to one.
    pub fn channel(&self) -> Option<&'f str> {
        self.channel
    }

    /// The sender of a client event on a presence channel. Ids that a server sends as numbers are given as text.
    pub fn user_id(&self) -> Option<&'f str> {
        self.user_id
    }

    /// Gives the data away, so that frames can be lent instead of moved, which costs copies.
    pub(crate) fn take_data(&mut self) -> Data<'f> {
        mem::take(&mut self.data)
    }

    /// What came as `data`.
    pub fn payload(self) -> Payload<'f> {
        self.data.payload()
    }
}

impl<'f> Data<'f> {
    pub(crate) fn payload(self) -> Payload<'f> {
        match self {
            Self::Absent => Payload::Absent,
            Self::Text(text) => Payload::Text(str_of(text)),
            Self::Json(json) => Payload::Json(str_of(json)),
        }
    }

    /// The JSON that a protocol event carries, whether the server encoded it once more as a string or not.
    pub(crate) fn json(self) -> &'f mut [u8] {
        match self {
            Self::Absent => Default::default(),
            Self::Text(json) | Self::Json(json) => json,
        }
    }
}

/// A field taken out of a text: its kind, if it is there, and its bytes for decoding in place.
#[derive(Default)]
pub(crate) struct Field<'f> {
    value: Option<Kind>,
    bytes: &'f mut [u8],
}

impl<'f> Field<'f> {
    /// The text of a string; a number as it is written, because some servers send ids so. Else `None`.
    pub(crate) fn text(self) -> Option<&'f str> {
        match self.value? {
            Kind::Text | Kind::Number => Some(str_of(self.bytes)),
            Kind::EscapedText => Some(str_of(unescape::in_place(self.bytes))),
            _ => None,
        }
    }

    /// Its raw bytes; none if it is not there.
    pub(crate) fn bytes(self) -> &'f mut [u8] {
        self.bytes
    }

    /// Any value: strings unescaped, the rest raw.
    pub(crate) fn data(self) -> Data<'f> {
        match self.value {
            None => Data::Absent,
            Some(Kind::Text) => Data::Text(self.bytes),
            Some(Kind::EscapedText) => Data::Text(unescape::in_place(self.bytes)),
            Some(_) => Data::Json(self.bytes),
        }
    }
}

/// The most fields that are taken out of one object.
const MAX_FIELDS: usize = 8;

/// Takes the fields `names` out of the object that `json` is. All are absent from any other text.
pub(crate) fn fields<'f, const N: usize>(json: &'f mut [u8], names: [&str; N]) -> [Field<'f>; N] {
    const { assert!(N <= MAX_FIELDS) };
    let mut taken = array::from_fn(|_| Field::default());
    // A text that is no object has none.
    let _ = take_fields(json, &names, &mut taken);
    taken
}

/// [`fields`] for any number of them, so that there is one in an image.
fn take_fields<'f>(json: &'f mut [u8], names: &[&str], taken: &mut [Field<'f>]) -> Result<(), JsonError> {
    let mut found = [Value::ABSENT; MAX_FIELDS];
    json::find(json, names, &mut found)?;
    cut(json, &mut found, taken);
    Ok(())
}

/// Takes the values that were [found](json::find) out of their text.
pub(crate) fn take<const N: usize>(text: &mut [u8], mut found: [Option<Value>; N]) -> [Field<'_>; N] {
    let mut taken = array::from_fn(|_| Field::default());
    cut(text, &mut found, &mut taken);
    taken
}

/// Cuts `text` at each of the values found, from the left.
fn cut<'f>(text: &'f mut [u8], found: &mut [Option<Value>], taken: &mut [Field<'f>]) {
    let (mut rest, mut at) = (text, 0usize);
    loop {
        let places = found.iter_mut().zip(taken.iter_mut());
        let places = places.filter_map(|(value, field)| Some((value.as_ref()?.start, value, field)));
        let Some((start, value, field)) = places.min_by_key(|&(start, ..)| start) else { return };
        let Some(value) = value.take() else { return };
        let tail = rest.get_mut(start.wrapping_sub(at)..).unwrap_or_default();
        let Some((bytes, tail)) = tail.split_at_mut_checked(value.end.wrapping_sub(start)) else { return };
        *field = Field { value: Some(value.kind), bytes };
        (rest, at) = (tail, value.end);
    }
}

/// Bytes that are known to be UTF-8 as a `str`. The frame was checked as a whole, and undoing escapes keeps it UTF-8;
/// checking again is the price of no `unsafe`.
#[inline(never)] // for one copy of it in an image
pub(crate) fn str_of(bytes: &[u8]) -> &str {
    core::str::from_utf8(bytes).unwrap_or_default()
}
