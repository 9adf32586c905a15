//! The blocking driver over a socket in memory, in virtual time: sessions as transcripts.
#![cfg(feature = "embedded-io")]

use std::collections::VecDeque;
use std::fmt::Write as _;

use embedded_io::{ErrorKind, ErrorType, Read, Write};
use pusher_proto::auth::Credentials;
use pusher_proto::client::{Authorization, Client, Config, Notice, Reason, State, Ticket};
use pusher_proto::connection::{
    Answer, Authorizer, CloseReason, Connection, SendError, SignInRequest, SocketError, SubscriptionRequest, UserAnswer,
};
use pusher_proto::event::Event;
use pusher_proto::io::Step;
use pusher_proto::{Duration, Endpoint, Instant, Payload};
use tungstenite::handshake::derive_accept_key;

const ESTABLISHED: &str = r#"{"event":"pusher:connection_established","data":"{\"socket_id\":\"1.1\"}"}"#;

/// A socket in memory. The test provides the bytes to read.
#[derive(Default)]
struct Socket {
    incoming: VecDeque<u8>,
    /// Whether the stream ends after `incoming`.
    ends: bool,
    /// Whether reading fails after `incoming`.
    read_fails: bool,
    /// The maximum number of bytes per read.
    piece: usize,
    /// The maximum number of bytes per write; at 0 it fails with a timeout.
    takes: usize,
    /// The number of writes that succeed before one fails.
    writes: usize,
    flush_is_idle: bool,
    flush_fails: bool,
    written: Vec<u8>,
    /// The server's answer to the handshake, available once the request was written.
    accept: Option<String>,
}

#[derive(Debug)]
struct Failure(ErrorKind);

impl std::fmt::Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl std::error::Error for Failure {}

impl embedded_io::Error for Failure {
    fn kind(&self) -> ErrorKind {
        self.0
    }
}

impl ErrorType for Socket {
    type Error = Failure;
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Failure> {
        assert!(!buffer.is_empty(), "a read into an empty buffer");
        let len = buffer.len().min(self.piece).min(self.incoming.len());
        for (place, byte) in buffer.iter_mut().zip(self.incoming.drain(..len)) {
            *place = byte;
        }
        match len {
            0 if self.read_fails => Err(Failure(ErrorKind::ConnectionReset)),
            0 if !self.ends => Err(Failure(ErrorKind::TimedOut)),
            len => Ok(len),
        }
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, Failure> {
        if self.takes == 0 {
            return Err(Failure(ErrorKind::TimedOut));
        }
        self.writes = self.writes.checked_sub(1).ok_or(Failure(ErrorKind::BrokenPipe))?;
        let len = bytes.len().min(self.takes);
        self.written.extend(&bytes[..len]);
        Ok(len)
    }

    fn flush(&mut self) -> Result<(), Failure> {
        match (self.flush_fails, self.flush_is_idle) {
            (true, _) => Err(Failure(ErrorKind::ConnectionReset)),
            (_, true) => Err(Failure(ErrorKind::Interrupted)),
            _ => Ok(()),
        }
    }
}

/// The authorizer of a session.
#[derive(Clone, Copy)]
enum Mode {
    Sign,
    Deny,
    /// The auth server answered with this status.
    Failed(u16),
    Later,
    /// A token with this number of bytes.
    Token(usize),
}

struct Auth {
    mode: Mode,
    credentials: Credentials<'static>,
    token: String,
    ticket: Option<Ticket>,
}

impl Authorizer for Auth {
    fn authorize(&mut self, request: &SubscriptionRequest<'_>) -> Answer<'_> {
        self.ticket = Some(request.ticket);
        match self.mode {
            Mode::Sign => self.credentials.authorize(request),
            Mode::Deny => Answer::Deny,
            Mode::Failed(status) => Answer::Failed(status),
            Mode::Later => Answer::Later,
            Mode::Token(len) => {
                self.token = "t".repeat(len);
                Answer::Authorization(Authorization::from_token(&self.token))
            }
        }
    }

    fn authenticate(&mut self, request: &SignInRequest<'_>) -> UserAnswer<'_> {
        match self.mode {
            Mode::Deny => UserAnswer::Deny,
            Mode::Failed(status) => UserAnswer::Failed(status),
            _ => self.credentials.authenticate(request),
        }
    }
}

type Random = Box<dyn FnMut(&mut [u8])>;

/// A connection, its socket, the time, and the log.
struct Session {
    connection: Connection<'static, Random, 4, 200>,
    auth: Auth,
    socket: Option<Socket>,
    /// A template for the next socket.
    next: fn() -> Socket,
    now: u64,
    log: String,
    /// The masks of the frames that were sent.
    masks: Vec<[u8; 4]>,
}

fn socket() -> Socket {
    Socket { piece: usize::MAX, takes: usize::MAX, writes: usize::MAX, ..Socket::default() }
}

impl Session {
    /// Creates a session with buffers of these sizes. Reconnect delays are 0 ms.
    fn new(rx: usize, tx: usize) -> Self {
        let mut config = Config::new(1);
        config.reconnect.base = Duration::ZERO;
        let mut seed = 1u32;
        let random: Random = Box::new(move |bytes| {
            assert!(bytes.iter().all(|&byte| byte == 0), "the buffer for random bytes is not cleared");
            for byte in bytes {
                seed = seed.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                *byte = (seed >> 24) as u8;
            }
        });
        let endpoint = Endpoint::from_url("ws://host:6001", "key").unwrap();
        let (rx, tx) = (vec![0; rx].leak(), vec![0; tx].leak());
        let connection = Connection::new(Client::new(config), endpoint, random, rx, tx);
        let credentials = Credentials::new("key", b"secret");
        let auth = Auth { mode: Mode::Sign, credentials, token: String::new(), ticket: None };
        Self { connection, auth, socket: None, next: socket, now: 0, log: String::new(), masks: Vec::new() }
    }

    /// Creates a connected session with the socket id 1.1.
    fn connected(rx: usize, tx: usize) -> Self {
        let mut session = Self::new(rx, tx);
        session.establish();
        session.log.clear();
        session
    }

    fn establish(&mut self) {
        let now = self.now();
        self.connection.connect(now);
        self.run();
        self.accept();
        self.text(ESTABLISHED);
    }

    fn now(&self) -> Instant {
        Instant::from_millis(self.now)
    }

    fn socket(&mut self) -> &mut Socket {
        self.socket.as_mut().expect("no socket is open")
    }

    /// Steps until the connection is idle. Opens and drops sockets as the driver requests.
    fn run(&mut self) {
        for round in 0.. {
            assert!(round < 2000, "the connection does not become idle: {}", self.log);
            let (now, length) = (self.now(), self.log.len());
            let mut line = String::new();
            let mut rests = false;
            let (mut opens, mut closes) = (false, false);
            match self.connection.step(now, self.socket.as_mut(), &mut self.auth) {
                Step::Open { secure, .. } => {
                    line = if secure { "open secure".into() } else { "open".into() };
                    opens = true;
                }
                Step::Close(end) => {
                    line = match end {
                        CloseReason::Requested => "close: requested".into(),
                        CloseReason::Socket { opened: true, .. } => "close: the socket ended".into(),
                        CloseReason::Socket { opened: false, .. } => {
                            "close: the socket ended before it was a WebSocket".into()
                        }
                        CloseReason::Server { code, reason } => {
                            format!("close: by the server {:?} {reason:?}", code.map(|code| code.as_u16()))
                        }
                        other => format!("close: {other:?}"),
                    };
                    closes = true;
                }
                Step::Event(event) => line = format!("event {}", describe(event)),
                Step::Notice(notice) => line = format!("notice {notice:?}"),
                Step::BadEnvelope(error) => line = format!("bad message {error:?}"),
                Step::OutputTooSmall(error) => line = format!("output too small: {}", error.needed()),
                Step::Idle { until } | Step::Wait { until } => {
                    assert!(until.is_none_or(|until| until > now), "a timer that does not fire: {until:?} at {now:?}");
                    rests = true;
                }
                Step::Progress => {}
                other => panic!("{other:?}"),
            }
            self.log_sent();
            if !line.is_empty() {
                writeln!(self.log, "{line}").unwrap();
            }
            assert!(!rests || length == self.log.len() || line.is_empty());
            if opens {
                assert!(self.socket.is_none());
                self.socket = Some((self.next)());
            }
            if closes {
                self.socket = None;
            }
            if rests {
                return;
            }
        }
    }

    /// Logs the bytes written to the socket, frame by frame.
    fn log_sent(&mut self) {
        let Some(socket) = &mut self.socket else { return };
        if socket.accept.is_none() {
            let Some(end) = socket.written.windows(4).position(|window| window == b"\r\n\r\n") else { return };
            let request: Vec<u8> = socket.written.drain(..end + 4).collect();
            let line = std::str::from_utf8(&request).unwrap().lines().next().unwrap();
            let target = line.strip_prefix("GET ").and_then(|line| line.strip_suffix(" HTTP/1.1")).unwrap();
            writeln!(self.log, "sent request {}", target.split('?').next().unwrap()).unwrap();
            let key = String::from_utf8(request).unwrap();
            let key = key.split("Sec-WebSocket-Key: ").nth(1).unwrap().lines().next().unwrap();
            socket.accept = Some(derive_accept_key(key.as_bytes()));
        }
        while let Some((first, payload, size)) = frame(&socket.written) {
            let at = if socket.written[1] & 0x7f == 126 { 4 } else { 2 };
            self.masks.push(socket.written[at..][..4].try_into().unwrap());
            socket.written.drain(..size);
            let line = match first {
                0x81 => format!("text {}", String::from_utf8(payload).unwrap()),
                0x88 => match payload.split_first_chunk() {
                    Some((code, _)) => format!("close {}", u16::from_be_bytes(*code)),
                    None => "close".into(),
                },
                0x8a => format!("pong {}", String::from_utf8(payload).unwrap()),
                other => panic!("a frame that begins with {other:#x}"),
            };
            writeln!(self.log, "sent {}", line.trim_end()).unwrap();
        }
    }

    /// Sets the time to `now` ms.
    fn at(&mut self, now: u64) {
        self.now = now;
        self.run();
    }

    /// Delivers these bytes from the server.
    fn raw(&mut self, bytes: &[u8]) {
        self.socket().incoming.extend(bytes);
        self.run();
    }

    /// Accepts the handshake as the server.
    fn accept(&mut self) {
        let accept = self.socket().accept.clone().expect("no request was sent");
        self.raw(handshake_answer(&accept).as_bytes());
    }

    /// Delivers a frame from the server.
    fn frame(&mut self, first: u8, payload: &[u8]) {
        let mut frame = vec![first];
        match payload.len() {
            len @ 0..126 => frame.push(len as u8),
            len => frame.extend([&[126], &(len as u16).to_be_bytes()[..]].concat()),
        }
        frame.extend(payload);
        self.raw(&frame);
    }

    fn text(&mut self, text: &str) {
        self.frame(0x81, text.as_bytes());
    }

    fn close(&mut self, code: u16, reason: &str) {
        self.frame(0x88, &[&code.to_be_bytes(), reason.as_bytes()].concat());
    }

    fn subscribe(&mut self, name: &str) -> pusher_proto::Channel {
        let now = self.now();
        let channel = self.connection.subscribe(now, name).unwrap();
        self.run();
        channel
    }

    /// Checks the log since the last check.
    #[track_caller]
    fn expect(&mut self, lines: &str) {
        let expected: Vec<&str> = lines.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
        let expected = expected.join("\n");
        let log = std::mem::take(&mut self.log);
        assert!(log.trim_end() == expected, "expected:\n{expected}\nactual:\n{log}");
    }
}

fn handshake_answer(accept: &str) -> String {
    let head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n";
    format!("{head}Sec-WebSocket-Accept: {accept}\r\n\r\n")
}

/// Returns the first byte, the payload and the size of the first frame in `bytes`, which a client has masked.
fn frame(bytes: &[u8]) -> Option<(u8, Vec<u8>, usize)> {
    let [first, second, ..] = *bytes else { return None };
    assert_eq!(second & 0x80, 0x80, "a client's frame is masked");
    let (start, len) = match second & 0x7f {
        126 => (4, usize::from(u16::from_be_bytes([*bytes.get(2)?, *bytes.get(3)?]))),
        len => (2, len.into()),
    };
    let mask = bytes.get(start..start + 4)?;
    let payload = bytes.get(start + 4..start + 4 + len)?;
    Some((first, payload.iter().zip(mask.iter().cycle()).map(|(byte, key)| byte ^ key).collect(), start + 4 + len))
}

fn describe(event: Event<'_>) -> String {
    match event {
        Event::Connected { socket_id } => format!("connected {socket_id}"),
        Event::Subscribed { channel_name: "", .. } => "subscribed to a channel without a name".into(),
        Event::Subscribed { .. } => "subscribed".into(),
        Event::Channel(message) => format!("message {} {}", message.event, message.payload.as_str()),
        Event::Error(error) => format!("error {error}"),
        other => format!("{other:?}"),
    }
}

const LOST: &str = "notice Disconnected { reason: ConnectFailed, retry_at: Some(Instant(0)) }";

#[test]
fn a_session_from_the_handshake_to_an_event() {
    let mut session = Session::new(512, 512);
    session.connection.connect(Instant::ZERO);
    session.run();
    session.expect("open\nsent request /app/key");
    session.accept();
    session.expect("");
    session.text(ESTABLISHED);
    session.expect("event connected 1.1");
    session.subscribe("news");
    session.expect(r#"sent text {"event":"pusher:subscribe","data":{"channel":"news"}}"#);
    session.text(r#"{"event":"pusher_internal:subscription_succeeded","channel":"news","data":"{}"}"#);
    session.text(r#"{"event":"posted","channel":"news","data":"{\"id\":7}"}"#);
    session.expect("event subscribed\nevent message posted {\"id\":7}");
    session.text("nonsense");
    session.text(r#"{"event":"pusher:ping"}"#);
    session.expect("bad message NotJson { at: 1 }\nsent text {\"event\":\"pusher:pong\",\"data\":{}}");
    session.connection.disconnect(Instant::ZERO);
    session.run();
    session.expect("sent close 1000\nclose: requested");
    session.at(1_000_000);
    session.expect("");
}

#[test]
fn the_log_is_the_same_however_reads_and_writes_are_cut() {
    fn whole_session(next: fn() -> Socket) -> String {
        let mut session = Session::new(512, 512);
        session.next = next;
        session.establish();
        session.subscribe("private-a");
        session.text(r#"{"event":"pusher_internal:subscription_succeeded","channel":"private-a"}"#);
        session.frame(0x89, b"are you there");
        session.frame(0x01, br#"{"event":"e","channel":"private-a","#);
        session.frame(0x89, b"x");
        session.frame(0x80, "\"data\":\"é\"}".as_bytes());
        session.at(120_000);
        session.close(4200, "Please reconnect");
        session.log
    }
    let expected = whole_session(socket);
    assert!(expected.contains("event message e é") && expected.contains("pong are you there"), "{expected}");
    for next in [
        || Socket { piece: 1, ..socket() },
        || Socket { takes: 1, ..socket() },
        || Socket { piece: 3, takes: 7, ..socket() },
    ] as [fn() -> Socket; 3]
    {
        assert_eq!(whole_session(next), expected);
    }
}

#[test]
fn a_failed_handshake_is_retried() {
    let cases = [
        ("HTTP/1.1 400 Bad Request\r\n\r\n", "Handshake(Status(400))"),
        ("HTTP/1.1 404 Not Found\r\nContent-Length: 3\r\n\r\nno\n", "Handshake(Status(404))"),
        ("HTTP/1.0 503 Service Unavailable\r\n\r\n", "Handshake(Status(503))"),
        ("HTTP/1.1 101 Switching Protocols\r\n\r\n", "Handshake(MissingUpgrade)"),
        ("SSH-2.0-OpenSSH_9.2\r\n", "Handshake(NotHttp)"),
        ("\0\0\0\0", "Handshake(NotHttp)"),
    ];
    for (answer, error) in cases {
        let mut session = Session::new(512, 512);
        session.connection.connect(Instant::ZERO);
        session.run();
        session.raw(answer.as_bytes());
        // The delay is 0 ms, so the next attempt follows at once.
        session.expect(&format!("open\nsent request /app/key\nclose: {error}\n{LOST}\nopen\nsent request /app/key"));
    }
    let mut session = Session::new(512, 512);
    session.connection.connect(Instant::ZERO);
    session.run();
    session.raw(&b"HTTP/1.1 200 OK\r\nX: ".iter().copied().chain([b'x'; 600]).collect::<Vec<_>>());
    let error = "Handshake(HeadTooLong { capacity: 512 })";
    session.expect(&format!("open\nsent request /app/key\nclose: {error}\n{LOST}\nopen\nsent request /app/key"));
}

#[test]
fn a_socket_that_ends_or_fails_is_replaced() {
    let lost = "notice Disconnected { reason: Abnormal, retry_at: Some(Instant(0)) }";
    for established in [false, true] {
        for failure in 0..4 {
            let mut session = Session::new(512, 512);
            session.connection.connect(Instant::ZERO);
            session.run();
            if established {
                session.accept();
                session.text(ESTABLISHED);
            }
            session.log.clear();
            match failure {
                0 => session.socket().ends = true,
                1 => session.socket().read_fails = true,
                2 => session.socket = None, // the application drops it
                _ => {
                    session.socket().writes = 0;
                    session.socket().incoming.extend(b"\x89\x00"); // a ping that cannot be answered
                    session.socket().ends = !established;
                }
            }
            session.run();
            if failure == 3 && !established {
                session.log.clear(); // a ping is not an HTTP response
                continue;
            }
            let how = if established { "" } else { " before it was a WebSocket" };
            session.expect(&format!("close: the socket ended{how}\n{lost}\nopen\nsent request /app/key"));
        }
    }
}

#[test]
fn a_socket_that_fails_is_not_waited_for() {
    // During a flush that is repeated, and during a write whose flush would be repeated.
    for under_write in [false, true] {
        let mut session = Session::connected(512, 512);
        let now = session.now();
        session.connection.ping_now(now);
        session.socket().flush_is_idle = true;
        if under_write {
            session.socket().writes = 0;
        } else {
            assert!(matches!(
                session.connection.step(now, session.socket.as_mut(), &mut session.auth),
                Step::Idle { .. }
            ));
            session.socket().flush_fails = true;
        }
        let steps = [0, 1, 2].map(|_| {
            let step = session.connection.step(now, session.socket.as_mut(), &mut session.auth);
            format!("{step:?}")
        });
        let error = if under_write { "BrokenPipe" } else { "ConnectionReset" };
        let close = format!("Close(Socket {{ error: {error}, opened: true }})");
        // After a write, the driver reads the server's earlier messages from the socket.
        let expected: &[&str] = if under_write { &["Progress", "Progress", &close] } else { &["Progress", &close] };
        assert_eq!(steps[..expected.len()], *expected, "under a write: {under_write}");
    }
}

/// Returns the bytes of a close frame.
fn close_frame(code: u16, reason: &str) -> Vec<u8> {
    [&[0x88, 2 + reason.len() as u8], &code.to_be_bytes()[..], reason.as_bytes()].concat()
}

/// Returns the bytes of a text frame.
fn text_frame(text: &str) -> Vec<u8> {
    [&[0x81, u8::try_from(text.len()).unwrap()], text.as_bytes()].concat()
}

#[test]
fn received_messages_are_decoded_before_the_end_of_the_socket_is_reported() {
    // The subscription can no longer be written. The last read contains a ping, and the reason before or after it.
    for piece in [1, 3, 64, usize::MAX] {
        for ends in [false, true] {
            let mut session = Session::new(512, 512);
            session.connection.connect(Instant::ZERO);
            session.connection.subscribe(Instant::ZERO, "a").unwrap();
            session.run();
            session.log.clear();
            let answer = handshake_answer(session.socket().accept.as_ref().unwrap());
            let socket = session.socket();
            socket.incoming.extend(answer.as_bytes());
            socket.incoming.extend(text_frame(ESTABLISHED));
            socket.incoming.extend(b"\x89\x02hi");
            socket.incoming.extend(close_frame(4001, "no such app"));
            (socket.piece, socket.writes, socket.read_fails) = (piece, 0, ends);
            session.run();
            session.expect(
                "event connected 1.1
                close: by the server Some(4001) \"no such app\"
                notice Disconnected { reason: Code(4001), retry_at: None }",
            );
        }
    }
}

#[test]
fn bytes_received_before_the_socket_broke_are_reported_first() {
    let mut session = Session::connected(512, 512);
    let now = session.now();
    let bytes = [text_frame(r#"{"event":"e"}"#), b"\x89\x02hi".to_vec(), close_frame(4001, "")].concat();
    session.connection.receive_space()[..bytes.len()].copy_from_slice(&bytes);
    session.connection.handle_received(bytes.len());
    session.socket = None; // so the next step reports a broken socket
    for expected in ["Event(Other(", "Progress", "Progress", "Close(Server { code: Some(CloseCode(4001))"] {
        let step = session.connection.step(now, None::<&mut Socket>, &mut session.auth);
        let step = format!("{step:?}");
        assert!(step.starts_with(expected), "{step}");
    }
}

#[test]
fn a_socket_whose_writes_fail_while_it_still_delivers_is_dropped_after_a_timeout() {
    let mut session = Session::connected(512, 512);
    session.connection.ping_now(Instant::ZERO);
    session.socket().writes = 0;
    for second in 0..5 {
        session.now = second * 1000;
        for _ in 0..20 {
            let now = session.now();
            session.socket().incoming.extend(b"\x8a\x00");
            if let Step::Close(end) = session.connection.step(now, session.socket.as_mut(), &mut session.auth) {
                assert_eq!(end, CloseReason::Socket { error: SocketError::BrokenPipe, opened: true });
                return assert_eq!(second, 2, "after 2 s");
            }
        }
    }
    panic!("never closed");
}

#[test]
fn each_handshake_clears_its_key_before_it_is_filled() {
    // If the random number generator fails, the last key must not be sent again.
    let mut session = Session::connected(512, 512);
    session.socket().ends = true;
    session.run();
    let lost = "notice Disconnected { reason: Abnormal, retry_at: Some(Instant(0)) }";
    session.expect(&format!("close: the socket ended\n{lost}\nopen\nsent request /app/key"));
}

#[test]
fn a_silent_server_is_given_up_after_the_handshake_timeout() {
    let mut session = Session::new(512, 512);
    session.connection.connect(Instant::ZERO);
    session.run();
    session.expect("open\nsent request /app/key");
    session.at(10_000);
    session.at(14_999);
    session.expect("notice Unavailable");
    session.at(15_000);
    session.expect(
        "close: requested
        notice Disconnected { reason: HandshakeTimeout, retry_at: Some(Instant(15000)) }
        open
        sent request /app/key",
    );
    session.accept();
    session.text(ESTABLISHED);
    session.expect("event connected 1.1");
}

#[test]
fn a_message_larger_than_the_buffer_ends_the_connection_with_1009() {
    let mut session = Session::connected(300, 512);
    session.frame(0x81, &[b' '; 300]);
    session.expect(
        "sent close 1009
        close: Protocol(TooBig { size: 300, capacity: 299 })
        notice Disconnected { reason: Abnormal, retry_at: Some(Instant(0)) }
        open
        sent request /app/key",
    );
    session.accept();
    session.text(ESTABLISHED);
    session.frame(0x01, &[b' '; 200]);
    session.frame(0x00, &[b' '; 99]);
    session.frame(0x00, b" ");
    session.expect(
        "event connected 1.1
        sent close 1009
        close: Protocol(TooBig { size: 300, capacity: 299 })
        notice Disconnected { reason: Abnormal, retry_at: Some(Instant(0)) }
        open
        sent request /app/key",
    );
}

#[test]
fn a_message_that_fits_exactly_is_accepted() {
    let mut session = Session::connected(300, 512);
    let text = format!(r#"{{"event":"e","data":"{}"}}"#, "x".repeat(299 - 23));
    assert_eq!(text.len(), 299);
    session.text(&text);
    assert!(session.log.starts_with("event Other("), "{}", session.log);
}

#[test]
fn the_close_frame_names_the_protocol_error_of_the_server() {
    for (bytes, code, error) in [
        (&b"\x81\x02a\xff"[..], 1007, "InvalidUtf8"),
        (b"\x83\x00", 1002, "UnknownOpcode(3)"),
        (b"\x81\x81\0\0\0\0x", 1002, "Masked"),
        (b"\xc1\x00", 1002, "ReservedBits"),
        (b"\x80\x00", 1002, "UnexpectedContinuation"),
        (b"\x88\x01\x03", 1002, "CloseTooShort"),
        (b"\x88\x02\x03\xee", 1002, "InvalidCloseCode(1006)"),
    ] {
        let mut session = Session::connected(512, 512);
        session.raw(bytes);
        session.expect(&format!(
            "sent close {code}
        close: Protocol({error})
        notice Disconnected {{ reason: Abnormal, retry_at: Some(Instant(0)) }}
            open
            sent request /app/key"
        ));
    }
}

#[test]
fn binary_messages_are_handled_as_text() {
    let mut session = Session::connected(512, 512);
    session.frame(0x82, br#"{"event":"pusher:ping"}"#);
    session.frame(0x82, b"\xff");
    session.expect("sent text {\"event\":\"pusher:pong\",\"data\":{}}\nbad message NotUtf8 { at: 0 }");
}

#[test]
fn close_codes_of_the_server_decide_about_a_reconnect() {
    let retried = |code: &str| format!("notice Disconnected {{ reason: {code}, retry_at: Some(Instant(0)) }}");
    let mut session = Session::connected(512, 512);
    session.close(4001, "App key x not in this cluster");
    session.expect(
        r#"sent close 4001
        close: by the server Some(4001) "App key x not in this cluster"
        notice Disconnected { reason: Code(4001), retry_at: None }"#,
    );
    session.at(10_000_000);
    session.expect("");
    session.connection.connect(Instant::ZERO);
    session.run();
    session.expect("open\nsent request /app/key");

    for (code, open) in [(4000, "open secure"), (4200, "open"), (1001, "open")] {
        let mut session = Session::connected(512, 512);
        session.close(code, "");
        let notice = retried(&format!("Code({code})"));
        session.expect(&format!(
            "sent close {code}\nclose: by the server Some({code}) \"\"\n{notice}\n{open}\nsent request /app/key"
        ));
    }
    let mut session = Session::connected(512, 512);
    session.frame(0x88, b"");
    let notice = retried("Abnormal");
    session.expect(&format!("sent close\nclose: by the server None \"\"\n{notice}\nopen\nsent request /app/key"));
}

#[test]
fn a_socket_that_fails_while_a_close_is_answered_is_dropped() {
    let mut session = Session::connected(512, 512);
    session.socket().writes = 0;
    session.close(4009, "");
    session.expect(
        r#"close: by the server Some(4009) ""
        notice Disconnected { reason: Code(4009), retry_at: None }"#,
    );
}

#[test]
fn the_delay_between_two_attempts_needs_no_socket() {
    let mut session = Session::connected(512, 512);
    session.close(4100, "");
    session.expect(
        "sent close 4100
        close: by the server Some(4100) \"\"
        notice Disconnected { reason: Code(4100), retry_at: Some(Instant(1000)) }",
    );
    assert!(session.socket.is_none());
    session.at(999);
    session.expect("");
    let now = Instant::from_millis(1000);
    let step = session.connection.step(now, None::<&mut Socket>, &mut session.auth);
    let Step::Open { attempt, .. } = step else { panic!("{step:?}") };
    session.connection.handle_open_failed(now, attempt);
    session.at(1000);
    session.expect(
        "notice Disconnected { reason: ConnectFailed, retry_at: Some(Instant(1000)) }\nopen\nsent request /app/key",
    );
}

#[test]
fn pings_are_answered_before_anything_else_is_read() {
    let mut session = Session::connected(512, 512);
    session.raw(b"\x89\x02hi\x89\x00\x8a\x01x\x89\x01y");
    session.expect("sent pong hi\nsent pong\nsent pong y");
}

#[test]
fn silence_leads_to_a_ping_and_to_another_socket() {
    let mut session = Session::connected(512, 512);
    session.at(120_000);
    session.expect(r#"sent text {"event":"pusher:ping","data":{}}"#);
    session.at(149_999);
    session.expect("");
    session.at(150_000);
    session.expect(
        "sent close 1000
        close: requested
        notice Disconnected { reason: PongTimeout, retry_at: Some(Instant(150000)) }
        open
        sent request /app/key",
    );
}

#[test]
fn a_server_that_reads_nothing_does_not_keep_the_connection_open() {
    // In the middle of a frame, before one, and between write and flush.
    for how in 0..3 {
        let mut session = Session::connected(512, 512);
        let now = session.now();
        match how {
            0 => (session.socket().takes, session.socket().writes) = (3, 1),
            1 => session.socket().takes = 0,
            _ => session.socket().flush_is_idle = true,
        }
        if how == 0 {
            // The socket accepts three bytes in one write, and none after that.
            session.connection.ping_now(now);
            let _ = session.connection.step(now, session.socket.as_mut(), &mut session.auth);
            session.socket = session.socket.take().map(|socket| Socket { takes: 0, ..socket });
            continue_without_writes(&mut session);
        } else {
            session.connection.ping_now(now);
            continue_without_writes(&mut session);
        }
    }

    /// Steps every second, like a socket with a read timeout of one second.
    fn continue_without_writes(session: &mut Session) {
        for second in 0..40 {
            session.now = second * 1000;
            for _ in 0..20 {
                let now = session.now();
                let (auth, socket) = (&mut session.auth, session.socket.as_mut());
                match session.connection.step(now, socket, auth) {
                    Step::Close(_) => return assert!(second <= 33, "closed late: {second} s"),
                    Step::Open { .. } => panic!("a second socket"),
                    _ => {}
                }
            }
        }
        panic!("never closed");
    }
}

#[test]
fn disconnecting_from_a_server_that_reads_nothing_completes() {
    let mut session = Session::connected(512, 512);
    session.socket().takes = 0;
    session.connection.disconnect(Instant::ZERO);
    for second in 0..5 {
        let now = Instant::from_millis(second * 1000);
        for _ in 0..20 {
            if let Step::Close(_) = session.connection.step(now, session.socket.as_mut(), &mut session.auth) {
                return;
            }
        }
    }
    panic!("never closed");
}

#[test]
fn a_transmit_buffer_too_small_for_the_request_is_an_error() {
    let mut session = Session::new(512, 100);
    session.next = socket;
    session.connection.connect(Instant::ZERO);
    let mut end = None;
    for _ in 0..10 {
        match session.connection.step(Instant::ZERO, session.socket.as_mut(), &mut session.auth) {
            Step::Open { .. } => session.socket = Some(socket()),
            Step::Close(why) => {
                end = Some(format!("{why:?}"));
                break;
            }
            _ => {}
        }
    }
    // A retry is pointless.
    let reason = Reason::Misconfigured;
    let step = session.connection.step(Instant::ZERO, None::<&mut Socket>, &mut session.auth);
    assert_eq!(format!("{step:?}"), format!("{:?}", Step::Notice(Notice::Disconnected { reason, retry_at: None })));
    assert_eq!(session.connection.client().state(), State::Failed);
    let end = end.unwrap();
    let needed: usize = end.chars().filter(char::is_ascii_digit).collect::<String>().parse().unwrap();
    assert_eq!(end, format!("Request(OutputTooSmall(OutputTooSmall {{ needed: {needed} }}))"));
    let mut session = Session::new(512, needed);
    session.establish();
    session.expect("open\nsent request /app/key\nevent connected 1.1");
}

#[test]
fn headers_that_are_added_are_in_the_request() {
    let mut session = Session::new(512, 512);
    session.connection.set_headers(&[("Origin", "https://example.com"), ("Authorization", "Bearer 1")]).unwrap();
    let error = session.connection.set_headers(&[("Origin", "a\r\nEvil: 1")]).unwrap_err();
    assert_eq!(error.to_string(), "header 0 of the handshake: its value has a character that is not valid in a header");
    session.connection.connect(Instant::ZERO);
    for _ in 0..3 {
        if let Step::Open { .. } = session.connection.step(Instant::ZERO, session.socket.as_mut(), &mut session.auth) {
            session.socket = Some(socket());
        }
    }
    let request = std::str::from_utf8(&session.socket().written).unwrap();
    let end = "\r\nOrigin: https://example.com\r\nAuthorization: Bearer 1\r\n\r\n";
    assert!(request.starts_with("GET /app/key?") && request.ends_with(end), "{request}");
}

#[test]
fn a_transmit_buffer_too_small_for_one_subscription_does_not_affect_the_others() {
    let mut session = Session::connected(512, 240);
    let name = "n".repeat(180);
    session.subscribe(&name);
    session.expect(&format!("output too small: {}", 14 + 50 + 180));
    // Reported once; everything else continues.
    session.text(r#"{"event":"pusher:ping"}"#);
    session.expect(r#"sent text {"event":"pusher:pong","data":{}}"#);
    session.text(r#"{"event":"e"}"#);
    assert!(session.log.starts_with("event Other("), "{}", session.log);
}

#[test]
fn an_authorization_that_does_not_fit_the_transmit_buffer_is_requested_again() {
    let mut session = Session::connected(512, 240);
    session.auth.mode = Mode::Token(300);
    let channel = session.subscribe("private-a");
    let status = session.connection.client().channel_status(channel);
    assert_eq!(format!("{status:?}"), "Some(Authorizing)");
    assert!(session.log.starts_with("output too small: "), "{}", session.log);
    session.auth.mode = Mode::Token(100);
    session.at(10_000);
    session.log.clear();
    session.at(11_000);
    assert!(
        session.log.contains(r#"sent text {"event":"pusher:subscribe","data":{"channel":"private-a""#),
        "{}",
        session.log
    );
}

#[test]
fn the_error_of_a_command_that_does_not_fit_has_the_size_of_the_whole_transmit_buffer() {
    let mut session = Session::connected(512, 240);
    session.auth.mode = Mode::Token(100);
    let channel = session.subscribe("private-a");
    session.text(r#"{"event":"pusher_internal:subscription_succeeded","channel":"private-a"}"#);
    let now = Instant::from_millis(session.now);
    let data = format!("[{}]", "1,".repeat(100) + "1");
    let error = session.connection.trigger(now, channel, "client-x", Payload::Json(&data)).unwrap_err();
    let needed = 14 + 33 + "client-x".len() + "private-a".len() + data.len();
    assert!(error.to_string().contains(&format!(" {needed} bytes")), "{error}");
}

#[test]
fn every_event_of_a_channel_has_its_name() {
    for (message, expected) in
        [("Existing subscription", "event subscribed\n"), ("Subscription refused", r#"channel_name: "news""#)]
    {
        let mut session = Session::connected(256, 256);
        session.subscribe("news");
        let text = format!(r#"{{"event":"pusher:error","data":{{"code":null,"message":"{message}"}}}}"#);
        session.text(&text);
        assert!(session.log.contains(expected), "{}", session.log);
    }
}

#[test]
fn authorizations_are_signed_denied_or_answered_later() {
    let mut session = Session::connected(512, 512);
    session.subscribe("private-a");
    let signature = Credentials::new("key", b"secret").sign_channel("1.1", "private-a", None).unwrap();
    let auth = format!(r#""auth":"key:{}""#, signature.as_str());
    session.expect(&format!(r#"sent text {{"event":"pusher:subscribe","data":{{"channel":"private-a",{auth}}}}}"#));

    session.auth.mode = Mode::Deny;
    let channel = session.subscribe("private-b");
    session.expect(&format!("notice SubscriptionFailed {{ channel: {channel:?}, failure: Denied, retry_at: None }}"));
    assert_eq!(format!("{:?}", session.connection.client().channel_status(channel)), "Some(Failed(Denied))");

    session.auth.mode = Mode::Later;
    session.subscribe("private-c");
    session.expect("");
    let ticket = session.auth.ticket.unwrap();
    let authorization = Authorization::from_token("k:s");
    session.connection.authorize(Instant::ZERO, ticket, &authorization).unwrap();
    assert_eq!(session.connection.authorize(Instant::ZERO, ticket, &authorization), Err(SendError::Busy));
    session.run();
    session.expect(r#"sent text {"event":"pusher:subscribe","data":{"channel":"private-c","auth":"k:s"}}"#);
    let again = session.connection.authorize(Instant::ZERO, ticket, &authorization);
    assert_eq!(again.unwrap_err().to_string(), "the ticket is stale; ignore it, the client issues a new one if needed");
}

#[test]
fn an_unusable_answer_is_reported_with_its_reason() {
    let mut session = Session::connected(512, 512);
    let failed = |channel, failure| {
        format!("notice SubscriptionFailed {{ channel: {channel:?}, failure: {failure}, retry_at: None }}")
    };
    // A token without channel data, and credentials without channel data to sign.
    for mode in [Mode::Token(9), Mode::Sign] {
        session.auth.mode = mode;
        let channel = session.subscribe("presence-a");
        session.expect(&failed(channel, "MissingChannelData"));
        session.connection.unsubscribe(Instant::ZERO, channel).unwrap();
    }
    #[cfg(feature = "encrypted")]
    for mode in [Mode::Token(9), Mode::Sign] {
        session.auth.mode = mode;
        let channel = session.subscribe("private-encrypted-a");
        session.expect(&failed(channel, "MissingSharedSecret"));
        session.connection.unsubscribe(Instant::ZERO, channel).unwrap();
    }
    #[cfg(feature = "users")]
    {
        session.connection.sign_in(Instant::ZERO);
        session.run();
        session.expect("notice SignInFailed { failure: MissingUserData, retry_at: None }");
    }
    session.at(1_000);
    session.expect("");
}

#[test]
fn a_deferred_request_can_be_denied() {
    let mut session = Session::connected(512, 512);
    session.auth.mode = Mode::Later;
    let channel = session.subscribe("private-a");
    let ticket = session.auth.ticket.unwrap();
    session.connection.deny(Instant::ZERO, ticket).unwrap();
    session.run();
    session.expect(&format!("notice SubscriptionFailed {{ channel: {channel:?}, failure: Denied, retry_at: None }}"));
    assert!(session.connection.deny(Instant::ZERO, ticket).is_err());

    let channel = session.subscribe("private-b");
    let ticket = session.auth.ticket.unwrap();
    session.connection.deny_with_status(Instant::ZERO, ticket, 403).unwrap();
    session.run();
    let failure = "AuthorizationFailed(403)";
    session
        .expect(&format!("notice SubscriptionFailed {{ channel: {channel:?}, failure: {failure}, retry_at: None }}"));
    assert!(session.connection.deny_with_status(Instant::ZERO, ticket, 403).is_err());
}

#[cfg(feature = "encrypted")]
#[test]
fn a_request_for_a_new_key_can_be_answered_later() {
    const SECRET: &str = "/fXNISfW5oYPsxk0w2Unhmf4ryxyOUewExp5ih8r70k=";
    let authorization = Authorization::from_token("k:s").with_shared_secret(SECRET);
    let mut session = Session::connected(512, 512);
    session.auth.mode = Mode::Later;
    let channel = session.subscribe("private-encrypted-a");
    let first = session.auth.ticket.unwrap();
    session.connection.authorize(Instant::ZERO, first, &authorization).unwrap();
    session.text(r#"{"event":"pusher_internal:subscription_succeeded","channel":"private-encrypted-a"}"#);
    // Encrypted with another key, so the client requests a new one.
    let nonce = "A".repeat(32);
    let undecryptable = format!(
        r#"{{"event":"e","channel":"private-encrypted-a","data":{{"nonce":"{nonce}","ciphertext":"AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"}}}}"#
    );
    session.text(&undecryptable);
    assert!(session.log.contains("event DecryptionFailed"), "{}", session.log);
    let second = session.auth.ticket.unwrap();
    assert_ne!(first, second);
    let missing = session.connection.authorize(Instant::ZERO, second, &Authorization::from_token("k:s"));
    assert_eq!(missing, Err(SendError::Client(pusher_proto::client::AuthorizeError::MissingSharedSecret)));
    // Also while a frame is being sent, because nothing has to be sent.
    session.connection.ping_now(Instant::ZERO);
    session.socket().takes = 0;
    session.run();
    session.connection.authorize(Instant::ZERO, second, &authorization).unwrap();
    session.socket().takes = usize::MAX;
    session.run();
    session.log.clear();
    // A missing authorization is reported as a notice, and the channel stays.
    session.now = 11_000;
    session.auth.mode = Mode::Token(9);
    session.text(&undecryptable);
    let notice = format!("notice RekeyFailed {{ channel: {channel:?}, failure: MissingSharedSecret }}");
    assert!(session.log.contains(&notice), "{}", session.log);
    assert_eq!(session.connection.client().channel_status(channel), Some(pusher_proto::ChannelStatus::Subscribed));
}

#[test]
fn a_report_about_an_earlier_attempt_does_not_affect_the_next() {
    let mut session = Session::new(512, 512);
    session.connection.connect(Instant::ZERO);
    let mut attempts = Vec::new();
    for now in [0, 15_000] {
        let now = Instant::from_millis(now);
        for _ in 0..5 {
            if let Step::Open { attempt, .. } = session.connection.step(now, None::<&mut Socket>, &mut session.auth) {
                attempts.push(attempt);
            }
        }
    }
    let [first, second] = attempts[..] else { panic!("{attempts:?}") };
    let now = Instant::from_millis(15_001);
    session.connection.handle_open_failed(now, first);
    session.connection.handle_opened(now, first);
    assert!(session.connection.is_opening(second) && !session.connection.is_opening(first));
    assert_eq!(session.connection.client().state(), State::Connecting);
    assert!(session.connection.unsent().is_empty());
    session.connection.handle_opened(now, second);
    assert!(session.connection.unsent().starts_with(b"GET "));
}

#[test]
fn authorizers_can_be_tested_without_a_connection() {
    let mut credentials = Credentials::new("key", b"secret");
    let request = SubscriptionRequest::new("1.1", "presence-a").with_channel_data(r#"{"user_id":"7"}"#);
    assert!(request.kind.is_presence());
    let Answer::Signature { signature, .. } = credentials.authorize(&request) else { panic!("not signed") };
    let expected = credentials.sign_channel("1.1", "presence-a", Some(r#"{"user_id":"7"}"#)).unwrap();
    assert_eq!(signature.as_str(), expected.as_str());
    let request = SignInRequest::new("1.1", Some(r#"{"id":"7"}"#));
    let UserAnswer::Signature { signature, .. } = credentials.authenticate(&request) else { panic!("not signed") };
    assert_eq!(signature.as_str(), credentials.sign_user("1.1", r#"{"id":"7"}"#).unwrap().as_str());
}

#[test]
fn a_connection_owns_its_buffers_in_a_struct() {
    struct App {
        connection: Connection<'static, fn(&mut [u8]), 2, 16, Vec<u8>>,
    }
    let endpoint = Endpoint::cluster("eu", "key").unwrap();
    let random = (|bytes: &mut [u8]| bytes.fill(4)) as fn(&mut [u8]);
    let connection =
        Connection::with_buffers(Client::new(Config::new(1)), endpoint, random, vec![0; 512], vec![0; 256]);
    let mut app = App { connection };
    app.connection.connect(Instant::ZERO);
    let (mut auth, mut socket) = (Credentials::new("key", b"secret"), socket());
    assert!(matches!(app.connection.step(Instant::ZERO, None::<&mut Socket>, &mut auth), Step::Open { .. }));
    let _ = app.connection.step(Instant::ZERO, Some(&mut socket), &mut auth);
    assert!(socket.written.starts_with(b"GET /app/key?"));
}

#[test]
fn an_answer_after_a_reconnect_is_refused_and_the_request_repeated() {
    let mut session = Session::connected(512, 512);
    session.auth.mode = Mode::Later;
    session.subscribe("private-a");
    let old = session.auth.ticket.unwrap();
    session.close(4200, "");
    session.accept();
    session.text(ESTABLISHED);
    session.log.clear();
    let authorization = Authorization::from_token("k:s");
    assert!(session.connection.authorize(Instant::ZERO, old, &authorization).is_err());
    let new = session.auth.ticket.unwrap();
    assert_ne!(new, old);
    session.connection.authorize(Instant::ZERO, new, &authorization).unwrap();
    session.run();
    session.expect(r#"sent text {"event":"pusher:subscribe","data":{"channel":"private-a","auth":"k:s"}}"#);
}

#[test]
fn events_are_triggered_one_at_a_time() {
    let mut session = Session::connected(512, 512);
    let channel = session.subscribe("private-a");
    session.text(r#"{"event":"pusher_internal:subscription_succeeded","channel":"private-a"}"#);
    session.log.clear();
    let data = Payload::Json("{}");
    let now = Instant::ZERO;
    session.connection.trigger(now, channel, "client-a", data).unwrap();
    assert_eq!(session.connection.trigger(now, channel, "client-b", data), Err(SendError::Busy));
    session.run();
    session.connection.trigger(now, channel, "client-b", data).unwrap();
    session.connection.disconnect(now);
    session.run();
    session.expect(
        r#"sent text {"event":"client-a","channel":"private-a","data":{}}
        sent text {"event":"client-b","channel":"private-a","data":{}}
        sent close 1000
        close: requested"#,
    );
    assert!(session.connection.trigger(now, channel, "client-c", data).is_err());
}

#[test]
fn a_status_of_the_auth_server_is_the_reason_of_the_failure() {
    let mut session = Session::connected(512, 512);
    session.auth.mode = Mode::Failed(403);
    let channel = session.subscribe("private-a");
    session.expect(&format!(
        "notice SubscriptionFailed {{ channel: {channel:?}, failure: AuthorizationFailed(403), retry_at: None }}"
    ));
}

#[test]
fn a_value_is_triggered_as_json() {
    let mut session = Session::connected(512, 512);
    let channel = session.subscribe("private-a");
    session.text(r#"{"event":"pusher_internal:subscription_succeeded","channel":"private-a"}"#);
    session.log.clear();
    session.connection.trigger_value(Instant::ZERO, channel, "client-a", &[1, 2]).unwrap();
    session.run();
    session.expect(r#"sent text {"event":"client-a","channel":"private-a","data":[1,2]}"#);
}

#[test]
fn the_retries_of_one_channel_can_be_set() {
    let mut session = Session::connected(512, 512);
    session.auth.mode = Mode::Failed(503);
    let channel = session.connection.subscribe(Instant::ZERO, "private-a").unwrap();
    session.connection.set_retries(channel, 0).unwrap();
    session.run();
    // A status of 503 is retried, unless no retry is left.
    session.expect(&format!(
        "notice SubscriptionFailed {{ channel: {channel:?}, failure: AuthorizationFailed(503), retry_at: None }}"
    ));
    assert_eq!(session.connection.endpoint().port(), 6001);
    session.connection.unsubscribe(Instant::ZERO, channel).unwrap();
    assert!(session.connection.set_retries(channel, 0).is_err());
}

#[cfg(feature = "encrypted")]
#[test]
fn a_new_key_that_is_not_given_is_reported_with_its_reason() {
    const SECRET: &str = "/fXNISfW5oYPsxk0w2Unhmf4ryxyOUewExp5ih8r70k=";
    let modes =
        [(Mode::Deny, "Denied"), (Mode::Failed(403), "AuthorizationFailed(403)"), (Mode::Sign, "MissingSharedSecret")];
    for (mode, failure) in modes {
        let mut session = Session::connected(512, 512);
        session.auth.mode = Mode::Later;
        let channel = session.subscribe("private-encrypted-a");
        let authorization = Authorization::from_token("k:s").with_shared_secret(SECRET);
        session.connection.authorize(Instant::ZERO, session.auth.ticket.unwrap(), &authorization).unwrap();
        session.text(r#"{"event":"pusher_internal:subscription_succeeded","channel":"private-encrypted-a"}"#);
        session.auth.mode = mode;
        let nonce = "A".repeat(32);
        session.text(&format!(
            r#"{{"event":"e","channel":"private-encrypted-a","data":{{"nonce":"{nonce}","ciphertext":"{nonce}"}}}}"#
        ));
        let notice = format!("notice RekeyFailed {{ channel: {channel:?}, failure: {failure} }}");
        assert!(session.log.contains(&notice), "{}", session.log);
    }
}

#[cfg(feature = "users")]
#[test]
fn a_sign_in_that_the_authorizer_refuses_fails_with_its_reason() {
    for (mode, failure) in [(Mode::Deny, "Denied"), (Mode::Failed(403), "AuthorizationFailed(403)")] {
        let mut session = Session::connected(512, 512);
        session.auth.mode = mode;
        session.connection.set_user_data(Some(r#"{"id":"1"}"#));
        session.connection.sign_in(Instant::ZERO);
        session.run();
        session.expect(&format!("notice SignInFailed {{ failure: {failure}, retry_at: None }}"));
    }
}

#[test]
fn each_frame_has_a_mask_of_its_own_from_the_source_of_random_bytes() {
    let mut session = Session::connected(512, 512);
    for name in ["a", "b", "c"] {
        session.subscribe(name);
    }
    session.connection.disconnect(Instant::ZERO);
    session.run();
    // RFC 6455 section 5.3: the peer cannot predict a mask, so none is a constant.
    assert_eq!(session.masks.len(), 4);
    let different: std::collections::BTreeSet<_> = session.masks.iter().collect();
    assert_eq!(different.len(), 4, "{:?}", session.masks);
}
