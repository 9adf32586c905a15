//! Gives a connection arbitrary bytes and commands. It must become idle after each, never read into an empty buffer,
//! and write only a request followed by complete masked text frames that hold JSON.

#![cfg(feature = "websocket")]

use arbitrary::{Arbitrary, Unstructured};
use pusher_proto::auth::Credentials;
use pusher_proto::client::{Authorization, Client, Config, Ticket};
use pusher_proto::connection::{Action, Answer, Attempt, Authorizer, Connection, SocketError, SubscriptionRequest};
use pusher_proto::{Endpoint, Instant, Payload, State};

use super::super::units::{Bytes, all, below, byte, pick, take};
use super::handshake::ACCEPT;

/// About 200 operations.
pub const MAX_LEN: usize = 512;

/// The last makes a frame larger than a request, so that a buffer may be too small for that frame alone.
const NAMES: [&str; 5] = ["a", "bb", "private-c", "presence-d", LONG];
const LONG: &str = match std::str::from_utf8(&[b'x'; 180]) {
    Ok(name) => name,
    Err(_) => "",
};

/// Frames of a server: a ping, two closes, the head of a text that never comes.
const FRAMES: [&[u8]; 4] = [b"\x89\x02hi", b"\x88\x02\x0f\xa1", b"\x88\x00", b"\x81\x7e\xff\xff"];

/// The sizes of the buffers, then operations to the end of the bytes.
#[derive(Debug)]
pub struct Input<'a> {
    rx: usize,
    tx: usize,
    operations: Vec<Operation<'a>>,
}

#[derive(Debug)]
enum Operation<'a> {
    Connect,
    Disconnect,
    PingNow,
    Subscribe(&'static str),
    /// Unsubscribes from the channel with this index, if there is one.
    Unsubscribe(usize),
    /// Triggers an event on the channel with this index.
    Trigger(&'static str, usize),
    /// Sets how the authorizer answers, and answers the last ticket that it deferred.
    Authorize(u8),
    Wait(u64),
    SocketClosed,
    OpenFailed,
    /// The number of bytes that the socket accepts per write; 0 blocks it.
    Takes(usize),
    Opened,
    Upgraded,
    Established,
    Subscribed(&'static str),
    Frame(&'static [u8]),
    Bytes(Bytes<'a>),
    Nothing,
}

impl<'a> Arbitrary<'a> for Input<'a> {
    fn arbitrary(input: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        let (rx, tx) = (130 + usize::from(byte(input)), 40 + 2 * usize::from(byte(input)));
        Ok(Self { rx, tx, operations: all(input, Operation::new) })
    }
}

impl<'a> Operation<'a> {
    fn new(input: &mut Unstructured<'a>) -> Self {
        match below(input, 18) {
            0 => Self::Connect,
            1 if below(input, 4) == 0 => Self::Disconnect,
            2 => Self::PingNow,
            3 => Self::Subscribe(pick(input, &NAMES)),
            4 => Self::Unsubscribe(below(input, 3)),
            5 => {
                let texts = ["", "x", "long enough to fill a small buffer, or so one might think"];
                Self::Trigger(pick(input, &texts), below(input, 3))
            }
            6 => Self::Authorize(byte(input)),
            7 => Self::Wait(pick(input, &[1, 100, 1000, 15_000, 30_000, 120_000])),
            8 => Self::SocketClosed,
            9 => Self::OpenFailed,
            10 => Self::Takes(pick(input, &[0, 1, 2, 7, usize::MAX, usize::MAX])),
            11 | 12 => Self::Opened,
            13 => Self::Upgraded,
            14 => Self::Established,
            15 => Self::Subscribed(pick(input, &NAMES)),
            16 => Self::Frame(pick(input, &FRAMES)),
            17 => Self::Bytes(Bytes(take(input, 24))),
            _ => Self::Nothing,
        }
    }
}

pub fn run(input: Input<'_>) {
    let (mut rx, mut tx) = (vec![0; input.rx], vec![0; input.tx]);
    let mut config = Config::new(1);
    config.client_events_per_second = 0;
    let endpoint = Endpoint::from_url("ws://h", "k").unwrap();
    let connection = Connection::new(Client::new(config), endpoint, |bytes| bytes.fill(0), &mut rx, &mut tx);
    let mut owner = Owner {
        connection,
        authorizer: Mixed { mode: 0, ticket: None, credentials: Credentials::new("k", b"s") },
        now: 0,
        socket: None,
        opening: None,
        takes: usize::MAX,
    };
    for operation in input.operations {
        owner.operation(operation);
        owner.settle();
    }
}

struct Owner<'b, R> {
    connection: Connection<'b, R, 3, 180>,
    authorizer: Mixed,
    now: u64,
    /// Bytes written to the open socket and not yet checked.
    socket: Option<Written>,
    opening: Option<Attempt>,
    /// The number of bytes that the socket accepts per write; 0 blocks it.
    takes: usize,
}

#[derive(Default)]
struct Written {
    bytes: Vec<u8>,
    is_upgraded: bool,
}

/// An authorizer that signs, denies or defers.
struct Mixed {
    mode: u8,
    ticket: Option<Ticket>,
    credentials: Credentials<'static>,
}

impl Authorizer for Mixed {
    fn authorize(&mut self, request: &SubscriptionRequest<'_>) -> Answer<'_> {
        self.ticket = Some(request.ticket);
        match self.mode % 4 {
            0 => self.credentials.authorize(request),
            1 => Answer::Deny,
            2 => Answer::Later,
            _ => Answer::Authorization(Authorization::from_token("k:s").with_channel_data("{\"user_id\":\"1\"}")),
        }
    }
}

impl<R: FnMut(&mut [u8])> Owner<'_, R> {
    fn operation(&mut self, operation: Operation<'_>) {
        let now = Instant::from_millis(self.now);
        match operation {
            Operation::Nothing => {}
            Operation::Connect => self.connection.connect(now),
            Operation::Disconnect => self.connection.disconnect(now),
            Operation::PingNow => self.connection.ping_now(now),
            Operation::Subscribe(name) => drop(self.connection.subscribe(now, name)),
            Operation::Unsubscribe(index) => {
                let channel = self.connection.client().channels().nth(index);
                if let Some(channel) = channel {
                    self.connection.unsubscribe(now, channel).unwrap();
                }
            }
            Operation::Trigger(text, index) => {
                let channel = self.connection.client().channels().nth(index);
                if let Some(channel) = channel {
                    // `Busy` and "not subscribed" are valid results; an event that is too large must do no harm.
                    let _ = self.connection.trigger(now, channel, "client-x", Payload::Text(text));
                }
            }
            Operation::Authorize(mode) => {
                self.authorizer.mode = mode;
                if let Some(ticket) = self.authorizer.ticket {
                    let authorization = Authorization::from_token("k:s").with_channel_data("{}");
                    let _ = self.connection.authorize(now, ticket, &authorization);
                }
            }
            Operation::Wait(span) => self.now += span,
            Operation::SocketClosed => self.connection.handle_socket_error(now, SocketError::Closed),
            Operation::OpenFailed => {
                if let Some(attempt) = self.opening.take() {
                    self.connection.handle_open_failed(now, attempt);
                }
            }
            Operation::Takes(takes) => self.takes = takes,
            Operation::Opened => {
                if let Some(attempt) = self.opening.take() {
                    self.socket = Some(Written::default());
                    self.connection.handle_opened(now, attempt);
                }
            }
            Operation::Upgraded => {
                let upgrade = "HTTP/1.1 101 \r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
                self.receive(format!("{upgrade}Sec-WebSocket-Accept: {ACCEPT}\r\n\r\n").as_bytes());
            }
            Operation::Established => {
                self.text(r#"{"event":"pusher:connection_established","data":{"socket_id":"1.1"}}"#);
            }
            Operation::Subscribed(name) => {
                self.text(&format!(r#"{{"event":"pusher_internal:subscription_succeeded","channel":"{name}"}}"#));
            }
            Operation::Frame(bytes) | Operation::Bytes(Bytes(bytes)) => self.receive(bytes),
        }
    }

    /// Polls until the connection can only read or wait.
    fn settle(&mut self) {
        for round in 0.. {
            assert!(round < 100, "it does not come to rest");
            let now = Instant::from_millis(self.now);
            match self.connection.poll(now, &mut self.authorizer) {
                Action::Open { attempt, .. } => {
                    assert!(self.socket.is_none() && self.opening.is_none(), "a second socket");
                    self.opening = Some(attempt);
                }
                Action::Close(end) => {
                    assert!(self.socket.is_some() || self.opening.is_some(), "nothing to close: {end:?}");
                    self.opening = None;
                    if let Some(mut written) = self.socket.take() {
                        written.check(false);
                    }
                }
                Action::Write => {
                    assert!(!self.connection.unsent().is_empty());
                    let written = self.socket.as_mut().expect("something to write and no socket");
                    if self.takes == 0 {
                        break; // the socket accepts no bytes; the driver retries later
                    }
                    while !self.connection.unsent().is_empty() {
                        let unsent = self.connection.unsent();
                        let len = unsent.len().min(self.takes);
                        written.bytes.extend(&unsent[..len]);
                        self.connection.handle_sent(len);
                    }
                }
                Action::Read { until } => {
                    assert!(until.is_none_or(|until| until > now), "a timer that does not fire");
                    assert!(self.socket.is_some());
                    assert!(!self.connection.receive_space().is_empty(), "nowhere to read to");
                    break;
                }
                Action::Wait { until } => {
                    assert!(until.is_none_or(|until| until > now), "a timer that does not fire");
                    assert!(self.socket.is_none());
                    break;
                }
                Action::Event(_) | Action::Notice(_) | Action::BadEnvelope(_) | Action::Progress => {}
                Action::OutputTooSmall(error) => assert!(error.needed() > 40),
                other => panic!("{other:?}"),
            }
        }
        if self.connection.unsent().is_empty()
            && let Some(written) = &mut self.socket
        {
            written.check(true);
        }
        assert!(self.socket.is_some() || self.connection.client().state() != State::Connected);
    }

    /// Delivers a text frame from the server.
    fn text(&mut self, text: &str) {
        self.receive(&[&[0x81, text.len() as u8], text.as_bytes()].concat());
    }

    /// Delivers `bytes` from the socket, as many at a time as the buffer has space for.
    fn receive(&mut self, mut bytes: &[u8]) {
        while self.socket.is_some() && self.connection.unsent().is_empty() && !bytes.is_empty() {
            let space = self.connection.receive_space();
            let len = space.len().min(bytes.len());
            if len == 0 {
                break; // the connection has to do something else first
            }
            space[..len].copy_from_slice(&bytes[..len]);
            self.connection.handle_received(len);
            bytes = &bytes[len..];
            self.settle();
        }
    }
}

impl Written {
    /// Parses the written frames. They are complete unless the socket was dropped in the middle of one.
    fn check(&mut self, is_whole: bool) {
        if !self.is_upgraded {
            if let Some(end) = self.bytes.windows(4).position(|window| window == b"\r\n\r\n") {
                assert!(self.bytes.starts_with(b"GET /app/k?"));
                self.bytes.drain(..end + 4);
                self.is_upgraded = true;
            } else {
                return assert!(!is_whole || self.bytes.is_empty());
            }
        }
        let mut rest = &self.bytes[..];
        while let [first, second, after @ ..] = rest {
            assert!(second & 0x80 != 0, "a frame without a mask");
            let (len, after) = match (second & 0x7f, after) {
                (126, [high, low, after @ ..]) => (usize::from(u16::from_be_bytes([*high, *low])), after),
                (len @ 0..126, after) => (len.into(), after),
                _ => break,
            };
            let Some((frame, after)) = after.split_at_checked(4 + len) else { break };
            let payload = &frame[4..]; // the mask is zero
            match first {
                0x81 => drop(serde_json::from_slice::<serde_json::Value>(payload).unwrap()),
                0x88 | 0x8a => assert!(len <= 125),
                other => panic!("a frame that begins with {other:#x}"),
            }
            rest = after;
        }
        assert!(!is_whole || rest.is_empty(), "half a frame: {rest:?}");
        self.bytes.clear();
    }
}
