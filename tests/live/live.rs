//! Tests against real Pusher servers. `tests/run.sh` installs the servers.

#[path = "../support/mod.rs"]
mod support;

use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};
use support::http::{App, request, sign};
use support::peer::{Kind, Server};
use tungstenite::{Message, WebSocket};

/// A connection with an independent WebSocket implementation, to observe the servers without the crate under test.
struct Plain(WebSocket<TcpStream>);

impl Plain {
    fn connect(server: &Server, app: App) -> Self {
        let stream = TcpStream::connect(server.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let url = format!("ws://{}/app/{}?protocol=7&client=test&version=0.0.0", server.address(), app.key);
        Self(tungstenite::client(url, stream).unwrap().0)
    }

    fn send(&mut self, message: Value) {
        self.0.send(Message::text(message.to_string())).unwrap();
    }

    /// Returns the next message, which must be this event. Parses `data` if it is JSON in a string.
    fn receive(&mut self, event: &str) -> Value {
        let text = loop {
            if let Message::Text(text) = self.0.read().unwrap() {
                break text;
            }
        };
        let mut message: Value = serde_json::from_str(&text).unwrap();
        if let Some(data) = message["data"].as_str().and_then(|data| serde_json::from_str(data).ok()) {
            message["data"] = data;
        }
        assert_eq!(message["event"], event, "{message}");
        message
    }

    fn handshake(&mut self) -> String {
        self.receive("pusher:connection_established")["data"]["socket_id"].as_str().unwrap().into()
    }

    fn subscribe(&mut self, channel: &str) {
        self.send(json!({ "event": "pusher:subscribe", "data": { "channel": channel } }));
        assert_eq!(self.receive("pusher_internal:subscription_succeeded")["channel"], channel);
    }
}

/// Checks the servers and the tools of this module, which the other tests rely on.
fn serves_events_and_survives_a_restart(kind: Kind) {
    let Some(mut server) = Server::start(kind) else { return };
    for run in ["first", "second"] {
        let mut client = Plain::connect(&server, App::OPEN);
        let socket_id = client.handshake();
        client.subscribe("news");
        assert_eq!(server.api(App::OPEN).channels(), ["news"]);

        let api = server.api(App::OPEN);
        // The following events show that the excluded one was not sent.
        api.trigger(&["news"], "spared", "{}", Some(&socket_id));
        api.trigger(&["news"], "headline", &json!({ "run": run }).to_string(), None);
        let event = client.receive("headline");
        assert_eq!((&event["channel"], &event["data"]["run"]), (&json!("news"), &json!(run)));

        server.kill();
        assert!(client.0.read().is_err(), "the connection outlived its server");
        server.restart();
    }
}

fn ends_the_connections_of_a_user(kind: Kind) {
    let Some(server) = Server::start(kind) else { return };
    let mut client = Plain::connect(&server, App::OPEN);
    let socket_id = client.handshake();
    let user_data = json!({ "id": "ann" }).to_string();
    let signature = sign(App::OPEN.secret, &format!("{socket_id}::user::{user_data}"));
    let auth = format!("{}:{signature}", App::OPEN.key);
    client.send(json!({ "event": "pusher:signin", "data": { "user_data": user_data, "auth": auth } }));
    client.receive("pusher:signin_success");

    server.api(App::OPEN).terminate_user("ann");
    assert_eq!(client.receive("pusher:error")["data"]["code"], 4009);
}

fn shows_a_certificate_for_the_loopback_interface(kind: Kind) {
    let Some(server) = Server::start_tls(kind) else { return };
    let output = std::process::Command::new("openssl")
        .args(["s_client", "-brief", "-verify_return_error", "-verify_ip", "127.0.0.1", "-CAfile"])
        .arg(server.certificate_authority().unwrap())
        .args(["-connect", &server.address().to_string()])
        .stdin(std::process::Stdio::null())
        .output()
        .unwrap();
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && text.contains("Verification: OK"), "{text}");
}

#[test]
fn soketi_answers_plain_http() {
    let Some(server) = Server::start(Kind::Soketi) else { return };
    let response = request(server.address(), "GET", "/", None);
    assert_eq!((response.status, response.body.as_str()), (200, "OK"));
}

#[test]
fn soketi_serves_events_and_survives_a_restart() {
    serves_events_and_survives_a_restart(Kind::Soketi);
}

#[test]
fn sockudo_serves_events_and_survives_a_restart() {
    serves_events_and_survives_a_restart(Kind::Sockudo);
}

#[test]
fn soketi_ends_the_connections_of_a_user() {
    ends_the_connections_of_a_user(Kind::Soketi);
}

#[test]
fn sockudo_ends_the_connections_of_a_user() {
    ends_the_connections_of_a_user(Kind::Sockudo);
}

#[test]
fn soketi_shows_a_certificate_for_the_loopback_interface() {
    shows_a_certificate_for_the_loopback_interface(Kind::Soketi);
}

#[test]
fn sockudo_shows_a_certificate_for_the_loopback_interface() {
    shows_a_certificate_for_the_loopback_interface(Kind::Sockudo);
}
