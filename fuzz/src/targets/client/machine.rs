//! The client under test and its expected state.

use pusher_proto::client::{
    Authorization, AuthorizeError, Client, Close, Config, Notice, Reason, Request, Ticket, TimeoutReason, TriggerError,
    UserAuthentication,
};
use pusher_proto::envelope::EnvelopeError;
use pusher_proto::event::Event;
use pusher_proto::{Channel, ChannelKind, ChannelStatus, Duration, Instant, Payload, State};
use serde_json::{Value, json};

use super::super::super::units::Bytes;
use super::names::Names;
use super::{Data, NAMES, Operation, SECRET};

const CHANNELS: usize = 3;
const NAME: usize = 19;

/// The data of every authentication.
const USER_DATA: &str = r#"{"id":"7"}"#;

const PING: &str = r#"{"event":"pusher:ping","data":{}}"#;
const PONG: &str = r#"{"event":"pusher:pong","data":{}}"#;

/// The data of a client event that is larger than the limit.
const LONG: &str = "                                                                 ";

pub struct Machine {
    client: Client<CHANNELS, NAME>,
    /// The clock passed to the client; it may go back.
    clock: u64,
    /// The latest time passed to the client.
    latest: u64,
    /// The number of connections that were established.
    connection: u32,
    /// Handles that the client returned, with their names.
    handles: Vec<(Channel, &'static str)>,
    /// Tickets that the client returned.
    tickets: Vec<Given>,
    /// The channels that the application wants.
    desired: Names,
    signs_in: bool,
    /// Subscriptions sent on this connection that no answer, deadline or unsubscribe has ended.
    outstanding: Names,
    /// Those of them that are no longer wanted and that an error may have ended without a notice.
    doubtful: Names,
    /// Names that were subscribed on this connection.
    subscribed_names: Names,
}

/// A ticket that the client returned.
#[derive(Clone, Copy)]
struct Given {
    ticket: Ticket,
    kind: Kind,
    connection: u32,
    /// The channel of the ticket; empty for a sign-in.
    name: &'static str,
}

#[derive(Clone, Copy, PartialEq)]
enum Kind {
    Authorize,
    #[cfg(feature = "encrypted")]
    Rekey,
    SignIn,
}

impl Machine {
    pub fn new(seed: u8) -> Self {
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
            desired: Names::default(),
            signs_in: false,
            outstanding: Names::default(),
            doubtful: Names::default(),
            subscribed_names: Names::default(),
        }
    }

    fn now(&self) -> Instant {
        Instant::from_millis(self.clock)
    }

    pub fn operation(&mut self, operation: Operation<'_>) {
        let now = self.now();
        match operation {
            Operation::Nothing => {}
            Operation::Connect => {
                self.client.connect(now);
                assert!(matches!(self.client.state(), State::Connecting | State::Connected));
            }
            Operation::Disconnect => {
                self.client.disconnect(now);
                assert_eq!(self.client.state(), State::Disconnected);
            }
            Operation::PingNow => self.client.ping_now(now),
            Operation::Open => self.client.handle_open(now),
            Operation::Activity => self.client.handle_activity(now),
            Operation::Close(close) => self.client.handle_close(now, close),
            Operation::Subscribe(name) => self.subscribe(name),
            Operation::Unsubscribe { handle } => {
                if let Some((channel, name)) = choose(&self.handles, handle) {
                    self.unsubscribe(channel, name);
                }
            }
            Operation::Deny { ticket } => {
                if let Some(given) = choose(&self.tickets, ticket) {
                    let is_good = self.is_good(&given);
                    let denied = self.client.deny(now, given.ticket).is_ok();
                    assert!(given.kind == Kind::SignIn || denied == is_good);
                    assert!(!denied || given.connection == self.connection);
                    assert!(self.client.deny(now, given.ticket).is_err());
                }
            }
            Operation::Answer { ticket, with_data, size } => {
                if let Some(given) = choose(&self.tickets, ticket) {
                    self.answer(given, with_data, size);
                }
            }
            Operation::Trigger { handle, event, data, size } => {
                if let Some((channel, name)) = choose(&self.handles, handle) {
                    self.trigger(channel, name, event, data, size);
                }
            }
            Operation::Wait(span) => {
                self.clock = self.clock.saturating_add(span).min(1 << 40);
                self.time_passes();
            }
            Operation::SetClockBack(span) => {
                self.clock = self.clock.saturating_sub(span);
                self.time_passes();
            }
            Operation::Poll { size } => self.drain(size),
            Operation::FireTimers => self.fire_timers(),
            #[cfg(feature = "users")]
            Operation::SignIn => {
                self.client.sign_in(now);
                self.signs_in = true;
            }
            #[cfg(feature = "users")]
            Operation::SignOut => {
                self.client.sign_out(now);
                self.signs_in = false;
                assert!(!self.client.is_signed_in());
            }
            Operation::Text(text) => self.message(text.0),
        }
        self.latest = self.latest.max(self.clock);
        if self.client.state() != State::Connected {
            self.outstanding.clear();
            self.doubtful.clear();
            self.subscribed_names.clear();
        }
    }

    /// Advances the clock. Later events may supersede the resulting notices if the application does not poll.
    fn time_passes(&mut self) {
        self.latest = self.latest.max(self.clock);
        self.client.handle_timeout(self.now());
        self.notices();
    }

    fn subscribe(&mut self, name: &'static str) {
        let before = self.client.channels().count();
        match self.client.subscribe(self.now(), name) {
            Ok(channel) => {
                assert!(!name.contains(' '));
                assert!(cfg!(feature = "encrypted") || !ChannelKind::of(name).is_encrypted());
                assert_eq!(self.client.channel_name(channel), Some(name));
                self.desired.insert(name);
                if self.handles.len() == 16 {
                    self.handles.remove(0);
                }
                self.handles.push((channel, name));
            }
            Err(_) => {
                assert_eq!(self.client.channels().count(), before);
                assert!(!self.desired.contains(name));
            }
        }
    }

    fn unsubscribe(&mut self, channel: Channel, name: &str) {
        let is_stale = self.client.channel_status(channel).is_none();
        assert_eq!(self.client.unsubscribe(self.now(), channel).is_err(), is_stale);
        if !is_stale {
            assert!(self.desired.remove(name));
        }
        assert!(self.client.unsubscribe(self.now(), channel).is_err());
    }

    /// Returns whether a ticket for a channel is still valid.
    fn is_good(&self, given: &Given) -> bool {
        let is_good = given.kind != Kind::SignIn && self.client.authorization_request(given.ticket).is_some();
        assert!(!is_good || given.connection == self.connection, "a ticket of another connection is still good");
        assert!(!is_good || self.desired.contains(given.name), "a ticket for an unwanted channel is still valid");
        is_good
    }

    /// Answers a ticket as the application, correctly or not.
    fn answer(&mut self, given: Given, with_data: bool, size: u8) {
        let (now, ticket) = (self.now(), given.ticket);
        match given.kind {
            Kind::Authorize => self.authorize(given, with_data, size),
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
                let authentication = UserAuthentication::from_token("k:s", USER_DATA);
                match self.client.authenticate(now, ticket, &authentication, &mut []) {
                    Err(AuthorizeError::OutputTooSmall(error)) => {
                        let mut out = vec![0; error.needed()];
                        let message = self.client.authenticate(now, ticket, &authentication, &mut out).unwrap();
                        let data = r#""data":{"auth":"k:s","user_data":"{\"id\":\"7\"}"}"#;
                        assert_json(message, &format!(r#"{{"event":"pusher:signin",{data}}}"#));
                        assert!(given.connection == self.connection && self.signs_in);
                    }
                    other => assert_eq!(other, Err(AuthorizeError::StaleTicket)),
                }
                let again = self.client.authenticate(now, ticket, &authentication, &mut [0; 128]).map(drop);
                assert_eq!(again, Err(AuthorizeError::StaleTicket));
            }
        }
    }

    fn authorize(&mut self, given: Given, with_data: bool, size: u8) {
        let now = self.now();
        let is_stale = !self.is_good(&given);
        let Given { ticket, name, .. } = given;
        let mut authorization = Authorization::from_signature("key", "si\"g");
        if with_data {
            authorization = authorization.with_channel_data("{\"user_id\":\"\u{1}é\"}").with_shared_secret(SECRET);
        }
        let mut out = [0; 256];
        let out = &mut out[..usize::from(size) % 200];
        match self.client.authorize(now, ticket, &authorization, out) {
            Ok(message) => {
                let channel_data = match with_data {
                    true => r#","channel_data":"{\"user_id\":\"\u0001é\"}""#,
                    false => "",
                };
                let data = format!(r#"{{"channel":"{name}","auth":"key:si\"g"{channel_data}}}"#);
                assert_json(message, &format!(r#"{{"event":"pusher:subscribe","data":{data}}}"#));
                assert!(!is_stale && ChannelKind::of(name).needs_authorization());
                self.subscribed(name);
            }
            Err(AuthorizeError::StaleTicket) => assert!(is_stale),
            Err(AuthorizeError::MissingChannelData) => {
                assert!(ChannelKind::of(name).is_presence() && authorization.channel_data().is_none());
            }
            Err(AuthorizeError::MissingSharedSecret) => {
                assert!(ChannelKind::of(name).is_encrypted() && authorization.shared_secret().is_none());
            }
            Err(AuthorizeError::OutputTooSmall(error)) => {
                let mut out = vec![0; error.needed()];
                let message = self.client.authorize(now, ticket, &authorization, &mut out).unwrap();
                assert_eq!(message.len(), error.needed());
                self.subscribed(name);
            }
            Err(other) => panic!("{other:?}"),
        }
        let is_answered = self.outstanding.contains(name) && !self.doubtful.contains(name);
        assert!(self.client.authorization_request(ticket).is_none() || !is_answered);
    }

    fn trigger(&mut self, channel: Channel, name: &str, event: &str, data: Data<'_>, size: u8) {
        let text = if let Data::Text(Bytes(text)) | Data::Json(Bytes(text)) = data { text } else { &[] };
        let text = String::from_utf8_lossy(text);
        let data = match data {
            Data::Absent => Payload::Absent,
            Data::Text(_) => Payload::Text(&text),
            Data::Array => Payload::Json("{\"a\":[1]}"),
            Data::Json(_) => Payload::Json(&text),
            Data::Long => Payload::Text(LONG),
        };
        let mut out = vec![0; size.into()];
        let now = self.now();
        let status = self.client.channel_status(channel);
        let message = match self.client.trigger(now, channel, event, data, &mut out) {
            Ok(message) => message,
            Err(TriggerError::OutputTooSmall(error)) => {
                out.resize(error.needed(), 0);
                match self.client.trigger(now, channel, event, data, &mut out) {
                    Ok(message) => message,
                    // The check follows when the message fits into the buffer.
                    Err(TriggerError::NotJson) => return assert!(matches!(data, Payload::Json(_))),
                    Err(error) => panic!("{error:?}"),
                }
            }
            Err(TriggerError::StaleChannel) => return assert_eq!(status, None),
            Err(_) => return,
        };
        let message: Value = serde_json::from_str(message).unwrap();
        assert!(status == Some(ChannelStatus::Subscribed) && self.client.state() == State::Connected);
        assert!(ChannelKind::of(name).allows_client_events() && event.starts_with("client-"));
        assert_eq!((&message["channel"], &message["event"]), (&json!(name), &json!(event)));
        let expected = match data {
            Payload::Absent => Value::Null,
            Payload::Text(text) => json!(text),
            Payload::Json(json) => serde_json::from_str(json).unwrap(),
        };
        assert_eq!(message["data"], expected);
    }

    /// Delivers a valid or invalid message from the server.
    fn message(&mut self, mut text: Vec<u8>) {
        if contains(&text, b"error") {
            // All of them are known names.
            self.doubtful.known |= self.outstanding.known & !self.desired.known;
        }
        // A confirmation may have to be undone, whether the client requested the subscription or not.
        // A name in other words, with escapes, needs a backslash.
        if (contains(&text, b"_succeeded") || contains(&text, b"\\"))
            && let Ok(message) = serde_json::from_slice::<Value>(&text)
            && message["event"].as_str().is_some_and(|event| event.ends_with(":subscription_succeeded"))
        {
            self.subscribed_names.insert(message["channel"].as_str().unwrap_or_default());
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
                let name = self.client.channel_name(channel).expect("an event of an unwanted channel");
                // The error "Existing subscription" does not list the members.
                assert!(presence.is_none() || ChannelKind::of(name).is_presence());
                assert_eq!(self.client.channel_status(channel), Some(ChannelStatus::Subscribed));
                // Also without a request: the client trusts the server.
                self.subscribed_names.insert(name);
                self.outstanding.insert(name);
            }
            Ok(Some(Event::SubscriptionFailed { channel, retry_at, .. })) => {
                let name = self.client.channel_name(channel).expect("an event of an unwanted channel");
                // Also after a deadline: the refusal may arrive late.
                assert!(self.subscribed_names.contains(name), "{name} failed and was not subscribed");
                self.outstanding.remove(name);
                assert!(retry_at.is_none_or(|at| at.as_millis() >= self.latest));
            }
            Ok(Some(Event::SignedIn { .. } | Event::SignInFailed { .. })) => assert!(self.signs_in),
            Ok(Some(Event::Channel(message))) => {
                let name = self.client.channel_name(message.channel).expect("an event of an unwanted channel");
                // Also after a deadline: the server may have subscribed without an answer.
                assert!(self.subscribed_names.contains(name));
            }
            Ok(_) => {}
        }
    }

    /// Records that a subscription was sent.
    fn subscribed(&mut self, name: &str) {
        assert!(self.desired.contains(name), "the unwanted channel {name} is subscribed");
        let is_new = self.outstanding.insert(name);
        assert!(self.doubtful.remove(name) || is_new, "{name} is subscribed twice");
        self.subscribed_names.insert(name);
    }

    /// Records a ticket that the client returned.
    fn given(&mut self, ticket: Ticket, kind: Kind) {
        assert_eq!(self.client.state(), State::Connected);
        let mut name = "";
        if kind != Kind::SignIn {
            let request = self.client.authorization_request(ticket).unwrap();
            assert!(self.desired.contains(request.channel_name) && request.kind.needs_authorization());
            assert_eq!(Some(request.socket_id), self.client.socket_id());
            name = NAMES.into_iter().find(|name| *name == request.channel_name).unwrap();
        }
        if self.tickets.len() == 16 {
            self.tickets.remove(0);
        }
        self.tickets.push(Given { ticket, kind, connection: self.connection, name });
    }

    /// Polls all outputs of the client through a buffer of `size` bytes.
    pub fn drain(&mut self, size: usize) {
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
        let (mut small, mut large) = ([0; 128], Vec::new());
        let mut out = &mut small[..size];
        for round in 0.. {
            assert!(round < 8 + 2 * CHANNELS, "the messages do not end");
            match self.client.poll_transmit(self.now(), out) {
                Ok(Some(message)) => {
                    // The client is borrowed by the message.
                    let message = message.to_owned();
                    self.transmitted(&message);
                }
                Ok(None) => break,
                Err(error) => {
                    assert!(error.needed() > out.len());
                    large.resize(error.needed(), 0);
                    out = &mut large;
                }
            }
        }
        self.notices();
    }

    /// Checks `message`, which the client sent by itself.
    fn transmitted(&mut self, message: &str) {
        assert_eq!(self.client.state(), State::Connected, "{message}");
        if message == PING || message == PONG {
            return;
        }
        let json: Value = serde_json::from_str(message).unwrap();
        let name = json["data"]["channel"].as_str().unwrap_or_default();
        match json["event"].as_str().unwrap() {
            event @ ("pusher:ping" | "pusher:pong") => assert_eq!(json, json!({"event": event, "data": {}})),
            event @ "pusher:subscribe" => {
                assert_eq!(json, json!({"event": event, "data": {"channel": name}}));
                assert!(!ChannelKind::of(name).needs_authorization());
                if name.starts_with('#') {
                    assert!(self.client.is_signed_in(), "{name} is subscribed and no user is signed in");
                    self.subscribed_names.insert(name);
                } else {
                    self.subscribed(name);
                }
            }
            event @ "pusher:unsubscribe" => {
                assert_eq!(json, json!({"event": event, "data": {"channel": name}}));
                assert!(self.subscribed_names.contains(name), "{name} is unsubscribed and was never subscribed");
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
                    let name = self.client.channel_name(channel).expect("a notice of an unwanted channel");
                    assert!(self.desired.contains(name), "a notice of {name}");
                    self.outstanding.remove(name);
                }
                Some(other) => panic!("{other:?}"),
            }
        }
    }

    /// Fires the timers that have expired, and checks that this terminates.
    fn fire_timers(&mut self) {
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
    fn snapshot(&self) -> Snapshot {
        let client = &self.client;
        let mut channels = client.channels().map(|channel| (channel, client.channel_status(channel)));
        Snapshot {
            state: client.state(),
            reason: client.reason(),
            timeout: client.poll_timeout(),
            socket_id: client.socket_id().map(String::from),
            channels: std::array::from_fn(|_| channels.next()),
            is_signed_in: client.is_signed_in(),
        }
    }

    /// Checks the invariants that hold after every step.
    pub fn look(&self) {
        let is_connected = self.client.state() == State::Connected;
        assert_eq!(self.client.socket_id().is_some(), is_connected);
        let mut names = Names::default();
        for channel in self.client.channels() {
            assert!(names.insert(self.client.channel_name(channel).unwrap()), "two handles of one name");
        }
        assert_eq!((names.known, names.others.len()), (self.desired.known, 0));
        for (channel, name) in &self.handles {
            let is_shown = self.client.channels().any(|shown| shown == *channel);
            assert_eq!(self.client.channel_status(*channel).is_some(), is_shown);
            assert!(!is_shown || self.client.channel_name(*channel) == Some(*name));
        }
        if !is_connected {
            assert!(!self.client.is_signed_in());
            for given in &self.tickets {
                assert!(!self.is_good(given));
            }
        }
    }

    /// Stops all faults, and checks that every wanted channel is subscribed in the end.
    pub fn heal(&mut self) {
        self.fire_timers();
        self.client.handle_close(self.now(), Close::Abnormal);
        self.fire_timers();
        self.client.connect(self.now());
        let mut out = [0; 128];
        // Once everything is as it should be, it must stay so.
        let mut stays = 0;
        for _ in 0..200 {
            stays = if self.is_healed() { stays + 1 } else { 0 };
            if stays == 8 {
                break;
            }
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
                        let message = self.client.authorize(now, ticket, &authorization, &mut out).unwrap();
                        answers.push(reply(message));
                    }
                    Request::SignIn(ticket) => {
                        let authentication = UserAuthentication::from_token("k:s", "{}");
                        let message = self.client.authenticate(now, ticket, &authentication, &mut out).unwrap();
                        answers.push(reply(message));
                    }
                    _ => {}
                }
            }
            while let Some(message) = self.client.poll_transmit(now, &mut out).unwrap() {
                answers.push(reply(message));
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

    /// Returns whether the network has recovered in every respect that [`heal`](Self::heal) checks.
    fn is_healed(&self) -> bool {
        let is_subscribed = |channel| self.client.channel_status(channel) == Some(ChannelStatus::Subscribed);
        self.client.state() == State::Connected
            && self.client.is_signed_in() == self.signs_in
            && self.client.round_trip().is_some_and(|time| time <= Duration::from_millis(1))
            && self.client.channels().all(is_subscribed)
    }
}

/// The state that is visible to an application.
#[derive(Debug, PartialEq)]
struct Snapshot {
    state: State,
    reason: Option<Reason>,
    timeout: Option<(Instant, TimeoutReason)>,
    socket_id: Option<String>,
    channels: [Option<(Channel, Option<ChannelStatus>)>; CHANNELS],
    is_signed_in: bool,
}

/// Returns the element of `table` that `number` selects, if there is any.
fn choose<T: Clone>(table: &[T], number: u8) -> Option<T> {
    table.get(usize::from(number) % table.len().max(1)).cloned()
}

/// Checks that `message` is the same JSON as `expected`.
fn assert_json(message: &str, expected: &str) {
    if message != expected {
        let json = |text: &str| serde_json::from_str::<Value>(text).unwrap();
        assert_eq!(json(message), json(expected));
    }
}

fn contains(text: &[u8], part: &[u8]) -> bool {
    text.windows(part.len()).any(|window| window == part)
}

/// Returns the answer of a well-behaved server.
fn reply(message: &str) -> String {
    if message == PING {
        return PONG.into();
    }
    let message: Value = serde_json::from_str(message).unwrap();
    match message["event"].as_str().unwrap() {
        "pusher:subscribe" => {
            let channel = &message["data"]["channel"];
            format!(r#"{{"event":"pusher_internal:subscription_succeeded","channel":{channel}}}"#)
        }
        "pusher:signin" => r#"{"event":"pusher:signin_success","data":{"user_data":{"id":"7"}}}"#.into(),
        _ => PONG.into(),
    }
}
