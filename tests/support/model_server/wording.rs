//! The wording of the servers' messages.
//!
//! Sources: Pusher's protocol documentation and the texts quoted in its clients' bug reports; soketi 1.6, sockudo 5.2
//! and Reverb as seen on the wire.

use std::collections::BTreeSet;

use serde_json::{Value, json};

/// A real server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialect {
    /// Errors without a code, which name the channel in their text.
    Pusher,
    /// `pusher:subscription_error` with the channel.
    Soketi,
    /// `pusher:error` with a code, and without the channel.
    Sockudo,
    /// As above, with `data` as a string. It does not support sign-in.
    Reverb,
}

pub const DIALECTS: [Dialect; 4] = [Dialect::Pusher, Dialect::Soketi, Dialect::Sockudo, Dialect::Reverb];

impl Dialect {
    pub fn has_sign_in(self) -> bool {
        self != Self::Reverb
    }

    pub fn established(self, socket_id: &str) -> String {
        let data = json!({"socket_id": socket_id, "activity_timeout": 120});
        json!({"event": "pusher:connection_established", "data": data.to_string()}).to_string()
    }

    /// Returns the answer to a subscription; `members` are those of a presence channel.
    pub fn succeeded(self, channel: &str, members: Option<&BTreeSet<String>>) -> String {
        let event = "pusher_internal:subscription_succeeded";
        let Some(members) = members else {
            return match self {
                Self::Soketi => json!({"event": event, "channel": channel}),
                _ => json!({"event": event, "channel": channel, "data": "{}"}),
            }
            .to_string();
        };
        let hash: serde_json::Map<String, Value> = members.iter().map(|id| (id.clone(), json!({}))).collect();
        let data = json!({"presence": {"ids": members, "hash": hash, "count": members.len()}});
        json!({"event": event, "channel": channel, "data": data.to_string()}).to_string()
    }

    /// Returns the answer to a second subscription to the same channel, unless it is another success.
    pub fn existing(self, channel: &str) -> Option<String> {
        (self == Self::Pusher).then(|| uncoded(&format!("Existing subscription to channel {channel}")))
    }

    /// Returns the answer to an unsubscribe without a subscription.
    pub fn not_subscribed(self, channel: &str) -> Option<String> {
        let text = format!("No current subscription to channel {channel}, or subscription in progress");
        (self == Self::Pusher).then(|| uncoded(&text))
    }

    pub fn wrong_signature(self, socket_id: &str, channel: &str, channel_data: Option<&str>, auth: &str) -> String {
        match self {
            Self::Pusher => {
                let signed = channel_data.map_or(String::new(), |data| format!(":{data}"));
                uncoded(&format!(
                    "Invalid signature: Expected HMAC SHA256 hex digest of {socket_id}:{channel}{signed}, but got {auth}"
                ))
            }
            Self::Soketi => subscription_error(
                channel,
                json!({"type": "AuthError", "error": "The connection is unauthorized.", "status": 401}),
            ),
            Self::Sockudo => coded(4009, "Invalid signature: signature required for this channel"),
            Self::Reverb => stringly(4009, "Connection is unauthorized"),
        }
    }

    /// Returns the refusal of a subscription, independent of its signature.
    pub fn refused(self, channel: &str) -> String {
        match self {
            Self::Pusher => uncoded(&format!("Auth info required to subscribe to {channel}")),
            Self::Soketi => subscription_error(
                channel,
                json!({"type": "LimitReached", "error": "The limit of members has been reached.", "status": 4100}),
            ),
            Self::Sockudo => coded(4300, "Channel error: too many channels"),
            Self::Reverb => stringly(4009, "Connection is unauthorized"),
        }
    }

    /// Returns the answer to a request above the rate limit.
    pub fn limited(self, channel: &str) -> String {
        match self {
            Self::Pusher | Self::Sockudo => coded(4301, "Rate limit exceeded"),
            Self::Soketi => subscription_error(
                channel,
                json!({"type": "LimitReached", "error": "The rate limit has been reached.", "status": 4301}),
            ),
            Self::Reverb => stringly(4301, "Rate limit exceeded"),
        }
    }

    /// Returns the answer to a refused client event.
    pub fn event_refused(self, channel: &str) -> String {
        match self {
            Self::Soketi => {
                let data = json!({"code": 4301, "message": "The rate limit for sending client events exceeded."});
                json!({"event": "pusher:error", "channel": channel, "data": data}).to_string()
            }
            Self::Reverb => stringly(4301, "Rate limit exceeded"),
            _ => coded(4301, "Client event rejected"),
        }
    }

    pub fn signed_in(self, user_data: &str) -> String {
        let data = json!({"user_data": user_data});
        match self {
            Self::Pusher => json!({"event": "pusher:signin_success", "data": data.to_string()}),
            _ => json!({"event": "pusher:signin_success", "data": data}),
        }
        .to_string()
    }

    /// Returns the answer to a refused sign-in, and the close code. `choice` selects one of the texts of the same
    /// server.
    pub fn sign_in_refused(self, socket_id: &str, user_data: &str, choice: u64) -> (String, Option<u16>) {
        match (self, choice % 2) {
            (Self::Pusher, 0) => {
                let text = format!(
                    "Invalid signature: Expected HMAC SHA256 hex digest of {socket_id}::user::{user_data}, but got 00"
                );
                (uncoded(&text), None)
            }
            (Self::Pusher, _) => (coded(4009, "Connection not authorized"), Some(4009)),
            (Self::Soketi, _) => (coded(4009, "Connection not authorized for signin."), Some(4009)),
            (Self::Sockudo, _) => (coded(4009, "Connection not authorized for user"), None),
            (Self::Reverb, _) => (stringly(4200, "Invalid message format"), None),
        }
    }

    pub fn event(self, channel: &str, number: u64) -> String {
        json!({"event": "published", "channel": channel, "data": number.to_string()}).to_string()
    }

    pub fn user_event(self, user: &str) -> String {
        let channel = format!("#server-to-user-{user}");
        json!({"event": "to-user", "channel": channel, "data": user}).to_string()
    }

    pub fn member(self, channel: &str, user_id: &str, came: bool) -> String {
        let event = if came { "pusher_internal:member_added" } else { "pusher_internal:member_removed" };
        let data = json!({"user_id": user_id}).to_string();
        json!({"event": event, "channel": channel, "data": data}).to_string()
    }
}

fn error(data: Value) -> String {
    json!({"event": "pusher:error", "data": data}).to_string()
}

fn uncoded(message: &str) -> String {
    error(json!({"code": null, "message": message}))
}

fn coded(code: u16, message: &str) -> String {
    error(json!({"code": code, "message": message}))
}

fn stringly(code: u16, message: &str) -> String {
    error(json!(json!({"code": code, "message": message}).to_string()))
}

fn subscription_error(channel: &str, data: Value) -> String {
    json!({"event": "pusher:subscription_error", "channel": channel, "data": data}).to_string()
}
