//! The server's state of one connection.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::{Dialect, Random, Weather};

/// One connection, as the server sees it.
pub struct Session {
    pub socket_id: String,
    pub user: Option<String>,
    /// The channels, with the member of a presence channel.
    pub subscriptions: BTreeMap<String, Option<String>>,
    dialect: Dialect,
    /// Requests whose signatures are being checked.
    checks: Vec<(u64, Request)>,
    /// Invalid messages of the client. There must be none.
    pub violation: Option<String>,
}

/// A message for the client, and the code with which the server closes the connection after it.
pub struct Reply {
    pub text: String,
    pub close: Option<u16>,
}

/// The other members of the presence channels.
pub type Rooms = BTreeMap<String, BTreeSet<String>>;

/// The server's state outside the connection.
pub struct Environment<'a> {
    pub weather: &'a Weather,
    pub random: &'a mut Random,
    /// The key for signatures.
    pub key: u64,
    pub rooms: &'a Rooms,
}

#[derive(Clone)]
struct Request {
    fate: Fate,
    kind: Kind,
}

#[derive(Clone)]
enum Kind {
    Subscribe { channel: String, auth: Option<String>, channel_data: Option<String> },
    SignIn { auth: String, user_data: String },
}

/// The treatment of a request, apart from its validity.
#[derive(Clone, Copy, PartialEq)]
enum Fate {
    Served,
    Unanswered,
    Doubled,
    Refused,
    Limited,
}

impl Session {
    pub fn new(socket_id: String, dialect: Dialect) -> Self {
        Self { socket_id, user: None, subscriptions: BTreeMap::new(), dialect, checks: Vec::new(), violation: None }
    }

    /// Processes one message and returns the server's immediate answer. Signatures may be checked in the background:
    /// the request then takes effect when [`finish`](Self::finish) processes it.
    pub fn handle(&mut self, now: u64, text: &str, environment: &mut Environment<'_>) -> Vec<Reply> {
        let message: Value = match serde_json::from_str(text) {
            Ok(message) => message,
            Err(error) => return self.record_violation(format!("{error} in {text}")),
        };
        let text_of = |value: &Value| value.as_str().map(String::from);
        let data = &message["data"];
        let channel = text_of(&data["channel"]).unwrap_or_default();
        let kind = match message["event"].as_str().unwrap_or_default() {
            "pusher:ping" => return reply(r#"{"event":"pusher:pong","data":{}}"#.into()),
            "pusher:pong" => return Vec::new(),
            "pusher:unsubscribe" => return self.unsubscribe(&channel),
            "pusher:subscribe" => {
                Kind::Subscribe { channel, auth: text_of(&data["auth"]), channel_data: text_of(&data["channel_data"]) }
            }
            "pusher:signin" => Kind::SignIn {
                auth: text_of(&data["auth"]).unwrap_or_default(),
                user_data: text_of(&data["user_data"]).unwrap_or_default(),
            },
            event if event.starts_with("client-") => return self.client_event(&message, environment),
            event => return self.record_violation(format!("unknown event {event}")),
        };
        let weather = environment.weather;
        if environment.random.chance(weather.swallow) {
            return Vec::new();
        }
        let fates = [
            (weather.mute, Fate::Unanswered),
            (weather.twice, Fate::Doubled),
            (weather.refuse, Fate::Refused),
            (weather.limit, Fate::Limited),
        ];
        let fate = fates.into_iter().find(|&(chance, _)| environment.random.chance(chance));
        let request = Request { fate: fate.map_or(Fate::Served, |(_, fate)| fate), kind };
        let signed = !matches!(&request.kind, Kind::Subscribe { auth: None, .. });
        // No client can detect a server that subscribes in the background after an unsubscribe without an answer.
        let in_background = signed && request.fate != Fate::Unanswered;
        match if in_background { environment.random.pick(weather.checking) } else { 0 } {
            0 => self.process(&request, environment),
            wait => {
                self.checks.push((now + wait, request));
                Vec::new()
            }
        }
    }

    /// Returns when the next check of a signature ends.
    pub fn next_check(&self) -> Option<u64> {
        self.checks.iter().map(|&(at, _)| at).min()
    }

    /// Processes a request whose signature has been checked, if there is one.
    pub fn finish(&mut self, now: u64, environment: &mut Environment<'_>) -> Option<Vec<Reply>> {
        let index = self.checks.iter().position(|&(at, _)| at <= now)?;
        let (_, request) = self.checks.remove(index);
        Some(self.process(&request, environment))
    }

    fn process(&mut self, request: &Request, environment: &mut Environment<'_>) -> Vec<Reply> {
        let mut replies = match &request.kind {
            Kind::Subscribe { channel, auth, channel_data } => {
                self.subscribe(request.fate, channel, auth.as_deref(), channel_data.as_deref(), environment)
            }
            Kind::SignIn { auth, user_data } => self.sign_in(request.fate, auth, user_data, environment),
        };
        match request.fate {
            Fate::Unanswered => replies.clear(),
            Fate::Doubled => {
                replies.extend(replies.first().map(|first| Reply { text: first.text.clone(), close: None }))
            }
            _ => {}
        }
        replies
    }

    fn subscribe(
        &mut self,
        fate: Fate,
        channel: &str,
        auth: Option<&str>,
        channel_data: Option<&str>,
        environment: &Environment<'_>,
    ) -> Vec<Reply> {
        match fate {
            Fate::Refused => return reply(self.dialect.refused(channel)),
            Fate::Limited => return reply(self.dialect.limited(channel)),
            _ => {}
        }
        let is_presence = channel.starts_with("presence-");
        if is_presence || channel.starts_with("private-") {
            let (auth, expected) =
                (auth.unwrap_or_default(), format!("k{}:{}:{channel}", environment.key, self.socket_id));
            if !auth.ends_with(&format!(":{}:{channel}", self.socket_id)) {
                return self.record_violation(format!("a signature for another connection or channel: {auth}"));
            }
            if auth != expected {
                return reply(self.dialect.wrong_signature(&self.socket_id, channel, channel_data, auth));
            }
        }
        if let Some(id) = channel.strip_prefix("#server-to-user-")
            && self.user.as_deref() != Some(id)
        {
            return reply(self.dialect.refused(channel));
        }
        let member = channel_data.filter(|_| is_presence).and_then(|data| {
            let data: Value = serde_json::from_str(data).ok()?;
            data["user_id"].as_str().map(String::from)
        });
        if is_presence && member.is_none() {
            return self.record_violation(format!("no member for {channel}"));
        }
        if self.subscriptions.insert(channel.into(), member).is_some()
            && let Some(existing) = self.dialect.existing(channel)
        {
            return reply(existing);
        }
        let members = self.members(channel, environment.rooms);
        reply(self.dialect.succeeded(channel, members.as_ref()))
    }

    /// Returns the members of a presence channel, including this connection's member.
    pub fn members(&self, channel: &str, rooms: &Rooms) -> Option<BTreeSet<String>> {
        let own = self.subscriptions.get(channel)?.clone()?;
        let mut members = rooms.get(channel).cloned().unwrap_or_default();
        members.insert(own);
        Some(members)
    }

    fn unsubscribe(&mut self, channel: &str) -> Vec<Reply> {
        match self.subscriptions.remove(channel) {
            Some(_) => Vec::new(),
            None => self.dialect.not_subscribed(channel).map(reply).unwrap_or_default(),
        }
    }

    fn sign_in(&mut self, fate: Fate, auth: &str, user_data: &str, environment: &mut Environment<'_>) -> Vec<Reply> {
        let id = serde_json::from_str::<Value>(user_data).ok().and_then(|data| data["id"].as_str().map(String::from));
        let Some(id) = id else { return self.record_violation(format!("a sign-in without an id: {user_data}")) };
        let is_signed = auth == format!("k{}:{}:user:{id}", environment.key, self.socket_id);
        // A connection that is bound to one user accepts no other.
        let is_other = self.user.as_ref().is_some_and(|user| *user != id);
        if fate == Fate::Limited {
            return reply(self.dialect.limited("-"));
        }
        if self.dialect == Dialect::Reverb || fate == Fate::Refused || !is_signed || is_other {
            let (text, close) = self.dialect.sign_in_refused(&self.socket_id, user_data, environment.random.next());
            return vec![Reply { text, close }];
        }
        self.user = Some(id);
        reply(self.dialect.signed_in(user_data))
    }

    fn client_event(&mut self, message: &Value, environment: &mut Environment<'_>) -> Vec<Reply> {
        let channel = message["channel"].as_str().unwrap_or_default();
        let is_refused =
            !self.subscriptions.contains_key(channel) || environment.random.chance(environment.weather.limit);
        if is_refused { reply(self.dialect.event_refused(channel)) } else { Vec::new() }
    }

    fn record_violation(&mut self, violation: String) -> Vec<Reply> {
        self.violation.get_or_insert(violation);
        Vec::new()
    }
}

fn reply(text: String) -> Vec<Reply> {
    vec![Reply { text, close: None }]
}
