//! The envelope of a Pusher message: a JSON object in a WebSocket text message, decoded in the buffer it arrived in.
//!
//! | file | contents |
//! |---|---|
//! | `mod.rs` | [`Envelope`], the envelope `{"event", "channel"?, "data"?, "user_id"?}` |
//! | `payload.rs` | [`Payload`], the kinds of `data` |
//! | `items.rs` | splitting arrays and objects in place |
//! | `json.rs` | the scanner: validates a text, finds the positions of its parts |
//! | `unescape.rs` | unescaping strings in place, byte by byte |
//! | `words.rs` | unescaping by words and blocks, on processors with 64-bit registers |
//! | `serialize.rs` | serialization of application values as JSON |
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
/// Decoding is strict about structure and tolerant about content (protocol reference, "Double encoding"). Keys may be
/// in any order and escaped in any way, unknown keys are skipped, the last of duplicate keys wins, and `data` may be of
/// any type.
#[derive(Debug)]
pub struct Envelope<'f> {
    pub(crate) event: &'f str,
    pub(crate) channel: Option<&'f str>,
    pub(crate) user_id: Option<&'f str>,
    pub(crate) data: Field<'f>,
    /// The code in an error that is outside its data.
    pub(crate) code: Option<u16>,
}

/// The fields of an envelope. A constant and not a local variable, which would take 48 bytes of stack.
const FIELDS: [&str; 6] = ["event", "channel", "user_id", "data", "code", "message"];

impl<'f> Envelope<'f> {
    /// Decodes one complete text message in place. Escapes are decoded inside `text`, whose bytes are not JSON
    /// afterwards, even on an error.
    ///
    /// Decoding takes linear time and constant stack, and copies nothing outside `text`.
    ///
    /// # Errors
    ///
    /// [`NotUtf8`](EnvelopeError::NotUtf8), [`NotJson`](EnvelopeError::NotJson), [`TooDeep`](EnvelopeError::TooDeep),
    /// [`NotAnObject`](EnvelopeError::NotAnObject) or [`MissingEvent`](EnvelopeError::MissingEvent).
    pub fn decode(text: &'f mut [u8]) -> Result<Self, EnvelopeError> {
        Self::decode_tolerating(text, false)
    }

    /// Decodes a message for the client. A member of a presence channel whose `user_info` is nested too deeply must not
    /// hide the others. The data of other events belongs to the application, so it is refused if nested too deeply.
    pub(crate) fn decode_tolerating(text: &'f mut [u8], deep_members: bool) -> Result<Self, EnvelopeError> {
        let mut found = <[Field<'_>; 6]>::default();
        let too_deep = items::find_with(text, false, true, &FIELDS, &mut found)?;
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

    /// Returns the name of the event; may be empty.
    pub fn event(&self) -> &'f str {
        self.event
    }

    /// Returns the channel that the message belongs to, if any.
    pub fn channel(&self) -> Option<&'f str> {
        self.channel
    }

    /// Returns the sender of a client event on a presence channel. Ids that a server sends as numbers are returned as
    /// text.
    pub fn user_id(&self) -> Option<&'f str> {
        self.user_id
    }

    /// Moves out the data of a protocol event as JSON, whether the server encoded it once more as a string or not. It
    /// takes the envelope by reference, because moving envelopes costs copies.
    pub(crate) fn take_json(&mut self) -> &'f mut [u8] {
        mem::take(&mut self.data.bytes)
    }

    /// Moves out the data as a value for the application.
    pub(crate) fn take_payload(&mut self) -> Payload<'f> {
        mem::take(&mut self.data).payload()
    }

    /// Returns the `data` of the message. For a `pusher:error` without data, this is its message.
    pub fn payload(self) -> Payload<'f> {
        self.data.payload()
    }
}

/// A value from a text, as bytes that may be decoded further in place.
#[derive(Debug, Default)]
pub(crate) struct Field<'f> {
    kind: Kind,
    /// The unescaped text of a string; the raw JSON of any other value; empty if absent.
    bytes: &'f mut [u8],
}

impl<'f> Field<'f> {
    /// Returns the text of a string, or a number as it is written, because some servers send ids as numbers. Otherwise
    /// `None`.
    #[inline(never)] // size
    pub(crate) fn text(self) -> Option<&'f str> {
        matches!(self.kind, Kind::Text | Kind::Number).then(|| str_of(self.bytes))
    }

    /// Returns the text of a string, or the JSON of any other value. A value that is nested too deeply counts as
    /// absent.
    pub(crate) fn any(self) -> Option<&'f str> {
        (!matches!(self.kind, Kind::Absent | Kind::TooDeep)).then(|| str_of(self.bytes))
    }

    /// Returns whether the value is present and not `null`.
    #[cfg(feature = "rest")]
    pub(crate) fn is_set(&self) -> bool {
        self.kind != Kind::Absent && (self.kind == Kind::Text || *self.bytes != *b"null")
    }

    /// Returns the number without its fraction, or the number in a string of digits.
    pub(crate) fn number(self) -> Option<u32> {
        if self.kind == Kind::Number { whole_number(self.bytes) } else { number(self.bytes) }
    }

    /// Returns the value as an error code.
    pub(crate) fn code(self) -> Option<u16> {
        self.number().and_then(|code| code.try_into().ok())
    }

    /// Returns the JSON in a protocol event, whether the server encoded it once more as a string or not.
    pub(crate) fn json(self) -> &'f mut [u8] {
        self.bytes
    }

    /// Returns the value for the application. A value that is nested too deeply counts as absent.
    pub(crate) fn payload(self) -> Payload<'f> {
        let text = str_of(self.bytes);
        match self.kind {
            Kind::Absent | Kind::TooDeep => Payload::Absent,
            Kind::Text => Payload::Text(text),
            Kind::Number | Kind::Other => Payload::Json(text),
        }
    }
}

/// Converts bytes that are known to be UTF-8 to a `str`. The message was validated as a whole, and unescaping keeps it
/// UTF-8. The second check is the price of having no `unsafe`.
#[inline(never)] // size
pub(crate) fn str_of(bytes: &[u8]) -> &str {
    core::str::from_utf8(bytes).unwrap_or_default()
}
