//! Checks that secrets do not stay in memory after connections: signed, refused, failed, lost, ended.

use std::hint::black_box;

use pusher_proto::auth::Credentials;
use pusher_proto::client::{AuthorizeError, Request};
use pusher_proto::connection::{Action, Authorizer, EncryptedCredentials};
use pusher_proto::encryption::SharedSecret;
use pusher_proto::event::Event;
use pusher_proto::{Authorization, Client, Config, Connection, Endpoint, Instant};
use secrets::known::{CHANNEL, forms, keys, master_key, secret};
use secrets::left_behind;
use zeroize::Zeroize;

const NOW: Instant = Instant::ZERO;
/// The example of RFC 6455 §1.3 answers this key.
const KEY: &[u8; 16] = b"the sample nonce";
const ACCEPTED: &str = "HTTP/1.1 101 .\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";
const ESTABLISHED: &str = r#"{"event":"pusher:connection_established","data":{"socket_id":"1.1"}}"#;

type Pusher<'b> = Connection<'b, fn(&mut [u8]), 4, 32>;

/// Returns credentials whose secret is wiped.
fn credentials() -> Credentials<'static> {
    let mut secret = secret(20);
    let credentials = Credentials::new("key", &secret);
    secret.zeroize();
    credentials
}

/// Returns the credentials with the master key, which is wiped.
fn with_master_key() -> Box<EncryptedCredentials<'static>> {
    let mut key = master_key();
    let credentials = Box::new(EncryptedCredentials::new(credentials(), *key));
    key.zeroize();
    credentials
}

/// Returns the key of the channel in base64, on the heap.
fn base64() -> Vec<u8> {
    let (mut key, mut base64) = (master_key(), vec![0; 44]);
    SharedSecret::derive(CHANNEL, &key).to_base64(&mut base64).unwrap();
    key.zeroize();
    base64
}

/// Returns an encrypted event of the channel. One that is not authentic makes the client request a new key.
fn event(is_authentic: bool) -> String {
    let (mut key, mut out) = (master_key(), [0; 200]);
    let secret = SharedSecret::derive(CHANNEL, &key);
    key.zeroize();
    let data = secret.encrypt("{}", &[9; 24], &mut out).unwrap();
    let data = if is_authentic { data.to_owned() } else { data.replace("nonce\":\"C", "nonce\":\"D") };
    format!(r#"{{"event":"e","channel":"{CHANNEL}","data":{data}}}"#)
}

/// Runs a connection: each session is what the server sends before it drops the socket.
#[inline(never)]
fn run(authorizer: &mut impl Authorizer, channels: &[&str], sessions: &[&[&str]]) -> Vec<String> {
    let random: fn(&mut [u8]) = |bytes| bytes.copy_from_slice(&KEY[..bytes.len()]);
    let (mut rx, mut tx) = ([0; 512], [0; 512]);
    let endpoint = Endpoint::from_url("ws://h", "key").unwrap();
    let mut config = Config::new(1);
    config.reconnect.base = pusher_proto::Duration::ZERO;
    let mut connection = Pusher::new(Client::new(config), endpoint, random, &mut rx, &mut tx);
    let (mut reports, mut sent) = (Vec::new(), 0);
    for channel in channels {
        connection.subscribe(NOW, channel).unwrap();
    }
    connection.sign_in(NOW);
    connection.set_user_data(Some(r#"{"id":"7"}"#));
    connection.connect(NOW);
    for session in sessions {
        let mut server: Vec<u8> = ACCEPTED.into();
        for text in [ESTABLISHED].iter().chain(*session) {
            let length = u16::try_from(text.len()).unwrap();
            if length < 126 {
                server.extend([0x81, length as u8]);
            } else {
                server.extend([0x81, 126]);
                server.extend(length.to_be_bytes());
            }
            server.extend(text.bytes());
        }
        let mut server = server.into_iter();
        loop {
            match connection.poll(NOW, authorizer) {
                Action::Open { attempt, .. } => connection.handle_opened(NOW, attempt),
                Action::Write => {
                    let length = connection.unsent().len();
                    sent += length;
                    connection.handle_sent(length);
                }
                Action::Read { .. } => match server.next() {
                    Some(byte) => {
                        connection.receive_space()[0] = byte;
                        connection.handle_received(1);
                    }
                    None => connection.handle_socket_error(NOW, pusher_proto::connection::SocketError::Closed),
                },
                Action::Event(event) => reports.push(format!("{event:?}")),
                Action::Close(_) => break,
                _ => {}
            }
        }
    }
    assert!(sent > 0);
    reports
}

/// Names what was reported, in order.
fn names(reports: &[String]) -> Vec<&str> {
    let end = |report: &str| report.find([' ', '(']).unwrap_or(report.len());
    reports.iter().map(|report| &report[..end(report)]).filter(|name| *name != "Connected").collect()
}

const SUCCEEDED: &str = r#"{"event":"pusher_internal:subscription_succeeded","channel":"private-x","data":{}}"#;
const REFUSED: &str = r#"{"event":"pusher:subscription_error","channel":"private-x","data":{"status":401}}"#;
const ENCRYPTED_SUCCEEDED: &str =
    r#"{"event":"pusher_internal:subscription_succeeded","channel":"private-encrypted-x","data":{}}"#;

#[test]
fn connections_that_signed_were_refused_and_were_lost_leave_no_secret_behind() {
    let found = left_behind(
        || forms(20),
        |_| {
            let mut secret = secret(20);
            let mut credentials = Credentials::new("key", &secret);
            secret.zeroize();
            let sessions: [&[&str]; 3] = [&[SUCCEEDED], &[REFUSED], &["not JSON"]];
            let reports = run(&mut credentials, &["private-x"], &sessions);
            assert_eq!(names(&reports), ["Subscribed", "SubscriptionFailed"]);
        },
    );
    assert!(found.is_empty(), "{found:?}");
}

/// Decrypts an event, receives one with a wrong key, and derives the key again for it.
fn decrypt(credentials: &mut EncryptedCredentials<'_>) {
    let (good, bad) = (event(true), event(false));
    let sessions: [&[&str]; 2] = [&[ENCRYPTED_SUCCEEDED, &good, &bad, &good], &[]];
    let reports = run(credentials, &[CHANNEL], &sessions);
    assert_eq!(names(&reports), ["Subscribed", "Channel", "DecryptionFailed", "Channel"], "{reports:?}");
}

#[test]
fn an_authorizer_with_the_master_key_leaves_no_key_behind() {
    let found = left_behind(
        || keys().and(forms(20)),
        |_| {
            let mut credentials = with_master_key();
            decrypt(&mut credentials);
        },
    );
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn an_authorizer_in_use_is_found_with_the_master_key_and_the_last_key_that_it_derived() {
    let found = left_behind(keys, |search| {
        let mut credentials = with_master_key();
        decrypt(&mut credentials);
        search();
        drop(black_box(credentials));
    });
    assert_eq!(found.keys().collect::<Vec<_>>(), [&"master key", &"shared key in base64"]);
}

/// Returns a client that is subscribed to the encrypted channel.
#[inline(never)]
fn subscribed() -> Box<Client<2, 32>> {
    let mut client = authorized();
    handle(&mut client, ENCRYPTED_SUCCEEDED);
    client
}

/// Returns a client that has the key and waits for the server's answer.
#[inline(never)]
fn authorized() -> Box<Client<2, 32>> {
    let mut client = Box::new(Client::new(Config::new(1)));
    client.connect(NOW);
    assert!(client.poll_request().is_some());
    client.handle_open(NOW);
    handle(&mut client, ESTABLISHED);
    client.subscribe(NOW, CHANNEL).unwrap();
    let Some(Request::Authorize(ticket)) = client.poll_request() else { panic!("no request") };
    let mut base64 = base64();
    let authorization =
        Authorization::from_token("key:signature").with_shared_secret(std::str::from_utf8(&base64).unwrap());
    client.authorize(NOW, ticket, &authorization, &mut [0; 256]).unwrap();
    base64.zeroize();
    client
}

fn handle(client: &mut Client<2, 32>, text: &str) {
    black_box(client.handle_text(NOW, &mut text.as_bytes().to_vec()).unwrap());
}

/// Searches while the client is alive, after `work` with it.
fn held_after(prepare: fn() -> Box<Client<2, 32>>, work: fn(&mut Client<2, 32>)) -> Vec<&'static str> {
    let found = left_behind(keys, |search| {
        let mut client = prepare();
        work(&mut client);
        search();
        drop(black_box(client));
    });
    found.into_keys().collect()
}

#[test]
fn a_subscribed_client_holds_the_key_of_its_channel() {
    assert_eq!(held_after(subscribed, |_| ()), ["shared key"]);
}

#[test]
fn a_client_that_has_unsubscribed_holds_no_key() {
    let held = held_after(subscribed, |client| {
        let channel = client.channels().next().unwrap();
        client.unsubscribe(NOW, channel).unwrap();
        while client.poll_transmit(NOW, &mut [0; 256]).unwrap().is_some() {}
    });
    assert!(held.is_empty(), "{held:?}");
}

#[test]
fn a_client_whose_subscription_was_refused_holds_no_key() {
    let held = held_after(authorized, |client| {
        let refusal = r#"{"event":"pusher:subscription_error","channel":"private-encrypted-x","data":{"status":401}}"#;
        client.handle_text(NOW, &mut refusal.as_bytes().to_vec()).unwrap();
    });
    assert!(held.is_empty(), "{held:?}");
}

#[test]
fn a_client_that_was_disconnected_holds_no_key() {
    let held = held_after(subscribed, |client| {
        client.disconnect(NOW);
        while client.poll_request().is_some() {}
    });
    assert!(held.is_empty(), "{held:?}");
}

/// Answers a request with each wrong form of the key.
#[inline(never)]
fn answer_wrongly(client: &mut Client<2, 32>) {
    client.subscribe(NOW, CHANNEL).unwrap();
    let Some(Request::Authorize(ticket)) = client.poll_request() else { panic!("no request") };
    let mut key = base64();
    for wrong in [0..43, 0..40, 1..44] {
        let key = std::str::from_utf8(&key[wrong]).unwrap();
        let authorization = Authorization::from_token("key:signature").with_shared_secret(key);
        let result = client.authorize(NOW, ticket, &authorization, &mut [0; 256]).map(drop);
        assert!(matches!(result, Err(AuthorizeError::MissingSharedSecret)), "{result:?}");
    }
    client.disconnect(NOW);
    let whole = std::str::from_utf8(&key).unwrap();
    let authorization = Authorization::from_token("key:signature").with_shared_secret(whole);
    let result = client.authorize(NOW, ticket, &authorization, &mut [0; 256]).map(drop);
    assert!(matches!(result, Err(AuthorizeError::StaleTicket)), "{result:?}");
    key.zeroize();
}

#[test]
fn answers_that_are_refused_leave_no_key_behind() {
    let found = left_behind(keys, |search| {
        let mut client = Box::new(Client::<2, 32>::new(Config::new(1)));
        client.connect(NOW);
        assert!(client.poll_request().is_some());
        client.handle_open(NOW);
        handle(&mut client, ESTABLISHED);
        answer_wrongly(&mut client);
        search();
        drop(black_box(client));
    });
    assert!(found.is_empty(), "{found:?}");
}

#[test]
fn an_event_that_is_not_authentic_leaves_no_key_behind() {
    let found = left_behind(keys, |_| {
        let mut client = subscribed();
        let mut text = event(false).into_bytes();
        let event = client.handle_text(NOW, &mut text).unwrap();
        assert!(matches!(event, Some(Event::DecryptionFailed { .. })), "{event:?}");
    });
    assert!(found.is_empty(), "{found:?}");
}
