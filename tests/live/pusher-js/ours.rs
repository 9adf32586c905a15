//! Runs the operations of pusher-js on this client, and records its reports in the terms of pusher-js.

use std::collections::{BTreeMap, HashMap};

use pusher_proto::channel::ChannelKind;
use pusher_proto::client::{Authorization, Client, Config, Notice, Request, UserAuthentication};
use pusher_proto::event::{Event, Member, ServerError};
use pusher_proto::{Channel, Instant, Payload};
use serde_json::{Value, json};

use crate::operations::Operation;

pub struct Ours {
    client: Client<32, 220>,
    names: HashMap<Channel, String>,
    answers: HashMap<String, Value>,
    user: Value,
}

impl Ours {
    pub fn new() -> Self {
        Self { client: Client::new(Config::new(1)), names: HashMap::new(), answers: HashMap::new(), user: Value::Null }
    }

    /// Runs one operation and returns the resulting reports.
    pub fn run(&mut self, operation: &Operation) -> Vec<Value> {
        let now = Instant::ZERO;
        let mut reports = Vec::new();
        match operation {
            Operation::Session => {
                *self = Self::new();
                self.client.connect(now);
                self.drain(&mut reports);
                self.client.handle_open(now);
            }
            Operation::In(text) => {
                let mut message = text.as_bytes().to_vec();
                let names = &self.names;
                match self.client.handle_text(now, &mut message) {
                    Ok(None) => {}
                    Ok(Some(event)) => {
                        reports.extend(entries(&|channel| names.get(&channel).cloned().unwrap_or("?".into()), event))
                    }
                    Err(_) => reports.push(json!({"bad": true})),
                }
            }
            Operation::Subscribe { channel, answer } => {
                self.answers.insert(channel.clone(), answer.clone());
                let handle = self.client.subscribe(now, channel).unwrap();
                self.names.insert(handle, channel.clone());
            }
            Operation::Unsubscribe(name) => {
                let handle = self.client.channels().find(|&channel| self.client.channel_name(channel) == Some(name));
                if let Some(handle) = handle {
                    self.client.unsubscribe(now, handle).unwrap();
                }
            }
            Operation::SignIn(answer) => {
                self.user = answer.clone();
                self.client.sign_in(now);
            }
        }
        self.drain(&mut reports);
        reports
    }

    fn drain(&mut self, reports: &mut Vec<Value>) {
        let now = Instant::ZERO;
        let mut out = [0; 4096];
        while let Some(request) = self.client.poll_request() {
            match request {
                Request::Authorize(ticket) | Request::Rekey(ticket) => {
                    let name = self.client.authorization_request(ticket).unwrap().channel_name.to_string();
                    let answer = &self.answers[&name];
                    let text = |field: &str| answer[field].as_str();
                    let mut reply = Authorization::from_token(text("auth").unwrap());
                    if let Some(channel_data) = text("channel_data") {
                        reply = reply.with_channel_data(channel_data);
                    }
                    if let Some(secret) = text("shared_secret") {
                        reply = reply.with_shared_secret(secret);
                    }
                    if let Request::Rekey(_) = request {
                        self.client.rekey(now, ticket, &reply).unwrap();
                    } else {
                        self.client.authorize(now, ticket, &reply, &mut out).unwrap();
                    }
                }
                Request::SignIn(ticket) => {
                    let text = |field: &str| self.user[field].as_str().unwrap();
                    let reply = UserAuthentication::from_token(text("auth"), text("user_data"));
                    self.client.authenticate(now, ticket, &reply, &mut out).unwrap();
                }
                _ => {}
            }
        }
        while self.client.poll_transmit(now, &mut out).unwrap().is_some() {}
        while let Some(notice) = self.client.poll_notice() {
            if let Notice::Disconnected { .. } = notice {
                reports.push(json!({"disconnected": true}));
            }
        }
    }
}

/// Returns the reports of an event: a list, because pusher-js reports each change in a watchlist separately.
fn entries(name: &dyn Fn(Channel) -> String, event: Event<'_>) -> Vec<Value> {
    let failure = |kind: &str, about: Value, error: ServerError<'_>| json!({kind: about, "code": error.code, "text": Some(error.message).filter(|text| !text.is_empty())});
    vec![match event {
        Event::Connected { .. } => return Vec::new(),
        Event::Subscribed { channel, presence: None, .. } => json!({"subscribed": name(channel)}),
        Event::Subscribed { channel, presence: Some(presence), .. } => {
            let count = presence.count();
            let mut members: BTreeMap<String, Value> = BTreeMap::new();
            for Member { user_id, user_info, .. } in presence.members() {
                let info = members.entry(user_id.into()).or_default();
                if info.is_null() {
                    *info = plain(user_info);
                }
            }
            json!({"subscribed": name(channel), "count": count, "members": members})
        }
        Event::SubscriptionFailed { channel, error, .. } => failure("failed", name(channel).into(), error),
        Event::Channel(message) => json!({
            "message": message.event,
            "channel": name(message.channel),
            // The plaintext of an encrypted event is the data itself, not a string that holds it.
            "data": if ChannelKind::of(&name(message.channel)).is_encrypted() { plain(message.payload) } else { decoded(message.payload) },
            "user": message.user_id,
        }),
        Event::MemberAdded { channel, member, .. } => {
            json!({"added": name(channel), "id": member.user_id, "info": plain(member.user_info)})
        }
        Event::MemberRemoved { channel, user_id, .. } => json!({"removed": name(channel), "id": user_id}),
        Event::SubscriptionCount { channel, count, .. } => json!({"counted": name(channel), "count": count}),
        Event::CacheMiss { channel, .. } => json!({"cache_miss": name(channel)}),
        Event::DecryptionFailed { channel, event, .. } => json!({"not_decrypted": event, "channel": name(channel)}),
        Event::SignedIn { user_id, .. } => json!({"signed_in": user_id}),
        Event::SignInFailed { error, .. } => failure("sign_in_failed", true.into(), error),
        Event::User(event) => json!({"user": event.event, "data": decoded(event.payload)}),
        Event::Watchlist(watchlist) => {
            let change = |status: &str, ids: Vec<&str>| json!({"watchlist": status, "ids": ids});
            return watchlist.map(|one| change(one.status(), one.user_ids().collect())).collect();
        }
        Event::Error(error) => failure("error", true.into(), error),
        Event::Other(other) => {
            json!({"other": other.event, "channel": other.channel_name, "data": decoded(other.payload)})
        }
        other => panic!("{other:?} is new"),
    }]
}

/// Returns data in the form of pusher-js: a string that is JSON is parsed once more.
fn decoded(payload: Payload<'_>) -> Value {
    match payload {
        Payload::Text(text) => json_of(text).unwrap_or_else(|| text.into()),
        other => plain(other),
    }
}

/// Converts a payload without parsing its text as JSON.
fn plain(payload: Payload<'_>) -> Value {
    match payload {
        Payload::Absent => Value::Null,
        Payload::Text(text) => text.into(),
        Payload::Json(json) => json_of(json).unwrap(),
    }
}

/// Parses JSON after replacing unpaired surrogates, which serde_json refuses, as this client does.
pub fn json_of(text: &str) -> Option<Value> {
    let mut text = text.to_string();
    loop {
        if let Ok(value) = serde_json::from_str(&text) {
            return Some(value);
        }
        let at = half(&text)?;
        text.replace_range(at..at + 6, "\\ufffd");
    }
}

/// Returns the position of the first escape in `text` that is an unpaired surrogate.
fn half(text: &str) -> Option<usize> {
    let unit = |at: usize| u16::from_str_radix(text.get(at..at + 6)?.strip_prefix("\\u")?, 16).ok();
    let mut at = 0;
    while at < text.len() {
        at += match (text.as_bytes()[at], unit(at)) {
            (_, Some(0xd800..0xdc00)) if matches!(unit(at + 6), Some(0xdc00..0xe000)) => 12,
            (_, Some(0xd800..0xe000)) => return Some(at),
            (b'\\', _) => 2,
            _ => 1,
        };
    }
    None
}
