//! Loses thousands of connections, in every way, and compares memory with that after the first ten.
//!
//! The server is a script in the image, and the clock jumps to the next deadline.

#![no_std]
#![no_main]

use core::hint::black_box;
use core::panic::PanicInfo;
use core::{ptr, slice};

use embedded_io::{ErrorKind, ErrorType, Read, Write};
use firmware::high_water::HighWater;
use firmware::{entry, exit, println};
use pusher_proto::auth::Credentials;
use pusher_proto::io::Step;
use pusher_proto::{Client, Config, Connection, Endpoint, Event, Instant};

type Small = Connection<'static, fn(&mut [u8]), 8, 64>;

/// The number of connections before the first comparison.
const FIRST: u32 = 10;
/// The number of connections before the second, a multiple of the ways to end after the first.
const LAST: u32 = 10_000;
/// The most bytes of a connection that may differ: its clock, its random numbers and its counters.
const CHANGING: usize = 96;

/// The example of RFC 6455 §1.3 answers this key.
const KEY: &[u8; 16] = b"the sample nonce";
const ACCEPTED: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
const REFUSED: &[u8] = b"HTTP/1.1 503 Service Unavailable\r\n\r\n";
const MESSAGES: [&[u8]; 4] = [
    br#"{"event":"pusher:connection_established","data":"{\"socket_id\":\"123.456\",\"activity_timeout\":120}"}"#,
    br#"{"event":"pusher_internal:subscription_succeeded","data":"{}","channel":"readings"}"#,
    br#"{"event":"pusher_internal:subscription_succeeded","data":"{}","channel":"private-readings"}"#,
    br#"{"event":"reading","data":"{\"value\":21.75}","channel":"readings"}"#,
];

/// How a connection ends.
#[derive(Clone, Copy, PartialEq)]
enum End {
    Closed,
    Reset,
    CloseFrame,
    Silence,
    MaskedFrame,
    Refused,
}

const ENDS: [End; 6] = [End::Closed, End::Reset, End::CloseFrame, End::Silence, End::MaskedFrame, End::Refused];

static mut BUFFERS: [[u8; 512]; 2] = [[0; 512]; 2];
static mut BEFORE: [u8; 2048] = [0; 2048];

#[entry]
fn main() -> ! {
    // SAFETY: taken once.
    let [rx, tx] = unsafe { (*(&raw mut BUFFERS)).each_mut() };
    let random: fn(&mut [u8]) = |bytes| bytes.copy_from_slice(&KEY[..bytes.len()]);
    let endpoint = Endpoint::from_url("ws://127.0.0.1:6001", "app-key").unwrap();
    let mut connection = Connection::new(Client::new(Config::new(1)), endpoint, random, rx, tx);
    let mut credentials = Credentials::new("app-key", b"app-secret-app-secret");
    connection.connect(Instant::ZERO);
    connection.subscribe(Instant::ZERO, "readings").unwrap();
    connection.subscribe(Instant::ZERO, "private-readings").unwrap();
    // SAFETY: taken once.
    let before = unsafe { &mut *(&raw mut BEFORE) };
    let before = &mut before[..size_of::<Small>()];

    let water = HighWater::new();
    let (mut now, mut events, mut first) = (Instant::ZERO, 0, None);
    for number in 0..LAST {
        if number == FIRST {
            before.copy_from_slice(bytes_of(&connection));
            first = Some(water.stack());
        }
        let end = ENDS[number as usize % ENDS.len()];
        (now, events) = connect(&mut connection, &mut credentials, end, now, events);
        if cfg!(feature = "planted_stack") && number == LAST - 3 {
            deeper();
        }
    }
    if cfg!(feature = "planted_state") {
        for name in ["a", "b", "c", "d", "e", "f"] {
            connection.subscribe(now, name).unwrap();
        }
    }
    let (first, last) = (first.unwrap(), water.stack());
    let changed = before.iter().zip(bytes_of(&connection)).filter(|(before, after)| before != after).count();
    println!("{LAST} connections in {} virtual hours, {events} events", now.as_millis() / 3_600_000);
    println!("stack: {first} B after {FIRST}, {last} B after {LAST}");
    println!("connection: {changed} of {} B differ; static memory {} B", before.len(), water.statics());
    // One of six connections is refused.
    assert_eq!(events, LAST / 6 * 5 + (LAST % 6).min(5), "events");
    assert_eq!(first, last, "stack");
    assert!((1..=CHANGING).contains(&changed), "{changed} bytes have changed");
    println!("memory is the same");
    exit(0)
}

#[inline(never)]
fn deeper() {
    black_box([0u8; 2048]);
}

/// Runs one connection from its request to its end. Returns the time and the number of events.
#[inline(never)]
fn connect(
    connection: &mut Small,
    credentials: &mut Credentials<'static>,
    end: End,
    mut now: Instant,
    mut events: u32,
) -> (Instant, u32) {
    let (mut server, mut is_open) = (Server { end, sent: 0 }, false);
    loop {
        let socket = if is_open { Some(&mut server) } else { None };
        match connection.step(now, socket, credentials) {
            Step::Open { .. } => is_open = true,
            Step::Event(Event::Channel(_)) => events += 1,
            Step::Close(_) => return (now, events),
            Step::Idle { until } | Step::Wait { until } => now = until.unwrap(),
            Step::BadEnvelope(_) | Step::OutputTooSmall(_) => panic!("a step failed"),
            _ => {}
        }
    }
}

fn bytes_of(connection: &Small) -> &[u8] {
    let first = ptr::from_ref(connection).cast();
    // SAFETY: memory of the board. Padding may hold anything, which the number of bytes that may differ allows for.
    unsafe { slice::from_raw_parts(first, size_of::<Small>()) }
}

struct Server {
    end: End,
    sent: usize,
}

impl ErrorType for Server {
    type Error = ErrorKind;
}

impl Read for Server {
    /// Returns the head of the handshake, then one message per call, each in a frame, then the end.
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        let sent = self.sent;
        self.sent += 1;
        let (header, bytes): (&[u8], &[u8]) = match (sent, self.end) {
            (0, End::Refused) => (&[], REFUSED),
            (0, _) => (&[], ACCEPTED),
            (1..=4, _) => (&[0x81, MESSAGES[sent - 1].len() as u8], MESSAGES[sent - 1]),
            (_, End::Closed | End::Refused) => return Ok(0),
            (_, End::Reset) => return Err(ErrorKind::ConnectionReset),
            (5, End::CloseFrame) => (&[0x88, 2], &4200u16.to_be_bytes()),
            (5, End::MaskedFrame) => (&[0x81, 0x80], &[0; 4]),
            (_, End::CloseFrame | End::MaskedFrame | End::Silence) => return Err(ErrorKind::TimedOut),
        };
        buffer[..header.len()].copy_from_slice(header);
        buffer[header.len()..][..bytes.len()].copy_from_slice(bytes);
        Ok(header.len() + bytes.len())
    }
}

impl Write for Server {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        black_box(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}

#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    println!("{info}");
    exit(101)
}
