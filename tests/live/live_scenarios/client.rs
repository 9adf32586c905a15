//! A client that runs on the blocking driver and logs the notices and events that it reports.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant as Clock};

use pusher_proto::auth::Credentials;
use pusher_proto::client::{Config, TriggerError};
use pusher_proto::connection::{
    Answer, Authorizer, EncryptedCredentials, SendError, SignInRequest, SubscriptionRequest, UserAnswer,
};
use pusher_proto::io::Step;
use pusher_proto::{Channel, Client, Connection, Endpoint, Event, Instant, Notice, Payload};
use rustls::ClientConfig;
use serde_json::json;

use crate::line::{Gate, Line};
use crate::log::{Log, Logged};
use crate::support::http::App;
use crate::support::peer::Server;

pub const MASTER_KEY: [u8; 32] = *b"0123456789abcdef0123456789abcdef";

pub struct TestClient<const CHANNELS: usize = 8, const NAME: usize = 64> {
    connection: Connection<'static, fn(&mut [u8]), CHANNELS, NAME>,
    authority: Authority,
    address: SocketAddr,
    tls: Option<Arc<ClientConfig>>,
    line: Option<Line>,
    started: Clock,
    names: HashMap<Channel, String>,
    log: Log,
}

/// An authorizer that signs with the secret and the master key.
struct Authority {
    /// The keys of encrypted channels, one for each request.
    credentials: Vec<EncryptedCredentials<'static>>,
    has_signed: bool,
}

impl Authorizer for Authority {
    fn authorize(&mut self, request: &SubscriptionRequest<'_>) -> Answer<'_> {
        if request.kind.is_encrypted() && std::mem::replace(&mut self.has_signed, true) && self.credentials.len() > 1 {
            self.credentials.remove(0);
        }
        self.credentials[0].authorize(request)
    }

    fn authenticate(&mut self, request: &SignInRequest<'_>) -> UserAnswer<'_> {
        self.credentials[0].authenticate(request)
    }
}

/// Creates a client of the application, for a user if `user` is set. It reconnects quickly and has no rate limits.
pub fn client<const CHANNELS: usize, const NAME: usize>(
    server: &Server,
    app: App,
    user: Option<serde_json::Value>,
) -> TestClient<CHANNELS, NAME> {
    let mut seed = [0; 4];
    random(&mut seed);
    let mut config = Config::new(u32::from_ne_bytes(seed));
    config.reconnect.base = pusher_proto::Duration::from_millis(200);
    config.reconnect.cap = pusher_proto::Duration::from_millis(500);
    config.pong_timeout = pusher_proto::Duration::from_secs(120);
    config.client_events_per_second = 0;
    let tls = server.client_tls();
    let scheme = if tls.is_some() { "wss" } else { "ws" };
    let endpoint = Endpoint::from_url(format!("{scheme}://{}", server.address()).leak(), app.key).unwrap();
    let (rx, tx) = (vec![0; 1 << 16].leak(), vec![0; 1 << 14].leak());
    let mut connection = Connection::new(Client::new(config), endpoint, random as fn(&mut [u8]), rx, tx);
    if let Some(user) = user {
        let member = json!({ "user_id": user["id"], "user_info": { "name": user["id"] } });
        connection.set_channel_data(Some(member.to_string().leak()));
        connection.set_user_data(Some(user.to_string().leak()));
    }
    let client = TestClient {
        connection,
        authority: Authority { credentials: Vec::new(), has_signed: false },
        address: server.address(),
        tls,
        line: None,
        started: Clock::now(),
        names: HashMap::new(),
        log: Log::default(),
    };
    client.signing_with(app.key, app.secret, &[MASTER_KEY])
}

impl TestClient {
    /// Creates a client without a user, and connects.
    pub fn connect(server: &Server, app: App) -> Self {
        let mut client = client(server, app, None);
        client.start();
        client
    }

    /// Creates a client with a user id, and connects.
    pub fn connect_as(server: &Server, app: App, user_id: &str) -> Self {
        let mut client = client(server, app, Some(json!({ "id": user_id })));
        client.start();
        client
    }
}

impl<const CHANNELS: usize, const NAME: usize> TestClient<CHANNELS, NAME> {
    /// Signs with another secret, or with keys of encrypted channels that change from one request to the next.
    pub fn signing_with(mut self, key: &'static str, secret: &str, master_keys: &[[u8; 32]]) -> Self {
        let credentials =
            |&master_key: &_| EncryptedCredentials::new(Credentials::new(key, secret.as_bytes()), master_key);
        self.authority.credentials = master_keys.iter().map(credentials).collect();
        self
    }

    pub fn start(&mut self) {
        let now = self.now();
        self.connection.connect(now);
    }

    pub fn sign_in(&mut self) {
        let now = self.now();
        self.connection.sign_in(now);
    }

    pub fn subscribe(&mut self, name: &str) {
        let now = self.now();
        let channel = self.connection.subscribe(now, name).unwrap();
        self.names.insert(channel, name.into());
    }

    /// Subscribes and waits for the confirmation.
    pub fn join(&mut self, name: &str) {
        self.subscribe(name);
        self.until(&format!("subscribed {name}"));
    }

    pub fn unsubscribe(&mut self, name: &str) {
        let (now, channel) = (self.now(), self.channel(name));
        self.connection.unsubscribe(now, channel).unwrap();
        self.names.remove(&channel);
    }

    /// Sends a client event.
    pub fn trigger(&mut self, name: &str, event: &str, data: &str) {
        let channel = self.channel(name);
        loop {
            match self.connection.trigger(self.now(), channel, event, Payload::Json(data)) {
                Ok(()) => break,
                Err(SendError::Busy | SendError::Client(TriggerError::RateLimited { .. })) => self.step(),
                Err(error) => panic!("{event} on {name}: {error}"),
            }
        }
        self.step();
    }

    /// Drops all further output, or part of it.
    pub fn set_gate(&mut self, gate: Gate) {
        self.line.as_mut().unwrap().gate = gate;
    }

    /// Returns the number of the server's pings that were answered while other messages were lost.
    pub fn pings(&self) -> usize {
        self.line.as_ref().map_or(0, |line| line.pings)
    }

    pub fn socket_id(&self) -> String {
        self.connection.client().socket_id().unwrap_or_default().into()
    }

    /// Returns the log: the expected number of lines, and those that follow immediately.
    pub fn finish(mut self, expected: &[&str]) -> Vec<String> {
        self.run_to_the_end(expected.len())
    }

    fn channel(&self, name: &str) -> Channel {
        *self.names.iter().find(|(_, known)| *known == name).unwrap().0
    }

    fn now(&self) -> Instant {
        Instant::from_millis(self.started.elapsed().as_millis() as u64)
    }
}

impl<const CHANNELS: usize, const NAME: usize> Logged for TestClient<CHANNELS, NAME> {
    fn log_ref(&self) -> &Log {
        &self.log
    }

    fn log_mut(&mut self) -> &mut Log {
        &mut self.log
    }

    /// Runs one step of the connection.
    fn step(&mut self) {
        let now = self.now();
        let names = &self.names;
        let name = |channel: Channel| names.get(&channel).map_or("?", String::as_str);
        match self.connection.step(now, self.line.as_mut(), &mut self.authority) {
            Step::Open { attempt, .. } => match Line::open(self.address, self.tls.as_ref()) {
                Ok(line) => self.line = Some(line),
                Err(_) => self.connection.handle_open_failed(self.now(), attempt),
            },
            Step::Close(_) => self.line = None,
            Step::Event(event) => {
                if let Event::Connected { .. } = event {
                    self.log.connected();
                }
                self.log.extend(describe(&name, event));
            }
            Step::Notice(Notice::Disconnected { reason, retry_at }) => self.log.lost(reason, retry_at.is_none()),
            Step::Notice(Notice::SubscriptionFailed { channel, failure, .. }) => {
                self.log.push(format!("failed {}: {failure}", name(channel)));
            }
            Step::Notice(Notice::SignInFailed { failure, .. }) => self.log.push(format!("sign in failed: {failure}")),
            Step::BadEnvelope(error) => self.log.push(format!("bad message: {error}")),
            Step::OutputTooSmall(error) => panic!("{error}"),
            Step::Wait { .. } => std::thread::sleep(Duration::from_millis(5)),
            _ => {}
        }
    }
}

/// Formats an outcome as a reproducible line: without socket ids and times, members in order.
fn describe<'n>(name: &dyn Fn(Channel) -> &'n str, event: Event<'_>) -> Vec<String> {
    vec![match event {
        Event::Connected { .. } => "connected".into(),
        Event::Subscribed { channel, gap_since, presence, .. } => {
            let mut line = format!("subscribed {}", name(channel));
            if let Some(presence) = presence {
                let mut members: Vec<_> = presence.members().map(|member| member.user_id.to_owned()).collect();
                members.sort();
                line += &format!(" with {}", members.join(", "));
            }
            line + if gap_since.is_some() { " after a gap" } else { "" }
        }
        Event::SubscriptionFailed { channel, error, retry_at, .. } => {
            format!("refused {}: {error}{}", name(channel), if retry_at.is_some() { "; again later" } else { "" })
        }
        Event::Channel(message) => {
            let from = message.user_id.map(|id| format!(" from {id}")).unwrap_or_default();
            format!("{}: {}{from} {}", name(message.channel), message.event, message.payload.as_str())
        }
        Event::MemberAdded { channel, member, .. } => {
            format!("joined {}: {} {}", name(channel), member.user_id, member.user_info.as_str())
        }
        Event::MemberRemoved { channel, user_id, .. } => format!("left {}: {user_id}", name(channel)),
        Event::CacheMiss { channel, .. } => format!("nothing cached {}", name(channel)),
        Event::SignedIn { user_id, .. } => format!("signed in as {user_id}"),
        Event::SignInFailed { error, .. } => format!("not signed in: {error}"),
        Event::User(event) => format!("to the user: {} {}", event.event, event.payload.as_str()),
        Event::Watchlist(changes) => {
            let line = |status, ids: Vec<&str>| format!("{status}: {}", ids.join(", "));
            return changes.map(|change| line(change.status(), change.user_ids().collect())).collect();
        }
        Event::Error(error) => format!("error: {error}"),
        Event::DecryptionFailed { channel, event, error, .. } => {
            format!("undecryptable {}: {event}: {error:?}", name(channel))
        }
        Event::Other(other) => format!("other: {} {}", other.event, other.payload.as_str()),
        other => format!("{other:?}"),
    }]
}

fn random(bytes: &mut [u8]) {
    getrandom::fill(bytes).unwrap();
}
