//! The examples against peers that send one byte at a time, stay silent, or send terminal escapes. Every test has a
//! timeout, so it ends whatever the example does.

#[path = "../support/mod.rs"]
mod support;

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use serde_json::{Value, json};
use support::certificate::Certificate;
use support::example::Example;
use support::http::App;
use support::process::Scratch;
use tungstenite::{Message, WebSocket};

/// The timeout for what should happen at once.
const TIMEOUT: Duration = Duration::from_secs(20);
/// Longer than the 5 s that the examples wait for a peer, for a busy machine.
const DEADLINE: Duration = Duration::from_secs(12);
const APP: App = App::OPEN;
const SECRET: (&str, &str) = ("PUSHER_SECRET", APP.secret);

fn listen() -> (TcpListener, SocketAddr) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    (listener, address)
}

/// Accepts a client. Panics if none connects in time.
fn accept(listener: &TcpListener) -> TcpStream {
    listener.set_nonblocking(true).unwrap();
    let deadline = Instant::now() + TIMEOUT;
    let stream = loop {
        match listener.accept() {
            Ok((stream, _)) => break stream,
            Err(error) => assert!(Instant::now() < deadline, "no client connected: {error}"),
        }
        thread::sleep(Duration::from_millis(5));
    };
    stream.set_nonblocking(false).unwrap();
    stream.set_nodelay(true).unwrap();
    stream.set_read_timeout(Some(TIMEOUT)).unwrap();
    stream.set_write_timeout(Some(TIMEOUT)).unwrap();
    stream
}

/// Sends `start`, then one byte per `pause`, until the peer closes. Returns the time until then.
fn drip(mut stream: TcpStream, start: &str, byte: u8, pause: Duration) -> Duration {
    let started = Instant::now();
    let mut sent = stream.write_all(start.as_bytes());
    while sent.is_ok() && started.elapsed() < 2 * DEADLINE {
        thread::sleep(pause);
        sent = stream.write_all(&[byte]);
    }
    started.elapsed()
}

/// The server's end of a connection.
struct Peer<S>(WebSocket<S>);

impl<S: Read + Write> Peer<S> {
    /// Answers the handshake and establishes the connection, with pings after a second of silence.
    fn welcome(stream: S) -> Self {
        let websocket = tungstenite::accept(stream).unwrap_or_else(|error| panic!("{error}"));
        let mut peer = Self(websocket);
        let data = json!({ "socket_id": "1.1", "activity_timeout": 1 }).to_string();
        peer.send(json!({ "event": "pusher:connection_established", "data": data }));
        peer
    }

    fn send(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).unwrap();
    }

    /// Waits for this event, skipping others.
    fn wait_for(&mut self, event: &str) {
        let deadline = Instant::now() + DEADLINE;
        loop {
            let read = self.0.read().unwrap_or_else(|error| panic!("no {event}: {error}"));
            if matches!(&read, Message::Text(text) if text.contains(&format!("\"event\":\"{event}\""))) {
                return;
            }
            assert!(Instant::now() < deadline, "no {event}");
        }
    }
}

/// The header of a text message of 10,000 bytes, which fits the buffers of all clients.
const MESSAGE_HEAD: [u8; 4] = [0x81, 126, 0x27, 0x10];

fn sleeps_until_the_next_attempt_while_the_server_is_down(name: &str) {
    let address = support::process::free_address();
    let listener = TcpListener::bind(address).unwrap();
    let mut example = Example::spawn(name, &[&format!("ws://{address}"), APP.key, "news"], &[]);
    let mut peer = Peer::welcome(accept(&listener));
    peer.wait_for("pusher:subscribe");
    drop((listener, peer));
    example.wait_for_text("Disconnected", TIMEOUT);

    let before = example.cpu_time();
    thread::sleep(Duration::from_secs(2));
    let used = example.cpu_time() - before;
    assert!(used < Duration::from_millis(200), "{used:?} of CPU time in 2 s");
}

#[test]
fn own_websocket_sleeps_until_the_next_attempt_while_the_server_is_down() {
    sleeps_until_the_next_attempt_while_the_server_is_down("own_websocket");
}

#[test]
fn tokio_sleeps_until_the_next_attempt_while_the_server_is_down() {
    sleeps_until_the_next_attempt_while_the_server_is_down("tokio");
}

fn pings_in_time_while_a_message_drips(name: &str) {
    let (listener, address) = listen();
    let _example = Example::spawn(name, &[&format!("ws://{address}"), APP.key, "news"], &[]);
    let mut peer = Peer::welcome(accept(&listener));
    peer.wait_for("pusher:subscribe");
    let mut stream = peer.0.get_ref().try_clone().unwrap();
    stream.write_all(&MESSAGE_HEAD).unwrap();
    thread::spawn(move || drip(stream, "", b' ', Duration::from_millis(20)));
    peer.wait_for("pusher:ping");
}

#[test]
fn own_websocket_pings_in_time_while_a_message_drips() {
    pings_in_time_while_a_message_drips("own_websocket");
}

#[test]
fn tokio_pings_in_time_while_a_message_drips() {
    pings_in_time_while_a_message_drips("tokio");
}

#[test]
fn own_websocket_gives_up_a_handshake_that_drips() {
    let (listener, address) = listen();
    let _example = Example::spawn("own_websocket", &[&format!("ws://{address}"), APP.key, "news"], &[]);
    let stream = accept(&listener);
    // So slow that tungstenite's limit on packets is not reached.
    let took = drip(stream, "HTTP/1.1 101 Switching Protocols\r\nX-Pad: ", b'a', Duration::from_millis(500));
    assert!(took < DEADLINE, "{took:?}");
}

/// Checks that the example exits with status 1 and this message before its peer closes.
#[track_caller]
fn assert_gives_up(mut example: Example, sentence: &str) {
    let status = example.finish(DEADLINE);
    let printed = example.seen().join("\n");
    assert_eq!(status.code(), Some(1), "{printed}");
    assert!(printed.contains(sentence), "{printed}");
}

/// The beginnings of endless HTTP responses: in the head, in a body without a length, in a chunk.
const ENDLESS: [&str; 3] = [
    "HTTP/1.1 200 OK\r\nX-Pad: ",
    "HTTP/1.1 200 OK\r\n\r\n",
    "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nfff\r\n",
];

#[test]
fn the_monitor_gives_up_an_auth_endpoint_that_drips() {
    let run = |answer: &'static str| {
        let (listener, address) = listen();
        let (endpoint, endpoint_address) = listen();
        let (url, auth_url) = (format!("ws://{address}"), format!("http://{endpoint_address}/auth"));
        let arguments = ["--url", &url, "--key", APP.key, "--auth-url", &auth_url, "private-a"];
        let monitor = Example::spawn("monitor", &arguments, &[]);
        let _peer = Peer::welcome(accept(&listener));
        thread::spawn(move || drip(accept(&endpoint), answer, b' ', Duration::from_millis(100)));
        let sentence = format!("private-a is not authorized: {endpoint_address} does not answer: timeout");
        assert_gives_up(monitor, &sentence);
    };
    thread::scope(|all| ENDLESS.map(|answer| all.spawn(move || run(answer))).map(|run| run.join().unwrap()));
}

#[test]
fn the_monitor_gives_up_a_tls_handshake_that_drips() {
    let (listener, address) = listen();
    let monitor = Example::spawn("monitor", &["--url", &format!("wss://{address}"), "--key", APP.key, "news"], &[]);
    // The header of a handshake record of 16 KiB.
    thread::spawn(move || drip(accept(&listener), "\x16\x03\x03\x40\x00\x02", 0, Duration::from_millis(100)));
    assert_gives_up(monitor, &format!("127.0.0.1 port {} cannot be reached: timeout", address.port()));
}

#[test]
fn the_monitor_pings_in_time_while_a_tls_record_drips() {
    let scratch = Scratch::new();
    let certificate = Certificate::create(scratch.path());
    let chain = vec![CertificateDer::from_pem_file(&certificate.certificate).unwrap()];
    let key = PrivateKeyDer::from_pem_file(&certificate.key).unwrap();
    let provider = std::sync::Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(chain, key).unwrap();

    let (listener, address) = listen();
    let url = format!("wss://{address}");
    let authority = certificate.authority.to_str().unwrap();
    let _monitor = Example::spawn("monitor", &["--url", &url, "--key", APP.key, "--ca", authority, "news"], &[]);
    let session = ServerConnection::new(config.into()).unwrap();
    let mut peer = Peer::welcome(StreamOwned::new(session, accept(&listener)));
    peer.wait_for("pusher:subscribe");
    let stream = peer.0.get_ref().sock.try_clone().unwrap();
    // The header of a data record of 16 KiB.
    thread::spawn(move || drip(stream, "\x17\x03\x03\x40\x00", 0, Duration::from_millis(10)));
    peer.wait_for("pusher:ping");
}

#[test]
fn trigger_gives_up_a_server_that_drips() {
    let run = |answer: &'static str| {
        let (listener, address) = listen();
        let arguments = [&format!("http://{address}"), APP.id, APP.key, "news", "headline", "{}"];
        let example = Example::spawn("trigger", &arguments, &[SECRET]);
        thread::spawn(move || drip(accept(&listener), answer, b' ', Duration::from_millis(100)));
        assert_gives_up(example, &format!("{address} does not answer: timeout"));
    };
    thread::scope(|all| ENDLESS.map(|answer| all.spawn(move || run(answer))).map(|run| run.join().unwrap()));
}

/// Connects to the auth server and sends no request.
fn connect(address: SocketAddr) -> TcpStream {
    let stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(TIMEOUT)).unwrap();
    stream
}

#[test]
fn the_auth_server_ends_a_request_that_drips() {
    let (_example, address) = support::example::auth_server(&mut support::example::command("auth_server"), APP);
    let requests = ["POST /pusher/auth", "POST /pusher/auth HTTP/1.1\r\nContent-Length: 999\r\n\r\n"];
    let run = |request| drip(connect(address), request, b' ', Duration::from_millis(100));
    thread::scope(|all| {
        for took in requests.map(|request| all.spawn(move || run(request))).map(|run| run.join().unwrap()) {
            assert!(took < DEADLINE, "{took:?}");
        }
    });
}

#[test]
fn the_auth_server_survives_the_limit_of_open_files() {
    let program = support::example::command("auth_server").get_program().to_owned();
    let mut shell = std::process::Command::new("sh");
    shell.args(["-c", "ulimit -n 16 && exec \"$0\" \"$@\""]).arg(program);
    let (example, address) = support::example::auth_server(&mut shell, APP);
    // More than it can accept: the operating system queues the others.
    let idle: Vec<_> = (0..40).map(|_| connect(address)).collect();
    thread::sleep(Duration::from_millis(500));
    let before = example.cpu_time();
    thread::sleep(Duration::from_secs(2));
    let used = example.cpu_time() - before;
    assert!(used < Duration::from_millis(200), "{used:?} of CPU time in 2 s");

    drop(idle);
    let form = "socket_id=1.1&channel_name=private-a";
    let answer = support::http::request(address, "POST", "/pusher/auth", Some(form));
    assert_eq!((answer.status, answer.body.contains("auth")), (200, true));
}

/// Escape sequences with introducers of one and two characters, bidirectional marks, a bell, a line separator, and
/// invisible characters.
const EVIL: &str = "\u{1b}[31m\u{9b}2J\u{202e}\u{2066}\u{200f}\u{7}\u{7f}\u{2028}\u{200b}\u{feff}\u{e0041}";

/// Checks that the output contains `escape` and no character of [`EVIL`].
#[track_caller]
fn assert_harmless(example: &Example, escape: &str) {
    let printed = example.seen().join("\n");
    assert!(printed.contains(escape), "{printed:?}");
    let steers = |character: &char| EVIL.contains(*character) && !character.is_ascii_graphic() && *character != '\n';
    let steering: Vec<char> = printed.chars().filter(steers).collect();
    assert!(steering.is_empty(), "{steering:?} in {printed:?}");
}

/// Runs a server that sends [`EVIL`] in every text.
fn serve_evil(listener: &TcpListener, channel: &str) {
    let mut peer = Peer::welcome(accept(listener));
    peer.wait_for("pusher:subscribe");
    let presence = json!({ "presence": { "ids": [EVIL], "hash": { EVIL: { "name": EVIL } } } }).to_string();
    peer.send(json!({ "event": "pusher_internal:subscription_succeeded", "channel": channel, "data": presence }));
    peer.send(json!({ "event": EVIL, "channel": channel, "data": EVIL, "user_id": EVIL }));
    peer.send(json!({ "event": EVIL, "channel": EVIL, "data": EVIL }));
    peer.send(json!({ "event": "pusher:error", "data": { "code": 4301, "message": EVIL } }));
    let message = tungstenite::protocol::CloseFrame { code: 4001.into(), reason: EVIL.into() };
    peer.0.close(Some(message)).unwrap();
    while peer.0.read().is_ok() {}
}

/// Runs an example with these arguments. `URL` stands for the URL of the server, and the last argument is the channel.
fn assert_escapes(name: &str, arguments: &[&str], escape: &str) {
    let (listener, address) = listen();
    let url = format!("ws://{address}");
    let arguments: Vec<&str> = arguments.iter().map(|&one| if one == "URL" { &url } else { one }).collect();
    let mut example = Example::spawn(name, &arguments, &[SECRET]);
    serve_evil(&listener, arguments[arguments.len() - 1]);
    assert_eq!(example.finish(TIMEOUT).code(), Some(1));
    assert_harmless(&example, escape);
}

/// The beginning of [`EVIL`] as Rust and as JSON escape it.
const ESCAPED: &str = r"\u{1b}[31m\u{9b}2J";
const ESCAPED_JSON: &str = r"\u001b[31m\u009b2J";

#[test]
fn no_text_of_a_server_steers_the_terminal_of_own_websocket() {
    assert_escapes("own_websocket", &["URL", APP.key, "private-a"], ESCAPED);
}

#[test]
fn no_text_of_a_server_steers_the_terminal_of_tokio() {
    assert_escapes("tokio", &["URL", APP.key, "presence-a"], ESCAPED);
}

#[test]
fn no_text_of_a_server_steers_the_terminal_of_the_monitor() {
    let arguments = ["--url", "URL", "--key", APP.key, "--secret", APP.secret, "presence-a"];
    assert_escapes("monitor", &arguments, ESCAPED);
    assert_escapes("monitor", &[&["--json"][..], &arguments].concat(), ESCAPED_JSON);
}

#[test]
fn no_text_of_a_server_steers_the_terminal_of_trigger() {
    let (listener, address) = listen();
    let arguments = [&format!("http://{address}"), APP.id, APP.key, "news", "headline", "{}"];
    let mut example = Example::spawn("trigger", &arguments, &[SECRET]);
    let answer = format!("HTTP/1.1 400 Bad Request\r\nContent-Length: {}\r\n\r\n{EVIL}", EVIL.len());
    let mut stream = accept(&listener);
    assert_ne!(stream.read(&mut [0; 4096]).unwrap(), 0); // unread bytes could reset the connection
    stream.write_all(answer.as_bytes()).unwrap();
    assert_eq!(example.finish(TIMEOUT).code(), Some(1));
    assert_harmless(&example, ESCAPED);
}
