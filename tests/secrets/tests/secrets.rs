//! Checks that secrets do not stay in memory, by searching a process that has used one.

#[path = "../../support/element.rs"]
mod element;

use std::hint::black_box;
use std::io::{Read, Write};
use std::process::{Child, Command, Stdio};

use element::{Element, SecureElement};
use hmac::{Hmac, KeyInit, Mac};
use pusher_proto::auth::rest::Api;
use pusher_proto::auth::{Credentials, Signature, webhook};
use pusher_proto::client::{Authorization, Client, Config, Request};
use pusher_proto::connection::{Answer, Authorizer, SubscriptionRequest};
use pusher_proto::encryption::SharedSecret;
use pusher_proto::event::Event;
use pusher_proto::{Instant, Payload};
use secrets::known::{CHANNEL, LAST, forms, keys, master_key, secret};
use secrets::left_behind;
use sha2::Sha256;
use zeroize::Zeroize;

/// Creates credentials with a secret of `length` bytes, uses and drops them. Each use has a separate test, because one
/// could overwrite the traces of another.
fn credentials_leave_nothing(length: usize, work: impl FnOnce(&Credentials<'_>)) {
    let found = left_behind(
        || forms(length),
        |_| {
            let mut secret = secret(length);
            let credentials = Credentials::new("key", &secret);
            secret.zeroize();
            work(&credentials);
        },
    );
    assert!(found.is_empty(), "{found:?}");
}

#[inline(never)]
fn sign(credentials: &Credentials<'_>) {
    black_box(credentials.sign_channel("1.1", "private-x", None).unwrap());
}

#[test]
fn creating_credentials_leaves_nothing_behind() {
    credentials_leave_nothing(20, |_| ());
}

#[test]
fn creating_credentials_with_a_long_secret_leaves_nothing_behind() {
    credentials_leave_nothing(100, |_| ());
}

#[test]
fn the_signature_of_a_channel_leaves_nothing_behind() {
    credentials_leave_nothing(20, sign);
}

#[test]
fn the_signature_of_a_user_leaves_nothing_behind() {
    credentials_leave_nothing(20, |credentials| {
        black_box(credentials.sign_user("1.1", &"x".repeat(1000)).unwrap());
    });
}

#[test]
fn a_verified_signature_leaves_nothing_behind() {
    let signature = Signature::from_hex(&"0".repeat(64)).unwrap();
    credentials_leave_nothing(20, |credentials| {
        assert!(!credentials.verify_channel("1.1", "presence-x", Some("{}"), &signature));
    });
}

#[test]
fn a_webhook_leaves_nothing_behind() {
    credentials_leave_nothing(20, |credentials| {
        assert!(webhook::verify(credentials, "key", &"0".repeat(64), b"{}").is_err());
    });
}

#[test]
fn a_request_for_the_http_api_leaves_nothing_behind() {
    credentials_leave_nothing(20, |credentials| {
        let request = Api::new("1", credentials);
        black_box(request.get(1, &["channels"], &[], &mut [0; 512]).unwrap());
    });
}

#[test]
fn credentials_in_use_hold_states_that_do_not_reveal_the_secret() {
    let found = left_behind(
        || forms(20),
        |search| {
            let mut secret = secret(20);
            let credentials = Credentials::new("key", &secret);
            secret.zeroize();
            sign(&credentials);
            search();
            sign(&credentials);
        },
    );
    assert_eq!(found.keys().collect::<Vec<_>>(), [&"inner state", &"outer state"]);
    assert_eq!(found["inner state"], found["outer state"]);
}

#[test]
fn the_search_finds_secrets_that_were_not_wiped() {
    let found = left_behind(
        || forms(20),
        |_| {
            let secret = secret(20);
            let mut hmac = Hmac::<Sha256>::new_from_slice(&secret).unwrap();
            hmac.update(LAST.as_bytes());
            black_box(hmac.finalize());
            std::mem::forget(secret);
        },
    );
    assert!(found.contains_key("secret"), "{found:?}");
    assert!(found.contains_key("outer key"), "{found:?}");
}

/// The secure element, another process. See `src/element.rs`.
struct Remote(Child);

impl Remote {
    fn start() -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_element"));
        Self(command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap())
    }

    fn command(&mut self, block: &[u8]) {
        let pipe = self.0.stdin.as_mut().unwrap();
        pipe.write_all(&[&[block.len() as u8], block].concat()).unwrap();
    }
}

impl Element for Remote {
    fn start(&mut self) -> Option<()> {
        Some(())
    }

    fn update(&mut self, block: &[u8]) -> Option<()> {
        self.command(block);
        Some(())
    }

    fn finish(&mut self) -> Option<[u8; 32]> {
        self.command(&[]);
        let mut code = [0; 32];
        self.0.stdout.as_mut()?.read_exact(&mut code).ok()?;
        Some(code)
    }
}

#[test]
fn a_device_with_a_secure_element_never_holds_the_secret() {
    // Of the secret of 20 bytes. The process under search must not compute it.
    const SIGNATURE: &str = "a83f8d97647e74d82ad8f091a7cd20a947dacd7adf098b1db9df00f5a68554dd";
    let found = left_behind(
        || {
            let signature = Credentials::new("key", &secret(20)).sign_channel("1.1", "private-x", None);
            assert_eq!(signature.unwrap().as_str(), SIGNATURE);
            forms(20)
        },
        |search| {
            let mut authorizer = SecureElement { key: "key", element: Remote::start() };
            match authorizer.authorize(&SubscriptionRequest::new("1.1", "private-x")) {
                Answer::Signature { signature, .. } => assert_eq!(signature.as_str(), SIGNATURE),
                other => panic!("{other:?}"),
            }
            search();
            drop(authorizer.element.0.stdin.take());
            authorizer.element.0.wait().unwrap();
        },
    );
    assert!(found.is_empty(), "{found:?}");
}

const TEXT: &str = r#"{"id":7}"#;

#[test]
fn a_key_in_use_is_found_and_its_master_key_is_not() {
    let found = left_behind(keys, |search| {
        let mut master_key = master_key();
        let key = SharedSecret::derive(CHANNEL, &master_key);
        master_key.zeroize();
        black_box(&key);
        search();
        drop(black_box(key));
    });
    assert_eq!(found.keys().collect::<Vec<_>>(), [&"shared key"]);
}

#[test]
fn a_shared_key_leaves_nothing_behind() {
    let found = left_behind(keys, |_| {
        let mut master_key = master_key();
        let (mut base64, mut out) = (vec![0; 44], vec![0; 200]);
        let key = SharedSecret::derive(CHANNEL, &master_key);
        master_key.zeroize();
        let data = key.encrypt(TEXT, &[9; 24], &mut out).unwrap();
        let mut data = data.as_bytes().to_vec();
        assert_eq!(key.decrypt(&mut data), Ok(Payload::Json(TEXT)));
        key.to_base64(&mut base64).unwrap();
        base64.zeroize();
    });
    assert!(found.is_empty(), "{found:?}");
}

/// Runs a client with a key for an encrypted channel from the authorization to the end of the connection.
#[inline(never)]
fn receive(base64: &str, data: &str) {
    let now = Instant::ZERO;
    let mut client: Client<2, 32> = Client::new(Config::new(1));
    let frame = |client: &mut Client<2, 32>, text: &str| {
        black_box(client.handle_text(now, &mut text.as_bytes().to_vec()).unwrap());
    };
    client.connect(now);
    black_box(client.poll_request());
    client.handle_open(now);
    frame(&mut client, r#"{"event":"pusher:connection_established","data":{"socket_id":"1.1"}}"#);
    client.subscribe(now, CHANNEL).unwrap();
    let Some(Request::Authorize(ticket)) = client.poll_request() else { panic!("no request") };
    let authorization = Authorization::from_token("key:signature").with_shared_secret(base64);
    client.authorize(now, ticket, &authorization, &mut [0; 256]).unwrap();
    frame(&mut client, &format!(r#"{{"event":"pusher_internal:subscription_succeeded","channel":"{CHANNEL}"}}"#));
    let event = format!(r#"{{"event":"e","channel":"{CHANNEL}","data":{data}}}"#);
    let mut event = event.into_bytes();
    let Ok(Some(Event::Channel(message))) = client.handle_text(now, &mut event) else { panic!("no message") };
    assert_eq!(message.payload, Payload::Json(TEXT));
}

#[test]
fn a_client_leaves_no_key_of_an_encrypted_channel_behind() {
    let found = left_behind(keys, |_| {
        let mut master_key = master_key();
        let (mut base64, mut out) = (vec![0; 44], vec![0; 200]);
        let key = SharedSecret::derive(CHANNEL, &master_key);
        master_key.zeroize();
        let data = key.encrypt(TEXT, &[9; 24], &mut out).unwrap();
        receive(key.to_base64(&mut base64).unwrap(), data);
        base64.zeroize();
    });
    assert!(found.is_empty(), "{found:?}");
}
