//! A client behind a WebSocket that receives the bytes of a recording, in pieces of any size.

use std::cell::Cell;

use pusher_proto::connection::{Action, CloseReason, Connection, SocketError};
use pusher_proto::endpoint::Endpoint;
use pusher_proto::{Channel, Instant, Payload};
use tungstenite::handshake::derive_accept_key;

use super::commands::Commands;
use super::recording::Step;
use super::replay::{Journal, TestClient, Transport, config};
use super::script::{describe_notice, describe_with};

/// The fragmentation of the bytes.
#[derive(Clone, Copy, Debug)]
pub enum Pieces {
    /// All consecutive bytes of the server at once.
    Whole,
    /// One byte at a time.
    Single,
    /// In pieces of random sizes.
    Random,
    /// Every message in fragments with pings between them, in random pieces.
    Fragmented,
}

type Random = fn(&mut [u8]);

/// Buffer size for the longest recorded message in either direction.
pub struct Buffers {
    rx: Vec<u8>,
    tx: Vec<u8>,
}

impl Buffers {
    pub fn new() -> Self {
        Self { rx: vec![0; 60_000], tx: vec![0; 50_000] }
    }
}

pub struct Bytes<'b> {
    connection: Connection<'b, Random, 32, 220>,
    pieces: Pieces,
    generator: Generator,
    /// The key of the handshake, as the client sent it.
    key: String,
    /// Bytes that the client wrote and that were not parsed yet.
    written: Vec<u8>,
    up: bool,
    /// The number of requests to open a socket that succeed.
    pub sockets: u32,
    /// The number of bytes delivered before the connection breaks.
    pub left: Option<usize>,
}

impl<'b> Bytes<'b> {
    pub fn new(pieces: Pieces, buffers: &'b mut Buffers) -> Self {
        let Buffers { rx, tx } = buffers;
        let endpoint = Endpoint::from_url("ws://127.0.0.1", "app-key").unwrap();
        let connection = Connection::new(TestClient::new(config()), endpoint, random as Random, rx, tx);
        Self {
            connection,
            pieces,
            generator: Generator(1),
            key: String::new(),
            written: Vec::new(),
            up: true,
            sockets: 1,
            left: None,
        }
    }

    /// Returns all bytes that the server sends in `step`.
    pub fn encode(&mut self, step: &Step) -> Vec<u8> {
        match step {
            Step::Answer(head) => answer(head, &self.key),
            Step::Text(text) if matches!(self.pieces, Pieces::Fragmented) => self.fragments(text.as_bytes()),
            Step::Text(text) => frame(0x81, text.as_bytes()),
            Step::Binary(bytes) => frame(0x82, bytes),
            Step::Ping(bytes) => frame(0x89, bytes),
            Step::Pong(bytes) => frame(0x8a, bytes),
            Step::Close(code, reason) => {
                let mut payload = code.map(|code| code.to_be_bytes().to_vec()).unwrap_or_default();
                payload.extend_from_slice(reason.as_bytes());
                frame(0x88, &payload)
            }
            Step::End | Step::Sent(_) | Step::Skipped(_) | Step::Disconnected => Vec::new(),
        }
    }

    fn fragments(&mut self, text: &[u8]) -> Vec<u8> {
        let count = 1 + self.generator.below(4);
        let mut cuts: Vec<usize> = (0..count).map(|_| self.generator.below(text.len() + 1)).collect();
        cuts.extend([0, text.len()]);
        cuts.sort_unstable();
        let mut bytes = Vec::new();
        for (number, cut) in cuts.windows(2).enumerate() {
            let last = number + 2 == cuts.len();
            bytes.extend(frame(if last { 0x80 } else { 0 } | u8::from(number == 0), &text[cut[0]..cut[1]]));
            if !last {
                bytes.extend(frame(0x89, b"still there?"));
            }
        }
        bytes
    }

    fn feed(&mut self, now: Instant, bytes: &[u8], journal: &mut Journal) {
        let mut rest = bytes;
        while !rest.is_empty() && self.up {
            let size = match self.pieces {
                Pieces::Whole => rest.len(),
                Pieces::Single => 1,
                Pieces::Random | Pieces::Fragmented => 1 + self.generator.below(40),
            };
            let mut size = size.min(rest.len());
            if let Some(left) = &mut self.left {
                size = size.min(*left);
                *left -= size;
            }
            let (mut piece, behind) = rest.split_at(size);
            rest = behind;
            while !piece.is_empty() && self.up {
                let space = self.connection.receive_space();
                let length = piece.len().min(space.len());
                space[..length].copy_from_slice(&piece[..length]);
                self.connection.handle_received(length);
                piece = &piece[length..];
                self.drain(now, journal);
            }
            if self.left == Some(0) {
                return;
            }
        }
    }

    /// Breaks the connection.
    pub fn cut(&mut self, now: Instant, journal: &mut Journal) {
        self.left = None;
        self.connection.handle_socket_error(now, SocketError::Closed);
        self.drain(now, journal);
    }

    /// Parses the bytes that the client wrote.
    fn read_written(&mut self, journal: &mut Journal) {
        if let Some(request) = self.written.strip_prefix(b"GET ") {
            let request = String::from_utf8_lossy(request).into_owned();
            let key = request.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: "));
            self.key = key.unwrap().into();
            assert!(request.ends_with("\r\n\r\n"));
            self.written.clear();
        }
        while let Some((opcode, payload)) = take_frame(&mut self.written) {
            if opcode == 1 {
                journal.out(std::str::from_utf8(&payload).unwrap());
            }
        }
    }
}

impl Transport for Bytes<'_> {
    fn client(&self) -> &TestClient {
        self.connection.client()
    }

    fn commands(&mut self) -> &mut dyn Commands {
        &mut self.connection
    }

    fn handle_timeout(&mut self, _: Instant) {} // part of a poll

    fn deliver(&mut self, now: Instant, steps: &[(u64, Step)], journal: &mut Journal) {
        let mut bytes = Vec::new();
        for (_, step) in steps {
            if let Step::End = step {
                self.feed(now, &std::mem::take(&mut bytes), journal);
                if self.up {
                    self.connection.handle_socket_error(now, SocketError::Closed);
                    self.drain(now, journal);
                }
            } else {
                bytes.extend(self.encode(step));
            }
        }
        self.feed(now, &bytes, journal);
    }

    fn trigger(&mut self, now: Instant, channel: Channel, event: &str, data: &str, journal: &mut Journal) {
        let data = if data.is_empty() { Payload::Absent } else { Payload::Json(data) };
        if let Err(error) = self.connection.trigger(now, channel, event, data) {
            journal.record(&format!("< error {error}"));
        }
        self.drain(now, journal);
    }

    fn drain(&mut self, now: Instant, journal: &mut Journal) {
        for _ in 0..100_000 {
            let line = match self.connection.poll(now, journal) {
                Action::Open { secure, attempt } => {
                    if self.sockets > 0 {
                        self.sockets -= 1;
                        self.up = true;
                        self.connection.handle_opened(now, attempt);
                    }
                    if secure { "< request open secure".into() } else { "< request open".into() }
                }
                Action::Write => {
                    let unsent = self.connection.unsent();
                    // Sockets accept any number of bytes.
                    let length = unsent.len().min(1 + self.generator.below(200));
                    self.written.extend_from_slice(&unsent[..length]);
                    self.connection.handle_sent(length);
                    if self.connection.unsent().is_empty() {
                        self.read_written(journal);
                    }
                    continue;
                }
                Action::Close(CloseReason::Requested) => {
                    self.up = false;
                    "< request close 1000".into()
                }
                Action::Close(_) => {
                    self.up = false;
                    continue;
                }
                Action::Event(event) => {
                    format!("< event {}", describe_with(&|channel| journal.name(channel), event))
                }
                Action::Notice(notice) => {
                    format!("< notice {}", describe_notice(&|channel| journal.name(channel), notice))
                }
                Action::BadEnvelope(error) => format!("< bad message: {error}"),
                Action::Progress => continue,
                Action::Read { .. } | Action::Wait { .. } => return,
                other => panic!("{other:?}"),
            };
            journal.record(&line);
        }
        panic!("the connection does not become idle");
    }

    fn is_up(&self) -> bool {
        self.up && self.left != Some(0)
    }
}

/// Converts the recorded handshake answer to one for this client: with its key, and without the headers that only the
/// recorded client requested.
fn answer(head: &str, key: &str) -> Vec<u8> {
    let mut answer = String::new();
    for line in head.split_inclusive("\r\n") {
        let name = line.split(':').next().unwrap().to_ascii_lowercase();
        match name.as_str() {
            "sec-websocket-accept" => answer += &format!("{name}: {}\r\n", derive_accept_key(key.as_bytes())),
            "sec-websocket-protocol" => {}
            _ => answer += line,
        }
    }
    answer.into_bytes()
}

/// Encodes a server's frame, which is not masked.
fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let mut frame = vec![first];
    match payload.len() {
        length @ 0..126 => frame.push(length as u8),
        length @ 126..0x1_0000 => {
            frame.push(126);
            frame.extend((length as u16).to_be_bytes());
        }
        length => {
            frame.push(127);
            frame.extend((length as u64).to_be_bytes());
        }
    }
    frame.extend_from_slice(payload);
    frame
}

/// Returns the opcode and the unmasked payload of a client's first frame in `bytes`.
fn take_frame(bytes: &mut Vec<u8>) -> Option<(u8, Vec<u8>)> {
    let (first, second) = (*bytes.first()?, *bytes.get(1)?);
    assert_eq!(first & 0xf0, 0x80, "one frame a message, no extensions");
    assert_eq!(second & 0x80, 0x80, "clients mask");
    let (length, header) = match second & 0x7f {
        126 => (usize::from(u16::from_be_bytes([bytes[2], bytes[3]])), 4),
        127 => (u64::from_be_bytes(bytes[2..10].try_into().unwrap()) as usize, 10),
        length => (length.into(), 2),
    };
    let mask: [u8; 4] = bytes[header..header + 4].try_into().unwrap();
    let payload = bytes[header + 4..header + 4 + length].iter().zip(mask.iter().cycle()).map(|(a, b)| a ^ b).collect();
    bytes.drain(..header + 4 + length);
    Some((first & 0x0f, payload))
}

/// Fills in keys and masks: arbitrary numbers that are not all equal.
fn random(bytes: &mut [u8]) {
    thread_local!(static GENERATOR: Cell<u64> = const { Cell::new(7) });
    GENERATOR.with(|cell| {
        let mut generator = Generator(cell.get());
        bytes.iter_mut().for_each(|byte| *byte = generator.below(256) as u8);
        cell.set(generator.0);
    });
}

/// A deterministic generator (splitmix64).
pub struct Generator(pub u64);

impl Generator {
    pub fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ mixed >> 31) % bound as u64) as usize
    }
}
