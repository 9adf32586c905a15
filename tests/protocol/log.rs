//! Tests of the `log` facade: state changes and errors are logged, secrets and application data are not.
#![cfg(feature = "log")]

#[path = "../support/script.rs"]
mod script;

use std::cell::RefCell;

use log::{LevelFilter, Log, Metadata, Record};
use script::{Script, config};

thread_local! {
    static LINES: RefCell<Vec<String>> = const { RefCell::new(Vec::new()) };
}

/// A logger that stores each line with its thread, so that tests do not see each other's lines.
struct Capture;

impl Log for Capture {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        let line = format!("{} {}: {}", record.level(), record.target(), record.args());
        LINES.with_borrow_mut(|lines| lines.push(line));
    }

    fn flush(&self) {}
}

/// Returns the lines that were logged while `what` ran.
fn logged(what: impl FnOnce()) -> Vec<String> {
    // Another test of this process may have set the logger already.
    let _ = log::set_logger(&Capture);
    log::set_max_level(LevelFilter::Trace);
    LINES.take();
    what();
    LINES.take()
}

fn play(script: &str) -> Vec<String> {
    logged(|| {
        let mut run = Script::new(config());
        script.lines().map(str::trim).filter(|line| !line.is_empty()).for_each(|line| run.step(line));
    })
}

#[test]
fn state_changes_and_errors_are_logged_in_order() {
    let lines = play(
        r#"
        connect
        open
        in {"event":"pusher:connection_established","data":"{\"socket_id\":\"1.1\"}"}
        subscribe presence-room
        deny presence-room
        subscribe news
        at 10000
        in nonsense
        close 4201
        at 10001
        close refused
        disconnect
        "#,
    );
    // The required lines, in this order.
    let expected = [
        "Disconnected on Connect becomes Opening",
        "Opening on Opened becomes Handshaking",
        "Handshaking on Established becomes Connected",
        "news: SubscriptionTimeout",
        "NotJson",
        "ends for Code(4201)",
        "Connected on Lost becomes Waiting",
        "Waiting on RetryDue becomes Opening",
        "ends for ConnectFailed",
        "Opening on Lost becomes Waiting",
        "Waiting on Disconnect becomes Disconnected",
    ];
    let mut rest = lines.iter();
    for part in expected {
        assert!(rest.any(|line| line.contains(part)), "{part:?} is missing or out of order:\n{}", lines.join("\n"));
    }
    assert!(lines.iter().all(|line| line.starts_with("DEBUG pusher_proto: ")), "{lines:?}");
}

/// A marker in every secret, token, signature and piece of application data of these tests, and nowhere else.
const SECRET: &str = "5ec2e7";

fn assert_discreet(lines: &[String]) {
    assert!(!lines.is_empty());
    for line in lines {
        assert!(!line.contains(SECRET), "{line}");
    }
}

#[test]
fn no_token_no_channel_data_and_no_event_data_is_logged() {
    assert_discreet(&play(
        r#"
        connect
        open
        in {"event":"pusher:connection_established","data":"{\"socket_id\":\"1.1\"}"}
        subscribe private-orders
        authorize private-orders key:5ec2e7
        in {"event":"pusher_internal:subscription_succeeded","channel":"private-orders"}
        trigger private-orders client-typing {"x":"5ec2e7"}
        trigger private-orders client-typing {5ec2e7
        trigger private-orders 5ec2e7 {}
        in {"event":"created","channel":"private-orders","data":"{\"x\":\"5ec2e7\"}"}
        in {"event":"created","channel":"private-orders","data":{"x":"5ec2e7"
        in {"event":"5ec2e7
        in {"event":"pusher_internal:member_added","channel":"private-orders","data":"5ec2e7"}
        in {"event":"5ec2e7","channel":"5ec2e7","data":"5ec2e7"}
        subscribe presence-room
        authorize presence-room key:5ec2e7 {"user_id":"5ec2e7"}
        in {"event":"pusher:subscription_error","channel":"presence-room","data":{"error":"5ec2e7","status":401}}
        in {"event":"pusher_internal:subscription_succeeded","channel":"presence-room","data":"5ec2e7"}
        in {"event":"pusher_internal:subscription_count","channel":"private-orders","data":"5ec2e7"}
        in {"event":"pusher:error","data":{"code":4009,"message":"5ec2e7"}}
        close
        disconnect
        "#,
    ));
}

#[cfg(feature = "users")]
#[test]
fn no_token_and_no_user_data_is_logged() {
    assert_discreet(&play(
        r#"
        connect
        open
        in {"event":"pusher:connection_established","data":"{\"socket_id\":\"1.1\"}"}
        sign_in
        authenticate key:5ec2e7 {"id":"5ec2e7"}
        in {"event":"pusher:error","data":{"code":4009,"message":"5ec2e7"}}
        sign_out
        at 1
        open
        "#,
    ));
}

#[cfg(feature = "encrypted")]
#[test]
fn no_key_of_an_encrypted_channel_is_logged() {
    assert_discreet(&play(
        r#"
        connect
        open
        in {"event":"pusher:connection_established","data":"{\"socket_id\":\"1.1\"}"}
        subscribe private-encrypted-a
        authorize private-encrypted-a key:5ec2e7 5ec2e7=
        authorize private-encrypted-a key:5ec2e7 5ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e75ec2e7A=
        in {"event":"pusher_internal:subscription_succeeded","channel":"private-encrypted-a"}
        in {"event":"x","channel":"private-encrypted-a","data":"{\"nonce\":\"5ec2e7\",\"ciphertext\":\"5ec2e7\"}"}
        at 1
        close
        "#,
    ));
}

#[cfg(all(feature = "users", feature = "websocket"))]
#[test]
fn no_secret_and_no_signature_of_a_connection_is_logged() {
    use pusher_proto::auth::Credentials;
    use pusher_proto::connection::Action;
    use pusher_proto::{Client, Connection, Endpoint, Instant};

    let now = Instant::ZERO;
    let mut credentials = Credentials::new("key", b"5ec2e7");
    let mut sent = Vec::new();
    let lines = logged(|| {
        let mut client: Client = Client::new(config());
        client.subscribe(now, "presence-room").unwrap();
        client.sign_in(now);
        client.connect(now);
        let endpoint = Endpoint::from_url("ws://h", "key").unwrap();
        let (mut rx, mut tx) = ([0; 512], [0; 512]);
        let mut connection = Connection::new(client, endpoint, |_: &mut [u8]| {}, &mut rx, &mut tx);
        connection.set_channel_data(Some(r#"{"user_id":"5ec2e7"}"#));
        connection.set_user_data(Some(r#"{"id":"5ec2e7"}"#));

        let accept = tungstenite::handshake::derive_accept_key(b"AAAAAAAAAAAAAAAAAAAAAA==");
        let mut server = format!(
            "HTTP/1.1 101 .\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n"
        )
        .into_bytes();
        let messages = [
            r#"{"event":"pusher:connection_established","data":{"socket_id":"1.1"}}"#,
            r#"{"event":"pusher:signin_success","data":{"user_data":"{\"id\":\"5ec2e7\"}"}}"#,
            r#"{"event":"5ec2e7"#,
        ];
        for text in messages {
            server.extend([0x81, text.len() as u8]);
            server.extend(text.bytes());
        }
        let mut server = server.into_iter();
        loop {
            match connection.poll(now, &mut credentials) {
                Action::Open { attempt, .. } => connection.handle_opened(now, attempt),
                Action::Write => {
                    sent.extend(connection.unsent());
                    connection.handle_sent(connection.unsent().len());
                }
                Action::Read { .. } => {
                    let Some(byte) = server.next() else { break };
                    connection.receive_space()[0] = byte;
                    connection.handle_received(1);
                }
                _ => {}
            }
        }
    });
    assert_discreet(&lines);
    // With an all-zero mask, the messages are readable.
    let sent = String::from_utf8_lossy(&sent);
    let signatures: Vec<_> = sent.split("key:").skip(1).map(|rest| &rest[..64]).collect();
    assert_eq!(signatures.len(), 2, "of the subscription and of the sign-in: {sent}");
    for line in &lines {
        assert!(!signatures.iter().any(|signature| line.contains(signature)), "{line}");
    }
}
