//! The envelope of a Pusher message: a JSON object in a WebSocket text message, decoded in the buffer it arrived in.
//!
//! | file | what it holds |
//! |---|---|
//! | `mod.rs` | [`Envelope`], the envelope `{"event", "channel"?, "data"?, "user_id"?}` |
//! | `payload.rs` | [`Payload`], what `data` may be |
//! | `items.rs` | taking arrays and objects apart in place |
//! | `json.rs` | the scanner: checks a text, tells where its parts are |
//! | `unescape.rs` | undoing string escapes in place, byte by byte |
//! | `words.rs` | the same by words and blocks, where registers have 64 bits |
//! | `serialize.rs` | values of the application as JSON |
//! | `error.rs` | [`EnvelopeError`] |
//!
//! This module is stateless and can be used alone, for example by a fuzzer or a proxy:
//!
//! ```
//! use pusher_proto::envelope::{Envelope, Payload};
//!
//! let mut text = *br#"{"channel":"news","data":"{\"id\":7}","event":"posted"}"#;
//! let envelope = Envelope::decode(&mut text)?;
//! assert_eq!(envelope.event(), "posted");
//! assert_eq!(envelope.channel(), Some("news"));
//! assert_eq!(envelope.payload(), Payload::Text(r#"{"id":7}"#));
//! # Ok::<(), pusher_proto::envelope::EnvelopeError>(())
//! ```

mod error;
pub(crate) mod items;
pub(crate) mod json;
mod payload;
pub(crate) mod serialize;
mod unescape;
#[cfg(target_pointer_width = "64")]
mod words;

use core::mem;

use crate::text::{number, whole_number};

pub use error::EnvelopeError;
pub(crate) use items::fields;
use json::Kind;
pub use payload::{ParseError, Payload};

/// A decoded Pusher message, which borrows the text it arrived in.
///
/// Strict about structure, tolerant about content (protocol reference, "Double encoding"): any key order, unknown keys
/// passed over, of duplicate keys the last wins, `data` of any kind, keys and strings in any spelling.
#[derive(Debug)]
pub struct Envelope<'f> {
    pub(crate) event: &'f str,
    pub(crate) channel: Option<&'f str>,
    pub(crate) user_id: Option<&'f str>,
    pub(crate) data: Field<'f>,
    /// The code beside the data of an error.
    pub(crate) code: Option<u16>,
}

impl<'f> Envelope<'f> {
    /// Decodes one whole text message in place: escapes are undone inside `text`, whose bytes are not JSON afterwards, even if
    /// it is refused.
    ///
    /// Linear time, constant stack, no copy outside `text`.
    ///
    /// # Errors
    ///
    /// [`NotUtf8`](EnvelopeError::NotUtf8), [`NotJson`](EnvelopeError::NotJson), [`TooDeep`](EnvelopeError::TooDeep),
    /// [`NotAnObject`](EnvelopeError::NotAnObject) or [`MissingEvent`](EnvelopeError::MissingEvent).
    pub fn decode(text: &'f mut [u8]) -> Result<Self, EnvelopeError> {
        Self::decode_tolerating(text, false)
    }

    /// Decodes a message for the client: one member of a presence channel whose `user_info` is nested too deeply must not
    /// hide the others. What the data of other events is, only the application can say, so they are refused.
    pub(crate) fn decode_tolerating(text: &'f mut [u8], deep_members: bool) -> Result<Self, EnvelopeError> {
        let mut found = <[Field<'_>; 6]>::default();
        const NAMES: [&str; 6] = ["event", "channel", "user_id", "data", "code", "message"]; // not on the stack
        let too_deep = items::find_with(text, false, true, &NAMES, &mut found)?;
        let [event, channel, user_id, mut data, code, message] = found;
        if too_deep != 0 && !(deep_members && event.bytes.starts_with(b"pusher_internal:")) {
            return Err(EnvelopeError::TooDeep { at: too_deep });
        }
        if event.kind != Kind::Text {
            return Err(EnvelopeError::MissingEvent);
        }
        let mut error_code = None;
        if event.bytes == b"pusher:error" {
            // rusher sends code and message instead of the data.
            error_code = code.code();
            if matches!(*data.bytes, [] | [b'{', b'}'] | [b'n', b'u', b'l', b'l']) {
                data = message;
            }
        }
        let (event, channel, user_id) = (str_of(event.bytes), channel.text(), user_id.text());
        Ok(Self { event, channel, user_id, data, code: error_code })
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

    /// Gives the data away, so that envelopes can be lent instead of moved, which costs copies: the JSON that a protocol event
    /// carries, whether the server encoded it once more as a string or not.
    pub(crate) fn take_json(&mut self) -> &'f mut [u8] {
        mem::take(&mut self.data.bytes)
    }

    /// The same as a value for the application.
    pub(crate) fn take_payload(&mut self) -> Payload<'f> {
        mem::take(&mut self.data).payload()
    }

    /// Returns what came as `data`. For a `pusher:error` without data, this is its message.
    pub fn payload(self) -> Payload<'f> {
        self.data.payload()
    }
}

/// A value taken out of a text, as bytes that may be decoded further in place.
#[derive(Debug, Default)]
pub(crate) struct Field<'f> {
    kind: Kind,
    /// The text of a string, unescaped; the raw JSON of any other value; none if it is not there.
    bytes: &'f mut [u8],
}

impl<'f> Field<'f> {
    /// The text of a string; a number as it is written, because some servers send ids so. Else `None`.
    #[inline(never)] // size
    pub(crate) fn text(self) -> Option<&'f str> {
        matches!(self.kind, Kind::Text | Kind::Number).then(|| str_of(self.bytes))
    }

    /// The text of a string, the JSON of anything else. What is nested too deeply is nothing.
    pub(crate) fn any(self) -> Option<&'f str> {
        (!matches!(self.kind, Kind::Absent | Kind::TooDeep)).then(|| str_of(self.bytes))
    }

    /// Whether it is there, and not `null`.
    #[cfg(feature = "rest")]
    pub(crate) fn is_something(&self) -> bool {
        self.kind != Kind::Absent && (self.kind == Kind::Text || *self.bytes != *b"null")
    }

    /// The number that it is, without its fraction, or the digits of its text.
    pub(crate) fn number(self) -> Option<u32> {
        if self.kind == Kind::Number { whole_number(self.bytes) } else { number(self.bytes) }
    }

    /// Returns the code of an error that it is.
    pub(crate) fn code(self) -> Option<u16> {
        self.number().and_then(|code| code.try_into().ok())
    }

    /// The JSON that a protocol event carries, whether the server encoded it once more as a string or not.
    pub(crate) fn json(self) -> &'f mut [u8] {
        self.bytes
    }

    /// Any value for the application. What is nested too deeply is nothing.
    pub(crate) fn payload(self) -> Payload<'f> {
        let text = str_of(self.bytes);
        match self.kind {
            Kind::Absent | Kind::TooDeep => Payload::Absent,
            Kind::Text => Payload::Text(text),
            Kind::Number | Kind::Other => Payload::Json(text),
        }
    }
}

/// Bytes that are known to be UTF-8 as a `str`. The message was checked as a whole, and undoing escapes keeps it UTF-8;
/// checking again is the price of no `unsafe`.
#[inline(never)] // size
pub(crate) fn str_of(bytes: &[u8]) -> &str {
    core::str::from_utf8(bytes).unwrap_or_default()
}
