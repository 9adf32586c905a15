//! The monitor example against real servers. `tests/run.sh` installs them.
//!
//! Tests that do not disturb a server share one, each with separate channels.

#[path = "../support/mod.rs"]
mod support;

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::sync::{Arc, Mutex, Weak};
use std::time::Duration;

use serde_json::{Value, json};
use support::example::Example;
use support::http::{App, sign};
use support::peer::{Kind, Server};

const TIMEOUT: Duration = Duration::from_secs(20);
/// 32 bytes.
const MASTER_KEY: &str = "MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIzNDU2Nzg5MDE=";

/// Returns the shared server, which runs until the last test ends.
fn shared(kind: Kind) -> Option<Arc<Server>> {
    static SERVERS: Mutex<[Weak<Server>; 2]> = Mutex::new([Weak::new(), Weak::new()]);
    let mut servers = SERVERS.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
    let server = &mut servers[kind as usize];
    if let Some(server) = server.upgrade() {
        return Some(server);
    }
    let started = Arc::new(Server::start(kind)?);
    *server = Arc::downgrade(&started);
    Some(started)
}

/// Starts a monitor of the application with this key.
fn watch_as(server: &Server, key: &str, arguments: &[&str]) -> Example {
    let url = format!("ws://{}", server.address());
    Example::spawn("monitor", &[&["--url", url.as_str(), "--key", key], arguments].concat(), &[])
}

fn watch(server: &Server, arguments: &[&str]) -> Example {
    watch_as(server, App::OPEN.key, arguments)
}

/// Checks that the monitor exits with status 1 and that its only error message contains this text.
#[track_caller]
fn assert_fails(monitor: &mut Example, sentence: &str) {
    let status = monitor.finish(TIMEOUT);
    let errors: Vec<&String> = monitor.seen().iter().filter(|line| line.starts_with("(stderr)")).collect();
    let [error] = errors[..] else { panic!("not one line: {errors:?}") };
    assert!(error.starts_with("(stderr) monitor: ") && error.contains(sentence), "{error}");
    assert_eq!(status.code(), Some(1));
}

/// Waits for a line of this kind, about this channel, with this text.
#[track_caller]
fn wait_for(monitor: &mut Example, kind: &str, channel: &str, words: &str) {
    let line = format!("Z  {kind:<13} {channel:<16} {words}");
    monitor.wait_for_text(line.trim_end(), TIMEOUT);
}

fn shows_events_on_each_kind_of_channel_and_exits_after_a_given_number(kind: Kind) {
    let Some(server) = shared(kind) else { return };
    let channels = ["kinds", "private-kinds", "presence-kinds"];
    let options = ["--secret", App::OPEN.secret, "--user-id", "ann", "--exit-after", "3"];
    let mut monitor = watch(&server, &[&options[..], &channels].concat());
    monitor.wait_for_text("connected     with the socket id ", TIMEOUT);
    // The order of the answers varies.
    for _ in channels {
        monitor.wait_for_text("  subscribed    ", TIMEOUT);
    }
    for channel in channels {
        server.api(App::OPEN).trigger(&[channel], "created", r#"{"id":7}"#, None);
        wait_for(&mut monitor, "event", channel, r#"created {"id":7}"#);
    }
    assert!(monitor.finish(TIMEOUT).success());
}

fn prints_json_that_programs_can_read(kind: Kind) {
    let Some(server) = shared(kind) else { return };
    let options = ["--json", "--secret", App::OPEN.secret, "--user-id", "ann", "--user-info", r#"{"name":"Ann"}"#];
    let mut monitor = watch(&server, &[&options[..], &["--exit-after", "2", "presence-json"]].concat());
    monitor.wait_for_text(r#""kind":"subscribed""#, TIMEOUT);
    let api = server.api(App::OPEN);
    api.trigger(&["presence-json"], "object", r#"{"text":"line\nbreak é \" \\"}"#, None);
    api.trigger(&["presence-json"], "text", "no { JSON", None);
    assert!(monitor.finish(TIMEOUT).success());

    let lines: Vec<Value> = monitor.seen().iter().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(lines.iter().all(|line| line["time_ms"].is_u64() && line["kind"].is_string()), "{lines:?}");
    let of_kind = |kind: &str| lines.iter().filter(|line| line["kind"] == kind).collect::<Vec<_>>();
    assert_eq!(of_kind("members")[0]["members"], json!({ "ann": { "name": "Ann" } }));
    let [object, text] = of_kind("event")[..] else { panic!("{lines:?}") };
    assert_eq!((&object["channel"], &object["event"]), (&json!("presence-json"), &json!("object")));
    assert_eq!(object["data"], json!({ "text": "line\nbreak é \" \\" }));
    assert_eq!((&text["event"], &text["data"]), (&json!("text"), &json!("no { JSON")));
}

fn shows_members_joining_and_leaving_and_their_events(kind: Kind) {
    let Some(server) = shared(kind) else { return };
    let room = "presence-visit";
    let mut ann = watch(&server, &["--secret", App::OPEN.secret, "--user-id", "ann", room]);
    wait_for(&mut ann, "members", room, "ann (1)");
    let bob = ["--secret", App::OPEN.secret, "--user-id", "bob", "--exit-after", "0"];
    let mut bob = watch(&server, &[&bob[..], &["--send", room, "client-greeting", r#"{"text":"hi"}"#]].concat());
    wait_for(&mut bob, "members", room, "ann, bob (2)");
    wait_for(&mut bob, "sent", room, r#"client-greeting {"text":"hi"}"#);
    assert!(bob.finish(TIMEOUT).success());
    wait_for(&mut ann, "joined", room, "bob; now ann, bob (2)");
    // sockudo does not include the sender of a client event.
    let from = if kind == Kind::Soketi { " from bob" } else { "" };
    wait_for(&mut ann, "event", room, &format!(r#"client-greeting{from} {{"text":"hi"}}"#));
    wait_for(&mut ann, "left", room, "bob; now ann (1)");
}

fn sends_client_events_to_others_on_a_private_channel(kind: Kind) {
    let Some(server) = shared(kind) else { return };
    let secret = ["--secret", App::OPEN.secret];
    let mut reader = watch(&server, &[&secret[..], &["--exit-after", "2", "private-notes"]].concat());
    wait_for(&mut reader, "subscribed", "private-notes", "");
    let first = ["--send", "private-notes", "client-note", "[1]"];
    let second = ["--send", "private-notes", "client-note", r#"{"n":2}"#];
    let mut writer = watch(&server, &[&secret[..], &first, &second, &["--exit-after", "0"]].concat());
    assert!(writer.finish(TIMEOUT).success());
    wait_for(&mut reader, "event", "private-notes", "client-note [1]");
    wait_for(&mut reader, "event", "private-notes", r#"client-note {"n":2}"#);
    assert!(reader.finish(TIMEOUT).success());
}

fn shows_what_a_cache_channel_repeats(kind: Kind) {
    let Some(server) = shared(kind) else { return };
    let mut first = watch(&server, &["--exit-after", "1", "cache-weather"]);
    wait_for(&mut first, "cache miss", "cache-weather", "no last event");
    server.api(App::OPEN).trigger(&["cache-weather"], "rain", "{}", None);
    assert!(first.finish(TIMEOUT).success());
    let mut second = watch(&server, &["--exit-after", "1", "cache-weather"]);
    wait_for(&mut second, "event", "cache-weather", "rain {}");
    assert!(second.finish(TIMEOUT).success());
}

fn signs_in_and_shows_events_to_the_user(kind: Kind) {
    let Some(server) = shared(kind) else { return };
    let options = ["--secret", App::OPEN.secret, "--user-id", "ann", "--sign-in", "--exit-after", "1"];
    let mut monitor = watch(&server, &options);
    monitor.wait_for_text("signed in     as ann", TIMEOUT);
    server.api(App::OPEN).trigger(&["#server-to-user-ann"], "alert", r#"{"n":1}"#, None);
    monitor.wait_for_text(r#"user event    alert {"n":1}"#, TIMEOUT);
    assert!(monitor.finish(TIMEOUT).success());
}

/// Returns the arguments that publish an event over the HTTP API.
fn trigger<'a>(channel: &'a str, event: &'a str, data: &'a str) -> [&'a str; 8] {
    ["--secret", App::OPEN.secret, "--app-id", App::OPEN.id, "--trigger", channel, event, data]
}

fn publishes_on_each_kind_of_channel_and_to_the_user(kind: Kind) {
    let Some(server) = shared(kind) else { return };
    let mut channels = vec![
        "published",
        "private-published",
        "presence-published",
        "private-encrypted-published",
        "cache-published",
        "private-cache-published",
        "private-encrypted-cache-published",
    ];
    if kind == Kind::Soketi {
        channels.push("presence-cache-published"); // refused by sockudo
    }
    let count = (channels.len() + 1).to_string();
    let key = ["--master-key", MASTER_KEY, "--user-id", "pat", "--sign-in", "--exit-after", &count];
    let mut arguments = [&key[..], &trigger("#server-to-user-pat", "created", r#"{"id":7}"#)].concat();
    for channel in &channels {
        arguments.extend(["--trigger", channel, "created", r#"{"id":7}"#, channel]);
    }
    let mut monitor = watch(&server, &arguments);
    let status = monitor.finish(TIMEOUT);
    let lines = monitor.seen().join("\n");
    assert!(status.success(), "{lines}");
    for channel in &channels {
        for kind in ["subscribed", "triggered", "event"] {
            assert!(lines.contains(&format!("Z  {kind:<13} {channel}")), "no {kind} on {channel}:\n{lines}");
        }
        let missed = lines.contains(&format!("Z  {:<13} {channel:<16} no last event", "cache miss"));
        assert_eq!(missed, channel.contains("cache-"), "{channel}:\n{lines}");
    }
    assert_eq!(lines.matches(r#" created {"id":7}"#).count(), 2 * channels.len() + 2, "{lines}");
    assert!(lines.contains(r#"Z  user event    created {"id":7}"#), "{lines}");

    // Checks that the cached event is decrypted, and that a wrong key is reported.
    let channel = "private-encrypted-cache-published";
    let common = ["--secret", App::OPEN.secret, channel, "--master-key"];
    let mut monitor = watch(&server, &[&common[..], &[MASTER_KEY, "--exit-after", "1"]].concat());
    wait_for(&mut monitor, "event", channel, r#"created {"id":7}"#);
    assert!(monitor.finish(TIMEOUT).success());
    let other = "b3RoZXIga2V5IG90aGVyIGtleSBvdGhlciBrZXkgMTI=";
    let mut monitor = watch(&server, &[&common[..], &[other]].concat());
    wait_for(&mut monitor, "undecryptable", channel, "created is lost: ");
}

fn exits_with_a_message_when_the_http_api_refuses(kind: Kind) {
    let Some(server) = shared(kind) else { return };
    let options =
        ["--secret", App::OPEN.secret, "--app-id", "no-such-app", "--trigger", "refused", "a", "{}", "refused"];
    assert_fails(&mut watch(&server, &options), "a is not published on refused: ");
    let closed = format!("http://{}", support::process::free_address());
    let options = [&trigger("refused", "a", "{}")[..], &["--api-url", &closed, "refused"]].concat();
    assert_fails(&mut watch(&server, &options), "a is not published on refused: 127.0.0.1 port ");
}

fn exits_with_a_message_when_the_key_or_the_secret_is_wrong(kind: Kind) {
    let Some(server) = shared(kind) else { return };
    let [unknown, disabled] = match kind {
        Kind::Soketi => ["the server has no application with this key (4001)", "the application is disabled (4003)"],
        Kind::Sockudo => ["the server closed the connection without an error; check the key"; 2],
    };
    assert_fails(&mut watch_as(&server, "no-such-key", &["news"]), unknown);
    assert_fails(&mut watch_as(&server, App::DISABLED.key, &["news"]), disabled);
    let mut monitor = watch(&server, &["--secret", "wrong", "private-secret"]);
    assert_fails(&mut monitor, "private-secret cannot be subscribed: the server reports: ");
}

fn requests_authorization_from_an_auth_endpoint(kind: Kind) {
    let Some(server) = shared(kind) else { return };
    let endpoint = auth_endpoint();
    let url = format!("http://{endpoint}/pusher/auth?app=1");
    let options = ["--auth-url", &url, "--exit-after", "0"];
    let mut monitor = watch(&server, &[&options[..], &["private-asked", "presence-asked"]].concat());
    assert!(monitor.finish(TIMEOUT).success(), "{:?}", monitor.seen());
    let lines = monitor.seen().join("\n");
    assert!(lines.contains(&format!("authorizing   private-asked    by {url}")), "{lines}");
    assert!(lines.contains("members       presence-asked   eve (1)"), "{lines}");

    let mut monitor = watch(&server, &["--auth-url", &url, "private-forbidden"]);
    assert_fails(&mut monitor, "private-forbidden is not authorized: the auth endpoint refuses with status 403");
    let closed = format!("http://{}/", support::process::free_address());
    let mut monitor = watch(&server, &["--auth-url", &closed, "private-asked"]);
    assert_fails(&mut monitor, "private-asked is not authorized: 127.0.0.1 port ");
}

fn recovers_when_the_server_is_killed_and_started_again(kind: Kind) {
    let Some(mut server) = Server::start(kind) else { return };
    let channels = ["lasting", "private-lasting"];
    let mut monitor = watch(&server, &[&["--secret", App::OPEN.secret, "--exit-after", "2"][..], &channels].concat());
    for _ in channels {
        monitor.wait_for_text("  subscribed    ", TIMEOUT);
    }
    server.api(App::OPEN).trigger(&["private-lasting"], "before", "{}", None);
    wait_for(&mut monitor, "event", "private-lasting", "before {}");

    server.kill();
    monitor.wait_for_text("disconnected  the connection ended without a close code; next attempt in ", TIMEOUT);
    server.restart();
    for _ in channels {
        monitor.wait_for_text("  gap           ", TIMEOUT);
    }
    server.api(App::OPEN).trigger(&["private-lasting"], "after", "{}", None);
    wait_for(&mut monitor, "event", "private-lasting", "after {}");
    assert!(monitor.finish(TIMEOUT).success());
}

fn connects_over_tls_to_servers_it_trusts(kind: Kind) {
    let Some(server) = Server::start_tls(kind) else { return };
    let authority = server.certificate_authority().unwrap().to_str().unwrap();
    for host in ["localhost", "127.0.0.1"] {
        let url = format!("wss://{host}:{}", server.port());
        let common = ["--url", &url, "--key", App::OPEN.key, "--exit-after", "0", "news"];
        let mut monitor = Example::spawn("monitor", &[&["--ca", authority][..], &common].concat(), &[]);
        assert!(monitor.finish(TIMEOUT).success(), "{:?}", monitor.seen());
        let published = [&["--ca", authority, "--url", &url, "--key", App::OPEN.key, "--exit-after", "1", "tls"][..]];
        let published = [published.concat(), trigger("tls", "created", "{}").to_vec()].concat();
        let mut monitor = Example::spawn("monitor", &published, &[]);
        assert!(monitor.finish(TIMEOUT).success(), "{:?}", monitor.seen());
        let mut monitor = Example::spawn("monitor", &common, &[]);
        assert_fails(&mut monitor, "cannot be reached: invalid peer certificate: UnknownIssuer");
    }
}

/// Starts an auth endpoint on a free port. It authorizes every user as eve, and refuses only `private-forbidden`.
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
            assert!(head.starts_with("POST /pusher/auth?app=1 HTTP/1."), "{head}");
            let length = head.split("Content-Length: ").nth(1).and_then(|rest| rest.lines().next()).unwrap();
            let mut form = vec![0; length.parse().unwrap()];
            stream.read_exact(&mut form).unwrap();
            let (status, body) = authorization(std::str::from_utf8(&form).unwrap());
            let answer = match body.contains("channel_data\":\"") {
                // Chunked, as from frameworks that do not compute the length.
                true => format!("Transfer-Encoding: chunked\r\n\r\n{:x}\r\n{body}\r\n0\r\n\r\n", body.len()),
                false => format!("Content-Length: {}\r\n\r\n{body}", body.len()),
            };
            write!(stream.get_mut(), "HTTP/1.1 {status}\r\n{answer}").unwrap();
        }
    });
    address
}

fn authorization(form: &str) -> (&'static str, String) {
    // None of these values needs percent-encoding.
    let form: HashMap<&str, &str> = form.split('&').filter_map(|pair| pair.split_once('=')).collect();
    let (socket_id, channel) = (form["socket_id"], form["channel_name"]);
    if channel == "private-forbidden" {
        return ("403 Forbidden", "Forbidden".into());
    }
    let channel_data = channel.starts_with("presence-").then(|| json!({ "user_id": "eve" }).to_string());
    let data = channel_data.as_ref().map(|data| format!(":{data}")).unwrap_or_default();
    let signature = sign(App::OPEN.secret, &format!("{socket_id}:{channel}{data}"));
    let auth = format!("{}:{signature}", App::OPEN.key);
    ("200 OK", json!({ "auth": auth, "channel_data": channel_data }).to_string())
}

macro_rules! against_each_server {
    ($($promise:ident)*) => {
        mod soketi {
            $(#[test] fn $promise() { super::$promise(super::Kind::Soketi); })*
        }
        mod sockudo {
            $(#[test] fn $promise() { super::$promise(super::Kind::Sockudo); })*
        }
    };
}

against_each_server! {
    shows_events_on_each_kind_of_channel_and_exits_after_a_given_number
    prints_json_that_programs_can_read
    shows_members_joining_and_leaving_and_their_events
    sends_client_events_to_others_on_a_private_channel
    shows_what_a_cache_channel_repeats
    signs_in_and_shows_events_to_the_user
    publishes_on_each_kind_of_channel_and_to_the_user
    exits_with_a_message_when_the_http_api_refuses
    exits_with_a_message_when_the_key_or_the_secret_is_wrong
    requests_authorization_from_an_auth_endpoint
    recovers_when_the_server_is_killed_and_started_again
    connects_over_tls_to_servers_it_trusts
}
