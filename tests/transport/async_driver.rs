//! The asynchronous driver in virtual time: its bytes equal those of the blocking driver, and its future may be
//! dropped at any point.
//!
//! The socket is in memory and its server follows a script, so a run depends only on the driver. The tests compare its
//! log: every step with a result, the time, and every byte sent.
#![cfg(all(feature = "embedded-io", feature = "embedded-io-async"))]

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt::Write as _;
use std::future::{Future, pending, poll_fn};
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use embedded_io::ErrorKind;
use pusher_proto::auth::Credentials;
use pusher_proto::connection::SendError;
use pusher_proto::io::Step;
use pusher_proto::{Client, Config, Connection, Endpoint, Event, Instant, Payload};
use tungstenite::handshake::derive_accept_key;

const ESTABLISHED: &str =
    r#"{"event":"pusher:connection_established","data":"{\"socket_id\":\"1.1\",\"activity_timeout\":30}"}"#;

/// The server, and the buffers between it and the client.
#[derive(Default)]
struct Server {
    /// Accepted from the client but not flushed: the server does not see these bytes.
    buffered: Vec<u8>,
    /// Flushed but not parsed.
    inbox: Vec<u8>,
    /// In flight to the client.
    outbox: VecDeque<u8>,
    /// All bytes flushed so far.
    sent: Vec<u8>,
    connections: usize,
    pings: usize,
    /// Whether the stream ends after the bytes in the outbox.
    ended: bool,
    /// Whether client and server wait for each other, so that only the time can advance.
    starving: bool,
}

impl Server {
    fn flush(&mut self) {
        self.sent.extend(&self.buffered);
        self.inbox.append(&mut self.buffered);
        while let Some(request) = self.request() {
            self.answer(&request);
        }
    }

    /// Returns the next complete request in the inbox: the head of the handshake, or the text of a masked frame.
    fn request(&mut self) -> Option<String> {
        if self.inbox.starts_with(b"GET ") {
            let length = self.inbox.windows(4).position(|window| window == b"\r\n\r\n")? + 4;
            return String::from_utf8(self.inbox.drain(..length).collect()).ok();
        }
        let &[opcode, length, ..] = &self.inbox[..] else { return None };
        let (header, length) = match length & 0x7f {
            126 => (4, u16::from_be_bytes([*self.inbox.get(2)?, *self.inbox.get(3)?]).into()),
            length => (2, usize::from(length)),
        };
        let frame = self.inbox.get(..header + 4 + length)?.to_vec();
        self.inbox.drain(..frame.len());
        let (mask, payload) = frame[header..].split_at(4);
        let payload: Vec<u8> = payload.iter().zip(mask.iter().cycle()).map(|(byte, mask)| byte ^ mask).collect();
        Some(match opcode {
            0x81 => String::from_utf8(payload).unwrap(),
            opcode => format!("control {opcode:x} {payload:?}"),
        })
    }

    fn answer(&mut self, request: &str) {
        if let Some((_, key)) = request.split_once("Sec-WebSocket-Key: ") {
            self.connections += 1;
            self.pings = 0;
            let accept = derive_accept_key(key.lines().next().unwrap().as_bytes());
            self.outbox.extend(
                format!(
                    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                     Sec-WebSocket-Accept: {accept}\r\n\r\n"
                )
                .bytes(),
            );
            return self.text(ESTABLISHED);
        }
        if request.contains("pusher:subscribe") {
            let channel = request.split('"').skip_while(|word| *word != "channel").nth(2).unwrap();
            self.text(&format!(r#"{{"event":"pusher_internal:subscription_succeeded","channel":"{channel}"}}"#));
            self.text(&format!(r#"{{"event":"tick","channel":"{channel}","data":"{{\"n\":1}}"}}"#));
            self.frame(0x89, b"are you there?");
        } else if request.contains("client-seen") {
            // In two fragments.
            self.frame(0x01, br#"{"event":"tock","channel":"private-b","#);
            self.frame(0x80, br#""data":{"n":2}}"#);
        } else if request.contains("pusher:ping") {
            self.pings += 1;
            match (self.connections, self.pings) {
                (_, 1) => self.text(r#"{"event":"pusher:pong"}"#),
                // The first connection ends without a close frame, the second is closed for good.
                (1, _) => self.ended = true,
                _ => self.frame(0x88, b"\x0f\xa1no such app"),
            }
        } else if request.starts_with("control 88") {
            self.ended = true;
        } else {
            assert!(request.starts_with("control 8a"), "{request}");
        }
    }

    fn text(&mut self, text: &str) {
        self.frame(0x81, text.as_bytes());
    }

    fn frame(&mut self, opcode: u8, payload: &[u8]) {
        let length = u8::try_from(payload.len()).unwrap();
        self.outbox.push_back(opcode);
        match length {
            ..126 => self.outbox.push_back(length),
            _ => self.outbox.extend([126, 0, length]),
        }
        self.outbox.extend(payload);
    }
}

/// The client's end, for both drivers.
struct Socket {
    server: Rc<RefCell<Server>>,
    /// The maximum number of bytes per read or write.
    chunk: usize,
    /// Whether the next operation is ready; otherwise the asynchronous socket returns `Pending` once.
    ready: bool,
}

impl Socket {
    fn open(server: &Rc<RefCell<Server>>, chunk: usize) -> Self {
        let mut state = server.borrow_mut();
        (state.ended, state.inbox, state.buffered) = (false, Vec::new(), Vec::new());
        state.outbox.clear();
        Self { server: server.clone(), chunk, ready: false }
    }

    fn take(&mut self, into: &mut [u8]) -> Option<usize> {
        let mut server = self.server.borrow_mut();
        if server.outbox.is_empty() && !server.ended {
            return None;
        }
        let length = self.chunk.min(into.len()).min(server.outbox.len());
        into.iter_mut().zip(server.outbox.drain(..length)).for_each(|(slot, byte)| *slot = byte);
        Some(length)
    }

    fn put(&mut self, from: &[u8]) -> usize {
        let length = self.chunk.min(from.len());
        self.server.borrow_mut().buffered.extend(&from[..length]);
        length
    }

    /// Waits once. It transfers no bytes before that, so it may be dropped.
    async fn wait(&mut self) {
        poll_fn(|_| {
            self.ready = !self.ready;
            if self.ready { Poll::Pending } else { Poll::Ready(()) }
        })
        .await;
    }
}

impl embedded_io::ErrorType for Socket {
    type Error = ErrorKind;
}

impl embedded_io::Read for Socket {
    fn read(&mut self, into: &mut [u8]) -> Result<usize, ErrorKind> {
        self.take(into).ok_or(ErrorKind::TimedOut)
    }
}

impl embedded_io::Write for Socket {
    fn write(&mut self, from: &[u8]) -> Result<usize, ErrorKind> {
        Ok(self.put(from))
    }

    fn flush(&mut self) -> Result<(), ErrorKind> {
        self.server.borrow_mut().flush();
        Ok(())
    }
}

impl embedded_io_async::Read for Socket {
    async fn read(&mut self, into: &mut [u8]) -> Result<usize, ErrorKind> {
        self.wait().await;
        poll_fn(|_| match self.take(into) {
            Some(length) => Poll::Ready(Ok(length)),
            None => {
                self.server.borrow_mut().starving = true;
                Poll::Pending
            }
        })
        .await
    }
}

impl embedded_io_async::Write for Socket {
    async fn write(&mut self, from: &[u8]) -> Result<usize, ErrorKind> {
        self.wait().await;
        Ok(self.put(from))
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        self.wait().await;
        self.server.borrow_mut().flush();
        Ok(())
    }
}

/// The driver of the connection.
enum Driver<'d> {
    Blocking,
    /// The function that decides at every wait, counted from 0, whether to drop the future there.
    Async(&'d mut dyn FnMut(usize) -> bool),
}

/// The result of a run.
#[derive(PartialEq, Eq)]
struct Outcome {
    log: String,
    sent: Vec<u8>,
}

/// Runs from `connect` until the server has closed the connection for good.
fn run(chunk: usize, mut driver: Driver<'_>) -> Outcome {
    let server = Rc::new(RefCell::new(Server::default()));
    let mut credentials = Credentials::new("key", b"secret");
    let mut client: Client<2, 16> = Client::new(Config::new(1));
    let mut now = Instant::ZERO;
    client.subscribe(now, "a").unwrap();
    let private = client.subscribe(now, "private-b").unwrap();
    client.connect(now);

    let mut count = 0;
    let random = move |bytes: &mut [u8]| {
        bytes.fill_with(|| {
            count += 1;
            count as u8
        });
    };
    let (mut rx, mut tx) = ([0; 256], [0; 256]);
    let endpoint = Endpoint::from_url("ws://h", "key").unwrap();
    let mut connection = Connection::new(client, endpoint, random, &mut rx, &mut tx);
    let mut socket: Option<Socket> = None;
    let mut log = String::new();
    let mut waits = 0;
    let mut greeting_due = false;

    for _ in 0..100_000 {
        if greeting_due {
            match connection.trigger(now, private, "client-seen", Payload::Json("{}")) {
                Err(SendError::Busy) => {}
                other => {
                    other.unwrap();
                    greeting_due = false;
                }
            }
        }
        let step = match &mut driver {
            Driver::Blocking => Some(connection.step(now, socket.as_mut(), &mut credentials)),
            Driver::Async(drop_at) => {
                let mut step = pin!(connection.step_async(now, socket.as_mut(), &mut credentials));
                loop {
                    match step.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                        Poll::Ready(step) => break Some(step),
                        Poll::Pending if server.borrow().starving => break None,
                        Poll::Pending => {
                            waits += 1;
                            if drop_at(waits - 1) {
                                break None;
                            }
                        }
                    }
                }
            }
        };
        let at = now.as_millis();
        match step {
            None => {}
            Some(Step::Open { .. }) => {
                writeln!(log, "{at} open").unwrap();
                socket = Some(Socket::open(&server, chunk));
            }
            Some(Step::Close(end)) => {
                writeln!(log, "{at} close: {end}").unwrap();
                socket = None;
            }
            Some(Step::Event(event)) => {
                greeting_due |=
                    matches!(&event, Event::Channel(tick) if tick.channel == private && tick.event == "tick");
                writeln!(log, "{at} {event:?}").unwrap();
            }
            Some(Step::Idle { until } | Step::Wait { until }) => match until {
                Some(until) => now = until,
                None => return Outcome { log, sent: server.take().sent },
            },
            Some(Step::Progress) => {}
            Some(other) => writeln!(log, "{at} {other:?}").unwrap(),
        }
        if std::mem::take(&mut server.borrow_mut().starving) {
            now = connection.client().poll_timeout().unwrap().0;
        }
    }
    panic!("the run did not end:\n{log}");
}

#[track_caller]
fn assert_same(actual: &Outcome, expected: &Outcome, what: &str) {
    assert!(actual.log == expected.log, "{what}: expected:\n{}\nactual:\n{}", expected.log, actual.log);
    assert!(actual.sent == expected.sent, "{what}: the same events, but other bytes were sent");
}

/// Returns a run that is never dropped, and its number of waits.
fn undisturbed(chunk: usize) -> (Outcome, usize) {
    let mut waits = 0;
    let mut count = |at| {
        waits = at + 1;
        false
    };
    let outcome = run(chunk, Driver::Async(&mut count));
    (outcome, waits)
}

#[test]
fn a_run_connects_reconnects_after_a_loss_and_ends_with_a_refusal() {
    let Outcome { log, sent } = run(usize::MAX, Driver::Blocking);
    // The time, and the first word of the result.
    let words = log.lines().map(|line| line.split(['(', ' ', ':']).take(2).collect::<Vec<_>>().join(" "));
    let connection = |at, end| {
        let kinds = "open Connected Subscribed Channel Subscribed Channel Channel".split(' ');
        kinds.map(move |kind| format!("{at} {kind}")).chain(["close", "Notice"].map(|kind| format!("{end} {kind}")))
    };
    let expected = connection(0, 60_000).chain(connection(60_088, 120_088));
    assert_eq!(words.collect::<Vec<_>>(), expected.collect::<Vec<_>>(), "{log}");
    assert!(log.contains("60000 close: the socket ended") && log.contains("closed with 4001: no such app\n"), "{log}");
    assert_eq!(sent.windows(4).filter(|window| window == b"GET ").count(), 2);
}

#[test]
fn both_drivers_behave_alike_for_any_size_of_reads_and_writes() {
    let expected = run(usize::MAX, Driver::Blocking);
    for chunk in [1, 2, 3, 7, 64, usize::MAX] {
        assert_same(&run(chunk, Driver::Blocking), &expected, &format!("blocking, {chunk} bytes at once"));
        assert_same(&undisturbed(chunk).0, &expected, &format!("asynchronous, {chunk} bytes at once"));
    }
}

#[test]
fn a_step_dropped_at_any_wait_loses_and_repeats_nothing() {
    let expected = run(1, Driver::Blocking);
    // Byte by byte, so that each byte read or written and each flush has a wait.
    let (_, waits) = undisturbed(1);
    assert!(waits > 2 * expected.sent.len(), "{waits} waits for {} bytes sent", expected.sent.len());
    for at in 0..waits {
        let mut drop_at = |wait| wait == at;
        assert_same(&run(1, Driver::Async(&mut drop_at)), &expected, &format!("dropped at wait {at}"));
    }
}

#[test]
fn a_step_dropped_at_every_wait_still_completes() {
    let expected = run(1, Driver::Blocking);
    for every in [1, 2, 3, 5] {
        let mut drop_at = |wait| wait % every == 0;
        assert_same(&run(1, Driver::Async(&mut drop_at)), &expected, &format!("dropped at every wait by {every}"));
    }
}

/// A socket that is never ready, except for writes, which may fail.
struct Dead {
    write: Option<ErrorKind>,
}

impl embedded_io::ErrorType for Dead {
    type Error = ErrorKind;
}

impl embedded_io_async::Read for Dead {
    async fn read(&mut self, _: &mut [u8]) -> Result<usize, ErrorKind> {
        pending().await
    }
}

impl embedded_io_async::Write for Dead {
    async fn write(&mut self, _: &[u8]) -> Result<usize, ErrorKind> {
        if let Some(error) = self.write { Err(error) } else { pending().await }
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        assert!(self.write.is_none(), "a flush after a failed write");
        pending().await
    }
}

/// Returns a connection that requests a socket.
fn connecting<'b>(rx: &'b mut [u8], tx: &'b mut [u8]) -> Connection<'b, fn(&mut [u8]), 2, 16> {
    let mut client: Client<2, 16> = Client::new(Config::new(1));
    client.connect(Instant::ZERO);
    let endpoint = Endpoint::from_url("ws://h", "key").unwrap();
    Connection::new(client, endpoint, |_| {}, rx, tx)
}

#[test]
fn a_server_that_reads_nothing_does_not_keep_the_connection_open() {
    let (mut rx, mut tx) = ([0; 256], [0; 256]);
    let mut connection = connecting(&mut rx, &mut tx);
    let mut credentials = Credentials::new("key", b"secret");
    let (mut now, mut socket) = (Instant::ZERO, None);
    for _ in 0..10 {
        let mut context = Context::from_waker(Waker::noop());
        let step = pin!(connection.step_async(now, socket.as_mut(), &mut credentials)).poll(&mut context);
        match step {
            Poll::Ready(Step::Open { .. }) => socket = Some(Dead { write: None }),
            // 15 s for the handshake, 2 s for the close frame.
            Poll::Ready(Step::Close(_)) => return assert!(now.as_millis() <= 17_000, "closed late: {now:?}"),
            // Like an application that races the step against the timer.
            Poll::Pending => now = connection.poll_timeout().unwrap(),
            Poll::Ready(_) => {}
        }
    }
    panic!("never closed");
}

#[test]
fn a_socket_that_fails_is_not_flushed() {
    let (mut rx, mut tx) = ([0; 256], [0; 256]);
    let mut connection = connecting(&mut rx, &mut tx);
    let mut credentials = Credentials::new("key", b"secret");
    let mut context = Context::from_waker(Waker::noop());
    let (mut now, mut socket) = (Instant::ZERO, None);
    // The driver reads the server's earlier messages for 2 s.
    let close = "Ready(Close(Socket { error: BrokenPipe, opened: false }))";
    for expected in ["Ready(Open { secure: false, attempt: Attempt(1) })", "Ready(Progress)", "Pending", close] {
        let step = pin!(connection.step_async(now, socket.as_mut(), &mut credentials)).poll(&mut context);
        assert_eq!(format!("{step:?}"), expected);
        if expected == "Pending" {
            now = connection.poll_timeout().unwrap();
            assert_eq!(now.as_millis(), 2000);
        }
        socket = Some(Dead { write: Some(ErrorKind::BrokenPipe) });
    }
}

#[test]
fn without_a_socket_a_step_never_waits() {
    let (mut rx, mut tx) = ([0; 256], [0; 256]);
    let mut connection = connecting(&mut rx, &mut tx);
    let mut credentials = Credentials::new("key", b"secret");
    let mut context = Context::from_waker(Waker::noop());
    for expected in ["Open { secure: false, attempt: Attempt(1) }", "Wait { until: Some(Instant(10000)) }"] {
        let step = pin!(connection.step_async::<Socket>(Instant::ZERO, None, &mut credentials)).poll(&mut context);
        assert_eq!(format!("{step:?}"), format!("Ready({expected})"));
    }
}

/// A socket that returns its bytes and then stays pending, and may stop accepting writes or flushes at some point.
struct Stuck {
    incoming: VecDeque<u8>,
    /// The number of writes that it accepts.
    writes: usize,
    flushes: bool,
}

impl embedded_io::ErrorType for Stuck {
    type Error = ErrorKind;
}

impl embedded_io_async::Read for Stuck {
    async fn read(&mut self, into: &mut [u8]) -> Result<usize, ErrorKind> {
        if self.incoming.is_empty() {
            return pending().await;
        }
        let length = into.len().min(self.incoming.len());
        into.iter_mut().zip(self.incoming.drain(..length)).for_each(|(slot, byte)| *slot = byte);
        Ok(length)
    }
}

impl embedded_io_async::Write for Stuck {
    async fn write(&mut self, from: &[u8]) -> Result<usize, ErrorKind> {
        if self.writes == 0 {
            return pending().await;
        }
        self.writes -= 1;
        Ok(from.len())
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        if self.flushes { Ok(()) } else { pending().await }
    }
}

/// Runs a program that races each step against the timer read before it, over a socket that accepts `writes` writes and
/// returns the handshake answer and `texts`. Returns the results of the steps, up to the first close.
fn raced(writes: usize, flushes: bool, texts: &[&str], disconnects: bool) -> String {
    let (mut rx, mut tx) = ([0; 256], [0; 256]);
    let mut connection = connecting(&mut rx, &mut tx);
    let mut credentials = Credentials::new("key", b"secret");
    let accept = derive_accept_key(b"AAAAAAAAAAAAAAAAAAAAAA==");
    let mut incoming: VecDeque<u8> = format!(
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
         Sec-WebSocket-Accept: {accept}\r\n\r\n"
    )
    .into_bytes()
    .into();
    for text in texts {
        incoming.extend([&[0x81, u8::try_from(text.len()).unwrap()], text.as_bytes()].concat());
    }
    let mut unopened = Some(Stuck { incoming, writes, flushes });
    let (mut now, mut socket, mut log) = (Instant::ZERO, None, String::new());
    for _ in 0..200 {
        let until = connection.poll_timeout();
        let mut context = Context::from_waker(Waker::noop());
        let step = pin!(connection.step_async(now, socket.as_mut(), &mut credentials)).poll(&mut context);
        let at = now.as_millis();
        match step {
            Poll::Ready(Step::Open { .. }) => socket = unopened.take(),
            Poll::Ready(Step::Event(event)) => {
                writeln!(log, "{at} {event:?}").unwrap();
                if disconnects && matches!(event, Event::Connected { .. }) {
                    connection.disconnect(now);
                }
            }
            Poll::Ready(Step::Close(end)) => {
                writeln!(log, "{at} close: {end}").unwrap();
                return log;
            }
            Poll::Ready(_) => {}
            Poll::Pending => match until {
                Some(until) => now = now.max(until),
                None => panic!("the step waits without a timer:\n{log}"),
            },
        }
    }
    panic!("the connection was never closed:\n{log}");
}

#[test]
fn disconnecting_completes_over_a_socket_that_accepts_no_writes() {
    let log = raced(1, true, &[ESTABLISHED], true);
    assert_eq!(log, "0 Connected { socket_id: \"1.1\" }\n2000 close: the client closes the connection\n");
}

#[test]
fn a_final_error_ends_the_connection_over_a_socket_that_accepts_no_writes() {
    let error = r#"{"event":"pusher:error","data":{"code":4001,"message":"no such app"}}"#;
    let log = raced(1, true, &[error], false);
    let report = "0 Error(ServerError { code: Some(4001), message: \"no such app\" })";
    assert_eq!(log, format!("{report}\n2000 close: the client closes the connection\n"));
}

#[test]
fn a_flush_that_does_not_end_does_not_stop_reading() {
    let log = raced(usize::MAX, false, &[ESTABLISHED, r#"{"event":"e"}"#], false);
    assert!(log.starts_with("0 Connected { socket_id: \"1.1\" }\n0 Other("), "{log}");
}
