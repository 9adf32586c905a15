//! What the `data` of a message may be.

use core::fmt;

/// The `data` of a message, handed over as text: what it means is between the publisher and the application.
///
/// Servers send the published JSON document encoded once more as a string (protocol reference, "Double encoding"),
/// client events mostly arrive as a plain object, and some events have no data at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Payload<'a> {
    /// No `data`.
    #[default]
    Absent,
    /// `data` was a string: its text, which is JSON by convention and nothing at all by rule.
    Text(&'a str),
    /// `data` was an object, array, number, `true`, `false` or `null`: its JSON as it stood in the frame.
    Json(&'a str),
}

impl<'a> Payload<'a> {
    /// The text, whichever way it was sent; empty when absent.
    pub const fn as_str(&self) -> &'a str {
        match *self {
            Self::Absent => "",
            Self::Text(text) | Self::Json(text) => text,
        }
    }

    /// Reads the text as JSON into a type of the application's, through serde-json-core.
    ///
    /// Strings in `T` must be `&str` without escapes or fixed-capacity types; a text that needs unescaping is left
    /// as it stands in the JSON. For anything richer parse [`as_str`](Self::as_str) with a library of your choice.
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
    /// [`ParseError`] when the text is absent, not JSON, or not of the shape of `T`.
    pub fn parse<T: serde::Deserialize<'a>>(&self) -> Result<T, ParseError> {
        match serde_json_core::from_str(self.as_str()) {
            Ok((value, _)) => Ok(value),
            Err(_) => Err(ParseError),
        }
    }
}

/// A payload is not what the application expected. The publisher or the expectation is at fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ParseError;

impl fmt::Display for ParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the data of the event is not JSON of the expected shape")
    }
}

impl core::error::Error for ParseError {}
