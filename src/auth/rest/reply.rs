//! Responses of the server, decoded in the buffer the body arrived in.
//!
//! Each function takes the HTTP status and the body of the response to one kind of request. Decoding takes linear time
//! and constant stack, copies nothing, and skips unknown names. Servers differ: Pusher explains a refusal in plain
//! text, others in JSON, and soketi refuses with HTTP status 200 and `{"error":"..","code":400}`.

use core::{fmt, mem};

use crate::envelope::items::{Items, find};
use crate::envelope::{Field, fields, json, str_of};
use crate::time::Duration;

/// Decodes the response to a request that returns no data: [`trigger`](super::Api::trigger) and others without
/// [`with_info`](super::NewEvent::with_info), and
/// [`terminate_user_connections`](super::Api::terminate_user_connections).
///
/// # Errors
/// [`ApiError::Refused`].
pub fn accepted(status: u16, body: &mut [u8]) -> Result<(), ApiError<'_>> {
    match open(status, body, ["error", "code"]) {
        // The request was accepted, whatever the body contains.
        Ok(_) | Err(ApiError::Malformed) => Ok(()),
        Err(error) => Err(error),
    }
}

/// Decodes the response to [`channels`](super::Api::channels), and to [`trigger`](super::Api::trigger) with
/// [`with_info`](super::NewEvent::with_info).
///
/// # Errors
/// [`ApiError::Refused`], or [`ApiError::Malformed`] for a body that is not a JSON object.
pub fn channels(status: u16, body: &mut [u8]) -> Result<Channels<'_>, ApiError<'_>> {
    let [channels, ..] = open(status, body, ["channels", "error", "code"])?;
    Ok(Channels(Items::of_object(channels.json())))
}

/// Decodes the response to [`channel`](super::Api::channel).
///
/// # Errors
/// [`ApiError::Refused`], or [`ApiError::Malformed`] for a body that is not a JSON object.
pub fn channel(status: u16, body: &mut [u8]) -> Result<ChannelInfo<'_>, ApiError<'_>> {
    let names = ["occupied", "user_count", "subscription_count", "cache", "error", "code"];
    let [occupied, user_count, subscription_count, cache, ..] = open(status, body, names)?;
    Ok(ChannelInfo::new([occupied, user_count, subscription_count, cache]))
}

/// Decodes the response to [`trigger_batch`](super::Api::trigger_batch) with [`with_info`](super::NewEvent::with_info):
/// the attributes of each event's channel, in the order of the events. There are none if no event requested them.
///
/// # Errors
/// [`ApiError::Refused`], or [`ApiError::Malformed`] for a body that is not a JSON object.
pub fn batch(status: u16, body: &mut [u8]) -> Result<Batch<'_>, ApiError<'_>> {
    let [batch, ..] = open(status, body, ["batch", "error", "code"])?;
    Ok(Batch(Items::of_array(batch.json())))
}

/// Decodes the response to [`users`](super::Api::users): the ids of the members.
///
/// # Errors
/// [`ApiError::Refused`], or [`ApiError::Malformed`] for a body that is not a JSON object.
pub fn users(status: u16, body: &mut [u8]) -> Result<Users<'_>, ApiError<'_>> {
    let [users, ..] = open(status, body, ["users", "error", "code"])?;
    Ok(Users(Items::of_array(users.json())))
}

/// An iterator over channels by name.
#[derive(Debug)]
#[must_use = "an iterator does nothing unless it is used"]
pub struct Channels<'b>(Items<'b>);

impl<'b> Iterator for Channels<'b> {
    type Item = (&'b str, ChannelInfo<'b>);

    fn next(&mut self) -> Option<Self::Item> {
        let (name, info) = self.0.next()?;
        Some((name.text().unwrap_or_default(), ChannelInfo::of(info)))
    }
}

/// An iterator over the requested attributes of each event's channel.
#[derive(Debug)]
#[must_use = "an iterator does nothing unless it is used"]
pub struct Batch<'b>(Items<'b>);

impl<'b> Iterator for Batch<'b> {
    type Item = ChannelInfo<'b>;

    fn next(&mut self) -> Option<Self::Item> {
        self.0.next().map(|(_, info)| ChannelInfo::of(info))
    }
}

/// An iterator over user ids. Ids that a server sends as numbers are returned as text.
#[derive(Debug)]
#[must_use = "an iterator does nothing unless it is used"]
pub struct Users<'b>(Items<'b>);

impl<'b> Iterator for Users<'b> {
    type Item = &'b str;

    fn next(&mut self) -> Option<&'b str> {
        let user = self.0.next()?.1.json();
        let [id] = fields(user, ["id"]);
        Some(id.text().unwrap_or_default())
    }
}

/// The attributes of a channel that the server returned: those requested, and sometimes more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct ChannelInfo<'b> {
    occupied: Option<bool>,
    user_count: Option<u32>,
    subscription_count: Option<u32>,
    cache: Option<Cache<'b>>,
}

impl<'b> ChannelInfo<'b> {
    fn of(object: Field<'b>) -> Self {
        Self::new(fields(object.json(), ["occupied", "user_count", "subscription_count", "cache"]))
    }

    fn new([occupied, user_count, subscription_count, cache]: [Field<'b>; 4]) -> Self {
        Self {
            occupied: match str_of(occupied.json()) {
                "true" => Some(true),
                "false" => Some(false),
                _ => None,
            },
            user_count: number(user_count),
            subscription_count: number(subscription_count),
            cache: Cache::of(cache),
        }
    }

    /// Returns whether the channel has subscribers.
    pub const fn occupied(&self) -> Option<bool> {
        self.occupied
    }

    /// Returns the number of distinct users in a presence channel.
    pub const fn user_count(&self) -> Option<u32> {
        self.user_count
    }

    /// Returns the number of subscribed connections.
    pub const fn subscription_count(&self) -> Option<u32> {
        self.subscription_count
    }

    /// Returns the last event of a cache channel; `None` if there is none.
    pub const fn cache(&self) -> Option<Cache<'b>> {
        self.cache
    }
}

/// The last event of a cache channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Cache<'b> {
    data: &'b str,
    ttl: Duration,
}

impl<'b> Cache<'b> {
    fn of(object: Field<'b>) -> Option<Self> {
        let object = object.json();
        if !json::is_object(object) {
            return None;
        }
        let [data, ttl] = fields(object, ["data", "ttl"]);
        Some(Self { data: str_of(data.json()), ttl: Duration::from_secs(number(ttl).unwrap_or_default()) })
    }

    /// Returns its data: the text of a string, or the JSON of any other value.
    pub const fn data(&self) -> &'b str {
        self.data
    }

    /// Returns how long it stays cached.
    pub const fn ttl(&self) -> Duration {
        self.ttl
    }
}

/// An error response, or a response that cannot be decoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ApiError<'b> {
    /// The server refused the request. 400: the request is invalid; 401: the key, the signature or the clock is wrong;
    /// 403: the app is disabled or over its quota; 413: the data is too large.
    Refused {
        /// The HTTP status; if it reports success but the body does not, the code in the body.
        status: u16,
        /// The server's explanation, may be empty: the `error` of a JSON object, or else the whole body.
        message: &'b str,
    },
    /// The server accepted the request, but its response is not the expected JSON.
    Malformed,
}

impl fmt::Display for ApiError<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused { status, message } => {
                write!(f, "the server refused the request with status {status}: {message}")
            }
            Self::Malformed => f.write_str("the server's response is not the expected JSON"),
        }
    }
}

impl core::error::Error for ApiError<'_> {}

/// Returns the fields `names` of a body that reports success. The last two are `error` and `code`, which report a
/// refusal.
fn open<'b, const N: usize>(status: u16, body: &'b mut [u8], names: [&str; N]) -> Result<[Field<'b>; N], ApiError<'b>>
where
    [Field<'b>; N]: Default,
{
    let is_text = core::str::from_utf8(body).is_ok();
    let is_success = (200..300).contains(&status);
    // If it contains no error, the body itself is the explanation.
    let explains = |body: &mut [u8]| is_text && json::is_object(body) && Items::contains_key(body, "error");
    if !is_success && !explains(body) {
        return Err(ApiError::Refused { status, message: str_of(body).trim_ascii() });
    }
    let mut found = <[Field<'b>; N]>::default();
    if !is_text || find(body, true, &names, &mut found).is_err() {
        return Err(ApiError::Malformed);
    }
    match found.last_chunk_mut() {
        Some([error, code]) if !is_success || error.is_set() => {
            let code = mem::take(code).number().and_then(|code| code.try_into().ok()).filter(|_| is_success);
            let message = str_of(mem::take(error).json());
            Err(ApiError::Refused { status: code.unwrap_or(status), message })
        }
        _ => Ok(found),
    }
}

fn number(field: Field<'_>) -> Option<u32> {
    field.text()?.parse().ok()
}
