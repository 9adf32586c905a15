//! The blocking driver over `TcpStream` with a read timeout. `embedded_io_adapters::std::FromStd` then reports
//! `Other` when no bytes are available.
#![cfg(feature = "embedded-io")]

use std::io::{self, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::time::{Duration, Instant as Clock};

use embedded_io::{Error, ErrorKind};
use embedded_io_adapters::std::FromStd;
use pusher_proto::connection::{CloseReason, DenyAll, SocketError};
use pusher_proto::io::{MapErrorKind, Step};
use pusher_proto::{Client, Config, Connection, Endpoint, Instant};
use tungstenite::handshake::derive_accept_key;

const TIMEOUT: Duration = Duration::from_millis(5);

/// Starts a server that delays its messages, and leaves the socket open until the client ends it.
fn serve(listener: &TcpListener) {
    let (mut stream, _) = listener.accept().unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut request = Vec::new();
    while !request.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        request.extend(byte);
    }
    let request = String::from_utf8(request).unwrap();
    let key = request.split("Sec-WebSocket-Key: ").nth(1).unwrap().lines().next().unwrap();
    let accept = derive_accept_key(key.as_bytes());
    let head =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: ";
    let established = r#"{"event":"pusher:connection_established","data":{"socket_id":"1.1"}}"#;
    let frame = [&[0x81, established.len() as u8], established.as_bytes()].concat();
    for bytes in [format!("{head}{accept}\r\n\r\n").as_bytes(), &frame, b"\x88\x02\x0f\xa1"] {
        std::thread::sleep(20 * TIMEOUT);
        if stream.write_all(bytes).is_err() {
            return; // the client has disconnected
        }
    }
    let _ = stream.read(&mut [0; 64]);
}

/// Runs until the first socket is closed, and returns the reports until then.
fn run<S: embedded_io::Read + embedded_io::Write>(wrap: impl Fn(FromStd<TcpStream>) -> S) -> Vec<String> {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = std::thread::spawn(move || serve(&listener));
    let started = Clock::now();
    let now = || Instant::from_millis(started.elapsed().as_millis() as u64);
    let mut client: Client<1, 16> = Client::new(Config::new(1));
    client.connect(now());
    let url = format!("ws://{address}");
    let (mut rx, mut tx) = ([0; 512], [0; 512]);
    let endpoint = Endpoint::from_url(&url, "key").unwrap();
    let mut connection = Connection::new(client, endpoint, |bytes: &mut [u8]| bytes.fill(7), &mut rx, &mut tx);
    let (mut socket, mut log) = (None, Vec::new());
    while started.elapsed() < Duration::from_secs(20) {
        match connection.step(now(), socket.as_mut(), &mut DenyAll) {
            Step::Open { .. } => {
                let stream = TcpStream::connect(address).unwrap();
                stream.set_read_timeout(Some(TIMEOUT)).unwrap();
                socket = Some(wrap(FromStd::new(stream)));
            }
            Step::Event(event) => log.push(format!("{event:?}")),
            Step::Close(end) => {
                log.push(match end {
                    CloseReason::Socket { error: SocketError::Other, .. } => "closed: Other".into(),
                    end => format!("closed: {end}"),
                });
                drop(socket);
                server.join().unwrap();
                return log;
            }
            _ => {}
        }
    }
    panic!("the run did not end: {log:?}");
}

fn kind(error: &io::Error) -> ErrorKind {
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => ErrorKind::TimedOut,
        _ => Error::kind(error),
    }
}

#[test]
fn a_tcp_stream_with_a_read_timeout_waits_for_the_server() {
    let log = run(|socket| MapErrorKind { socket, kind });
    assert_eq!(log, ["Connected { socket_id: \"1.1\" }", "closed: the server closed with 4001"]);
}

#[test]
fn without_a_mapping_of_errors_a_read_timeout_ends_the_connection_as_other() {
    assert_eq!(run(|socket| socket), ["closed: Other"]);
}
