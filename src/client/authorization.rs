//! Answers to authorization requests.

use core::fmt;

use crate::envelope::Field;
use crate::envelope::items::find;
use crate::output::Writer;

/// A token `KEY:SIGNATURE`, whole or in its two parts.
#[derive(Clone, Copy)]
pub(super) struct Token<'a> {
    /// Empty if the token is whole.
    key: &'a str,
    signature: &'a str,
}

impl<'a> Token<'a> {
    /// Returns the token if it is whole.
    const fn whole(&self) -> Option<&'a str> {
        if self.key.is_empty() { Some(self.signature) } else { None }
    }

    /// Appends the token as a JSON string.
    pub(super) fn write(&self, writer: &mut Writer<'_>) {
        writer.byte(b'"');
        if !self.key.is_empty() {
            writer.escaped(self.key);
            writer.byte(b':');
        }
        writer.escaped(self.signature);
        writer.byte(b'"');
    }
}

/// An answer to a ticket: a token, plus the additional data of some kinds of channel.
///
/// `Debug` prints neither the token nor the secret.
#[derive(Clone, Copy)]
pub struct Authorization<'a> {
    pub(super) token: Token<'a>,
    pub(super) channel_data: Option<&'a str>,
    pub(super) shared_secret: Option<&'a str>,
}

impl<'a> Authorization<'a> {
    /// Creates an answer from a whole token `KEY:SIGNATURE`, the field `auth` of an auth endpoint's reply.
    pub const fn from_token(token: &'a str) -> Self {
        Self::from_signature("", token)
    }

    /// Creates an answer from a local signature and its key; they are joined when they are sent.
    pub const fn from_signature(key: &'a str, signature: &'a str) -> Self {
        Self { token: Token { key, signature }, channel_data: None, shared_secret: None }
    }

    /// Decodes the reply of an auth endpoint, `{"auth": "..", "channel_data"?: "..", "shared_secret"?: ".."}`, in place
    /// (Pusher documentation, "Authorizing users").
    ///
    /// ```
    /// use pusher_proto::Authorization;
    ///
    /// let mut reply = *br#"{"auth":"key:00ff","channel_data":"{\"user_id\":\"7\"}"}"#;
    /// let authorization = Authorization::from_json(&mut reply)?;
    /// assert_eq!(authorization.channel_data(), Some(r#"{"user_id":"7"}"#));
    /// # Ok::<(), pusher_proto::client::ReplyError>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`ReplyError`], caused by the auth endpoint, or by a reply that is not from it.
    pub fn from_json(reply: &'a mut [u8]) -> Result<Self, ReplyError> {
        let mut found = <[Field<'a>; 3]>::default();
        read(reply, &["auth", "channel_data", "shared_secret"], &mut found)?;
        let [auth, channel_data, shared_secret] = found;
        let token = auth.text().filter(|token| !token.is_empty()).ok_or(ReplyError::MissingAuth)?;
        Ok(Self { channel_data: channel_data.text(), shared_secret: shared_secret.text(), ..Self::from_token(token) })
    }

    /// Adds the `channel_data` of a presence channel. It is sent unchanged, byte for byte, because it was signed in
    /// this form.
    #[must_use]
    pub const fn with_channel_data(mut self, channel_data: &'a str) -> Self {
        self.channel_data = Some(channel_data);
        self
    }

    /// Adds the `shared_secret` of an encrypted channel: 32 bytes in base64. It is never sent.
    #[must_use]
    pub const fn with_shared_secret(mut self, shared_secret: &'a str) -> Self {
        self.shared_secret = Some(shared_secret);
        self
    }

    /// Returns the whole token `KEY:SIGNATURE`; `None` if this answer has a signature and a key.
    pub const fn token(&self) -> Option<&'a str> {
        self.token.whole()
    }

    /// Returns the `channel_data`, if any.
    pub const fn channel_data(&self) -> Option<&'a str> {
        self.channel_data
    }

    /// Returns the `shared_secret`, if any.
    pub const fn shared_secret(&self) -> Option<&'a str> {
        self.shared_secret
    }
}

impl fmt::Debug for Authorization<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authorization").field("channel_data", &self.channel_data).finish_non_exhaustive()
    }
}

/// An answer to a sign-in request: a token and the data it was made for.
///
/// `Debug` does not print the token.
#[derive(Clone, Copy)]
pub struct UserAuthentication<'a> {
    pub(super) token: Token<'a>,
    pub(super) user_data: &'a str,
}

impl<'a> UserAuthentication<'a> {
    /// Creates an answer from a whole token `KEY:SIGNATURE` and `user_data`: JSON with an `id`, and optionally
    /// `user_info` and `watchlist`. It is sent unchanged, byte for byte, because it was signed in this form.
    pub const fn from_token(token: &'a str, user_data: &'a str) -> Self {
        Self::from_signature("", token, user_data)
    }

    /// Creates an answer from a local signature and its key; they are joined when they are sent.
    pub const fn from_signature(key: &'a str, signature: &'a str, user_data: &'a str) -> Self {
        Self { token: Token { key, signature }, user_data }
    }

    /// Decodes the reply of an auth endpoint, `{"auth": "..", "user_data": ".."}`, in place (Pusher documentation,
    /// "Authenticating users").
    ///
    /// # Errors
    ///
    /// [`ReplyError`], caused by the auth endpoint, or by a reply that is not from it.
    pub fn from_json(reply: &'a mut [u8]) -> Result<Self, ReplyError> {
        let mut found = <[Field<'a>; 2]>::default();
        read(reply, &["auth", "user_data"], &mut found)?;
        let [auth, user_data] = found;
        let token = auth.text().filter(|token| !token.is_empty()).ok_or(ReplyError::MissingAuth)?;
        let user_data = user_data.text().ok_or(ReplyError::MissingUserData)?;
        Ok(Self::from_token(token, user_data))
    }

    /// Returns the whole token `KEY:SIGNATURE`; `None` if this answer has a signature and a key.
    pub const fn token(&self) -> Option<&'a str> {
        self.token.whole()
    }

    /// Returns the user data.
    pub const fn user_data(&self) -> &'a str {
        self.user_data
    }
}

impl fmt::Debug for UserAuthentication<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserAuthentication").field("user_data", &self.user_data).finish_non_exhaustive()
    }
}

/// Reads the fields `names` from a reply, which must be an object.
fn read<'a>(reply: &'a mut [u8], names: &[&str], found: &mut [Field<'a>]) -> Result<(), ReplyError> {
    let read = find(reply, false, names, found).is_ok();
    if read { Ok(()) } else { Err(ReplyError::NotJson) }
}

/// The auth endpoint's reply could not be parsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ReplyError {
    /// The reply is not a JSON object.
    NotJson,
    /// The reply has no `auth`.
    MissingAuth,
    /// The reply has no `user_data`, which a sign-in needs.
    MissingUserData,
}

impl fmt::Display for ReplyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NotJson => "the auth endpoint's reply is not a JSON object",
            Self::MissingAuth => "the auth endpoint's reply has no auth",
            Self::MissingUserData => "the auth endpoint's reply has no user_data",
        })
    }
}

impl core::error::Error for ReplyError {}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    #[test]
    fn valid_replies_are_parsed_and_invalid_ones_refused() {
        let read = |text: &str| {
            let mut reply = Vec::from(text);
            Authorization::from_json(&mut reply).map(|found| {
                let text = |text: Option<&str>| text.map(std::string::String::from);
                (found.token.signature.to_string(), text(found.channel_data), text(found.shared_secret))
            })
        };
        use std::string::ToString;
        let token = || "k:00".to_string();
        assert_eq!(read(r#"{"auth":"k:00"}"#), Ok((token(), None, None)));
        assert_eq!(
            read(r#"{"x":[1],"shared_secret":"c2V\/","auth":"k:00"}"#),
            Ok((token(), None, Some("c2V/".into())))
        );
        assert_eq!(
            read(r#"{"auth":"k\u003a00","channel_data":"{\"user_id\":1}"}"#),
            Ok((token(), Some(r#"{"user_id":1}"#.into()), None))
        );
        for text in ["", "Forbidden", "[]", "\"k:00\"", r#"{"auth":"k:00""#] {
            assert_eq!(read(text), Err(ReplyError::NotJson), "{text}");
        }
        for text in ["{}", r#"{"auth":""}"#, r#"{"auth":null}"#, r#"{"error":"no"}"#] {
            assert_eq!(read(text), Err(ReplyError::MissingAuth), "{text}");
        }
        assert!(Authorization::from_json(&mut [b'{', b'"', 0xff, b'"', b'}']).is_err());
    }

    #[test]
    fn nothing_secret_is_printed() {
        let authorization = Authorization::from_signature("key", "00ff").with_shared_secret("c2VjcmV0");
        let printed = std::format!("{authorization:?}");
        assert!(!printed.contains("00ff") && !printed.contains("c2VjcmV0"), "{printed}");
    }
}
