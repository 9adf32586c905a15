//! The `data` of a message.

use core::fmt;

/// The `data` of a message, as text. Its meaning is defined by the publisher and the application.
///
/// Servers send the published JSON document encoded once more as a string (protocol reference, "Double encoding").
/// Client events mostly arrive as a plain object, and some events have no data at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Payload<'a> {
    /// The message has no `data`.
    #[default]
    Absent,
    /// `data` was a string: its text. Usually JSON, but not guaranteed.
    Text(&'a str),
    /// `data` was an object, array, number, `true`, `false` or `null`: its unchanged JSON.
    Json(&'a str),
}

impl<'a> Payload<'a> {
    /// Returns the text, in whichever form it was sent; empty if absent.
    pub const fn as_str(&self) -> &'a str {
        match *self {
            Self::Absent => "",
            Self::Text(text) | Self::Json(text) => text,
        }
    }

    /// Deserializes the text as JSON into a type of the application, with serde-json-core.
    ///
    /// Strings in `T` must be `&str` without escapes, or fixed-capacity types. A text that needs unescaping stays as it
    /// is in the JSON. For anything more, parse [`as_str`](Self::as_str) with another library.
    ///
    /// ```
    /// # use pusher_proto::envelope::Payload;
    /// #[derive(serde::Deserialize)]
    /// struct Order { id: u32 }
    /// let order: Order = Payload::Text(r#"{"id":7,"note":"x"}"#).parse()?;
    /// assert_eq!(order.id, 7);
    /// # Ok::<(), pusher_proto::envelope::ParseError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ParseError`] if the text is absent, is not JSON, or does not match `T`.
    pub fn parse<T: serde::Deserialize<'a>>(&self) -> Result<T, ParseError> {
        match serde_json_core::from_str(self.as_str()) {
            Ok((value, _)) => Ok(value),
            Err(_) => Err(ParseError),
        }
    }
}

/// The payload does not match the application's type. Caused by the publisher, or by the application's expectation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ParseError;

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the data of the event is not JSON of the expected shape")
    }
}

impl core::error::Error for ParseError {}
