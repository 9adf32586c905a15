//! A scripted server over a real socket, for behavior that the real servers do not show: codes of Pusher that soketi
//! and sockudo never use, standard subscription counts and watchlists, and the behavior of Reverb and pusher-fake.
//!
//! The messages follow the protocol reference and the servers' sources.
#![cfg(all(feature = "embedded-io", feature = "users"))]

#[path = "../support/script.rs"]
mod script;
#[path = "../support/socket.rs"]
mod socket;

use std::net::{SocketAddr, TcpListener};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant as Clock};

use pusher_proto::auth::Credentials;
use pusher_proto::io::Step;
use pusher_proto::{Client, Connection, Endpoint, Instant};
use socket::Socket;
use tungstenite::Message;
use tungstenite::protocol::CloseFrame;

/// An action of the server. Actions run in order, on one connection at a time.
#[derive(Clone, Copy)]
enum Act {
    /// Sends this text.
    Send(&'static str),
    /// Waits for a frame that contains this text.
    Expect(&'static str),
    /// Closes with this code and reason, and waits for the next connection.
    Close(u16, &'static str),
    /// Drops the TCP connection without a close frame, and waits for the next.
    Drop,
}
use Act::{Close, Drop, Expect, Send};

const ESTABLISHED: Act =
    Send(r#"{"event":"pusher:connection_established","data":"{\"socket_id\":\"1.1\",\"activity_timeout\":120}"}"#);

const LIMIT: Duration = Duration::from_secs(10);

fn serve(acts: &'static [Act]) -> (SocketAddr, JoinHandle<()>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let address = listener.local_addr().unwrap();
    let server = thread::spawn(move || {
        let mut acts = acts.iter().peekable();
        while acts.peek().is_some() {
            let (stream, _) = listener.accept().unwrap();
            stream.set_read_timeout(Some(LIMIT)).unwrap();
            let mut websocket = tungstenite::accept(stream).unwrap();
            for act in acts.by_ref() {
                match *act {
                    Send(text) => websocket.send(Message::text(text)).unwrap(),
                    Expect(part) => loop {
                        match websocket.read().unwrap() {
                            Message::Text(text) if text.contains(part) => break,
                            _ => {}
                        }
                    },
                    Close(code, reason) => {
                        websocket.close(Some(CloseFrame { code: code.into(), reason: reason.into() })).unwrap();
                        while websocket.read().is_ok() {}
                        break;
                    }
                    Drop => break,
                }
            }
        }
    });
    (address, server)
}

/// Connects to a server that runs `acts`. Returns the client's reports up to `last`.
#[track_caller]
fn run(acts: &'static [Act], channels: &[&str], sign_in: bool, last: &str) -> Vec<String> {
    let (address, server) = serve(acts);
    let now = {
        let start = Clock::now();
        move || Instant::from_millis(start.elapsed().as_millis() as u64)
    };
    let mut client: Client<4, 48> = Client::new(script::config());
    for name in channels {
        client.subscribe(now(), name).unwrap();
    }
    if sign_in {
        client.sign_in(now());
    }
    client.connect(now());
    let url = format!("ws://{address}");
    let endpoint = Endpoint::from_url(&url, "key").unwrap();
    let (mut rx, mut tx) = ([0; 2048], [0; 512]);
    let random = |bytes: &mut [u8]| bytes.fill(7);
    let mut connection = Connection::new(client, endpoint, random, &mut rx, &mut tx);
    connection.set_channel_data(Some(r#"{"user_id":"me"}"#));
    connection.set_user_data(Some(r#"{"id":"me"}"#));
    let mut credentials = Credentials::new("key", b"secret");
    // A second client translates handles to names while an event borrows the connection; its handles are the same.
    let mut names: Client<4, 48> = Client::new(script::config());
    for name in channels {
        names.subscribe(Instant::ZERO, name).unwrap();
    }

    let mut log: Vec<String> = Vec::new();
    let mut socket = None;
    let started = Clock::now();
    while log.last().is_none_or(|line| line != last) {
        assert!(started.elapsed() < LIMIT, "{last:?} was not reported, only {log:#?}");
        match connection.step(now(), socket.as_mut(), &mut credentials) {
            Step::Open { secure, attempt } => {
                if secure {
                    log.push("open secure".into());
                }
                socket = Socket::open(address).ok();
                if socket.is_none() {
                    connection.handle_open_failed(now(), attempt);
                }
            }
            Step::Close(end) => {
                log.push(format!("close: {end}"));
                socket = None;
            }
            Step::Event(event) => log.push(script::describe(&names, event)),
            Step::Notice(pusher_proto::Notice::Disconnected { reason, retry_at }) => {
                log.push(format!("lost: {reason}{}", if retry_at.is_some() { "" } else { ", for good" }));
            }
            Step::BadEnvelope(error) => log.push(format!("bad message: {error}")),
            _ => {}
        }
    }
    drop(socket);
    server.join().unwrap();
    log
}

#[test]
fn codes_that_end_the_attempts() {
    const CASES: [(&[Act], &str, &str); 5] = [
        (&[Close(4004, "Over quota")], "4004: Over quota", "the application is over its connection quota (4004)"),
        (&[Close(4005, "")], "4005", "the path does not exist (4005)"),
        (&[Close(4006, "")], "4006", "the server refuses the version string (4006)"),
        (&[Close(4007, "")], "4007", "the server does not support this protocol version (4007)"),
        (&[Close(4008, "")], "4008", "the request names no protocol version (4008)"),
    ];
    for (acts, close, reason) in CASES {
        let close = format!("close: the server closed with {close}");
        let lost = format!("lost: {reason}, for good");
        assert_eq!(run(acts, &[], false, &lost), [close, lost]);
    }
}

#[test]
fn a_demand_for_tls_requests_a_secure_socket() {
    const ACTS: [Act; 2] = [Close(4000, "Use SSL"), Close(4001, "")];
    let log = run(&ACTS, &[], false, "close: the server closed with 4001");
    assert_eq!(log[1], "lost: the application accepts only TLS connections (4000)");
    assert_eq!(log[2], "open secure");
}

#[test]
fn reverb_reports_in_a_string_and_drops_the_connection() {
    const ACTS: [Act; 3] = [
        ESTABLISHED,
        Send(r#"{"event":"pusher:error","data":"{\"code\":4201,\"message\":\"Pong reply not received in time\"}"}"#),
        Drop,
    ];
    let log = run(&ACTS, &[], false, "lost: the server did not receive a pong (4201)");
    let expected = [
        "connected 1.1",
        "error 4201 Pong reply not received in time",
        "close: the socket ended",
        "lost: the server did not receive a pong (4201)",
    ];
    assert_eq!(log, expected);
}

#[test]
fn reverb_refuses_with_an_error_and_leaves_the_socket_open() {
    const ACTS: [Act; 2] =
        [Send(r#"{"event":"pusher:error","data":"{\"code\":4001,\"message\":\"Application does not exist\"}"}"#), Drop];
    let log = run(&ACTS, &[], false, "lost: the server has no application with this key (4001), for good");
    let expected = [
        "error 4001 Application does not exist",
        "close: the client closes the connection",
        "lost: the server has no application with this key (4001), for good",
    ];
    assert_eq!(log, expected);
}

#[test]
fn subscription_counts_in_the_shape_of_pusher() {
    const ACTS: [Act; 5] = [
        ESTABLISHED,
        Expect(r#"{"channel":"news"}"#),
        Send(r#"{"event":"pusher_internal:subscription_succeeded","channel":"news","data":"{}"}"#),
        Send(r#"{"event":"pusher_internal:subscription_count","channel":"news","data":"{\"subscription_count\":17}"}"#),
        Drop,
    ];
    let log = run(&ACTS, &["news"], false, "count news 17");
    assert_eq!(log, ["connected 1.1", "subscribed news", "count news 17"]);
}

#[test]
fn sign_in_and_watchlists_in_the_shape_of_pusher() {
    const ACTS: [Act; 6] = [
        ESTABLISHED,
        Expect("pusher:signin"),
        Send(r#"{"event":"pusher:signin_success","data":"{\"user_data\":\"{\\\"id\\\":\\\"me\\\"}\"}"}"#),
        Expect("#server-to-user-me"),
        Send(
            r#"{"event":"pusher_internal:watchlist_events","data":"{\"events\":[{\"name\":\"online\",\"user_ids\":[\"a\",\"b\"]}]}"}"#,
        ),
        Drop,
    ];
    let log = run(&ACTS, &[], true, "watchlist online a b");
    assert_eq!(log, ["connected 1.1", "signed in me", "watchlist online a b"]);
}

#[test]
fn pusher_names_the_channel_only_in_the_text_of_an_error() {
    const ACTS: [Act; 7] = [
        ESTABLISHED,
        Expect("private-a"),
        Expect("presence-b"),
        Send(
            r#"{"event":"pusher:error","data":{"code":null,"message":"Invalid signature: Expected HMAC SHA256 hex digest of 1.1:presence-b:{\"user_id\":\"me\"}, but got 00"}}"#,
        ),
        Send(r#"{"event":"pusher:error","data":{"code":null,"message":"Existing subscription to channel private-a"}}"#),
        Send(r#"{"event":"pusher:ping","data":"{}"}"#),
        Expect("pusher:pong"),
    ];
    let log = run(&ACTS, &["private-a", "presence-b"], false, "close: the socket ended");
    assert!(log[1].starts_with("failed presence-b - Invalid signature"), "{log:#?}");
    assert_eq!(log[2], "subscribed private-a");
}

#[test]
fn pusher_fake_fails_a_subscription_under_an_internal_name() {
    const ACTS: [Act; 4] = [
        ESTABLISHED,
        Expect("private-a"),
        Send(r#"{"event":"pusher_internal:subscription_error","channel":"private-a","data":"{}"}"#),
        Drop,
    ];
    let log = run(&ACTS, &["private-a"], false, "failed private-a -  for good");
    assert_eq!(log.len(), 2);
}
