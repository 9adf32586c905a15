//! End-to-end encryption of the data of events on `private-encrypted-` channels, in place in the receive buffer.
//!
//! | file | contents |
//! |---|---|
//! | `mod.rs` | keys, shared secrets, and the data of an event |
//! | `secretbox.rs` | XSalsa20 and Poly1305, in place |
//!
//! The cipher is NaCl secretbox (XSalsa20-Poly1305) with one key per channel. The auth endpoint gives the key to
//! authorized clients; the server never sees it (Pusher documentation, "Encrypted channels"). [`Client`](crate::Client)
//! uses this module internally; a publisher or an auth server can use it alone:
//!
//! ```
//! use pusher_proto::encryption::SharedSecret;
//! use pusher_proto::Payload;
//!
//! let secret = SharedSecret::derive("private-encrypted-a", &[7; 32]);
//! let mut out = [0; 128];
//! let data = secret.encrypt(r#"{"id":7}"#, &[9; 24], &mut out)?; // what a publisher sends as `data`
//! let mut received = data.as_bytes().to_vec();
//! assert_eq!(secret.decrypt(&mut received), Ok(Payload::Json(r#"{"id":7}"#)));
//! # Ok::<(), pusher_proto::OutputTooSmall>(())
//! ```

mod secretbox;

use core::fmt;

use base64ct::{Base64, Encoding};
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, Zeroizing};

use crate::envelope::{Payload, fields, json};
use crate::output::{OutputTooSmall, Writer};
use crate::scrub::scrub;
use crate::text::copy;
use secretbox::{KEY, NONCE, TAG};

/// The maximum stack used by the derivation of a key, in bytes.
const DERIVE: usize = 768;
/// The maximum stack used by [`decode`], in bytes.
const DECODE: usize = 256;

/// The key of one encrypted channel: 32 bytes, wiped on drop, never printed.
#[derive(Clone)]
pub struct SharedSecret([u8; KEY]);

impl SharedSecret {
    /// Creates a key from its bytes.
    pub const fn new(key: [u8; 32]) -> Self {
        Self(key)
    }

    /// Decodes the `shared_secret` in an auth endpoint's reply: 32 bytes in padded standard base64, 44 characters.
    /// Returns `None` for any other text.
    pub fn from_base64(text: &str) -> Option<Self> {
        let mut secret = Self([0; KEY]);
        let length = Base64::decode(text, &mut secret.0).ok()?.len();
        (length == KEY).then_some(secret)
    }

    /// Returns whether `text` is a shared secret in base64.
    pub(crate) fn is_base64(text: &str) -> bool {
        let mut key = Zeroizing::new([0; KEY]);
        let is_key = decode(text, &mut key);
        scrub::<DECODE>();
        is_key
    }

    /// Sets the key to the shared secret `text`, in place, because moving a key leaves a copy behind.
    pub(crate) fn set_base64(&mut self, text: &str) {
        decode(text, &mut self.0); // checked by `is_base64`
        scrub::<DECODE>();
    }

    /// Derives the key of `channel` from the master key that all publishers of an application share: SHA-256 of the
    /// name and the master key. No copy of it is left behind.
    pub fn derive(channel: &str, master_key: &[u8; 32]) -> Self {
        let secret = derived(channel, master_key);
        scrub::<DERIVE>();
        secret
    }

    /// Returns the 32 bytes of the key.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }

    /// Writes the key in the form that an auth endpoint sends: 44 characters of base64.
    ///
    /// # Errors
    ///
    /// [`OutputTooSmall`] if `out` has fewer than 44 bytes.
    pub fn to_base64<'o>(&self, out: &'o mut [u8]) -> Result<&'o str, OutputTooSmall> {
        Base64::encode(&self.0, out).map_err(|_| OutputTooSmall { needed: 44 })
    }

    /// Decrypts the data of an event, `{"nonce": "..", "ciphertext": ".."}` in base64, in its own buffer.
    ///
    /// The plaintext is the `data` of the unencrypted event. A JSON string is returned as [`Payload::Text`], other JSON
    /// as [`Payload::Json`]. A text that is not JSON, as Python publishers send it, is returned as [`Payload::Text`].
    ///
    /// `data` is UTF-8, as in every message that was decoded. Other bytes are ignored outside of the two fields.
    ///
    /// # Errors
    ///
    /// [`DecryptError`] with the reason. `data` is garbled then.
    pub fn decrypt<'f>(&self, data: &'f mut [u8]) -> Result<Payload<'f>, DecryptError> {
        let [nonce, ciphertext] = fields(data, ["nonce", "ciphertext"]);
        let nonce = decoded(nonce.json()).ok_or(DecryptError::Malformed)?;
        let nonce = nonce.first_chunk::<NONCE>().filter(|_| nonce.len() == NONCE).ok_or(DecryptError::Malformed)?;
        let sealed = decoded(ciphertext.json()).ok_or(DecryptError::Malformed)?;
        let (tag, text) = sealed.split_first_chunk_mut::<TAG>().ok_or(DecryptError::Malformed)?;
        if !secretbox::open(&self.0, nonce, tag, text) {
            return Err(DecryptError::NotAuthentic);
        }
        plain(text).ok_or(DecryptError::NotText)
    }

    /// Encrypts `plaintext`, which is usually JSON, and writes the data of the event into `out`.
    ///
    /// Never use a `nonce` twice with one key: take 24 random bytes. `out` needs 60 bytes, plus 4 for every 3 bytes, or
    /// part of 3, of the plaintext and its tag of 16.
    ///
    /// # Errors
    ///
    /// [`OutputTooSmall`] with the size needed.
    pub fn encrypt<'o>(&self, plaintext: &str, nonce: &[u8; 24], out: &'o mut [u8]) -> Result<&'o str, OutputTooSmall> {
        const HEAD: &str = r#"{"nonce":""#;
        const MIDDLE: &str = r#"","ciphertext":""#;
        const TAIL: &str = r#""}"#;
        let sealed = plaintext.len().saturating_add(TAG);
        let start = HEAD.len().saturating_add(32).saturating_add(MIDDLE.len());
        let encoded = sealed.div_ceil(3).saturating_mul(4);
        let needed = start.saturating_add(encoded).saturating_add(TAIL.len());
        if out.len() < needed {
            return Err(OutputTooSmall { needed });
        }
        // The ciphertext is written to the end of the space for its base64 and encoded from there to the front. Three
        // bytes are read before the four that encode them are written.
        let room = out.get_mut(start..).and_then(|room| room.get_mut(..encoded)).unwrap_or_default();
        let from = encoded.saturating_sub(sealed);
        if let Some((tag, text)) = room.get_mut(from..).and_then(|room| room.split_first_chunk_mut::<TAG>()) {
            copy(text, plaintext.as_bytes());
            *tag = secretbox::seal(&self.0, nonce, text);
        }
        encode_down(room, from);
        let mut writer = Writer::new(out);
        writer.raw(HEAD);
        writer.raw(Base64::encode(nonce, &mut [0; 32]).unwrap_or_default());
        writer.raw(MIDDLE);
        writer.skip(encoded);
        writer.raw(TAIL);
        writer.finish()
    }
}

#[inline(never)] // its stack is overwritten
fn derived(channel: &str, master_key: &[u8; KEY]) -> SharedSecret {
    let mut hash = Sha256::new();
    hash.update(channel.as_bytes());
    hash.update(master_key);
    SharedSecret(hash.finalize().into())
}

/// Decodes base64 in place; returns `None` if it is invalid.
fn decoded(text: &mut [u8]) -> Option<&mut [u8]> {
    let length = Base64::decode_in_place(text).ok()?.len();
    text.get_mut(..length)
}

/// Encodes the bytes of `room` from `from` on into base64 that fills it.
fn encode_down(room: &mut [u8], from: usize) {
    let mut read = from;
    let mut write = 0usize;
    while let Some(rest) = room.get(read..).filter(|rest| !rest.is_empty()) {
        let mut group = [0; 3];
        let length = rest.len().min(3);
        copy(&mut group, rest);
        let mut text = [0; 4];
        let encoded = Base64::encode(group.get(..length).unwrap_or_default(), &mut text).unwrap_or_default();
        copy(room.get_mut(write..).unwrap_or_default(), encoded.as_bytes());
        read = read.saturating_add(length);
        write = write.saturating_add(4);
    }
}

/// Returns the payload in a plaintext; `None` if it is not UTF-8.
fn plain(text: &mut [u8]) -> Option<Payload<'_>> {
    core::str::from_utf8(text).ok()?;
    Some(json::parse_value(text).payload())
}

/// An error of decrypting the data of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum DecryptError {
    /// There is no key for the channel.
    NoKey,
    /// The data is not `{"nonce": "..", "ciphertext": ".."}` in base64 with 24 bytes of nonce and 16 of tag. Caused by
    /// the publisher, which may not have encrypted it at all.
    Malformed,
    /// The data was encrypted with another key, or changed on the way. The key may have been replaced.
    NotAuthentic,
    /// The decrypted data is not UTF-8. Caused by the publisher.
    NotText,
}

impl fmt::Display for DecryptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::NoKey => "there is no key for the encrypted channel",
            Self::Malformed => "the data of the event is not encrypted in the expected format",
            Self::NotAuthentic => "the data of the event is encrypted with another key, or was changed",
            Self::NotText => "the decrypted data of the event is not UTF-8",
        })
    }
}

impl core::error::Error for DecryptError {}

/// Decodes a key; returns `false` if `text` is not one. It is separate from its callers, so that [`scrub`] reaches its
/// stack.
#[inline(never)] // its stack is overwritten
fn decode(text: &str, key: &mut [u8; KEY]) -> bool {
    Base64::decode(text, key).is_ok_and(|key| key.len() == KEY)
}

impl Drop for SharedSecret {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl fmt::Debug for SharedSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SharedSecret").finish_non_exhaustive()
    }
}
