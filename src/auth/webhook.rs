//! Webhooks: the notifications about channels and members that a server sends to an application's own server.
//!
//! The server sends a POST with a JSON body and two headers, [`KEY_HEADER`] and [`SIGNATURE_HEADER`], and repeats it
//! for five minutes until the response is 2xx. Verify it before anything else, over the body exactly as it arrived. The
//! content type is `application/json`, which is not signed.
//!
//! Source: Pusher docs, "Webhooks".

use core::fmt;

use super::{Credentials, Signature};
use crate::envelope::items::Items;
use crate::envelope::{fields, json};

/// The header with the key of the app.
pub const KEY_HEADER: &str = "X-Pusher-Key";
/// The header with the HMAC-SHA256 of the body.
pub const SIGNATURE_HEADER: &str = "X-Pusher-Signature";

/// Verifies that the holder of the app's secret has sent `body`, and that it is unchanged.
///
/// `key` and `signature` are the values of the two headers; pass `""` for one that is missing. Compares in constant
/// time. An app with several keys selects the credentials by `key` first.
///
/// # Errors
/// [`WebhookError::Key`] or [`WebhookError::Signature`].
pub fn verify(credentials: &Credentials<'_>, key: &str, signature: &str, body: &[u8]) -> Result<(), WebhookError> {
    if key != credentials.key() {
        return Err(WebhookError::Key);
    }
    let signature = Signature::from_hex(signature).map_err(|_| WebhookError::Signature)?;
    let mut expected = credentials.start();
    expected.update(body);
    if expected.finish() == signature { Ok(()) } else { Err(WebhookError::Signature) }
}

/// A verified webhook: an iterator over its events, which are decoded one by one in the buffer the body arrived in.
///
/// Decoding takes time linear in the length of the body and constant stack, and copies nothing.
///
/// ```
/// use pusher_proto::auth::Credentials;
/// use pusher_proto::auth::webhook::Webhook;
///
/// # let signature = "07febe80396240f7536142fd6a6d0aa0abcb249bc80f47e9d499a6b8f3b61511";
/// # let mut body = *br#"{"time_ms":1327078148132,"events":[{"name":"channel_occupied","channel":"test_channel"}]}"#;
/// let credentials = Credentials::new("app-key", b"app-secret");
/// let webhook = Webhook::open(&credentials, "app-key", signature, &mut body)?;
/// assert_eq!(webhook.time_ms(), Some(1327078148132));
/// for event in webhook {
///     match event.name() {
///         "channel_occupied" => assert_eq!(event.channel(), Some("test_channel")),
///         "channel_vacated" => {}
///         _ => {} // the server may have more kinds than are known today
///     }
/// }
/// # Ok::<(), pusher_proto::auth::webhook::WebhookError>(())
/// ```
#[derive(Debug)]
#[must_use = "an iterator does nothing unless it is used"]
pub struct Webhook<'b> {
    time_ms: Option<u64>,
    events: Items<'b>,
}

impl<'b> Webhook<'b> {
    /// [Verifies](verify) `body` and opens it.
    ///
    /// # Errors
    /// [`WebhookError::Key`] or [`WebhookError::Signature`] if it is not from the server. [`WebhookError::NotJson`] if
    /// it is, but is not a JSON object. `body` is unchanged in each case.
    pub fn open(
        credentials: &Credentials<'_>,
        key: &str,
        signature: &str,
        body: &'b mut [u8],
    ) -> Result<Self, WebhookError> {
        verify(credentials, key, signature, body)?;
        if core::str::from_utf8(body).is_err() || !json::is_object(body) {
            return Err(WebhookError::NotJson);
        }
        let [time_ms, events] = fields(body, ["time_ms", "events"]);
        Ok(Self {
            time_ms: time_ms.text().and_then(|millis| millis.parse().ok()),
            events: Items::of_array(events.json()),
        })
    }

    /// Returns when the server sent the webhook, in milliseconds since 1970; `None` if it is missing. Webhooks may
    /// arrive out of order.
    pub const fn time_ms(&self) -> Option<u64> {
        self.time_ms
    }
}

impl<'b> Iterator for Webhook<'b> {
    type Item = WebhookEvent<'b>;

    fn next(&mut self) -> Option<WebhookEvent<'b>> {
        let event = self.events.next()?.1.json();
        let names = ["name", "channel", "user_id", "event", "data", "socket_id", "subscription_count"];
        // An element that is not an object is an event without a name.
        let [name, channel, user_id, event, data, socket_id, subscription_count] = fields(event, names);
        Some(WebhookEvent {
            name: name.text().unwrap_or_default(),
            channel: channel.text(),
            user_id: user_id.text(),
            event: event.text(),
            data: data.any(),
            socket_id: socket_id.text(),
            subscription_count: subscription_count.text().and_then(|count| count.parse().ok()),
        })
    }
}

/// One event of a webhook. Its fields depend on its name.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct WebhookEvent<'b> {
    name: &'b str,
    channel: Option<&'b str>,
    user_id: Option<&'b str>,
    event: Option<&'b str>,
    data: Option<&'b str>,
    socket_id: Option<&'b str>,
    subscription_count: Option<u32>,
}

impl<'b> WebhookEvent<'b> {
    /// Returns the kind of the event: `channel_occupied`, `channel_vacated`, `member_added`, `member_removed`,
    /// `client_event`, `cache_miss`, `subscription_count`, or a new one. Empty if it is missing.
    pub const fn name(&self) -> &'b str {
        self.name
    }

    /// Returns the channel of the event.
    pub const fn channel(&self) -> Option<&'b str> {
        self.channel
    }

    /// Returns the member who joined or left, or who sent a `client_event` to a presence channel.
    pub const fn user_id(&self) -> Option<&'b str> {
        self.user_id
    }

    /// Returns the name of a `client_event`.
    pub const fn event(&self) -> Option<&'b str> {
        self.event
    }

    /// Returns the data of a `client_event`: the text of a string, or the JSON of any other value.
    pub const fn data(&self) -> Option<&'b str> {
        self.data
    }

    /// Returns the connection that sent a `client_event`.
    pub const fn socket_id(&self) -> Option<&'b str> {
        self.socket_id
    }

    /// Returns the number of subscriptions, in a `subscription_count`.
    pub const fn subscription_count(&self) -> Option<u32> {
        self.subscription_count
    }
}

/// An error of opening a webhook, caused by the sender, or by the credentials of another app.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum WebhookError {
    /// The webhook is for another app key.
    Key,
    /// The signature does not match this body and this secret, or is not a signature at all.
    Signature,
    /// The signature is valid, but the body is not a JSON object.
    NotJson,
}

impl fmt::Display for WebhookError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Key => "the webhook is for another app key",
            Self::Signature => "the webhook's signature does not match its body",
            Self::NotJson => "the webhook's signature is valid but its body is not a JSON object",
        })
    }
}

impl core::error::Error for WebhookError {}
