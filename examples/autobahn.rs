//! An echo client for the Autobahn test suite, built on the websocket layer alone.
//!
//! Start a fuzzing server that speaks Autobahn's protocol (`tests/autobahn.sh` does), then:
//!
//! ```sh
//! cargo run --release --example autobahn -- ws://127.0.0.1:9001
//! ```

mod common;

use std::collections::hash_map::RandomState;
use std::hash::{BuildHasher, Hasher};
use std::io::{Read, Write};
use std::net::TcpStream;
use std::process::ExitCode;
use std::time::Duration;

use common::Failure;
use pusher_proto::websocket::{Kind, MAX_HEADER_LEN, Message, ReadyState, WebSocket};

const AGENT: &str = "pusher-proto";

/// The suite's largest message has 16 MiB.
const LARGEST: usize = 16 << 20;

fn main() -> ExitCode {
    common::run("autobahn", "[URL], without it ws://127.0.0.1:9001", run_cases)
}

fn run_cases(arguments: &[String]) -> Result<(), Failure> {
    let url = arguments.first().map_or("ws://127.0.0.1:9001", String::as_str);
    let host = url.strip_prefix("ws://").ok_or("the URL must begin with ws://")?.trim_end_matches('/');
    let mut buffers = Buffers { rx: vec![0; LARGEST + 1], tx: vec![0; MAX_HEADER_LEN + LARGEST] };

    let mut count = String::new();
    run(host, "/getCaseCount", &mut buffers, |text| {
        count = String::from_utf8_lossy(text).into_owned();
        false
    })?;
    let count: u32 = count.parse()?;
    for case in 1..=count {
        print!("\rcase {case} of {count}");
        std::io::stdout().flush()?;
        // A failed case is reported by the server; the run continues.
        if let Err(error) = run(host, &format!("/runCase?case={case}&agent={AGENT}"), &mut buffers, |_| true) {
            println!(": {error}");
        }
    }
    println!();
    run(host, &format!("/updateReports?agent={AGENT}"), &mut buffers, |_| false)
}

struct Buffers {
    rx: Vec<u8>,
    tx: Vec<u8>,
}

/// Runs one connection until the server drops the socket, and sends back the messages that `echo` selects.
fn run(host: &str, target: &str, buffers: &mut Buffers, mut echo: impl FnMut(&[u8]) -> bool) -> Result<(), Failure> {
    let Buffers { rx, tx } = buffers;
    let mut socket = TcpStream::connect(host)?;
    socket.set_nodelay(true)?;
    socket.set_read_timeout(Some(Duration::from_secs(60)))?;

    let mut websocket = WebSocket::new(random());
    let request = websocket.handshake().write_request(target, host, &[], tx)?;
    socket.write_all(request.as_bytes())?;

    let mut outcome = Ok(());
    loop {
        if websocket.reply_due()
            && let Some(reply) = websocket.poll_reply(random(), tx)?
            && let Err(error) = socket.write_all(reply)
        {
            // A server may drop the socket without waiting for our close frame.
            return if websocket.state() == ReadyState::Closed { outcome } else { Err(error.into()) };
        }
        let (kind, message) = match websocket.poll(rx) {
            Ok(Some(Message::Text(text))) => (Kind::Text, text),
            Ok(Some(Message::Binary(bytes))) => (Kind::Binary, bytes),
            Ok(Some(_)) => continue, // pending frames are sent in the next round
            Ok(None) => match socket.read(websocket.receive_space(rx)) {
                Ok(0) => return outcome,
                Ok(len) => {
                    websocket.handle_received(len);
                    continue;
                }
                Err(_) if websocket.state() == ReadyState::Closed => return outcome,
                Err(error) => return Err(error.into()),
            },
            Err(error) => {
                outcome = Err(error.into()); // the close frame is still to be sent
                continue;
            }
        };
        if echo(message) {
            let len = message.len();
            tx[MAX_HEADER_LEN..][..len].copy_from_slice(message);
            let frame = websocket.encode_frame(kind, len, random(), tx)?;
            socket.write_all(frame)?;
        }
    }
}

/// Returns unpredictable bytes from the standard library's hash keys, which is enough for a test client.
fn random<const N: usize>() -> [u8; N] {
    std::array::from_fn(|_| RandomState::new().build_hasher().finish() as u8)
}
