//! A connection in virtual time, and the server that it is exposed to.
//!
//! The socket is in memory. A read that returns bytes takes one millisecond, so a server that always has bytes sends
//! 1 KB per millisecond. The world counts the steps, the bytes and every typed result.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use embedded_io::{ErrorKind, ErrorType, Read, Write};
use pusher_proto::auth::Credentials;
use pusher_proto::client::{Client, Config, State};
use pusher_proto::connection::CloseReason;
use pusher_proto::event::{Event, Roster};
use pusher_proto::io::Step;
use pusher_proto::{Channel, ChannelStatus, Connection, Endpoint, Instant};

use crate::server::{Fair, Reply, Server};

/// The size of the receive buffer in bytes.
pub const RECEIVE: usize = 1024;
/// The size of the transmit buffer in bytes.
pub const TRANSMIT: usize = 512;
/// The number of members that the roster has room for.
pub const MEMBERS: usize = 4;

/// The channels that the application wants. They take all slots of the client.
pub const CHANNELS: [&str; 3] = ["news", "private-a", "presence-b"];

/// One socket, and the server behind it.
pub struct Link {
    server: Box<dyn Server>,
    now: u64,
    /// When the server has something to send again.
    wakes_at: Option<u64>,
    /// Bytes that the server has sent and the client has not read.
    inbox: Vec<u8>,
    /// Bytes that the client has sent and the server has not read.
    outbox: Vec<u8>,
    has_read: bool,
    bytes_in: u64,
    bytes_out: u64,
}

impl ErrorType for Link {
    type Error = ErrorKind;
}

impl Read for Link {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        assert!(!buffer.is_empty(), "there is no space to read into");
        if self.inbox.is_empty() {
            match self.server.poll(self.now, &mut self.outbox) {
                Reply::Bytes(bytes) => self.inbox = bytes,
                Reply::Wait(until) => {
                    self.wakes_at = until;
                    return Err(ErrorKind::TimedOut);
                }
                Reply::End => return Ok(0),
            }
        }
        let length = buffer.len().min(self.inbox.len());
        buffer[..length].copy_from_slice(&self.inbox[..length]);
        self.inbox.drain(..length);
        self.has_read = true;
        self.bytes_in += length as u64;
        Ok(length)
    }
}

impl Write for Link {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        let length = self.server.accepts(self.now).min(bytes.len());
        if length == 0 {
            self.wakes_at = Some(self.now + 1000);
            return Err(ErrorKind::TimedOut);
        }
        self.outbox.extend(&bytes[..length]);
        self.bytes_out += length as u64;
        Ok(length)
    }

    fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}

type Random = fn(&mut [u8]);

/// A client, its application, and the time in milliseconds.
pub struct World {
    pub connection: Connection<'static, Random, 3, 64, Vec<u8>>,
    credentials: Credentials<'static>,
    pub channels: Vec<Channel>,
    pub roster: Roster<MEMBERS, 16>,
    link: Option<Link>,
    next_server: Box<dyn FnMut() -> Box<dyn Server>>,
    pub now: u64,
    /// How often each result occurred.
    pub results: BTreeMap<String, usize>,
    pub steps: u64,
    pub bytes_in: u64,
    pub bytes_out: u64,
    /// When the client asked for each socket.
    pub opened: Vec<u64>,
    /// Whether the last request was for a socket with TLS.
    pub secure: bool,
}

fn random(bytes: &mut [u8]) {
    bytes.fill(0x5a);
}

impl World {
    /// Creates a client that wants [`CHANNELS`] and connects to the servers that `next_server` returns.
    pub fn new(next_server: impl FnMut() -> Box<dyn Server> + 'static) -> Self {
        Self::with_config(Config::new(7), next_server)
    }

    pub fn with_config(config: Config, next_server: impl FnMut() -> Box<dyn Server> + 'static) -> Self {
        let endpoint = Endpoint::from_url("ws://server:6001", "key").unwrap();
        let mut connection = Connection::with_buffers(
            Client::new(config),
            endpoint,
            random as Random,
            vec![0; RECEIVE],
            vec![0; TRANSMIT],
        );
        connection.set_channel_data(Some(r#"{"user_id":"me"}"#));
        let now = Instant::ZERO;
        let channels: Vec<_> = CHANNELS.iter().map(|name| connection.subscribe(now, name).unwrap()).collect();
        connection.connect(now);
        Self {
            connection,
            credentials: Credentials::new("key", b"secret"),
            roster: Roster::new(channels[2]),
            channels,
            link: None,
            next_server: Box::new(next_server),
            now: 0,
            results: BTreeMap::new(),
            steps: 0,
            bytes_in: 0,
            bytes_out: 0,
            opened: Vec::new(),
            secure: false,
        }
    }

    pub fn time(&self) -> Instant {
        Instant::from_millis(self.now)
    }

    /// Runs until `end`, in milliseconds. Every step must make progress: it handles a message, a timer or a write, or
    /// the time advances.
    pub fn run_until(&mut self, end: u64) {
        let mut steps_at_once = 0u64;
        while self.now < end {
            let (before, bytes) = (self.now, self.bytes_in);
            self.step(end);
            // One read holds RECEIVE bytes, and a message takes at least two. Each message may need a write.
            steps_at_once = if self.now == before && self.bytes_in == bytes { steps_at_once + 1 } else { 0 };
            assert!(steps_at_once < 2 * RECEIVE as u64, "no progress at {before} ms: {:?}", self.results);
        }
    }

    fn step(&mut self, end: u64) {
        let now = self.time();
        self.steps += 1;
        if let Some(link) = &mut self.link {
            link.now = self.now;
            link.has_read = false;
            link.wakes_at = None;
        }
        let step = self.connection.step(now, self.link.as_mut(), &mut self.credentials);
        let mut result = String::new();
        let (mut closes, mut opens, mut idle_until) = (false, false, None);
        match step {
            Step::Open { secure, .. } => {
                opens = true;
                self.secure = secure;
            }
            Step::Close(reason) => {
                closes = true;
                result = match reason {
                    CloseReason::Server { code, .. } => format!("close by server {:?}", code.map(|code| code.as_u16())),
                    other => format!("close {other:?}"),
                };
            }
            Step::Event(mut event) => {
                self.roster.update(&mut event);
                result = describe(event);
            }
            Step::Notice(notice) => {
                let text = format!("{notice:?}");
                result = format!("notice {}", text.split("retry_at").next().unwrap().trim_end_matches([' ', ',']));
            }
            Step::BadEnvelope(error) => write!(result, "bad envelope {error:?}").unwrap(),
            Step::OutputTooSmall(error) => panic!("{error:?}"),
            Step::Idle { until } | Step::Wait { until } => idle_until = Some(until),
            _ => {}
        }
        if !result.is_empty() {
            *self.results.entry(result).or_default() += 1;
        }
        if let Some(link) = &mut self.link {
            self.bytes_in += std::mem::take(&mut link.bytes_in);
            self.bytes_out += std::mem::take(&mut link.bytes_out);
            self.now += u64::from(link.has_read);
        }
        if closes {
            self.link = None;
        }
        if opens {
            self.opened.push(self.now);
            let server = (self.next_server)();
            if server.opens() {
                self.link = Some(Link {
                    server,
                    now: self.now,
                    wakes_at: None,
                    inbox: Vec::new(),
                    outbox: Vec::new(),
                    has_read: false,
                    bytes_in: 0,
                    bytes_out: 0,
                });
            }
        }
        if let Some(until) = idle_until {
            assert!(until.is_none_or(|until| until > now), "a timer that has expired is left: {until:?} at {now:?}");
            let wakes_at = self.link.as_ref().and_then(|link| link.wakes_at).unwrap_or(end);
            let next = until.map_or(end, Instant::as_millis).min(wakes_at).min(end);
            self.now = next.max(self.now + 1);
        }
    }

    /// Returns how often a result that contains `text` occurred.
    pub fn count(&self, text: &str) -> usize {
        self.results.iter().filter(|(result, _)| result.contains(text)).map(|(_, count)| count).sum()
    }

    /// Checks that a result that contains `text` occurred.
    #[track_caller]
    pub fn saw(&self, text: &str) {
        assert!(self.count(text) != 0, "no {text:?} in {:#?}", self.results);
    }

    /// Returns the greatest number of sockets that the client asked for in any window of `length` ms.
    pub fn opens_within(&self, length: u64) -> usize {
        let within = |&from: &u64| self.opened.iter().filter(|&&at| at >= from && at < from + length).count();
        self.opened.iter().map(within).max().unwrap_or(0)
    }

    /// Checks that the client sent at most `factor` times what it received, beside `fixed` bytes per connection.
    #[track_caller]
    pub fn sent_at_most(&self, factor: u64, fixed: u64) {
        let limit = self.bytes_in * factor + fixed * self.opened.len() as u64;
        assert!(self.bytes_out <= limit, "{} bytes out for {} bytes in", self.bytes_out, self.bytes_in);
    }

    /// Replaces the server by a fair one and drops the socket. The same client must be subscribed to all its channels
    /// within five minutes, and receive events. An application whose client has given up connects again.
    #[track_caller]
    pub fn works_again(&mut self) {
        self.next_server = Box::new(|| Box::new(Fair::new()));
        self.link = None;
        self.results.clear();
        self.run_until(self.now + 1); // the loss is noticed, and an error before it may be its reason
        if self.connection.client().state() == State::Failed {
            let now = self.time();
            self.connection.connect(now);
        }
        self.run_until(self.now + 300_000);
        let status = |&channel: &Channel| self.connection.client().channel_status(channel);
        let statuses: Vec<_> = self.channels.iter().map(status).collect();
        assert_eq!(statuses, [Some(ChannelStatus::Subscribed); 3], "{:#?}", self.results);
        assert_eq!(self.connection.client().state(), State::Connected);
        for name in CHANNELS {
            self.saw(&format!("event fair on {name}"));
        }
        assert!(self.roster.is_complete() && self.roster.ids().eq(["me", "other"]), "{:?}", self.roster);
    }
}

/// Describes an event by its kind and by the parts that a peer cannot make long.
fn describe(event: Event<'_>) -> String {
    match event {
        Event::Channel(event) if event.event.len() < 20 => format!("event {} on {}", event.event, event.channel_name),
        Event::Error(error) => format!("error {:?}", error.code),
        Event::SubscriptionFailed { error, .. } => format!("refused {:?}", error.code),
        Event::SubscriptionCount { count, .. } => format!("count {count}"),
        other => {
            let text = format!("{other:?}");
            text.split([' ', '(', '{']).next().unwrap().to_owned()
        }
    }
}
