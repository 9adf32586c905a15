//! A client that receives events from a real server and prints their cost: this crate, or tungstenite and serde_json.
//!
//!     end_to_end pusher-proto|tungstenite PORT COUNT
//!
//! end_to_end/run.py starts it and publishes the events. Prints `ready` when it is subscribed, and after COUNT events
//! `done`, the nanoseconds of CPU time since then, and the sum of the events' ids.

use std::borrow::Cow;
use std::io::{self, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use embedded_io::ErrorKind;
use pusher_proto::connection::DenyAll;
use pusher_proto::io::Step;
use pusher_proto::{Client, Config, Connection, Endpoint, Event};
use rustix::time::{ClockId, clock_gettime};
use serde::Deserialize;
use tungstenite::Message;

const KEY: &str = "app-key";
const CHANNEL: &str = "market";
const EVENT: &str = "price";
/// The size of tungstenite's read buffer.
const READ_BUFFER: usize = 128 * 1024;

#[derive(Deserialize)]
struct Price {
    id: u64,
}

/// The events received since the subscription.
struct Tally {
    count: u64,
    left: u64,
    ids: u64,
    started: i64,
}

impl Tally {
    fn begin(count: u64) -> Self {
        print_line("ready");
        Self { count, left: count, ids: 0, started: cpu_nanoseconds() }
    }

    fn take(&mut self, price: &Price) {
        self.ids += price.id;
        self.left -= 1;
        if self.left == 0 {
            let Self { count, ids, started, .. } = self;
            let nanoseconds = cpu_nanoseconds() - *started;
            print_line(&format!("done {nanoseconds} {ids} {count}"));
            std::process::exit(0);
        }
    }
}

/// Returns the user and system time of this process.
fn cpu_nanoseconds() -> i64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    time.tv_sec * 1_000_000_000 + time.tv_nsec
}

fn print_line(line: &str) {
    let mut out = io::stdout().lock();
    writeln!(out, "{line}").and_then(|()| out.flush()).unwrap();
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [client, port, count] = &arguments[..] else { panic!("end_to_end pusher-proto|tungstenite PORT COUNT") };
    let (port, count) = (port.parse().expect("a port"), count.parse().expect("a count"));
    match client.as_str() {
        "pusher-proto" => by_this_crate(port, count),
        "tungstenite" => by_tungstenite(port, count),
        client => panic!("no client {client}"),
    }
}

/// A socket whose reads have a timeout.
struct Socket(TcpStream);

impl Socket {
    fn open(port: u16) -> Self {
        let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
        stream.set_nodelay(true).unwrap();
        stream.set_read_timeout(Some(Duration::from_millis(100))).unwrap();
        Self(stream)
    }
}

fn kind(error: &io::Error) -> ErrorKind {
    match error.kind() {
        io::ErrorKind::WouldBlock => ErrorKind::TimedOut,
        _ => ErrorKind::Other,
    }
}

impl embedded_io::ErrorType for Socket {
    type Error = ErrorKind;
}

impl embedded_io::Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        io::Read::read(&mut self.0, buffer).map_err(|error| kind(&error))
    }
}

impl embedded_io::Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        self.0.write(bytes).map_err(|error| kind(&error))
    }

    fn flush(&mut self) -> Result<(), ErrorKind> {
        Ok(())
    }
}

fn by_this_crate(port: u16, count: u64) {
    let epoch = Instant::now();
    let now = || pusher_proto::Instant::from_millis(epoch.elapsed().as_millis() as u64);
    let url = format!("ws://127.0.0.1:{port}");
    let endpoint = Endpoint::from_url(&url, KEY).unwrap();
    let (mut rx, mut tx) = (vec![0; READ_BUFFER], [0; 512]);
    let mut client: Client<8, 64> = Client::new(Config::new(1));
    client.subscribe(now(), CHANNEL).unwrap();
    client.connect(now());
    // On the loopback interface, masks protect nothing.
    let random = |bytes: &mut [u8]| bytes.fill(7);
    let mut connection = Connection::new(client, endpoint, random, &mut rx, &mut tx);
    let (mut socket, mut tally) = (None, None::<Tally>);
    loop {
        match connection.step(now(), socket.as_mut(), &mut DenyAll) {
            Step::Open { .. } => socket = Some(Socket::open(port)),
            Step::Event(Event::Subscribed { .. }) => tally = Some(Tally::begin(count)),
            Step::Event(Event::Channel(message)) if message.event == EVENT => {
                tally.as_mut().unwrap().take(&message.payload.parse().unwrap());
            }
            Step::Event(_) | Step::Idle { .. } | Step::Progress => {}
            other => panic!("{other:?}"),
        }
    }
}

#[derive(Deserialize)]
struct Frame<'a> {
    #[serde(borrow)]
    event: Cow<'a, str>,
    #[serde(borrow)]
    channel: Option<Cow<'a, str>>,
    #[serde(borrow)]
    data: Option<Cow<'a, str>>,
}

fn by_tungstenite(port: u16, count: u64) {
    let stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_nodelay(true).unwrap();
    let url = format!("ws://127.0.0.1:{port}/app/{KEY}?protocol=7&client=tungstenite&version=0");
    let (mut socket, _) = tungstenite::client(url, stream).unwrap();
    let mut tally: Option<Tally> = None;
    loop {
        let Message::Text(text) = socket.read().unwrap() else { continue };
        let frame: Frame<'_> = serde_json::from_str(&text).unwrap();
        match (&*frame.event, frame.channel.as_deref()) {
            (EVENT, Some(CHANNEL)) => {
                tally.as_mut().unwrap().take(&serde_json::from_str(&frame.data.unwrap()).unwrap());
            }
            ("pusher_internal:subscription_succeeded", Some(CHANNEL)) => tally = Some(Tally::begin(count)),
            ("pusher:connection_established", _) => {
                let subscribe = format!(r#"{{"event":"pusher:subscribe","data":{{"channel":"{CHANNEL}"}}}}"#);
                socket.send(Message::text(subscribe)).unwrap();
            }
            ("pusher:ping", _) => socket.send(Message::text(r#"{"event":"pusher:pong"}"#)).unwrap(),
            _ => {}
        }
    }
}
