//! Gives a client arbitrary input in any order, and checks its output and its visible state after each step.

use std::collections::{BTreeSet, HashSet};

use pusher_proto::client::{
    Authorization, AuthorizeError, Client, Close, Config, Notice, Request, Ticket, TriggerError, UserAuthentication,
};
use pusher_proto::envelope::EnvelopeError;
use pusher_proto::event::Event;
use pusher_proto::{Channel, ChannelKind, ChannelStatus, Duration, Instant, Payload, State};
use serde_json::{Value, json};

use super::bytes::Bytes;

const CHANNELS: usize = 3;
const NAME: usize = 19;

/// More names than there are slots; the last cannot be subscribed.
const NAMES: [&str; 8] =
    ["a", "bb", "cache-c", "private-d", "presence-e", "presence-cache-f", "private-encrypted-g", "no good name"];

/// 32 zeros in base64.
const SECRET: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

/// Runs operations until the bytes are used up, then lets the network recover.
pub fn run(data: &[u8]) {
    let mut bytes = Bytes::new(data);
    let mut machine = Machine::new(bytes.next());
    while !bytes.is_empty() {
        machine.operation(&mut bytes);
        machine.look();
    }
    machine.heal();
}

struct Machine {
    client: Client<CHANNELS, NAME>,
    /// The clock passed to the client; it may go back.
    clock: u64,
    /// The latest time passed to the client.
    latest: u64,
    /// The number of connections that were established.
    connection: u32,
    /// Handles that the client returned, with their names.
    handles: Vec<(Channel, String)>,
    /// Tickets that the client returned.
    tickets: Vec<Given>,
    /// The channels that the application wants.
    desired: BTreeSet<String>,
    signs_in: bool,
    /// Subscriptions sent on this connection that no answer, deadline or unsubscribe has ended.
    outstanding: BTreeSet<String>,
    /// Those of them that are no longer wanted and that an error may have ended without a notice.
    doubtful: BTreeSet<String>,
    /// Names that were subscribed on this connection.
    said: BTreeSet<String>,
}

/// A ticket that the client returned.
#[derive(Clone)]
struct Given {
    ticket: Ticket,
    kind: Kind,
    connection: u32,
    /// The channel of the ticket.
    name: String,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Authorize,
    #[cfg(feature = "encrypted")]
    Rekey,
    SignIn,
}

impl Machine {
    fn new(seed: u8) -> Self {
        let mut config = Config::new(seed.into());
        config.reconnect.limit = (seed & 1 == 1).then_some(3);
        config.client_events_per_second = seed & 3;
        config.client_event_limit = 64;
        config.subscription_retries = seed & 7;
        config.strict_names = seed & 8 != 0;
        Self {
            client: Client::new(config),
            clock: 0,
            latest: 0,
            connection: 0,
            handles: Vec::new(),
            tickets: Vec::new(),
            desired: BTreeSet::new(),
            signs_in: false,
            outstanding: BTreeSet::new(),
            doubtful: BTreeSet::new(),
            said: BTreeSet::new(),
        }
    }

    fn now(&self) -> Instant {
        Instant::from_millis(self.clock)
    }

    fn operation(&mut self, bytes: &mut Bytes<'_>) {
        let now = self.now();
        match bytes.below(24) {
            0 => {
                self.client.connect(now);
                assert!(matches!(self.client.state(), State::Connecting | State::Connected));
            }
            // Rare, so that most runs get past the handshake.
            1 if bytes.below(4) == 0 => {
                self.client.disconnect(now);
                assert_eq!(self.client.state(), State::Disconnected);
            }
            2 => self.client.ping_now(now),
            3 => self.client.handle_open(now),
            4 => self.client.handle_activity(now),
            5 if bytes.below(3) == 0 => self.client.handle_close(now, close(bytes)),
            6 | 7 => self.subscribe(bytes.pick(&NAMES)),
            8 if !self.handles.is_empty() => self.unsubscribe(bytes),
            9 if !self.tickets.is_empty() => {
                let given = bytes.pick(&self.tickets);
                let is_good = self.is_good(&given);
                let denied = self.client.deny(now, given.ticket).is_ok();
                assert!(given.kind == Kind::SignIn || denied == is_good);
                assert!(!denied || given.connection == self.connection);
                assert!(self.client.deny(now, given.ticket).is_err());
            }
            10 | 11 if !self.tickets.is_empty() => self.answer(bytes),
            12 if !self.handles.is_empty() => self.trigger(bytes),
            13 => {
                let steps = [1, 10, 999, 1000, 10_000, 30_000, 120_000, 86_400_000, 1 << 33];
                self.clock = self.clock.saturating_add(bytes.pick(&steps)).min(1 << 40);
                self.time_passes();
            }
            14 => {
                self.clock = self.clock.saturating_sub(1 << bytes.below(40));
                self.time_passes();
            }
            15 => self.drain(bytes.below(96)),
            16 => self.settle(),
            #[cfg(feature = "users")]
            17 => {
                self.client.sign_in(now);
                self.signs_in = true;
            }
            #[cfg(feature = "users")]
            18 if bytes.below(2) == 0 => {
                self.client.sign_out(now);
                self.signs_in = false;
                assert!(!self.client.is_signed_in());
            }
            _ => self.frame(bytes),
        }
        self.latest = self.latest.max(self.clock);
        if self.client.state() != State::Connected {
            self.outstanding.clear();
            self.doubtful.clear();
            self.said.clear();
        }
        // Usually polls after each call, as an application should.
        if bytes.below(8) != 0 {
            self.drain(128);
        }
    }

    /// Advances the clock. Later events may supersede the resulting notices if the application does not poll.
    fn time_passes(&mut self) {
        self.latest = self.latest.max(self.clock);
        self.client.handle_timeout(self.now());
        self.notices();
    }

    fn subscribe(&mut self, name: &str) {
        let before = self.client.channels().count();
        match self.client.subscribe(self.now(), name) {
            Ok(channel) => {
                assert!(!name.contains(' '));
                assert!(cfg!(feature = "encrypted") || !ChannelKind::of(name).is_encrypted());
                assert_eq!(self.client.channel_name(channel), Some(name));
                self.desired.insert(name.into());
                if self.handles.len() == 16 {
                    self.handles.remove(0);
                }
                self.handles.push((channel, name.into()));
            }
            Err(_) => {
                assert_eq!(self.client.channels().count(), before);
                assert!(!self.desired.contains(name));
            }
        }
    }

    fn unsubscribe(&mut self, bytes: &mut Bytes<'_>) {
        let (channel, name) = bytes.pick(&self.handles);
        let is_stale = self.client.channel_status(channel).is_none();
        assert_eq!(self.client.unsubscribe(self.now(), channel).is_err(), is_stale);
        if !is_stale {
            assert!(self.desired.remove(&name));
        }
        assert!(self.client.unsubscribe(self.now(), channel).is_err());
    }

    /// Returns whether a ticket for a channel is still valid.
    fn is_good(&self, given: &Given) -> bool {
        let is_good = given.kind != Kind::SignIn && self.client.authorization_request(given.ticket).is_some();
        assert!(!is_good || given.connection == self.connection, "a ticket of another connection is still good");
        assert!(!is_good || self.desired.contains(&given.name), "a ticket for a channel nobody wants is still good");
        is_good
    }

    /// Answers a ticket as the application, correctly or not.
    fn answer(&mut self, bytes: &mut Bytes<'_>) {
        let given = bytes.pick(&self.tickets);
        let (now, ticket) = (self.now(), given.ticket);
        match given.kind {
            Kind::Authorize => self.authorize(given, bytes),
            #[cfg(feature = "encrypted")]
            Kind::Rekey => {
                let is_good = self.is_good(&given);
                let authorization = Authorization::from_token("k:s");
                assert!(self.client.rekey(now, ticket, &authorization).is_err());
                let authorization = authorization.with_shared_secret(SECRET);
                assert_eq!(self.client.rekey(now, ticket, &authorization).is_ok(), is_good);
                assert!(self.client.rekey(now, ticket, &authorization).is_err());
            }
            Kind::SignIn => {
                let authentication = UserAuthentication::from_token("k:s", r#"{"id":"7"}"#);
                match self.client.authenticate(now, ticket, &authentication, &mut []) {
                    Err(AuthorizeError::OutputTooSmall(error)) => {
                        let mut out = vec![0; error.needed()];
                        let frame = self.client.authenticate(now, ticket, &authentication, &mut out).unwrap();
                        let data = json!({"auth": "k:s", "user_data": r#"{"id":"7"}"#});
                        let expected = json!({"event": "pusher:signin", "data": data});
                        assert_eq!(serde_json::from_str::<Value>(frame).unwrap(), expected);
                        assert!(given.connection == self.connection && self.signs_in);
                    }
                    other => assert_eq!(other, Err(AuthorizeError::StaleTicket)),
                }
                let again = self.client.authenticate(now, ticket, &authentication, &mut [0; 128]).map(drop);
                assert_eq!(again, Err(AuthorizeError::StaleTicket));
            }
        }
    }

    fn authorize(&mut self, given: Given, bytes: &mut Bytes<'_>) {
        let now = self.now();
        let is_stale = !self.is_good(&given);
        let Given { ticket, name, .. } = given;
        let mut authorization = Authorization::from_signature("key", "si\"g");
        if bytes.below(4) != 0 {
            authorization = authorization.with_channel_data("{\"user_id\":\"\u{1}é\"}").with_shared_secret(SECRET);
        }
        let mut out = vec![0; bytes.below(200)];
        match self.client.authorize(now, ticket, &authorization, &mut out) {
            Ok(frame) => {
                let frame: Value = serde_json::from_str(frame).unwrap();
                let mut expected = json!({"event": "pusher:subscribe", "data": {"channel": name, "auth": "key:si\"g"}});
                if let Some(channel_data) = authorization.channel_data() {
                    expected["data"]["channel_data"] = channel_data.into();
                }
                assert_eq!(frame, expected);
                assert!(!is_stale && ChannelKind::of(&name).needs_authorization());
                self.subscribed(&name);
            }
            Err(AuthorizeError::StaleTicket) => assert!(is_stale),
            Err(AuthorizeError::MissingChannelData) => {
                assert!(ChannelKind::of(&name).is_presence() && authorization.channel_data().is_none());
            }
            Err(AuthorizeError::MissingSharedSecret) => {
                assert!(ChannelKind::of(&name).is_encrypted() && authorization.shared_secret().is_none());
            }
            Err(AuthorizeError::OutputTooSmall(error)) => {
                let mut out = vec![0; error.needed()];
                let frame = self.client.authorize(now, ticket, &authorization, &mut out).unwrap();
                assert_eq!(frame.len(), error.needed());
                self.subscribed(&name);
            }
            Err(other) => panic!("{other:?}"),
        }
        let is_answered = self.outstanding.contains(&name) && !self.doubtful.contains(&name);
        assert!(self.client.authorization_request(ticket).is_none() || !is_answered);
    }

    fn trigger(&mut self, bytes: &mut Bytes<'_>) {
        let (channel, name) = bytes.pick(&self.handles);
        let event = bytes.pick(&["client-x", "client-\"", "x", ""]);
        let text = String::from_utf8_lossy(bytes.take(8)).into_owned();
        let long = " ".repeat(65);
        let data = match bytes.below(5) {
            0 => Payload::Absent,
            1 => Payload::Text(&text),
            2 => Payload::Json("{\"a\":[1]}"),
            3 => Payload::Json(&text),
            _ => Payload::Text(&long),
        };
        let mut out = vec![0; bytes.below(256)];
        let now = self.now();
        let status = self.client.channel_status(channel);
        let frame = match self.client.trigger(now, channel, event, data, &mut out) {
            Ok(frame) => frame,
            Err(TriggerError::OutputTooSmall(error)) => {
                out.resize(error.needed(), 0);
                match self.client.trigger(now, channel, event, data, &mut out) {
                    Ok(frame) => frame,
                    // The check follows when the frame fits into the buffer.
                    Err(TriggerError::NotJson) => return assert!(matches!(data, Payload::Json(_))),
                    Err(error) => panic!("{error:?}"),
                }
            }
            Err(TriggerError::StaleChannel) => return assert_eq!(status, None),
            Err(_) => return,
        };
        let frame: Value = serde_json::from_str(frame).unwrap();
        assert!(status == Some(ChannelStatus::Subscribed) && self.client.state() == State::Connected);
        assert!(ChannelKind::of(&name).allows_client_events() && event.starts_with("client-"));
        assert_eq!((&frame["channel"], &frame["event"]), (&json!(name), &json!(event)));
        let expected = match data {
            Payload::Absent => Value::Null,
            Payload::Text(text) => json!(text),
            Payload::Json(json) => serde_json::from_str(json).unwrap(),
        };
        assert_eq!(frame["data"], expected);
    }

    /// Delivers a valid or invalid frame from the server.
    fn frame(&mut self, bytes: &mut Bytes<'_>) {
        let mut text = text(bytes);
        if String::from_utf8_lossy(&text).contains("error") {
            self.doubtful.extend(self.outstanding.difference(&self.desired).cloned());
        }
        // A confirmation may have to be undone, whether the client requested the subscription or not.
        if let Ok(frame) = serde_json::from_slice::<Value>(&text)
            && frame["event"].as_str().is_some_and(|event| event.ends_with(":subscription_succeeded"))
        {
            self.said.extend(frame["channel"].as_str().map(String::from));
        }
        let before = self.snapshot();
        let state = self.client.state();
        match self.client.handle_text(self.now(), &mut text) {
            Err(error) => {
                assert_eq!(self.snapshot(), before, "{error:?} has changed something");
                assert!(matches!(state, State::Connecting | State::Connected) || error == EnvelopeError::NotOpen);
            }
            Ok(Some(Event::Connected { socket_id })) => {
                assert_eq!(Some(socket_id), self.client.socket_id());
                assert_eq!(state, State::Connecting);
                self.connection += 1;
            }
            Ok(Some(Event::Subscribed { channel, presence, .. })) => {
                let name = self.client.channel_name(channel).expect("an event of a channel that nobody wants");
                // The error "Existing subscription" does not list the members.
                assert!(presence.is_none() || ChannelKind::of(name).is_presence());
                assert_eq!(self.client.channel_status(channel), Some(ChannelStatus::Subscribed));
                // Also without a request: the client trusts the server.
                self.said.insert(name.into());
                self.outstanding.insert(name.into());
            }
            Ok(Some(Event::SubscriptionFailed { channel, retry_at, .. })) => {
                let name = self.client.channel_name(channel).expect("an event of a channel that nobody wants");
                // Also after a deadline: the refusal may arrive late.
                assert!(self.said.contains(name), "{name} failed and was not subscribed");
                self.outstanding.remove(name);
                assert!(retry_at.is_none_or(|at| at.as_millis() >= self.latest));
            }
            Ok(Some(Event::SignedIn { .. } | Event::SignInFailed { .. })) => assert!(self.signs_in),
            Ok(Some(Event::Channel(message))) => {
                let name = self.client.channel_name(message.channel).expect("an event of a channel that nobody wants");
                // Also after a deadline: the server may have subscribed without an answer.
                assert!(self.said.contains(name));
            }
            Ok(_) => {}
        }
    }

    /// Records that a subscription was sent.
    fn subscribed(&mut self, name: &str) {
        assert!(self.desired.contains(name), "{name} is subscribed and nobody wants it");
        let is_new = self.outstanding.insert(name.into());
        assert!(self.doubtful.remove(name) || is_new, "{name} is subscribed twice");
        self.said.insert(name.into());
    }

    /// Records a ticket that the client returned.
    fn given(&mut self, ticket: Ticket, kind: Kind) {
        assert_eq!(self.client.state(), State::Connected);
        let mut name = String::new();
        if kind != Kind::SignIn {
            let request = self.client.authorization_request(ticket).unwrap();
            assert!(self.desired.contains(request.channel_name) && request.kind.needs_authorization());
            assert_eq!(Some(request.socket_id), self.client.socket_id());
            name = request.channel_name.into();
        }
        if self.tickets.len() == 16 {
            self.tickets.remove(0);
        }
        self.tickets.push(Given { ticket, kind, connection: self.connection, name });
    }

    /// Polls all outputs of the client through a buffer of `size` bytes.
    fn drain(&mut self, size: usize) {
        self.notices();
        for round in 0.. {
            assert!(round < 8 + CHANNELS, "the requests do not end");
            match self.client.poll_request() {
                None => break,
                Some(Request::Open { .. }) => assert_eq!(self.client.state(), State::Connecting),
                Some(Request::Close(code)) => assert_eq!(code, 1000),
                Some(Request::Authorize(ticket)) => self.given(ticket, Kind::Authorize),
                #[cfg(feature = "encrypted")]
                Some(Request::Rekey(ticket)) => self.given(ticket, Kind::Rekey),
                Some(Request::SignIn(ticket)) => {
                    assert!(self.signs_in && !self.client.is_signed_in());
                    self.given(ticket, Kind::SignIn);
                }
                Some(other) => panic!("{other:?}"),
            }
        }
        let mut out = vec![0; size];
        for round in 0.. {
            assert!(round < 8 + 2 * CHANNELS, "the frames do not end");
            match self.client.poll_transmit(self.now(), &mut out) {
                Ok(Some(frame)) => {
                    let frame = serde_json::from_str(frame).unwrap();
                    self.transmitted(&frame);
                }
                Ok(None) => break,
                Err(error) => {
                    assert!(error.needed() > out.len());
                    out.resize(error.needed(), 0);
                }
            }
        }
        self.notices();
    }

    /// Checks `frame`, which the client sent by itself.
    fn transmitted(&mut self, frame: &Value) {
        assert_eq!(self.client.state(), State::Connected, "{frame}");
        let name = frame["data"]["channel"].as_str().unwrap_or_default();
        match frame["event"].as_str().unwrap() {
            event @ ("pusher:ping" | "pusher:pong") => assert_eq!(*frame, json!({"event": event, "data": {}})),
            event @ "pusher:subscribe" => {
                assert_eq!(*frame, json!({"event": event, "data": {"channel": name}}));
                assert!(!ChannelKind::of(name).needs_authorization());
                if name.starts_with('#') {
                    assert!(self.client.is_signed_in(), "{name} is subscribed and nobody is signed in");
                    self.said.insert(name.into());
                } else {
                    self.subscribed(name);
                }
            }
            event @ "pusher:unsubscribe" => {
                assert_eq!(*frame, json!({"event": event, "data": {"channel": name}}));
                assert!(self.said.contains(name), "{name} is unsubscribed and was never subscribed");
                self.outstanding.remove(name);
            }
            other => panic!("{other}"),
        }
    }

    fn notices(&mut self) {
        for round in 0.. {
            assert!(round < 8 + CHANNELS, "the notices do not end");
            match self.client.poll_notice() {
                None => break,
                Some(Notice::Disconnected { retry_at, .. }) => {
                    let is_over = matches!(self.client.state(), State::Failed | State::Disconnected);
                    assert_eq!(retry_at.is_none(), is_over);
                }
                Some(Notice::Unavailable) => {}
                Some(Notice::SignInFailed { .. }) => assert!(self.signs_in),
                Some(Notice::SubscriptionFailed { channel, .. }) => {
                    let name = self.client.channel_name(channel).expect("a notice of a channel that nobody wants");
                    assert!(self.desired.contains(name), "a notice of {name}");
                    self.outstanding.remove(name);
                }
                Some(other) => panic!("{other:?}"),
            }
        }
    }

    /// Fires the timers that have expired, and checks that this terminates.
    fn settle(&mut self) {
        self.clock = self.latest;
        for round in 0.. {
            assert!(round < 16, "timers fire for ever: {:?} at {}", self.client.poll_timeout(), self.latest);
            self.drain(128);
            match self.client.poll_timeout() {
                Some((at, _)) if at.as_millis() <= self.latest => self.time_passes(),
                _ => break,
            }
        }
    }

    /// Returns the state that is visible to an application.
    fn snapshot(&self) -> String {
        let client = &self.client;
        let channels: Vec<_> = client.channels().map(|channel| (channel, client.channel_status(channel))).collect();
        let (state, timeout, signed_in) = (client.state(), client.poll_timeout(), client.is_signed_in());
        format!("{state:?} {:?} {:?} {timeout:?} {channels:?} {signed_in}", client.socket_id(), client.reason())
    }

    /// Checks the invariants that hold after every step.
    fn look(&self) {
        assert_eq!(self.client.socket_id().is_some(), self.client.state() == State::Connected);
        let names: BTreeSet<String> =
            self.client.channels().map(|channel| self.client.channel_name(channel).unwrap().into()).collect();
        assert_eq!(names, self.desired);
        let handles: HashSet<Channel> = self.client.channels().collect();
        assert_eq!(handles.len(), self.desired.len());
        for (channel, _) in &self.handles {
            assert_eq!(self.client.channel_status(*channel).is_some(), handles.contains(channel));
        }
        if self.client.state() != State::Connected {
            assert!(!self.client.is_signed_in());
            for given in &self.tickets {
                assert!(!self.is_good(given));
            }
        }
    }

    /// Stops all faults, and checks that every wanted channel is subscribed in the end.
    fn heal(&mut self) {
        self.settle();
        self.client.handle_close(self.now(), Close::Abnormal);
        self.settle();
        self.client.connect(self.now());
        let mut out = [0; 128];
        for _ in 0..200 {
            let now = self.now();
            let mut answers = Vec::new();
            while let Some(request) = self.client.poll_request() {
                match request {
                    Request::Open { .. } => {
                        self.client.handle_open(now);
                        answers.push(r#"{"event":"pusher:connection_established","data":{"socket_id":"3.3"}}"#.into());
                    }
                    Request::Authorize(ticket) => {
                        let authorization = Authorization::from_token("k:s").with_channel_data("{}");
                        let authorization = authorization.with_shared_secret(SECRET);
                        let frame = self.client.authorize(now, ticket, &authorization, &mut out).unwrap();
                        answers.push(reply(frame));
                    }
                    Request::SignIn(ticket) => {
                        let authentication = UserAuthentication::from_token("k:s", "{}");
                        let frame = self.client.authenticate(now, ticket, &authentication, &mut out).unwrap();
                        answers.push(reply(frame));
                    }
                    _ => {}
                }
            }
            while let Some(frame) = self.client.poll_transmit(now, &mut out).unwrap() {
                answers.push(reply(frame));
            }
            for mut answer in answers.into_iter().map(String::into_bytes) {
                self.client.handle_text(now, &mut answer).unwrap();
            }
            self.clock = self.client.poll_timeout().map_or(self.clock, |(at, _)| at.as_millis()).max(self.clock + 1);
            self.client.handle_timeout(self.now());
        }
        for channel in self.client.channels() {
            let name = self.client.channel_name(channel);
            assert_eq!(self.client.channel_status(channel), Some(ChannelStatus::Subscribed), "{name:?}");
        }
        assert_eq!(self.client.state(), State::Connected);
        assert_eq!(self.client.is_signed_in(), self.signs_in);
        assert!(self.client.round_trip().is_some_and(|time| time <= Duration::from_millis(1)));
    }
}

/// Returns the answer of a well-behaved server.
fn reply(frame: &str) -> String {
    let frame: Value = serde_json::from_str(frame).unwrap();
    let channel = &frame["data"]["channel"];
    match frame["event"].as_str().unwrap() {
        "pusher:subscribe" => {
            json!({"event": "pusher_internal:subscription_succeeded", "channel": channel}).to_string()
        }
        "pusher:signin" => r#"{"event":"pusher:signin_success","data":{"user_data":{"id":"7"}}}"#.into(),
        _ => r#"{"event":"pusher:pong"}"#.into(),
    }
}

/// Returns a protocol message or arbitrary bytes, sometimes truncated or with one byte changed.
fn text(bytes: &mut Bytes<'_>) -> Vec<u8> {
    let name = bytes.pick(&NAMES);
    let code = bytes.pick(&["null", "4000", "4009", "4100", "4200", "4301", "\"429\"", "70000"]);
    let error = |data: String| format!(r#"{{"event":"pusher:error","data":{data}}}"#);
    let event = |event: &str, data: &str| format!(r#"{{"event":"{event}","channel":"{name}","data":{data}}}"#);
    let succeeded = "pusher_internal:subscription_succeeded";
    let mut text = match bytes.below(24) {
        0..4 => r#"{"event":"pusher:connection_established","data":{"socket_id":"1.1","activity_timeout":30}}"#.into(),
        4 => r#"{"event":"pusher:connection_established","data":"{\"socket_id\":\"22.22\"}"}"#.into(),
        5 => r#"{"event":"pusher:ping","data":{}}"#.into(),
        6 => r#"{"event":"pusher:pong"}"#.into(),
        7 => error(format!(r#"{{"code":{code},"message":"no"}}"#)),
        8 => error(format!(r#"{{"code":{code},"message":"Existing subscription to channel {name}"}}"#)),
        9 => error(format!(r#"{{"code":4009,"message":"sign {name}"}}"#)),
        10 => event("pusher:error", r#""{\"message\":\"x\"}""#),
        11 => event("pusher:subscription_error", &format!(r#"{{"status":{code}}}"#)),
        12..15 => event(succeeded, r#""{}""#),
        15 => event(succeeded, r#""{\"presence\":{\"ids\":[1],\"hash\":{\"1\":7},\"count\":1}}""#),
        16 => event("pusher_internal:member_added", r#"{"user_id":7}"#),
        17 => event("pusher_internal:member_removed", r#"{"user_id":7}"#),
        18 => event("pusher_internal:subscription_count", r#"{"subscription_count":7}"#),
        19 => event("e", "\"x\""),
        20 => event("e", &format!(r#""{{\"nonce\":\"{}\",\"ciphertext\":\"{SECRET}\"}}""#, &SECRET[..32])),
        21 => r#"{"event":"pusher:signin_success","data":{"user_data":"{\"id\":\"7\"}"}}"#.into(),
        22 => r#"{"event":"pusher:signin_success","data":"{\"user_data\":\"{\\\"id\\\":8}\"}"}"#.into(),
        _ => String::from_utf8_lossy(bytes.take(40)).into_owned(),
    }
    .into_bytes();
    match bytes.below(16) {
        0 => text.truncate(bytes.next().into()),
        1 => {
            let (at, byte) = (usize::from(bytes.next()) % text.len().max(1), bytes.next());
            if let Some(place) = text.get_mut(at) {
                *place = byte;
            }
        }
        _ => {}
    }
    text
}

fn close(bytes: &mut Bytes<'_>) -> Close {
    match bytes.below(8) {
        0 => Close::OpenFailed,
        1 => Close::Code(4000),
        2 => Close::Code(4001),
        3 => Close::Code(4100),
        4 => Close::Code(4200),
        5 => Close::Code(1000),
        _ => Close::Abnormal,
    }
}
