//! The Pusher HTTP API over a plain `TcpStream`, signed here and not by the crate under test.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use hmac::{Hmac, KeyInit, Mac};
use md5::{Digest, Md5};
use serde_json::{Value, json};
use sha2::Sha256;

const PATIENCE: Duration = Duration::from_secs(10);

/// An application of the servers' configuration files in tests/peers/.
#[derive(Clone, Copy, Debug)]
pub struct App {
    pub id: &'static str,
    pub key: &'static str,
    pub secret: &'static str,
}

impl App {
    /// Client events and sign-in are allowed, limits are far away.
    pub const OPEN: App = App { id: "app-id", key: "app-key", secret: "app-secret" };
    /// One connection, one client event a second, 1 KiB an event, one presence member, short names.
    pub const LIMITED: App = App { id: "app-limited", key: "key-limited", secret: "secret-limited" };
    /// One member a presence channel.
    pub const FEW: App = App { id: "app-few", key: "key-few", secret: "secret-few" };
    /// Without client events.
    pub const NO_CLIENT_EVENTS: App = App { id: "app-noclient", key: "key-noclient", secret: "secret-noclient" };
    /// Switched off.
    pub const DISABLED: App = App { id: "app-disabled", key: "key-disabled", secret: "secret-disabled" };
}

/// A server's HTTP API for one application. A refused request panics with the server's answer.
pub struct Api {
    address: SocketAddr,
    app: App,
}

impl Api {
    pub fn new(address: SocketAddr, app: App) -> Self {
        Self { address, app }
    }

    /// Publishes `data`, which is the text that subscribers see, usually JSON. `except` is a socket id to spare.
    pub fn trigger(&self, channels: &[&str], event: &str, data: &str, except: Option<&str>) {
        let mut body = json!({ "name": event, "channels": channels, "data": data });
        if let Some(socket_id) = except {
            body["socket_id"] = socket_id.into();
        }
        self.post("/events", &body);
    }

    /// Ends all connections of a signed-in user.
    pub fn terminate_user(&self, user_id: &str) {
        self.post(&format!("/users/{user_id}/terminate_connections"), &json!({}));
    }

    /// The names of the channels that somebody subscribes to.
    pub fn channels(&self) -> Vec<String> {
        let answer = self.get("/channels", &[]);
        // No channels: an empty object, or what PHP makes of one.
        answer["channels"].as_object().map(|channels| channels.keys().cloned().collect()).unwrap_or_default()
    }

    /// A signed GET of a path below the application's, with further query parameters.
    pub fn get(&self, path: &str, query: &[(&str, &str)]) -> Value {
        self.request("GET", path, query, None)
    }

    /// A signed POST of a path below the application's.
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
        let response = request(self.address, method, &target, body.as_deref());
        let value: Value = serde_json::from_str(&response.body).unwrap_or_default();
        // soketi answers 200 even when it refuses.
        assert!(
            response.status == 200 && value.get("error").is_none(),
            "{method} {path}: {} {}",
            response.status,
            response.body
        );
        value
    }
}

/// HMAC-SHA256 in hex, as in the HTTP API and in channel authorization.
pub fn sign(secret: &str, message: &str) -> String {
    let mut mac = Hmac::<Sha256>::new_from_slice(secret.as_bytes()).unwrap();
    mac.update(message.as_bytes());
    base16ct::lower::encode_string(&mac.finalize().into_bytes())
}

#[derive(Debug)]
pub struct Response {
    pub status: u16,
    pub body: String,
}

/// One HTTP request over a connection of its own.
pub fn request(address: SocketAddr, method: &str, target: &str, body: Option<&str>) -> Response {
    let mut stream = TcpStream::connect_timeout(&address, PATIENCE).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.set_write_timeout(Some(PATIENCE)).unwrap();
    let body = body.unwrap_or("");
    let length = body.len();
    let head = format!(
        "{method} {target} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n\
         Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    stream.write_all(body.as_bytes()).unwrap();
    read_response(&mut BufReader::new(stream))
}

fn read_response(reader: &mut impl BufRead) -> Response {
    let mut line = String::new();
    reader.read_line(&mut line).unwrap();
    let status = line.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.unwrap_or_else(|| panic!("not an HTTP response: {line:?}"));
    let mut length = None;
    loop {
        line.clear();
        reader.read_line(&mut line).unwrap();
        let Some((name, value)) = line.split_once(':') else { break };
        if name.eq_ignore_ascii_case("content-length") {
            length = Some(value.trim().parse::<u64>().unwrap());
        }
    }
    let mut body = String::new();
    // soketi keeps the connection open even when asked to close it.
    match length {
        Some(length) => reader.take(length).read_to_string(&mut body),
        None => reader.read_to_string(&mut body),
    }
    .unwrap();
    Response { status, body }
}
