//! Hostile servers over real sockets, plain and behind TLS: one client meets each in turn, then a fair one.

#[path = "../support/mod.rs"]
mod support;

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::time::{Duration, Instant as Clock};

use embedded_io::{ErrorKind, ErrorType, Read, Write};
use pusher_proto::client::{Client, Config};
use pusher_proto::connection::DenyAll;
use pusher_proto::event::Event;
use pusher_proto::io::Step;
use pusher_proto::{Connection, Endpoint, Instant};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, ServerConfig, ServerConnection, StreamOwned};
use serde_json::json;
use support::certificate::Certificate;
use support::process::Scratch;
use support::stream::Stream;
use tungstenite::{Message, WebSocket};

const PATIENCE: Duration = Duration::from_secs(60);

/// What a server does on one connection.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Attack {
    /// Ends the socket as soon as it is open.
    Ends,
    /// Sends a byte of the answer to the handshake now and then.
    DripsHead,
    /// Sends a message of 16 MB.
    SixteenMegabytes,
    /// Sends pings as fast as they are taken, and reads nothing.
    Pings,
    /// Sends the beginning of a message, then a byte now and then; behind TLS, of a record.
    DripsMessage,
    /// Sends bytes that are not a valid frame or TLS record.
    Noise,
    /// None.
    Fair,
}

const ATTACKS: [Attack; 7] = [
    Attack::Ends,
    Attack::DripsHead,
    Attack::SixteenMegabytes,
    Attack::Pings,
    Attack::DripsMessage,
    Attack::Noise,
    Attack::Fair,
];

trait Both: std::io::Read + std::io::Write {}
impl<T: std::io::Read + std::io::Write> Both for T {}

fn drip(stream: &mut dyn std::io::Write, start: &[u8], byte: u8) {
    let _ = stream.write_all(start);
    let end = Clock::now() + PATIENCE;
    while Clock::now() < end && stream.write_all(&[byte]).and_then(|()| stream.flush()).is_ok() {
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn serve(tcp: TcpStream, tls: Option<&Arc<ServerConfig>>, attack: Attack) {
    tcp.set_read_timeout(Some(PATIENCE)).unwrap();
    tcp.set_write_timeout(Some(PATIENCE)).unwrap();
    let mut raw = tcp.try_clone().unwrap();
    let mut stream: Box<dyn Both> = match tls {
        Some(config) => Box::new(StreamOwned::new(ServerConnection::new(config.clone()).unwrap(), tcp)),
        None => Box::new(tcp),
    };
    match attack {
        Attack::Ends => return,
        Attack::DripsHead => {
            let _ = stream.read(&mut [0; 1024]);
            return drip(&mut stream, b"HTTP/1.1 101 x\r\nX: ", b'x');
        }
        _ => {}
    }
    let Ok(mut websocket) = tungstenite::accept(stream) else { return };
    let data = json!({ "socket_id": "1.1", "activity_timeout": 1 }).to_string();
    send(&mut websocket, json!({ "event": "pusher:connection_established", "data": data }));
    while !matches!(websocket.read(), Ok(Message::Text(text)) if text.contains("pusher:subscribe")) {}
    match attack {
        Attack::SixteenMegabytes => {
            let stream = websocket.get_mut();
            let _ = stream.write_all(&[0x81, 127, 0, 0, 0, 0, 1, 0, 0, 0]);
            for _ in 0..16 << 4 {
                if stream.write_all(&[b' '; 1 << 16]).is_err() {
                    return;
                }
            }
        }
        Attack::Pings => {
            // The connection is alive as long as they come: it ends when the server does.
            raw.set_write_timeout(Some(Duration::from_secs(1))).unwrap();
            let end = Clock::now() + Duration::from_secs(1);
            while Clock::now() < end && websocket.get_mut().write_all(&[0x89, 0].repeat(512)).is_ok() {}
        }
        Attack::DripsMessage if tls.is_some() => drip(&mut raw, &[0x17, 3, 3, 0x40, 0], 0),
        Attack::DripsMessage => drip(&mut raw, &[0x81, 126, 3, 0xff], b' '),
        Attack::Noise => drip(&mut raw, &[0xff; 64], 0xff),
        _ => {
            send(&mut websocket, json!({ "event": "pusher_internal:subscription_succeeded", "channel": "news" }));
            send(&mut websocket, json!({ "event": "fair", "channel": "news", "data": "1" }));
            while websocket.read().is_ok() {}
        }
    }
}

fn send<S: std::io::Read + std::io::Write>(websocket: &mut WebSocket<S>, message: serde_json::Value) {
    let _ = websocket.send(Message::text(message.to_string()));
}

/// The client's end of a socket, with timeouts of 20 ms.
struct Socket(Box<dyn Stream>);

fn kind(error: std::io::Error) -> ErrorKind {
    match error.kind() {
        std::io::ErrorKind::WouldBlock | std::io::ErrorKind::TimedOut => ErrorKind::TimedOut,
        _ => ErrorKind::Other,
    }
}

impl ErrorType for Socket {
    type Error = ErrorKind;
}

impl Read for Socket {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        self.0.read(buffer).map_err(kind)
    }
}

impl Write for Socket {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        self.0.write(bytes).map_err(kind)
    }

    fn flush(&mut self) -> Result<(), ErrorKind> {
        self.0.flush().map_err(kind)
    }
}

/// Connects one client to each attack in turn; returns the reasons of the closes.
fn meet_all(client_tls: Option<Arc<ClientConfig>>, server_tls: Option<Arc<ServerConfig>>) -> Vec<String> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address: SocketAddr = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for attack in ATTACKS {
            let (tcp, _) = listener.accept().unwrap();
            let tls = server_tls.clone();
            std::thread::spawn(move || serve(tcp, tls.as_ref(), attack));
        }
    });

    let mut config = Config::new(1);
    config.reconnect.base = pusher_proto::Duration::ZERO;
    config.handshake_timeout = pusher_proto::Duration::from_secs(1);
    config.pong_timeout = pusher_proto::Duration::from_secs(1);
    let url = format!("ws://{address}");
    let endpoint = Endpoint::from_url(&url, "key").unwrap();
    let random: fn(&mut [u8]) = |bytes| getrandom::fill(bytes).unwrap();
    let client: Client<1, 16> = Client::new(config);
    let mut connection = Connection::with_buffers(client, endpoint, random, vec![0; 1024], vec![0; 512]);
    let started = Clock::now();
    let now = || Instant::from_millis(started.elapsed().as_millis() as u64);
    connection.subscribe(now(), "news").unwrap();
    connection.connect(now());
    let (mut socket, mut reasons): (Option<Socket>, Vec<String>) = (None, Vec::new());
    loop {
        assert!(started.elapsed() < PATIENCE, "{reasons:?}");
        let (mut opens, mut closes) = (None, false);
        match connection.step(now(), socket.as_mut(), &mut DenyAll) {
            Step::Open { attempt, .. } => opens = Some(attempt),
            Step::Close(reason) => {
                reasons.push(format!("{reason:?}"));
                closes = true;
            }
            Step::Event(Event::Channel(event)) if event.event == "fair" => return reasons,
            _ => {}
        }
        if closes {
            socket = None;
        }
        if let Some(attempt) = opens {
            match support::stream::try_connect(address, client_tls.as_ref()) {
                Ok(stream) => {
                    stream.tcp().set_read_timeout(Some(Duration::from_millis(20))).unwrap();
                    stream.tcp().set_write_timeout(Some(Duration::from_millis(20))).unwrap();
                    socket = Some(Socket(stream));
                }
                Err(error) => {
                    reasons.push(format!("no socket: {error}"));
                    connection.handle_open_failed(now(), attempt);
                }
            }
        }
    }
}

#[test]
fn one_client_meets_every_attack_over_tcp_and_then_works() {
    let reasons = meet_all(None, None);
    let expected = ["Socket", "Requested", "Protocol(TooBig", "", "Requested", "Protocol("];
    assert_eq!(reasons.len(), expected.len(), "{reasons:?}");
    for (reason, expected) in reasons.iter().zip(expected) {
        assert!(reason.starts_with(expected), "{expected}: {reasons:?}");
    }
}

#[test]
fn one_client_meets_every_attack_over_tls_and_then_works() {
    let scratch = Scratch::new();
    let certificate = Certificate::create(scratch.path());
    let chain = vec![CertificateDer::from_pem_file(&certificate.certificate).unwrap()];
    let key = PrivateKeyDer::from_pem_file(&certificate.key).unwrap();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = config.with_no_client_auth().with_single_cert(chain, key).unwrap();
    let reasons = meet_all(Some(certificate.client()), Some(Arc::new(config)));
    // The end of the socket is an error of the TLS library, and so is noise.
    let expected = ["no socket", "Requested", "Protocol(TooBig", "", "Requested", "Socket"];
    assert_eq!(reasons.len(), expected.len(), "{reasons:?}");
    for (reason, expected) in reasons.iter().zip(expected) {
        assert!(reason.starts_with(expected), "{expected}: {reasons:?}");
    }
}
