//! An app's credentials and the signatures made with them.

use core::fmt;

use super::SignError;
use super::hmac::{Code, Key};
use super::signature::Signature;
use super::text::{channel_parts, user_parts};

/// An app's key, and its secret in the form needed for signing.
///
/// The key is borrowed. The secret is stored as the two states that HMAC derives from it: 80 bytes, wiped on drop, from
/// which the secret cannot be recovered. The total size is 88 bytes on a 32-bit machine and 96 on a 64-bit one. The
/// secret itself is not kept, so it may be in flash, or be wiped by the caller right after [`new`](Self::new). The
/// stack used for the secret is overwritten. Each signature hashes the message once and needs two compressions less
/// than a signature from the secret. `Debug` prints only the key.
///
/// The secret gives access to every channel as any user. A device to which strangers have physical access should call
/// an auth server instead ([`form`](super::form)).
///
/// ```
/// use pusher_proto::auth::Credentials;
///
/// let credentials = Credentials::new("278d425bdf160c739803", b"7ad3773142a6692b25b8");
/// let signature = credentials.sign_channel("1234.1234", "private-foobar", None)?;
/// assert_eq!(signature.as_str(), "58df8b0c36d6982b82c3ecf6b4662e34fe8c25bba48f5369f135bf843651c3a4");
/// # Ok::<(), pusher_proto::auth::SignError>(())
/// ```
#[derive(Clone)]
pub struct Credentials<'a> {
    key: &'a str,
    secret: Key,
}

impl<'a> Credentials<'a> {
    /// Creates credentials for the app `key`. The secret may have any length, including zero.
    pub fn new(key: &'a str, secret: &[u8]) -> Self {
        Self { key, secret: Key::new(secret) }
    }

    /// Returns the app's key. It is public: it is part of every URL.
    pub const fn key(&self) -> &'a str {
        self.key
    }

    /// Signs the subscription of the connection `socket_id` to a private, presence or encrypted channel.
    ///
    /// `channel_data` is the member's JSON, for presence channels only. It is signed byte for byte, so the subscription
    /// must contain exactly the same text.
    ///
    /// Source: Pusher docs, "Auth signatures": `socket_id:channel` or `socket_id:channel:channel_data`.
    ///
    /// # Errors
    /// [`SignError`] for a socket id or a channel name that makes the signed text ambiguous. Both often come from a
    /// peer.
    pub fn sign_channel(
        &self,
        socket_id: &str,
        channel: &str,
        channel_data: Option<&str>,
    ) -> Result<Signature, SignError> {
        Ok(self.sign(&channel_parts(socket_id, channel, channel_data)?))
    }

    /// Signs the sign-in of the connection `socket_id` as the user described by the JSON text `user_data`.
    ///
    /// `user_data` is signed byte for byte, so the sign-in must contain exactly the same text.
    ///
    /// Source: Pusher docs, "Auth signatures": `socket_id::user::user_data`.
    ///
    /// # Errors
    /// [`SignError::SocketId`] for a socket id that makes the signed text ambiguous.
    pub fn sign_user(&self, socket_id: &str, user_data: &str) -> Result<Signature, SignError> {
        Ok(self.sign(&user_parts(socket_id, user_data)?))
    }

    /// Returns whether `signature` is the one that [`sign_channel`](Self::sign_channel) computes. Compares in constant
    /// time.
    pub fn verify_channel(
        &self,
        socket_id: &str,
        channel: &str,
        channel_data: Option<&str>,
        signature: &Signature,
    ) -> bool {
        self.sign_channel(socket_id, channel, channel_data).is_ok_and(|expected| expected == *signature)
    }

    /// Returns whether `signature` is the one that [`sign_user`](Self::sign_user) computes. Compares in constant time.
    pub fn verify_user(&self, socket_id: &str, user_data: &str, signature: &Signature) -> bool {
        self.sign_user(socket_id, user_data).is_ok_and(|expected| expected == *signature)
    }

    /// Starts the signature of a text that is passed in pieces.
    pub(super) fn start(&self) -> Signer {
        Signer(self.secret.start())
    }

    #[inline(never)] // stack
    pub(crate) fn sign(&self, pieces: &[&str]) -> Signature {
        Signature::from_bytes(&self.secret.code(pieces))
    }
}

/// A signature in progress.
pub(super) struct Signer(Code);

impl Signer {
    pub(super) fn update(&mut self, piece: &[u8]) {
        self.0.update(piece);
    }

    pub(super) fn finish(&mut self) -> Signature {
        Signature::from_bytes(&self.0.finish())
    }
}

impl fmt::Debug for Credentials<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Credentials").field("key", &self.key).finish_non_exhaustive()
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Credentials<'_> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "Credentials {{ key: {=str}, .. }}", self.key);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_secret_is_never_printed() {
        let credentials = Credentials::new("the-key", b"the-secret");
        assert_eq!(format!("{credentials:?}"), "Credentials { key: \"the-key\", .. }");
        assert_eq!(format!("{:#?}", credentials.clone()).lines().count(), 4);
    }

    #[test]
    fn nothing_that_could_be_mistaken_for_another_message_is_signed() {
        let credentials = Credentials::new("k", b"s");
        let data = Some("{}");
        for socket_id in ["", ":", "1.1:", "1.1::user:"] {
            assert_eq!(credentials.sign_channel(socket_id, "private-x", None), Err(SignError::SocketId));
            assert_eq!(credentials.sign_channel(socket_id, "presence-x", data), Err(SignError::SocketId));
            assert_eq!(credentials.sign_user(socket_id, "{}"), Err(SignError::SocketId));
        }
        for channel in ["", ":user::{\"id\":\"admin\"}", "presence-x:{}"] {
            assert_eq!(credentials.sign_channel("1.1", channel, None), Err(SignError::Channel));
        }
        assert!(credentials.sign_channel("a uuid is fine", "private-x", None).is_ok());
    }

    #[test]
    fn a_signature_verifies_only_what_was_signed() {
        let credentials = Credentials::new("k", b"s");
        let signature = credentials.sign_channel("1.1", "presence-x", Some("{}")).unwrap();
        assert!(credentials.verify_channel("1.1", "presence-x", Some("{}"), &signature));
        assert!(!credentials.verify_channel("1.2", "presence-x", Some("{}"), &signature));
        assert!(!credentials.verify_channel("1.1", "presence-y", Some("{}"), &signature));
        assert!(!credentials.verify_channel("1.1", "presence-x", Some("{ }"), &signature));
        assert!(!credentials.verify_channel("1.1", "presence-x", None, &signature));
        assert!(!credentials.verify_user("1.1", "{}", &signature));
        assert!(!Credentials::new("k", b"t").verify_channel("1.1", "presence-x", Some("{}"), &signature));
        assert!(!credentials.verify_channel("1.1:presence-x", "{}", None, &signature));
        let signature = credentials.sign_user("1.1", "{}").unwrap();
        assert!(credentials.verify_user("1.1", "{}", &signature));
        assert!(!credentials.verify_user("1.1", "[]", &signature));
    }
}
