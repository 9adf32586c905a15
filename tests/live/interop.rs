//! The monitor example, pusher-js and pysher in the same channels of soketi: each receives the events of the others.
//!
//! Run by `tests/run.sh interop`, which installs all three peers.

#![cfg(feature = "encrypted")]

#[path = "../support/mod.rs"]
mod support;

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use pusher_proto::encryption::SharedSecret;
use serde_json::{Value, json};
use support::example::Example;
use support::http::{App, sign};
use support::peer::{Kind, Server};

const TIMEOUT: Duration = Duration::from_secs(20);
const MASTER_KEY: &str = "0123456789abcdef0123456789abcdef";
const ROOM: &str = "presence-interop";
const VAULT: &str = "private-encrypted-interop";
/// Text that all three clients must preserve: non-ASCII, outside the basic plane, and characters that JSON escapes.
const TEXT: &str = "é😀\"\\";

/// Returns where a peer is installed. Prints a note and returns `None` if it is not.
fn installed(variable: &str, name: &str) -> Option<String> {
    let place = std::env::var(variable).ok().filter(|place| !place.is_empty());
    if place.is_none() {
        support::left_out(name);
    }
    place
}

/// Waits until an object with the fields of each of `expected` was printed, in any order.
#[track_caller]
fn expect(program: &mut Example, expected: &[Value]) {
    let mut missing = expected.to_vec();
    while !missing.is_empty() {
        let is_next = |line: &str| {
            let line: Value = serde_json::from_str(line).unwrap_or_default();
            missing
                .iter()
                .position(|expected| expected.as_object().unwrap().iter().all(|(name, value)| line[name] == *value))
        };
        let line = program.wait_for(&format!("{missing:?}"), TIMEOUT, |line| is_next(line).is_some());
        let found = is_next(&line).unwrap();
        missing.remove(found);
    }
}

#[test]
fn monitor_pusher_js_and_pysher_see_each_other_in_a_presence_and_an_encrypted_channel() {
    let Some(python) = installed("PYSHER_PYTHON", "pysher") else { return };
    let Some(_) = installed("PUSHER_JS_DIR", "pusher-js") else { return };
    let Some(server) = Server::start(Kind::Soketi) else { return };
    let port = server.port().to_string();
    let App { key, secret, .. } = App::OPEN;
    let peers = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers");

    let script = peers.join("pusher-js/peer.js");
    let mut js = Command::new("node");
    js.arg(script).args([&port, key, secret, MASTER_KEY, ROOM, VAULT, "rust"]);
    let mut js = Example::watch("pusher-js", &mut js);
    expect(
        &mut js,
        &[json!({"kind": "members", "members": {"js": {"by": "pusher-js"}}}), json!({"kind": "subscribed"})],
    );

    let script = peers.join("pysher/peer.py");
    let mut py = Command::new(python);
    py.arg(script).args([&port, key, secret, ROOM, VAULT, "rust"]);
    let mut py = Example::watch("pysher", &mut py);
    let both = json!({"js": {"by": "pusher-js"}, "py": {"by": "pysher"}});
    expect(&mut py, &[json!({"kind": "members", "members": both}), json!({"kind": "subscribed"})]);
    expect(&mut js, &[json!({"kind": "joined", "id": "py", "info": {"by": "pysher"}})]);

    let url = format!("ws://{}", server.address());
    let auth_url = format!("http://{}/auth", auth_endpoint());
    let greeting = json!({"by": "rust", "text": TEXT});
    let data = greeting.to_string();
    let options =
        ["--url", &url, "--key", key, "--auth-url", &auth_url, "--json", "--send", ROOM, "client-greeting", &data];
    let mut rust = Example::spawn("monitor", &[&options[..], &[ROOM, VAULT]].concat(), &[]);

    // The members.
    let all = json!({"js": {"by": "pusher-js"}, "py": {"by": "pysher"}, "rust": {"by": "pusher-proto"}});
    let from = |by: &str| json!({"by": by, "text": TEXT});
    let event = |by: &str, id: &str| json!({"kind": "event", "channel": ROOM, "event": "client-greeting", "user_id": id, "data": from(by)});
    expect(
        &mut rust,
        &[
            json!({"kind": "members", "channel": ROOM, "members": all}),
            json!({"kind": "subscribed", "channel": VAULT}),
            // The greetings of the others after it joins.
            event("pusher-js", "js"),
            event("pysher", "py"),
        ],
    );
    let joined = json!({"kind": "joined", "id": "rust", "info": {"by": "pusher-proto"}});
    let greeting = |by: &str, id: &str| json!({"kind": "greeting", "data": from(by), "from": id});
    expect(&mut js, &[joined.clone(), greeting("pysher", "py"), greeting("rust", "rust")]);
    // pysher does not report the sender of an event.
    let greeting = |by: &str| json!({"kind": "greeting", "data": from(by)});
    expect(&mut py, &[joined, greeting("pusher-js"), greeting("rust")]);

    // An encrypted event: clients with the key decrypt it, pysher receives the ciphertext.
    let secret = json!({"text": TEXT, "n": 7});
    let mut out = [0; 256];
    let key = SharedSecret::derive(VAULT, MASTER_KEY.as_bytes().try_into().unwrap());
    let encrypted = key.encrypt(&secret.to_string(), &[9; 24], &mut out).unwrap();
    server.api(App::OPEN).trigger(&[VAULT], "secret", encrypted, None);
    expect(&mut rust, &[json!({"kind": "event", "channel": VAULT, "event": "secret", "data": secret})]);
    expect(&mut js, &[json!({"kind": "secret", "data": secret})]);
    expect(&mut py, &[json!({"kind": "secret", "fields": ["ciphertext", "nonce"]})]);

    // The members leave.
    js.kill();
    expect(&mut py, &[json!({"kind": "left", "id": "js"})]);
    let rest = json!({"kind": "left", "channel": ROOM, "user_id": "js"});
    expect(&mut rust, &[rest]);
    rust.kill();
    expect(&mut py, &[json!({"kind": "left", "id": "rust"})]);
}

/// Starts an auth endpoint that authorizes every subscription for the user `rust`.
fn auth_endpoint() -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = BufReader::new(stream.unwrap());
            let mut head = String::new();
            while !head.ends_with("\r\n\r\n") {
                assert_ne!(stream.read_line(&mut head).unwrap(), 0, "{head}");
            }
            let length = head.split("Content-Length: ").nth(1).and_then(|rest| rest.lines().next()).unwrap();
            let mut form = vec![0; length.parse().unwrap()];
            stream.read_exact(&mut form).unwrap();
            let body = authorization(std::str::from_utf8(&form).unwrap());
            write!(stream.get_mut(), "HTTP/1.0 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len()).unwrap();
        }
    });
    address
}

fn authorization(form: &str) -> String {
    // None of these values needs percent-encoding.
    let form: HashMap<&str, &str> = form.split('&').filter_map(|pair| pair.split_once('=')).collect();
    let (socket_id, channel) = (form["socket_id"], form["channel_name"]);
    let App { key, secret, .. } = App::OPEN;
    if channel == ROOM {
        let channel_data = json!({"user_id": "rust", "user_info": {"by": "pusher-proto"}}).to_string();
        let signature = sign(secret, &format!("{socket_id}:{channel}:{channel_data}"));
        return json!({"auth": format!("{key}:{signature}"), "channel_data": channel_data}).to_string();
    }
    let signature = sign(secret, &format!("{socket_id}:{channel}"));
    let shared = SharedSecret::derive(channel, MASTER_KEY.as_bytes().try_into().unwrap());
    let mut out = [0; 44];
    json!({"auth": format!("{key}:{signature}"), "shared_secret": shared.to_base64(&mut out).unwrap()}).to_string()
}
