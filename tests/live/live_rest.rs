//! Real servers accept this crate's requests on their HTTP API, and its signatures. `tests/run.sh` installs the
//! servers.
#![cfg(feature = "rest")]

#[path = "../support/mod.rs"]
mod support;

use std::net::TcpStream;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use pusher_proto::auth::rest::reply::{self, ApiError};
use pusher_proto::auth::rest::{Api, ApiRequest, Attribute, NewEvent};
use pusher_proto::auth::{Credentials, Signature};
use serde_json::{Value, json};
use support::http::{App, request};
use support::peer::{Kind, Server};
use tungstenite::{Message, WebSocket};

fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// Sends `call` and returns the status and the body.
fn send(server: &Server, call: &ApiRequest<'_>) -> (u16, Vec<u8>) {
    let body = Some(call.body()).filter(|body| !body.is_empty());
    let response = request(server.address(), call.method().as_str(), call.target(), body);
    (response.status, response.body.into_bytes())
}

/// A subscriber with an independent WebSocket implementation.
struct Subscriber {
    socket: WebSocket<TcpStream>,
    socket_id: String,
}

impl Subscriber {
    fn connect(server: &Server) -> Self {
        let stream = TcpStream::connect(server.address()).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(10))).unwrap();
        let url = format!("ws://{}/app/{}?protocol=7&client=test&version=0.0.0", server.address(), App::OPEN.key);
        let mut subscriber = Self { socket: tungstenite::client(url, stream).unwrap().0, socket_id: String::new() };
        let established = subscriber.receive("pusher:connection_established");
        let established: Value = serde_json::from_str(established["data"].as_str().unwrap()).unwrap();
        subscriber.socket_id = established["socket_id"].as_str().unwrap().to_owned();
        subscriber
    }

    fn send(&mut self, event: &str, data: Value) {
        self.socket.send(Message::text(json!({ "event": event, "data": data }).to_string())).unwrap();
    }

    /// Returns the next message, which must be `event`.
    fn receive(&mut self, event: &str) -> Value {
        loop {
            if let Message::Text(text) = self.socket.read().unwrap() {
                let message: Value = serde_json::from_str(&text).unwrap();
                assert_eq!(message["event"], event, "{message}");
                return message;
            }
        }
    }

    fn subscribe(&mut self, channel: &str, signature: Option<Signature>, channel_data: Option<&str>) {
        let auth = signature.map(|signature| format!("{}:{signature}", App::OPEN.key));
        let mut data = json!({ "channel": channel });
        if let Some(auth) = auth {
            data["auth"] = auth.into();
        }
        if let Some(channel_data) = channel_data {
            data["channel_data"] = channel_data.into();
        }
        self.send("pusher:subscribe", data);
        self.receive("pusher_internal:subscription_succeeded");
    }
}

/// Makes every request of the API, and checks its effect.
fn accepts_every_request(kind: Kind) {
    let Some(server) = Server::start(kind) else { return };
    let credentials = Credentials::new(App::OPEN.key, App::OPEN.secret.as_bytes());
    let api = Api::new(App::OPEN.id, &credentials);
    let mut out = [0; 2048];

    let mut subscriber = Subscriber::connect(&server);
    let socket_id = subscriber.socket_id.clone();
    let user_data = r#"{"id":"ann","user_info":{"name":"Zoë 😀"}}"#;
    let signature = credentials.sign_user(&socket_id, user_data).unwrap();
    let auth = format!("{}:{signature}", App::OPEN.key);
    subscriber.send("pusher:signin", json!({ "auth": auth, "user_data": user_data }));
    subscriber.receive("pusher:signin_success");
    subscriber.subscribe("news", None, None);
    let private = "private-a-b_c=d@e,f.g;h";
    let signature = credentials.sign_channel(&socket_id, private, None).unwrap();
    subscriber.subscribe(private, Some(signature), None);
    let channel_data = r#"{"user_id":"ü-1","user_info":{"name":"\"Zoë\" 😀"}}"#;
    let signature = credentials.sign_channel(&socket_id, "presence-room", Some(channel_data)).unwrap();
    subscriber.subscribe("presence-room", Some(signature), Some(channel_data));

    // Queries.
    let (status, mut body) = send(&server, &api.channels(now(), None, &[], &mut out).unwrap());
    let mut names: Vec<_> = reply::channels(status, &mut body).unwrap().map(|(name, _)| name).collect();
    names.sort_unstable();
    assert_eq!(names, ["news", "presence-room", private]);
    let call = api.channels(now(), Some("presence-"), &[Attribute::UserCount], &mut out).unwrap();
    let (status, mut body) = send(&server, &call);
    let names: Vec<_> = reply::channels(status, &mut body).unwrap().map(|(name, _)| name).collect();
    assert_eq!(names, ["presence-room"]);
    let both = [Attribute::UserCount, Attribute::SubscriptionCount];
    let (status, mut body) = send(&server, &api.channel(now(), "presence-room", &both, &mut out).unwrap());
    let info = reply::channel(status, &mut body).unwrap();
    assert_eq!((info.occupied(), info.user_count(), info.subscription_count()), (Some(true), Some(1), Some(1)));
    let (status, mut body) = send(&server, &api.channel(now(), private, &both[1..], &mut out).unwrap());
    let info = reply::channel(status, &mut body).unwrap();
    assert_eq!((info.occupied(), info.subscription_count()), (Some(true), Some(1)));
    let (status, mut body) = send(&server, &api.channel(now(), "nobody", &[], &mut out).unwrap());
    assert_eq!(reply::channel(status, &mut body).unwrap().occupied(), Some(false));
    let (status, mut body) = send(&server, &api.users(now(), "presence-room", &mut out).unwrap());
    assert_eq!(reply::users(status, &mut body).unwrap().collect::<Vec<_>>(), ["ü-1"]);

    // Events. Excluded ones would arrive first.
    let data = "not JSON: \"\\\u{1}\n é 😀";
    let spared = NewEvent::new("spared", "{}").exclude_socket(&socket_id);
    let (status, mut body) = send(&server, &api.trigger(now(), &spared, &["news", private], &mut out).unwrap());
    assert_eq!(reply::accepted(status, &mut body), Ok(()));
    let event = NewEvent::new("headline", data).with_info(&both[1..]);
    let (status, mut body) = send(&server, &api.trigger(now(), &event, &["news"], &mut out).unwrap());
    assert!(reply::channels(status, &mut body).unwrap().all(|(name, _)| name == "news"));
    assert_eq!(subscriber.receive("headline")["data"], data);
    let batch = [("news", spared), (private, NewEvent::new("one", "{}")), ("news", NewEvent::new("two", "2"))];
    let (status, mut body) = send(&server, &api.trigger_batch(now(), &batch, &mut out).unwrap());
    assert_eq!(reply::accepted(status, &mut body), Ok(()));
    assert_eq!(subscriber.receive("one")["channel"], private);
    assert_eq!(subscriber.receive("two")["channel"], "news");
    let call = api.send_to_user(now(), "ann", &NewEvent::new("hello", data), &mut out).unwrap();
    let (status, mut body) = send(&server, &call);
    assert_eq!(reply::accepted(status, &mut body), Ok(()));
    assert_eq!(subscriber.receive("hello")["channel"], "#server-to-user-ann");

    // Terminating the connections of a user.
    let (status, mut body) = send(&server, &api.terminate_user_connections(now(), "ann", &mut out).unwrap());
    assert_eq!(reply::accepted(status, &mut body), Ok(()));
    let error = subscriber.receive("pusher:error");
    assert_eq!(error["data"]["code"], 4009);
}

/// Checks the codes of the refusals: a wrong secret, an old timestamp, and a query that does not fit the channel.
fn refuses(kind: Kind, codes: [u16; 3]) {
    let Some(server) = Server::start(kind) else { return };
    let right = Credentials::new(App::OPEN.key, App::OPEN.secret.as_bytes());
    let wrong = Credentials::new(App::OPEN.key, b"not the secret");
    let mut out = [0; 2048];
    let mut code = |api: Api<'_>, timestamp| {
        let (status, mut body) = send(&server, &api.users(timestamp, "news", &mut out).unwrap());
        match reply::users(status, &mut body) {
            Err(ApiError::Refused { status, message }) if !message.is_empty() => status,
            other => panic!("{other:?}"),
        }
    };
    let found = [
        code(Api::new(App::OPEN.id, &wrong), now()),
        code(Api::new(App::OPEN.id, &right), now() - 3600),
        code(Api::new(App::OPEN.id, &right), now()),
    ];
    assert_eq!(found, codes);
}

#[test]
fn soketi_accepts_every_request() {
    accepts_every_request(Kind::Soketi);
}

#[test]
fn sockudo_accepts_every_request() {
    accepts_every_request(Kind::Sockudo);
}

#[test]
fn soketi_refuses_with_a_reason() {
    refuses(Kind::Soketi, [401, 400, 400]);
}

#[test]
fn sockudo_refuses_with_a_reason() {
    refuses(Kind::Sockudo, [401, 401, 400]);
}
