//! Dropped reads: a socket that loses bytes when a read, write or flush is dropped, as a TLS session does, raced step
//! by step against a timer, directly and through `Pipe`.
//!
//! The socket is in memory, gives and takes 7 bytes at a time, and waits at each byte. Time stands still, so a run is a
//! function of the waits at which the step is dropped.
#![cfg(feature = "embedded-io-async")]

use std::cell::RefCell;
use std::collections::VecDeque;
use std::convert::Infallible;
use std::fmt::Write as _;
use std::future::poll_fn;
use std::pin::pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use embedded_io::{ErrorKind, ErrorType};
use embedded_io_async::{Read, Write};
use pusher_proto::auth::Credentials;
use pusher_proto::io::{Pipe, Shared, Step};
use pusher_proto::{Client, Config, Connection, Endpoint, Event, Instant, Payload};
use tungstenite::handshake::derive_accept_key;

const EVENTS: usize = 5;

/// The server. It answers what was flushed.
#[derive(Default)]
struct Server {
    buffered: Vec<u8>,
    inbox: Vec<u8>,
    outbox: VecDeque<u8>,
    /// All bytes that were ever flushed.
    sent: Vec<u8>,
    ended: bool,
}

impl Server {
    fn flush(&mut self, bytes: &[u8]) {
        self.sent.extend(bytes);
        self.inbox.extend(bytes);
        let text = String::from_utf8_lossy(&self.inbox).into_owned();
        if let Some(head) = text.strip_suffix("\r\n\r\n") {
            let (_, key) = head.split_once("Sec-WebSocket-Key: ").expect("the request has a key");
            let accept = derive_accept_key(key.lines().next().unwrap().as_bytes());
            let head = format!(
                "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
                 Sec-WebSocket-Accept: {accept}\r\n\r\n"
            );
            self.outbox.extend(head.bytes());
            self.text(r#"{"event":"pusher:connection_established","data":"{\"socket_id\":\"1.1\"}"}"#);
        } else if text.contains("pusher:subscribe") && text.ends_with("}}") {
            self.text(r#"{"event":"pusher_internal:subscription_succeeded","channel":"private-b"}"#);
            for n in 1..=EVENTS {
                self.text(&format!(r#"{{"event":"tick","channel":"private-b","data":"{n}"}}"#));
            }
        } else if text.contains("client-seen") && text.ends_with('}') {
            self.outbox.extend(*b"\x88\x02\x0f\xa1"); // a close frame with 4001
        } else if text.starts_with('\u{fffd}') && self.inbox.starts_with(&[0x88]) {
            self.ended = true;
        } else {
            return; // not complete
        }
        self.inbox.clear();
    }

    fn text(&mut self, text: &str) {
        self.outbox.extend([0x81, u8::try_from(text.len()).unwrap()]);
        self.outbox.extend(text.bytes());
    }
}

/// One half or both halves of a socket that keeps bytes in its futures.
#[derive(Clone)]
struct Fragile {
    server: Rc<RefCell<Server>>,
    /// Whether each byte of a read, each write and each flush waits once.
    waits: bool,
}

impl Fragile {
    async fn wait(&self) {
        let mut is_first = self.waits;
        poll_fn(|_| if std::mem::take(&mut is_first) { Poll::Pending } else { Poll::Ready(()) }).await;
    }
}

impl ErrorType for Fragile {
    type Error = ErrorKind;
}

impl Read for Fragile {
    async fn read(&mut self, into: &mut [u8]) -> Result<usize, ErrorKind> {
        let mut bytes = Vec::new();
        while bytes.len() < into.len().min(7) {
            self.wait().await;
            let byte = self.server.borrow_mut().outbox.pop_front();
            match byte {
                Some(byte) => bytes.push(byte),
                None if !bytes.is_empty() || self.server.borrow().ended => break,
                None => poll_fn(|_| if self.waits { Poll::Ready(()) } else { Poll::Pending }).await,
            }
        }
        into[..bytes.len()].copy_from_slice(&bytes);
        Ok(bytes.len())
    }
}

impl Write for Fragile {
    async fn write(&mut self, from: &[u8]) -> Result<usize, ErrorKind> {
        let length = from.len().min(7);
        self.server.borrow_mut().buffered.extend(&from[..length]);
        self.wait().await;
        Ok(length)
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        let bytes = std::mem::take(&mut self.server.borrow_mut().buffered);
        self.wait().await;
        self.server.borrow_mut().flush(&bytes);
        Ok(())
    }
}

#[derive(Debug, PartialEq, Eq)]
struct Outcome {
    log: String,
    sent: Vec<u8>,
}

/// Runs the connection over `socket` from `connect` until it is closed, or for a while if it gets stuck. `drop_at`
/// decides at each wait whether the step is dropped there.
fn drive(server: &Rc<RefCell<Server>>, socket: impl Read + Write, mut drop_at: impl FnMut(usize) -> bool) -> Outcome {
    let now = Instant::ZERO;
    let mut credentials = Credentials::new("key", b"secret");
    let mut client: Client<2, 16> = Client::new(Config::new(1));
    let channel = client.subscribe(now, "private-b").unwrap();
    client.connect(now);
    let (mut rx, mut tx) = ([0; 256], [0; 256]);
    let endpoint = Endpoint::from_url("ws://h", "key").unwrap();
    // No mask, so that the server reads plain text.
    let mut connection = Connection::new(client, endpoint, |_: &mut [u8]| {}, &mut rx, &mut tx);
    let (mut closed, mut socket) = (Some(socket), None);
    let (mut log, mut ticks, mut waits) = (String::new(), 0, 0);
    while waits < 20_000 {
        if ticks == EVENTS && connection.trigger(now, channel, "client-seen", Payload::Json("{}")).is_ok() {
            ticks = 0;
        }
        let step = {
            let mut step = pin!(connection.step_async(now, socket.as_mut(), &mut credentials));
            loop {
                match step.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
                    Poll::Ready(step) => break Some(step),
                    Poll::Pending => {
                        waits += 1;
                        if drop_at(waits) || waits >= 20_000 {
                            break None;
                        }
                    }
                }
            }
        };
        match step {
            None | Some(Step::Progress | Step::Idle { .. }) => {}
            Some(Step::Open { .. }) => socket = closed.take(),
            Some(Step::Event(event)) => {
                ticks += usize::from(matches!(&event, Event::Channel(message) if message.event == "tick"));
                writeln!(log, "{event:?}").unwrap();
            }
            Some(Step::Close(reason)) => {
                writeln!(log, "{reason}").unwrap();
                break;
            }
            Some(other) => writeln!(log, "{other:?}").unwrap(),
        }
    }
    Outcome { log, sent: server.borrow().sent.clone() }
}

/// Runs without a pipe.
fn direct(waits: bool, drop_at: impl FnMut(usize) -> bool) -> Outcome {
    let server = Rc::new(RefCell::new(Server::default()));
    drive(&server, Fragile { server: server.clone(), waits }, drop_at)
}

/// Returns the run over a socket that is always ready, so nothing is dropped.
fn undisturbed() -> Outcome {
    direct(false, |_| false)
}

/// Runs through a pipe with buffers of these sizes. Returns the number of waits, too.
fn piped((rx, tx): (usize, usize), mut drop_at: impl FnMut(usize) -> bool) -> (Outcome, usize) {
    let server = Rc::new(RefCell::new(Server::default()));
    let socket = Fragile { server: server.clone(), waits: true };
    let (mut rx, mut tx) = (vec![0; rx], vec![0; tx]);
    let pipe = Pipe::new(&mut rx, &mut tx);
    let run = pin!(pipe.run(socket.clone(), socket));
    let mut waits = 0;
    let outcome = drive(&server, pipe.socket(run), |at| {
        waits = at;
        drop_at(at)
    });
    (outcome, waits)
}

#[test]
fn the_run_without_drops_has_five_events_and_an_end() {
    let Outcome { log, sent } = undisturbed();
    assert_eq!(log.matches("\"tick\"").count(), EVENTS, "{log}");
    assert!(log.ends_with("the server closed with 4001\n"), "{log}");
    assert!(sent.ends_with(b"\x88\x82\0\0\0\0\x0f\xa1"), "{:?}", String::from_utf8_lossy(&sent));
}

/// The control: without the pipe this socket loses bytes, so the tests below can fail. The step itself drops a flush.
#[test]
fn a_socket_that_keeps_bytes_in_its_futures_fails_without_a_pipe() {
    let expected = undisturbed();
    assert_ne!(direct(true, |_| false), expected);
    assert_ne!(direct(true, |wait| wait % 2 == 0), expected);
}

#[test]
fn through_a_pipe_a_step_dropped_at_any_wait_loses_and_repeats_nothing() {
    let expected = undisturbed();
    for sizes in [(64, 64), (1, 1), (5, 300)] {
        let (outcome, waits) = piped(sizes, |_| false);
        assert_eq!(outcome, expected, "{sizes:?}, never dropped");
        assert!(waits > 500, "{waits}");
        for at in 1..=waits {
            assert_eq!(piped(sizes, |wait| wait == at).0, expected, "{sizes:?}, dropped at wait {at}");
        }
    }
}

#[test]
fn through_a_pipe_a_step_dropped_at_every_wait_still_comes_to_the_end() {
    let expected = undisturbed();
    for every in [1, 2, 3, 7] {
        assert_eq!(piped((64, 64), |wait| wait % every == 0).0, expected, "dropped at every wait by {every}");
    }
}

/// Results of a socket, one for each call.
struct Scripted(VecDeque<Result<usize, ErrorKind>>);

impl ErrorType for Scripted {
    type Error = ErrorKind;
}

impl Read for Scripted {
    async fn read(&mut self, into: &mut [u8]) -> Result<usize, ErrorKind> {
        let result = self.0.pop_front().unwrap_or(Ok(0));
        into[..result.unwrap_or(0)].fill(b'x');
        result
    }
}

impl Write for Scripted {
    async fn write(&mut self, _: &[u8]) -> Result<usize, ErrorKind> {
        self.0.pop_front().unwrap()
    }

    async fn flush(&mut self) -> Result<(), ErrorKind> {
        self.0.pop_front().unwrap().map(|_| ())
    }
}

fn ready<T>(future: impl Future<Output = T>) -> Option<T> {
    match pin!(future).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(output) => Some(output),
        Poll::Pending => None,
    }
}

#[test]
fn errors_and_the_end_of_the_halves_arrive_after_the_bytes_before_them() {
    let reads = Scripted([Ok(3), Err(ErrorKind::TimedOut), Ok(1), Err(ErrorKind::ConnectionReset)].into());
    let writes = Scripted([Ok(1), Err(ErrorKind::TimedOut), Ok(2), Err(ErrorKind::BrokenPipe), Ok(0)].into());
    let (mut rx, mut tx) = ([0; 4], [0; 2]);
    let pipe = Pipe::new(&mut rx, &mut tx);
    let run = pin!(pipe.run(reads, writes));
    let mut socket = pipe.socket(run);
    let mut into = [0; 2];
    let read: [_; 6] = std::array::from_fn(|_| ready(socket.read(&mut into)).unwrap());
    let timed_out = Err(ErrorKind::TimedOut);
    assert_eq!(read, [Ok(2), Ok(1), timed_out, Ok(1), Err(ErrorKind::ConnectionReset), Ok(0)]);

    // One byte of two was written, then no room: the driver must not write the frame again.
    assert_eq!(ready(socket.write(b"abc")), Some(Ok(2)));
    assert_eq!(ready(socket.flush()), Some(Err(ErrorKind::Other)));
    assert_eq!(ready(socket.write(b"abc")), Some(Ok(2)));
    assert_eq!(ready(socket.flush()), Some(Err(ErrorKind::BrokenPipe)));
    assert_eq!(ready(socket.write(b"abc")), Some(Ok(2)));
    assert_eq!(ready(socket.flush()), Some(Err(ErrorKind::WriteZero)));
}

/// A socket that claims to have read and written more than there was room for.
struct Liar;

impl ErrorType for Liar {
    type Error = Infallible;
}

impl Read for Liar {
    async fn read(&mut self, _: &mut [u8]) -> Result<usize, Infallible> {
        Ok(usize::MAX)
    }
}

impl Write for Liar {
    async fn write(&mut self, _: &[u8]) -> Result<usize, Infallible> {
        Ok(usize::MAX)
    }

    async fn flush(&mut self) -> Result<(), Infallible> {
        Ok(())
    }
}

#[test]
fn halves_that_claim_too_many_bytes_end_the_connection_and_nothing_else() {
    let (mut rx, mut tx) = ([0; 4], [0; 4]);
    let pipe = Pipe::new(&mut rx, &mut tx);
    let run = pin!(pipe.run(Liar, Liar));
    let mut socket = pipe.socket(run);
    let mut into = [0; 2];
    for _ in 0..3 {
        assert_eq!(ready(socket.read(&mut into)), Some(Ok(0)));
        assert_eq!(ready(socket.write(b"abcdef")), Some(Ok(4)));
        assert_eq!(ready(socket.flush()), Some(Ok(())));
    }
}

/// A socket whose operations complete at the second poll, even in a new future, as in a TCP stack.
struct Stack {
    polls: usize,
    written: Vec<u8>,
}

impl Stack {
    async fn wait(&mut self) {
        poll_fn(|_| {
            self.polls += 1;
            if self.polls.is_multiple_of(2) { Poll::Ready(()) } else { Poll::Pending }
        })
        .await;
    }
}

impl ErrorType for Stack {
    type Error = Infallible;
}

impl Read for Stack {
    async fn read(&mut self, into: &mut [u8]) -> Result<usize, Infallible> {
        self.wait().await;
        into[0] = b'x';
        Ok(1)
    }
}

impl Write for Stack {
    async fn write(&mut self, from: &[u8]) -> Result<usize, Infallible> {
        self.wait().await;
        self.written.extend(from);
        Ok(from.len())
    }

    async fn flush(&mut self) -> Result<(), Infallible> {
        self.wait().await;
        Ok(())
    }
}

#[test]
fn clones_of_a_shared_socket_read_and_write_it_while_the_other_waits() {
    let stack = RefCell::new(Stack { polls: 0, written: Vec::new() });
    let mut reader = Shared::new(&stack);
    let mut writer = reader.clone();
    let mut into = [0; 2];
    {
        let (mut read, mut write) = (pin!(reader.read(&mut into)), pin!(writer.write(b"ab")));
        let mut context = Context::from_waker(Waker::noop());
        assert!(read.as_mut().poll(&mut context).is_pending());
        assert_eq!(write.as_mut().poll(&mut context), Poll::Ready(Ok(2)));
        assert!(read.as_mut().poll(&mut context).is_pending());
        assert_eq!(read.as_mut().poll(&mut context), Poll::Ready(Ok(1)));
    }
    assert_eq!((into[0], &stack.borrow().written[..]), (b'x', &b"ab"[..]));
    let borrow = stack.borrow_mut();
    assert_eq!(ready(reader.read(&mut into)), Some(Err(ErrorKind::Other)));
    assert_eq!(ready(writer.flush()), Some(Err(ErrorKind::Other)));
    drop(borrow);
}

#[test]
fn the_pipe_is_as_small_as_documented_and_prints_nothing_of_its_content() {
    let words = size_of::<Pipe<'_>>() / size_of::<usize>();
    assert!(words <= 9, "{words} words");
    let (mut rx, mut tx) = ([0; 1], [0; 1]);
    let pipe = Pipe::new(&mut rx, &mut tx);
    let run = pin!(pipe.run(Scripted(VecDeque::new()), Scripted(VecDeque::new())));
    assert_eq!(format!("{pipe:?} {:?}", pipe.socket(run)), "Pipe(..) PipeSocket(..)");
}
