//! Random runs of a [`Connection`] whose sockets open, read, write and fail at random. The first bytes on a socket are
//! always those of its own handshake, and the connection has nothing to write without an open socket.
#![cfg(feature = "websocket")]

use pusher_proto::connection::{Action, Attempt, Connection, DenyAll, SocketError};
use pusher_proto::{Client, Config, Endpoint, Instant};
use tungstenite::handshake::derive_accept_key;

const ESTABLISHED: &[u8] = b"\x81\x42{\"event\":\"pusher:connection_established\",\"data\":{\"socket_id\":\"1\"}}";

/// A seeded generator (xorshift64).
struct Random(u64);

impl Random {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 >> 33) as usize % bound
    }
}

struct Owner {
    connection: Connection<'static, fn(&mut [u8]), 2, 16>,
    random: Random,
    now: u64,
    /// Whether a socket was requested and has not been reported as open.
    opening: Option<Attempt>,
    /// Attempts that have ended.
    over: Vec<Attempt>,
    /// The bytes written to the open socket.
    socket: Option<Vec<u8>>,
    accept: String,
    log: Vec<String>,
}

impl Owner {
    fn new(seed: u64) -> Self {
        let mut config = Config::new(1);
        config.reconnect.base = pusher_proto::Duration::ZERO;
        let endpoint = Endpoint::from_url("ws://h", "k").unwrap();
        let random = (|bytes: &mut [u8]| bytes.fill(0)) as fn(&mut [u8]);
        let connection =
            Connection::new(Client::new(config), endpoint, random, vec![0; 256].leak(), vec![0; 256].leak());
        Self {
            connection,
            random: Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1),
            now: 0,
            opening: None,
            over: Vec::new(),
            socket: None,
            accept: derive_accept_key(b"AAAAAAAAAAAAAAAAAAAAAA=="),
            log: Vec::new(),
        }
    }

    fn operation(&mut self) {
        let now = Instant::from_millis(self.now);
        let operation = self.random.below(13);
        self.log.push(format!("operation {operation}"));
        match operation {
            0 | 1 => self.connection.connect(now),
            2 => self.connection.disconnect(now),
            3 => self.now += [1, 1000, 15_000, 120_000][self.random.below(4)],
            4 | 5 => {
                if let Some(attempt) = self.opening.take() {
                    self.socket = Some(Vec::new());
                    self.connection.handle_opened(now, attempt);
                }
            }
            6 => {
                if let Some(attempt) = self.opening.take() {
                    self.connection.handle_open_failed(now, attempt);
                    self.over.push(attempt);
                }
            }
            // A report about an earlier attempt.
            12 if !self.over.is_empty() => {
                let attempt = self.over[self.random.below(self.over.len())];
                let state = self.connection.client().state();
                match self.random.below(2) {
                    0 => self.connection.handle_opened(now, attempt),
                    _ => self.connection.handle_open_failed(now, attempt),
                }
                assert_eq!(self.connection.client().state(), state);
            }
            7 => self.connection.handle_socket_error(now, SocketError::Closed),
            8 | 9 => {
                let head = "HTTP/1.1 101 \r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ";
                self.receive(format!("{head}{}\r\n\r\n", self.accept).as_bytes());
                if operation == 9 {
                    self.receive(ESTABLISHED);
                }
            }
            10 => self.receive(ESTABLISHED),
            _ => {
                let frame: [&[u8]; 3] = [b"\x89\x02hi", b"\x88\x00", b"\x83\x00"];
                let frame = frame[self.random.below(3)];
                self.receive(frame);
            }
        }
    }

    fn receive(&mut self, bytes: &[u8]) {
        if self.socket.is_none() {
            return;
        }
        let space = self.connection.receive_space();
        let length = bytes.len().min(space.len());
        space[..length].copy_from_slice(&bytes[..length]);
        self.connection.handle_received(length);
    }

    /// Polls once. Returns `true` if the connection is idle.
    fn poll(&mut self) -> bool {
        let now = Instant::from_millis(self.now);
        let action = self.connection.poll(now, &mut DenyAll);
        self.log.push(format!("{action:?}"));
        match action {
            Action::Open { attempt, .. } => {
                assert!(self.opening.is_none() && self.socket.is_none(), "a second socket");
                self.opening = Some(attempt);
            }
            Action::Close(_) => {
                assert!(self.opening.is_some() || self.socket.is_some(), "a close without a socket");
                self.over.extend(self.opening.take());
                self.socket = None;
            }
            Action::Write => {
                let unsent = self.connection.unsent();
                let written = self.socket.as_mut().expect("a write without a socket");
                let length = self.random.below(unsent.len() + 1);
                written.extend(&unsent[..length]);
                self.connection.handle_sent(length);
                let start = &written[..written.len().min(4)];
                assert!(b"GET ".starts_with(start), "a socket begins with {start:?}");
                return length == 0;
            }
            Action::Read { until } | Action::Wait { until } => {
                assert!(until.is_none_or(|until| until > now), "a timer that does not fire");
                return true;
            }
            _ => {}
        }
        false
    }
}

#[test]
fn the_first_bytes_on_a_socket_are_those_of_its_handshake() {
    let mut upgrades = 0;
    for seed in 0..10_000 {
        let mut owner = Owner::new(seed);
        let run = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            for _ in 0..60 {
                owner.operation();
                for _ in 0..owner.random.below(12) {
                    if owner.poll() {
                        break;
                    }
                }
                upgrades += usize::from(owner.connection.client().socket_id().is_some());
            }
        }));
        assert!(run.is_ok(), "seed {seed}:\n{}", owner.log.join("\n"));
    }
    assert!(upgrades > 2_000, "too few connections are established: {upgrades}");
}
