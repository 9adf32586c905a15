//! Runs the loop of the README against a server. The README shows exactly the function `run` below.

#[path = "../support/socket.rs"]
mod socket;

use std::cell::Cell;
use std::net::{SocketAddr, TcpListener};
use std::thread::{self, JoinHandle};
use std::time;

use serde_json::json;
use socket::Socket;
use tungstenite::protocol::CloseFrame;
use tungstenite::{Message, WebSocket};

use embedded_io::{Read, Write};
use pusher_proto::auth::Credentials;
use pusher_proto::io::Step;
use pusher_proto::{Client, Config, Connection, Endpoint, Instant, State};

fn run<S: Read + Write>(
    open: impl Fn(&Endpoint) -> Option<S>, // your TCP stack
    now: impl Fn() -> Instant,             // your clock, in milliseconds
    sleep: impl Fn(Instant),               // until that time
    random: impl FnMut(&mut [u8]),         // your random numbers
) -> Result<(), Box<dyn core::error::Error>> {
    let (mut rx, mut tx) = ([0; 1024], [0; 512]);
    let endpoint = Endpoint::from_url("ws://127.0.0.1:6001", "app-key")?;
    let mut credentials = Credentials::new("app-key", b"app-secret");
    let mut client: Client<4, 32> = Client::new(Config::new(0x5eed));
    client.subscribe(now(), "private-orders")?;
    client.connect(now());

    let mut connection = Connection::new(client, endpoint, random, &mut rx, &mut tx);
    let mut socket = None;
    loop {
        match connection.step(now(), socket.as_mut(), &mut credentials) {
            Step::Open { secure, attempt } => match open(&if secure { endpoint.with_tls() } else { endpoint }) {
                Some(opened) => socket = Some(opened),
                None => connection.handle_open_failed(now(), attempt),
            },
            Step::Close(why) => {
                println!("{why:?}");
                socket = None;
            }
            Step::Event(event) => println!("{event:?}"),
            Step::Notice(notice) => println!("{notice:?}"), // such as a loss, and when the next attempt is
            Step::BadEnvelope(error) => println!("{error}"),
            Step::OutputTooSmall(error) => return Err(error.into()), // make `tx` larger
            Step::Wait { until: Some(until) } => sleep(until),
            Step::Wait { until: None } => break, // disconnected, or failed for good
            Step::Idle { .. } | Step::Progress => {}
            _ => {} // later versions may have more
        }
    }
    match connection.client().reason() {
        Some(reason) if connection.client().state() == State::Failed => Err(reason.to_string().into()),
        _ => Ok(()),
    }
}

/// Runs `script` with the listener of a server in a separate thread.
fn serve(script: impl FnOnce(TcpListener) + Send + 'static) -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    (address, thread::spawn(move || script(listener)))
}

/// Accepts a client and sends these messages, including the one that establishes the connection.
fn accept(listener: &TcpListener, messages: &[serde_json::Value]) -> WebSocket<std::net::TcpStream> {
    let mut peer = tungstenite::accept(listener.accept().unwrap().0).unwrap();
    for message in messages {
        peer.send(Message::text(message.to_string())).unwrap();
    }
    peer
}

/// Runs the loop; the first `refusals` sockets cannot be opened.
fn run_with(address: SocketAddr, refusals: u32) -> Result<(), String> {
    let started = time::Instant::now();
    let now = || Instant::from_millis(started.elapsed().as_millis() as u64);
    let opened = Cell::new(0);
    let open = |_: &Endpoint| {
        opened.set(opened.get() + 1);
        assert!(opened.get() <= 10, "it never ends");
        (opened.get() > refusals).then(|| Socket::open(address).unwrap())
    };
    let sleep = |until: Instant| thread::sleep(until.saturating_duration_since(now()).into());
    let random = |bytes: &mut [u8]| getrandom::fill(bytes).unwrap();
    run(open, now, sleep, random).map_err(|error| error.to_string())
}

#[test]
fn the_readme_shows_this_loop() {
    let source = include_str!("run_loop.rs");
    let (_, readme) = include_str!("../../README.md").split_once("```rust,no_run\n").unwrap();
    let (uses, function) = readme.split_once("```").unwrap().0.split_once("\n\n").unwrap();
    assert!(uses.starts_with("use ") && uses.lines().all(|line| source.contains(line)), "{uses}");
    assert!(function.starts_with("fn run<") && source.contains(function), "{function}");
}

#[test]
fn the_loop_reconnects_after_a_loss_and_ends_with_the_reason_of_a_failure() {
    let established = json!({ "event": "pusher:connection_established", "data": "{\"socket_id\":\"1.1\"}" });
    let (address, server) = serve(move |listener| {
        let unreadable = json!("not an object");
        drop(accept(&listener, &[established.clone(), unreadable]));
        let mut peer = accept(&listener, &[established]);
        peer.close(Some(CloseFrame { code: 4001.into(), reason: "no such app".into() })).unwrap();
        while peer.read().is_ok() {}
    });
    assert_eq!(run_with(address, 1), Err("the server has no application with this key (4001)".into()));
    server.join().unwrap();
}

#[test]
fn the_loop_handles_every_step() {
    let (_, steps) = include_str!("../../src/io/step.rs").split_once("pub enum Step<'c> {").unwrap();
    let (steps, _) = steps.split_once("\n}").unwrap();
    let is_variant = |line: &&str| line.starts_with("    ") && line.as_bytes()[4].is_ascii_uppercase();
    let variants: Vec<&str> = steps.lines().filter(is_variant).collect();
    assert!(variants.len() >= 9, "{variants:?}");
    for variant in variants {
        let name: String = variant.trim().chars().take_while(|character| character.is_alphanumeric()).collect();
        assert!(include_str!("../../README.md").contains(&format!("Step::{name}")), "{name} is not handled");
    }
}
