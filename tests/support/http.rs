//! The Pusher HTTP API over TCP or TLS, signed independently of the crate under test.

use std::cell::RefCell;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use rustls::ClientConfig;
use serde_json::{Value, json};
use sha2::Sha256;

use super::stream::Stream;

/// An application from the servers' configuration files in tests/peers/.
#[derive(Clone, Copy, Debug)]
pub struct App {
    pub id: &'static str,
    pub key: &'static str,
    pub secret: &'static str,
}

impl App {
    /// Allows client events and sign-in, with high limits.
    pub const OPEN: App = App { id: "app-id", key: "app-key", secret: "app-secret" };
    /// One connection, one client event per second, 1 KiB per event, one presence member, short names.
    pub const LIMITED: App = App { id: "app-limited", key: "key-limited", secret: "secret-limited" };
    /// One member per presence channel.
    pub const FEW: App = App { id: "app-few", key: "key-few", secret: "secret-few" };
    /// Without client events.
    pub const NO_CLIENT_EVENTS: App = App { id: "app-noclient", key: "key-noclient", secret: "secret-noclient" };
    /// One client event per second, with names of up to 20 bytes.
    pub const SLOW: App = App { id: "app-slow", key: "key-slow", secret: "secret-slow" };
    /// Disabled.
    pub const DISABLED: App = App { id: "app-disabled", key: "key-disabled", secret: "secret-disabled" };
}

/// A server's HTTP API for one application, over one connection. A refused request panics with the server's answer.
pub struct Api {
    address: SocketAddr,
    app: App,
    tls: Option<Arc<ClientConfig>>,
    connection: RefCell<Option<BufReader<Box<dyn Stream>>>>,
}

impl Api {
    pub fn new(address: SocketAddr, app: App, tls: Option<Arc<ClientConfig>>) -> Self {
        Self { address, app, tls, connection: RefCell::new(None) }
    }

    /// Publishes `data`, the text that subscribers receive, usually JSON. `except` is the socket id to exclude.
    pub fn trigger(&self, channels: &[&str], event: &str, data: &str, except: Option<&str>) {
        let mut body = json!({ "name": event, "channels": channels, "data": data });
        if let Some(socket_id) = except {
            body["socket_id"] = socket_id.into();
        }
        self.post("/events", &body);
    }

    /// Publishes up to ten events at once, each with a channel, a name and data.
    pub fn trigger_batch(&self, batch: &[(&str, String, String)]) {
        let element = |(channel, event, data): &_| json!({ "channel": channel, "name": event, "data": data });
        self.post("/batch_events", &json!({ "batch": batch.iter().map(element).collect::<Vec<_>>() }));
    }

    /// Terminates all connections of a signed-in user.
    pub fn terminate_user(&self, user_id: &str) {
        self.post(&format!("/users/{user_id}/terminate_connections"), &json!({}));
    }

    /// Returns the names of the channels with subscribers.
    pub fn channels(&self) -> Vec<String> {
        let answer = self.get("/channels", &[]);
        // Without channels: an empty object, or PHP's encoding of an empty one.
        answer["channels"].as_object().map(|channels| channels.keys().cloned().collect()).unwrap_or_default()
    }

    /// Sends a signed GET of a path below the application's, with further query parameters.
    pub fn get(&self, path: &str, query: &[(&str, &str)]) -> Value {
        self.request("GET", path, query, None)
    }

    /// Sends a signed POST of a path below the application's.
    pub fn post(&self, path: &str, body: &Value) -> Value {
        self.request("POST", path, &[], Some(body.to_string()))
    }

    fn request(&self, method: &str, path: &str, query: &[(&str, &str)], body: Option<String>) -> Value {
        let path = format!("/apps/{}{path}", self.app.id);
        let timestamp = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs().to_string();
        let digest = body.as_ref().map(|body| base16ct::lower::encode_string(&Md5::digest(body)));
        let mut parameters = query.to_vec();
        parameters.extend([("auth_key", self.app.key), ("auth_timestamp", &timestamp), ("auth_version", "1.0")]);
        parameters.extend(digest.as_deref().map(|digest| ("body_md5", digest)));
        parameters.sort_unstable();
        let query: Vec<String> = parameters.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let query = query.join("&");
        let signature = sign(self.app.secret, &format!("{method}\n{path}\n{query}"));
        let target = format!("{path}?{query}&auth_signature={signature}");
        let mut kept = self.connection.borrow_mut();
        let connection =
            kept.get_or_insert_with(|| BufReader::new(super::stream::connect(self.address, self.tls.as_ref())));
        let text = text(self.address, method, &target, body.as_deref(), "keep-alive");
        connection.get_mut().write_all(text.as_bytes()).unwrap();
        let response = read_response(connection);
        if response.closes {
            *kept = None;
        }
        let value: Value = serde_json::from_str(&response.body).unwrap_or_default();
        // soketi answers 200 even to a refused request.
        assert!(
            response.status == 200 && value.get("error").is_none(),
            "{method} {path}: {} {}",
            response.status,
            response.body
        );
        value
    }
}

/// Returns an HMAC-SHA256 in hex, as in the HTTP API and in channel authorization.
pub fn sign(secret: &str, message: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(message.as_bytes());
    base16ct::lower::encode_string(&mac.finalize().into_bytes())
}

#[derive(Debug)]
pub struct Response {
    pub status: u16,
    pub body: String,
    /// Whether the server ends the connection (soketi always does).
    closes: bool,
}

/// Sends one HTTP request over a new connection.
pub fn request(address: SocketAddr, method: &str, target: &str, body: Option<&str>) -> Response {
    let mut stream = super::stream::connect(address, None);
    stream.write_all(text(address, method, target, body, "close").as_bytes()).unwrap();
    read_response(&mut BufReader::new(stream))
}

fn text(address: SocketAddr, method: &str, target: &str, body: Option<&str>, connection: &str) -> String {
    let body = body.unwrap_or("");
    let length = body.len();
    format!(
        "{method} {target} HTTP/1.1\r\nHost: {address}\r\nConnection: {connection}\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
    )
}

fn read_response(reader: &mut impl BufRead) -> Response {
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.unwrap_or_else(|| panic!("not an HTTP response: {line:?}"));
    let (mut length, mut closes) = (None, false);
    loop {
        line.clear();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.split_once(':') else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = Some(value.trim().parse::<u64>().unwrap());
        } else if name.eq_ignore_ascii_case("connection") {
            closes = value.trim().eq_ignore_ascii_case("close");
        }
    }
    let mut body = String::new();
    // soketi ignores a request to close the connection.
    match length {
        Some(length) => reader.take(length).read_to_string(&mut body),
        None => reader.read_to_string(&mut body),
    }
    .unwrap();
    Response { status, body, closes }
}
