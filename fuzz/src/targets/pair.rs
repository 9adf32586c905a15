//! Runs a client and a small server in virtual time, over a network with latency, disconnects and outages.
//!
//! Once the network has recovered, the server must have exactly the subscriptions that the application wants, and the
//! client must report them.

use std::collections::{BTreeSet, VecDeque};

use arbitrary::{Arbitrary, Unstructured};
use pusher_proto::client::{Authorization, AuthorizeError, Client, Close, Config, Notice, Request, Ticket};
use pusher_proto::event::Event;
use pusher_proto::{ChannelKind, ChannelStatus, Duration, Instant, State};
use serde_json::{Value, json};

use super::super::units::{all, below, byte, pick};

/// About 150 operations.
pub const MAX_LEN: usize = 512;

const NAMES: [&str; 5] = ["a", "bb", "cache-c", "private-d", "presence-e"];

/// The configuration, then operations to the end of the bytes.
#[derive(Debug)]
pub struct Input {
    seed: u8,
    steps: Vec<Step>,
}

#[derive(Debug)]
struct Step {
    operation: Operation,
    /// How long nothing else happens, in milliseconds.
    wait: u64,
}

#[derive(Debug)]
enum Operation {
    Connect,
    Disconnect,
    PingNow,
    Subscribe(&'static str),
    /// Unsubscribes from the channel with this index, if there is one.
    Unsubscribe(usize),
    /// Sets the latency of the network.
    Latency(u64),
    /// Sets the time that the application takes to authorize.
    Thinking(u64),
    /// Makes the network refuse connections, or accept them again.
    Down(bool),
    /// The server closes.
    Close(Close),
    /// Messages are lost in silence.
    Die,
    ServerPing,
    Nothing,
}

impl<'a> Arbitrary<'a> for Input {
    fn arbitrary(input: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        let seed = byte(input);
        let waits = [0, 0, 0, 1, 5, 20, 500, 1500, 9_000, 12_000, 40_000, 200_000];
        let steps = all(input, |input| Step { operation: Operation::new(input), wait: pick(input, &waits) });
        Ok(Self { seed, steps })
    }
}

impl Operation {
    fn new(input: &mut Unstructured<'_>) -> Self {
        match below(input, 16) {
            0 | 1 => Self::Connect,
            2 if below(input, 4) == 0 => Self::Disconnect,
            3 => Self::PingNow,
            4..7 => Self::Subscribe(pick(input, &NAMES)),
            7 | 8 => Self::Unsubscribe(below(input, 4)),
            9 => Self::Latency(pick(input, &[0, 1, 10, 1000, 4000, 15_000])),
            10 => Self::Thinking(pick(input, &[0, 10, 3000, 9_000, 20_000])),
            11 => Self::Down(below(input, 2) == 0),
            12 => Self::Close(pick(input, &[Close::Abnormal, Close::Code(1001), Close::Code(4100), Close::Code(4200)])),
            13 if below(input, 2) == 0 => Self::Die,
            14 => Self::ServerPing,
            _ => Self::Nothing,
        }
    }
}

/// Runs the operations, then stops all faults.
pub fn run(input: Input) {
    let mut pair = Pair::new(input.seed);
    for step in input.steps {
        pair.disturb(step.operation);
        pair.drive(pair.now + step.wait);
    }
    pair.calm();
}

struct Pair {
    client: Client<4, 16>,
    now: u64,
    desired: BTreeSet<&'static str>,
    /// The latency of a message.
    latency: u64,
    /// The time that the application takes to authorize.
    thinking: u64,
    /// Whether the latency was ever long enough for the client to give up on an answer.
    was_slow: bool,
    is_down: bool,
    link: Option<Link>,
    /// The time at which the requested WebSocket opens or fails to open.
    opening: Option<u64>,
    authorizations: Vec<(u64, Ticket, String, String)>,
    links: u32,
}

/// A connection and the server's end of it.
struct Link {
    socket_id: String,
    subscribed: BTreeSet<String>,
    to_server: VecDeque<(u64, String)>,
    to_client: VecDeque<(u64, String)>,
    /// Whether messages are lost in silence.
    is_dead: bool,
}

impl Pair {
    fn new(seed: u8) -> Self {
        let mut config = Config::new(seed.into());
        config.subscription_retries = seed & 3;
        config.reconnect.cap = Duration::from_secs(20);
        Self {
            client: Client::new(config),
            now: 0,
            desired: BTreeSet::new(),
            latency: 10,
            thinking: 10,
            was_slow: false,
            is_down: false,
            link: None,
            opening: None,
            authorizations: Vec::new(),
            links: 0,
        }
    }

    fn disturb(&mut self, operation: Operation) {
        let now = Instant::from_millis(self.now);
        match operation {
            Operation::Nothing => {}
            Operation::Connect => self.client.connect(now),
            Operation::Disconnect => self.client.disconnect(now),
            Operation::PingNow => self.client.ping_now(now),
            Operation::Subscribe(name) => {
                if self.client.subscribe(now, name).is_ok() {
                    self.desired.insert(name);
                }
            }
            Operation::Unsubscribe(index) => {
                let channel = self.client.channels().nth(index);
                if let Some(channel) = channel {
                    let name = self.client.channel_name(channel).unwrap();
                    self.desired.retain(|desired| *desired != name);
                    self.client.unsubscribe(now, channel).unwrap();
                }
            }
            Operation::Latency(latency) => self.latency = latency,
            Operation::Thinking(thinking) => self.thinking = thinking,
            Operation::Down(is_down) => self.is_down = is_down,
            Operation::Close(close) => {
                if self.link.take().is_some() {
                    self.client.handle_close(now, close);
                }
            }
            Operation::Die => {
                if let Some(link) = &mut self.link {
                    link.is_dead = true;
                }
            }
            Operation::ServerPing => self.say(r#"{"event":"pusher:ping"}"#.into()),
        }
        self.was_slow |= self.latency > 4000;
    }

    /// Retries what failed, as the application, and runs twenty minutes without faults.
    fn calm(&mut self) {
        (self.latency, self.thinking, self.is_down) = (10, 10, false);
        self.drive(self.now + 200_000); // delivers the messages in flight
        self.client.connect(Instant::from_millis(self.now));
        for name in &self.desired {
            self.client.subscribe(Instant::from_millis(self.now), name).unwrap();
        }
        self.drive(self.now + 1_200_000);
        assert_eq!(self.client.state(), State::Connected);
        for channel in self.client.channels() {
            let name = self.client.channel_name(channel);
            assert_eq!(self.client.channel_status(channel), Some(ChannelStatus::Subscribed), "{name:?}");
        }
        let subscribed: Vec<&str> = self.link.iter().flat_map(|link| &link.subscribed).map(String::as_str).collect();
        assert_eq!(subscribed, Vec::from_iter(self.desired.iter().copied()), "on the server, and wanted");
    }

    /// Runs the events up to `end`.
    fn drive(&mut self, end: u64) {
        for round in 0.. {
            assert!(round < 20_000, "it does not come to rest");
            self.drain();
            let Some(next) = self.next_event().filter(|&next| next <= end) else { break };
            self.now = next.max(self.now);
            self.deliver();
            self.client.handle_timeout(Instant::from_millis(self.now));
        }
        self.now = end;
        self.client.handle_timeout(Instant::from_millis(self.now));
        self.drain();
    }

    fn next_event(&self) -> Option<u64> {
        let queues = self.link.iter().flat_map(|link| [&link.to_server, &link.to_client]);
        let messages = queues.filter_map(|queue| queue.front()).map(|&(at, _)| at);
        let authorizations = self.authorizations.iter().map(|&(at, ..)| at);
        let timeout = self.client.poll_timeout().map(|(at, _)| at.as_millis());
        messages.chain(authorizations).chain(self.opening).chain(timeout).min()
    }

    fn deliver(&mut self) {
        let now = Instant::from_millis(self.now);
        if self.opening.is_some_and(|at| at <= self.now) {
            self.opening = None;
            if self.is_down {
                self.client.handle_close(now, Close::OpenFailed);
            } else {
                self.links += 1;
                let socket_id = format!("{}.1", self.links);
                self.link = Some(Link {
                    socket_id: socket_id.clone(),
                    subscribed: BTreeSet::new(),
                    to_server: VecDeque::new(),
                    to_client: VecDeque::new(),
                    is_dead: false,
                });
                self.client.handle_open(now);
                self.say(
                    json!({"event": "pusher:connection_established", "data": {"socket_id": socket_id}}).to_string(),
                );
            }
        }
        while let Some(message) = self.link.as_mut().and_then(|link| take_due(&mut link.to_server, self.now)) {
            self.serve(&message);
        }
        while let Some(message) = self.link.as_mut().and_then(|link| take_due(&mut link.to_client, self.now)) {
            let mut message = message.into_bytes();
            if let Event::Channel(message) = self.client.handle_text(now, &mut message).unwrap().unwrap_or(NOTHING) {
                panic!("{message:?}");
            }
        }
        let mut waiting = std::mem::take(&mut self.authorizations);
        waiting.retain(|(at, ticket, socket_id, name)| {
            if *at > self.now {
                return true;
            }
            let mut out = [0; 256];
            let token = format!("{socket_id}:{name}");
            let authorization = Authorization::from_token(&token).with_channel_data("{}");
            match self.client.authorize(now, *ticket, &authorization, &mut out) {
                Ok(message) => send(&mut self.link, self.now + self.latency, message),
                Err(error) => assert_eq!(error, AuthorizeError::StaleTicket),
            }
            false
        });
        self.authorizations = waiting;
    }

    /// Handles a message as the server.
    fn serve(&mut self, message: &str) {
        let message: Value = serde_json::from_str(message).unwrap();
        let name = message["data"]["channel"].as_str().unwrap_or_default().to_string();
        let link = self.link.as_mut().unwrap();
        let error = |message: String| json!({"event": "pusher:error", "data": {"code": null, "message": message}});
        let answer = match message["event"].as_str().unwrap() {
            "pusher:ping" => json!({"event": "pusher:pong"}),
            "pusher:pong" => return,
            "pusher:subscribe" => {
                let expected = match ChannelKind::of(&name).needs_authorization() {
                    true => json!(format!("{}:{name}", link.socket_id)),
                    false => Value::Null,
                };
                assert_eq!(message["data"]["auth"], expected, "a signature for another connection");
                if link.subscribed.insert(name.clone()) {
                    json!({"event": "pusher_internal:subscription_succeeded", "channel": name, "data": "{}"})
                } else {
                    assert!(self.was_slow, "{name} is subscribed twice");
                    error(format!("Existing subscription to channel {name}"))
                }
            }
            "pusher:unsubscribe" => {
                if link.subscribed.remove(&name) {
                    return;
                }
                assert!(self.was_slow, "{name} is unsubscribed and was not subscribed");
                error(format!("No current subscription to channel {name}, or subscription in progress"))
            }
            other => panic!("{other}"),
        };
        self.say(answer.to_string());
    }

    /// Sends `message` from the server.
    fn say(&mut self, message: String) {
        let at = self.now + self.latency;
        if let Some(link) = self.link.as_mut().filter(|link| !link.is_dead) {
            let at = link.to_client.back().map_or(at, |&(last, _)| last.max(at));
            link.to_client.push_back((at, message));
        }
    }

    fn drain(&mut self) {
        while let Some(request) = self.client.poll_request() {
            match request {
                Request::Open { .. } => {
                    assert!(self.opening.is_none() && self.link.is_none(), "a second connection");
                    self.opening = Some(self.now + self.latency);
                }
                Request::Close(_) => {
                    self.link = None;
                    self.opening = None;
                }
                Request::Authorize(ticket) => {
                    let request = self.client.authorization_request(ticket).unwrap();
                    let (socket_id, name) = (request.socket_id.into(), request.channel_name.into());
                    self.authorizations.push((self.now + self.thinking, ticket, socket_id, name));
                }
                other => panic!("{other:?}"),
            }
        }
        let mut out = [0; 128];
        while let Some(message) = self.client.poll_transmit(Instant::from_millis(self.now), &mut out).unwrap() {
            send(&mut self.link, self.now + self.latency, message);
        }
        while let Some(notice) = self.client.poll_notice() {
            if let Notice::Disconnected { retry_at, .. } = notice {
                assert!(retry_at.is_some(), "given up");
            }
        }
    }
}

const NOTHING: Event<'static> = Event::Connected { socket_id: "" };

fn take_due(queue: &mut VecDeque<(u64, String)>, now: u64) -> Option<String> {
    queue.front().filter(|&&(at, _)| at <= now)?;
    queue.pop_front().map(|(_, message)| message)
}

/// Sends `message` from the client.
fn send(link: &mut Option<Link>, at: u64, message: &str) {
    let link = link.as_mut().expect("a message without a connection");
    if !link.is_dead {
        let at = link.to_server.back().map_or(at, |&(last, _)| last.max(at));
        link.to_server.push_back((at, message.into()));
    }
}
