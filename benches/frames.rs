//! The speed of reading and writing frames, compared with other crates: `cargo bench`.
//!
//! Each line is the best of several rounds. Paired lines do the same work, including the copy of the frame into its
//! buffer, and the second has the ratio. `frames NAME COUNT` runs the line `NAME` that many times unmeasured, for
//! benches/instructions.sh; `frames names` lists the lines.

use std::borrow::Cow;
use std::hint::black_box;
use std::io::{self, Read, Write};
use std::time::{Duration, Instant};

use hmac::{Hmac, KeyInit, Mac};
use pusher_proto::auth::Credentials;
use pusher_proto::client::{Client, Config};
use pusher_proto::event::Event;
use pusher_proto::websocket::{Decoder, Kind, MAX_HEADER_LEN, Message, encode_frame};
use pusher_proto::{Channel, Instant as Now};
use serde::Deserialize;
use sha2::Sha256;
use tungstenite::protocol::{Role, WebSocket, WebSocketConfig};

const ROUNDS: usize = 7;
const ROUND: Duration = Duration::from_millis(60);

/// A name, the bytes of one operation, and the operation.
struct Work {
    name: &'static str,
    bytes: usize,
    /// The line to compare with.
    beside: Option<&'static str>,
    run: Box<dyn FnMut()>,
}

fn work(name: &'static str, bytes: usize, beside: Option<&'static str>, run: impl FnMut() + 'static) -> Work {
    Work { name, bytes, beside, run: Box::new(run) }
}

fn main() {
    let mut works = all();
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>()[..] {
        ["names"] => works.iter().for_each(|work| println!("{}", work.name)),
        [name, count] => {
            let work = works.iter_mut().find(|work| work.name == name).expect("no line of this name");
            for _ in 0..count.parse().expect("a count") {
                (work.run)();
            }
        }
        // `cargo test --benches` only checks that it works.
        _ if !arguments.iter().any(|argument| argument == "--bench") => works.iter_mut().for_each(|work| (work.run)()),
        _ => table(&mut works),
    }
}

fn table(works: &mut [Work]) {
    println!("{:<34} {:>6} {:>11} {:>10}", "", "bytes", "ns", "MB/s");
    let mut measured: Vec<(&str, f64)> = Vec::new();
    for work in works {
        let nanos = measure(&mut work.run);
        let megabytes = work.bytes as f64 / nanos * 1000.0;
        print!("{:<34} {:>6} {nanos:>11.1} {megabytes:>10.1}", work.name, work.bytes);
        if let Some((_, ours)) = work.beside.and_then(|beside| measured.iter().find(|(name, _)| *name == beside)) {
            print!("   {:.2} times the time", nanos / ours);
        }
        println!();
        measured.push((work.name, nanos));
    }
}

/// Returns the time of one run in nanoseconds, from the round with the least disturbance.
fn measure(run: &mut dyn FnMut()) -> f64 {
    let mut count = 1u32;
    let mut time = |count: u32| {
        let start = Instant::now();
        for _ in 0..count {
            run();
        }
        start.elapsed()
    };
    while time(count) < ROUND {
        count *= 2;
    }
    (0..ROUNDS).map(|_| time(count).as_nanos() as f64 / f64::from(count)).fold(f64::MAX, f64::min)
}

fn all() -> Vec<Work> {
    let mut works = Vec::new();
    let names = [
        ("event of 100 bytes", "the same by serde_json, 100"),
        ("event of 256 bytes", "the same by serde_json, 256"),
        ("event of 4096 bytes", "the same by serde_json, 4096"),
    ];
    for ((ours, theirs), size) in names.into_iter().zip([100, 256, 4096]) {
        let text = event(size);
        works.push(work(ours, size, None, read_event(text.clone())));
        works.push(work(theirs, size, Some(ours), read_with_serde_json(text)));
    }
    works.push(work("subscribe and unsubscribe", 0, None, subscribe()));
    works.push(work("signature of a private channel", 0, None, sign()));
    works.push(work("the same by hmac and sha2", 0, Some("signature of a private channel"), sign_with_hmac()));
    works.push(work("WebSocket frame in, 256", 256, None, receive(256)));
    works.push(work(
        "the same by tungstenite, in",
        256,
        Some("WebSocket frame in, 256"),
        receive_with_tungstenite(256),
    ));
    works.push(work("WebSocket frame out, 256", 256, None, send(256)));
    works.push(work("the same by tungstenite, out", 256, Some("WebSocket frame out, 256"), send_with_tungstenite(256)));
    works
}

/// Returns a frame of `size` bytes as servers send it: the data is JSON, encoded again as a string.
fn event(size: usize) -> Vec<u8> {
    let frame = |data: &str| {
        let data = serde_json::to_string(data).unwrap();
        format!(r#"{{"event":"price","channel":"market","data":{data}}}"#)
    };
    let mut data = String::from("{");
    let mut number = 0;
    while frame(&format!("{data}\"k{number}\":{number},\"z\":\"\"}}")).len() <= size {
        data += &format!("\"k{number}\":{number},");
        number += 1;
    }
    let missing = size - frame(&format!("{data}\"z\":\"\"}}")).len();
    let frame = frame(&format!("{data}\"z\":\"{}\"}}", "z".repeat(missing)));
    assert_eq!(frame.len(), size);
    frame.into_bytes()
}

/// Returns a client that is connected and subscribed to `market`.
fn connected() -> (Client<8, 64>, Channel) {
    let mut client = Client::new(Config::new(1));
    client.connect(Now::ZERO);
    let _ = client.poll_request();
    client.handle_open(Now::ZERO);
    let mut established = *br#"{"event":"pusher:connection_established","data":"{\"socket_id\":\"1.1\"}"}"#;
    client.handle_text(Now::ZERO, &mut established).unwrap();
    let channel = client.subscribe(Now::ZERO, "market").unwrap();
    let mut out = [0; 128];
    client.poll_transmit(Now::ZERO, &mut out).unwrap().unwrap();
    let mut succeeded = *br#"{"event":"pusher_internal:subscription_succeeded","channel":"market"}"#;
    client.handle_text(Now::ZERO, &mut succeeded).unwrap();
    (client, channel)
}

fn read_event(text: Vec<u8>) -> impl FnMut() {
    let (mut client, _) = connected();
    let mut buffer = text.clone();
    move || {
        buffer.copy_from_slice(black_box(&text));
        let Ok(Some(Event::Channel(message))) = client.handle_text(Now::ZERO, &mut buffer) else {
            panic!("the event is none");
        };
        black_box(message);
    }
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "it is read into, not from")]
struct Envelope<'a> {
    #[serde(borrow)]
    event: Cow<'a, str>,
    #[serde(borrow)]
    channel: Cow<'a, str>,
    #[serde(borrow)]
    data: Cow<'a, str>,
}

fn read_with_serde_json(text: Vec<u8>) -> impl FnMut() {
    let mut buffer = text.clone();
    move || {
        buffer.copy_from_slice(black_box(&text));
        black_box(serde_json::from_slice::<Envelope<'_>>(&buffer).unwrap());
    }
}

fn subscribe() -> impl FnMut() {
    let (mut client, _) = connected();
    let mut out = [0; 128];
    move || {
        let channel = client.subscribe(Now::ZERO, black_box("news")).unwrap();
        client.poll_transmit(Now::ZERO, &mut out).unwrap().unwrap();
        let mut succeeded = *br#"{"event":"pusher_internal:subscription_succeeded","channel":"news","data":"{}"}"#;
        client.handle_text(Now::ZERO, &mut succeeded).unwrap().unwrap();
        client.unsubscribe(Now::ZERO, channel).unwrap();
        black_box(client.poll_transmit(Now::ZERO, &mut out).unwrap().unwrap());
    }
}

fn sign() -> impl FnMut() {
    let credentials = Credentials::new("278d425bdf160c739803", b"7ad3773142a6692b25b8");
    move || {
        black_box(credentials.sign_channel(black_box("1234.1234"), "private-foobar", None).unwrap());
    }
}

fn sign_with_hmac() -> impl FnMut() {
    let keyed = Hmac::<Sha256>::new_from_slice(b"7ad3773142a6692b25b8").unwrap();
    move || {
        let mut hash = keyed.clone();
        for piece in [black_box("1234.1234"), ":", "private-foobar"] {
            hash.update(piece.as_bytes());
        }
        let mut digits = [0; 64];
        base16ct::lower::encode(&hash.finalize().into_bytes(), &mut digits).unwrap();
        black_box(digits);
    }
}

/// Returns a text frame of a server with a payload of `size` bytes.
fn frame(size: usize) -> Vec<u8> {
    let mut frame = vec![0x81, 126];
    frame.extend(u16::try_from(size).unwrap().to_be_bytes());
    frame.resize(4 + size, b'x');
    frame
}

fn receive(size: usize) -> impl FnMut() {
    let (frame, mut buffer, mut decoder) = (frame(size), vec![0; 512], Decoder::new());
    move || {
        decoder.receive_space(&mut buffer)[..frame.len()].copy_from_slice(black_box(&frame));
        decoder.handle_received(frame.len());
        let Ok(Some(Message::Text(text))) = decoder.poll(&mut buffer) else { panic!("no message") };
        black_box(text);
        assert_eq!(decoder.poll(&mut buffer), Ok(None));
    }
}

/// A socket that returns one frame repeatedly, and discards all writes.
struct Repeat {
    frame: Vec<u8>,
    at: usize,
}

impl Read for Repeat {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let len = (&self.frame[self.at..]).read(buffer)?;
        self.at = (self.at + len) % self.frame.len();
        Ok(len)
    }
}

impl Write for Repeat {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        Ok(black_box(bytes).len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn receive_with_tungstenite(size: usize) -> impl FnMut() {
    // A buffer as large as ours: tungstenite clears its own before each read, 128 KiB by default.
    let config = WebSocketConfig::default().read_buffer_size(512);
    let mut socket = WebSocket::from_raw_socket(Repeat { frame: frame(size), at: 0 }, Role::Client, Some(config));
    move || {
        black_box(socket.read().unwrap());
    }
}

fn send(size: usize) -> impl FnMut() {
    let (text, mut tx) = (vec![b'x'; size], vec![0; MAX_HEADER_LEN + size]);
    move || {
        tx[MAX_HEADER_LEN..].copy_from_slice(black_box(&text));
        black_box(encode_frame(Kind::Text, text.len(), [1, 2, 3, 4], &mut tx).unwrap());
    }
}

fn send_with_tungstenite(size: usize) -> impl FnMut() {
    let text = "x".repeat(size);
    let mut socket = WebSocket::from_raw_socket(Repeat { frame: vec![0], at: 0 }, Role::Client, None);
    move || {
        socket.send(tungstenite::Message::text(black_box(&text).as_str())).unwrap();
    }
}
