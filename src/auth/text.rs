//! The texts to sign, for a signature that is made elsewhere.

use super::SignError;

/// A text to sign, read in blocks: for a secure element, which computes the HMAC-SHA-256 of a text and keeps the
/// secret.
///
/// The text is never put together. It borrows its parts and takes 44 bytes on a 32-bit machine, 88 on a 64-bit one.
/// [`Signature::from_bytes`](super::Signature::from_bytes) makes the signature of the 32 bytes that the element
/// returns.
///
/// ```
/// use pusher_proto::auth::TextToSign;
///
/// let mut text = TextToSign::channel("1234.1234", "private-foobar", None)?;
/// let mut block = [0; 16]; // as large as one command of the element
/// assert_eq!(text.read(&mut block), 16);
/// assert_eq!(&block, b"1234.1234:privat");
/// assert_eq!(text.read(&mut block), 8);
/// assert_eq!(&block[..8], b"e-foobar");
/// assert_eq!(text.read(&mut block), 0);
/// # Ok::<(), pusher_proto::auth::SignError>(())
/// ```
#[derive(Clone, Debug)]
pub struct TextToSign<'a> {
    /// What is left of each part.
    parts: [&'a [u8]; 5],
    /// The last part is percent-encoded, and is signed as it was before.
    #[cfg(feature = "rest")]
    is_query: bool,
}

impl<'a> TextToSign<'a> {
    /// Returns the text of a subscription: `socket_id:channel` or `socket_id:channel:channel_data`. See
    /// [`Credentials::sign_channel`](super::Credentials::sign_channel).
    ///
    /// # Errors
    /// [`SignError`] for a socket id or a channel name that makes the text ambiguous. Both often come from a peer.
    pub fn channel(socket_id: &'a str, channel: &'a str, channel_data: Option<&'a str>) -> Result<Self, SignError> {
        Ok(Self::new(channel_parts(socket_id, channel, channel_data)?))
    }

    /// Returns the text of a sign-in: `socket_id::user::user_data`. See
    /// [`Credentials::sign_user`](super::Credentials::sign_user).
    ///
    /// # Errors
    /// [`SignError::SocketId`] for a socket id that makes the text ambiguous.
    pub fn user(socket_id: &'a str, user_data: &'a str) -> Result<Self, SignError> {
        let [socket_id, user, user_data] = user_parts(socket_id, user_data)?;
        Ok(Self::new([socket_id, user, user_data, "", ""]))
    }

    fn new(parts: [&'a str; 5]) -> Self {
        Self {
            parts: parts.map(str::as_bytes),
            #[cfg(feature = "rest")]
            is_query: false,
        }
    }

    /// Returns the text of a request for the HTTP API: the query before percent-encoding, everything else unchanged.
    #[cfg(feature = "rest")]
    pub(super) fn request(method: &'a str, path: &'a str, query: &'a str) -> Self {
        Self { is_query: true, ..Self::new([method, "\n", path, "\n", query]) }
    }

    /// Copies the next bytes of the text to `block` and returns their number. It is smaller than the length of `block`
    /// only at the end of the text, and zero after it.
    pub fn read(&mut self, block: &mut [u8]) -> usize {
        let mut length = 0_usize;
        for place in block {
            let Some(byte) = self.next_byte() else { break };
            *place = byte;
            length = length.saturating_add(1);
        }
        length
    }

    fn next_byte(&mut self) -> Option<u8> {
        let [parts @ .., last] = &mut self.parts;
        for part in parts {
            if let Some((byte, rest)) = part.split_first() {
                *part = rest;
                return Some(*byte);
            }
        }
        let (byte, rest) = last.split_first()?;
        *last = rest;
        #[cfg(feature = "rest")]
        if self.is_query
            && *byte == b'%'
            && let Some(([high, low], rest)) = rest.split_first_chunk()
        {
            *last = rest;
            return Some(value(*high) << 4 | value(*low));
        }
        Some(*byte)
    }
}

/// Returns the parts of the text of a subscription.
pub(crate) fn channel_parts<'a>(
    socket_id: &'a str,
    channel: &'a str,
    channel_data: Option<&'a str>,
) -> Result<[&'a str; 5], SignError> {
    check_socket_id(socket_id)?;
    if channel.is_empty() || channel.bytes().any(|byte| byte == b':') {
        return Err(SignError::Channel);
    }
    let (colon, data) = channel_data.map_or(("", ""), |data| (":", data));
    Ok([socket_id, ":", channel, colon, data])
}

/// Returns the parts of the text of a sign-in.
pub(super) fn user_parts<'a>(socket_id: &'a str, user_data: &'a str) -> Result<[&'a str; 3], SignError> {
    check_socket_id(socket_id)?;
    Ok([socket_id, "::user::", user_data])
}

/// Refuses a socket id that is empty or has a colon. A socket id is opaque: some servers use other forms than Pusher's
/// `digits.digits`. But the colon separates the parts of every signed text. With a colon inside, the signature of a
/// subscription would also be valid for a sign-in as any user: socket id `1.1::user:` and channel `{"id":"admin"}`.
fn check_socket_id(socket_id: &str) -> Result<(), SignError> {
    if socket_id.is_empty() || socket_id.bytes().any(|byte| byte == b':') { Err(SignError::SocketId) } else { Ok(()) }
}

/// Returns the value of a hexadecimal digit, which this crate has written.
#[cfg(feature = "rest")]
const fn value(digit: u8) -> u8 {
    (digit & 15).wrapping_add(if digit.is_ascii_digit() { 0 } else { 9 })
}
