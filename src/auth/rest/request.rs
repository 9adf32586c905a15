//! A signed request and its signature.

use core::{fmt, iter};

use md5::{Digest, Md5};

use super::super::{Signature, TextToSign};
use super::signing::{Sign, Signing};
use crate::output::{OutputTooSmall, Writer};
use crate::percent;

/// The method of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum Method {
    /// Queries, without side effects.
    Get,
    /// Publishes or acts.
    Post,
}

impl Method {
    /// Returns `GET` or `POST`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
        }
    }
}

/// A signed request: everything that an HTTP client needs except the host, which is `api-CLUSTER.pusher.com` at Pusher.
///
/// Send target and body unchanged, byte for byte, within 600 seconds of the signed timestamp. An attacker who reads a
/// request can repeat it during that time, so use TLS.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct ApiRequest<'r> {
    pub(super) method: Method,
    pub(super) target: &'r str,
    pub(super) body: &'r str,
}

/// Omits the target, because its signature is valid for ten minutes.
impl fmt::Debug for ApiRequest<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ApiRequest").field("method", &self.method).field("body", &self.body).finish_non_exhaustive()
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for ApiRequest<'_> {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "ApiRequest {{ method: {}, .. }}", self.method);
    }
}

impl<'r> ApiRequest<'r> {
    /// Returns the method.
    pub const fn method(&self) -> Method {
        self.method
    }

    /// Returns path and query, percent-encoded: the middle of the request line.
    pub const fn target(&self) -> &'r str {
        self.target
    }

    /// Returns the text to sign with HMAC-SHA256; see [`Api::unsigned`](super::Api::unsigned).
    pub fn text_to_sign(&self) -> TextToSign<'r> {
        let unsigned = self.unsigned();
        let length = unsigned.bytes().take_while(|byte| *byte != b'?').count();
        let (path, query) = unsigned.split_at_checked(length).unwrap_or_default();
        TextToSign::request(self.method.as_str(), path, query.strip_prefix('?').unwrap_or_default())
    }

    /// Writes the target with `signature` to `out`, which needs 64 bytes more than the target of an unsigned request.
    /// A client that sends the target in two parts needs no `out`: the target of an unsigned request ends where the
    /// signature belongs.
    ///
    /// # Errors
    /// [`OutputTooSmall`] with the size that this target needs.
    pub fn with_signature<'o>(&self, signature: &Signature, out: &'o mut [u8]) -> Result<ApiRequest<'o>, OutputTooSmall>
    where
        'r: 'o,
    {
        let mut writer = Writer::new(out);
        writer.raw(self.unsigned());
        writer.raw(SIGNATURE);
        writer.raw(signature.as_str());
        Ok(ApiRequest { method: self.method, target: writer.finish()?, body: self.body })
    }

    /// Returns the part of the target that is signed.
    fn unsigned(&self) -> &'r str {
        let length = self.target.len().saturating_sub(Signature::LEN);
        let (front, _) = self.target.split_at_checked(length).unwrap_or_default();
        self.target.strip_suffix(SIGNATURE).or_else(|| front.strip_suffix(SIGNATURE)).unwrap_or_default()
    }

    /// Returns the JSON body; empty in a GET.
    pub const fn body(&self) -> &'r str {
        self.body
    }

    /// Returns names and values of the headers to send in addition to `Host` and `Content-Length`.
    pub const fn headers(&self) -> &'static [(&'static str, &'static str)] {
        const LIBRARY: (&str, &str) = ("X-Pusher-Library", concat!("pusher-proto ", env!("CARGO_PKG_VERSION")));
        match self.method {
            Method::Get => &[LIBRARY],
            Method::Post => &[LIBRARY, ("Content-Type", "application/json")],
        }
    }
}

/// What comes before the signature, at the end of each target. No name or value can contain it, because `&` is escaped.
const SIGNATURE: &str = "&auth_signature=";

/// An error of writing a request, caused by the caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ApiRequestError {
    /// There is no channel, or more than 100.
    Channels,
    /// There is no event, or more than 10.
    Batch,
    /// The buffer is too small.
    Output(OutputTooSmall),
}

impl From<OutputTooSmall> for ApiRequestError {
    fn from(error: OutputTooSmall) -> Self {
        Self::Output(error)
    }
}

impl fmt::Display for ApiRequestError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Channels => f.write_str("the event needs 1 to 100 channels"),
            Self::Batch => f.write_str("the batch needs 1 to 10 events"),
            Self::Output(error) => error.fmt(f),
        }
    }
}

impl core::error::Error for ApiRequestError {}

/// The parts of a request that are signed.
pub(super) struct Call<'c> {
    pub(super) method: Method,
    pub(super) timestamp: u64,
    pub(super) app_id: &'c str,
    /// The part of the path after the app, as segments without slashes.
    pub(super) path: &'c [&'c str],
    pub(super) parameters: &'c [(&'c str, &'c str)],
    pub(super) body: &'c str,
}

impl Call<'_> {
    /// Writes path and query with the signature.
    ///
    /// The signed text is `METHOD\n/path\nname=value&..`: the path as it is sent, but the query before
    /// percent-encoding, sorted by name. Both are hashed while the target is written.
    pub(super) fn write<'o>(
        &self,
        signing: &(impl Signing + ?Sized),
        out: &'o mut [u8],
    ) -> Result<&'o str, OutputTooSmall> {
        let mut writer = Writer::new(out);
        let mut signer = signing.start();
        signer.update(self.method.as_str().as_bytes());
        signer.update(b"\n");
        for segment in ["apps", self.app_id].iter().chain(self.path) {
            writer.byte(b'/');
            signer.update(b"/");
            percent::encode(segment, percent::is_path, |byte| {
                writer.byte(byte);
                signer.update(&[byte]);
            });
        }
        signer.update(b"\n");

        let mut digits = [0; 20]; // u64::MAX has 20 digits
        let mut digits = Writer::new(&mut digits);
        digits.number(self.timestamp);
        let timestamp = digits.finish().unwrap_or_default();
        let mut hash = [0; 32];
        let mut digits = Writer::new(&mut hash);
        for byte in Md5::digest(self.body) {
            digits.hex(byte, b'a');
        }
        let hash = digits.finish().unwrap_or_default();
        let own =
            [("auth_key", signing.key()), ("auth_timestamp", timestamp), ("auth_version", "1.0"), ("body_md5", hash)];
        let own = own.get(..if self.body.is_empty() { 3 } else { 4 }).unwrap_or_default();
        let mut separator = "?";
        for (name, value) in sorted(own, self.parameters) {
            writer.raw(separator);
            signer.update(if separator == "?" { b"" } else { b"&" });
            for (part, text) in [("", name), ("=", value)] {
                writer.raw(part);
                signer.update(part.as_bytes());
                percent::encode(text, percent::is_query, |byte| writer.byte(byte));
                signer.update(text.as_bytes());
            }
            separator = "&";
        }
        writer.raw(SIGNATURE);
        if let Some(signature) = signer.finish() {
            writer.raw(signature.as_str());
        }
        writer.finish()
    }
}

/// Merges both lists, sorted by name. Each step searches for the next pair: a request has few, and this needs no
/// memory.
fn sorted<'p>(
    own: &'p [(&'p str, &'p str)],
    others: &'p [(&'p str, &'p str)],
) -> impl Iterator<Item = (&'p str, &'p str)> {
    let mut last = None;
    iter::from_fn(move || {
        let pairs = own.iter().chain(others).enumerate().map(|(index, (name, value))| ((*name, index), *value));
        let (place, value) = pairs.filter(|(place, _)| Some(*place) > last).min_by_key(|(place, _)| *place)?;
        last = Some(place);
        Some((place.0, value))
    })
}

#[cfg(test)]
mod tests {
    use std::vec::Vec;

    use super::*;

    #[test]
    fn parameters_are_sorted_by_name_and_all_of_them_kept() {
        let own = [("auth_key", "1"), ("body_md5", "2")];
        let others = [("info", "3"), ("a", "4"), ("body_md5", "5"), ("auth_l", "6"), ("", "7")];
        let expected = [
            ("", "7"),
            ("a", "4"),
            ("auth_key", "1"),
            ("auth_l", "6"),
            ("body_md5", "2"),
            ("body_md5", "5"),
            ("info", "3"),
        ];
        assert_eq!(sorted(&own, &others).collect::<Vec<_>>(), expected);
    }
}
