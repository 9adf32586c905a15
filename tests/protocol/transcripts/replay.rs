//! Replays a recording to a client and logs the result.
//!
//! The log has the format of `tests/support/script.rs`: `>` marks inputs of the client, `<` its outputs. Where the
//! client's message differs from the recorded one, `! recorded` shows the recorded one.

use std::collections::HashMap;

use pusher_proto::client::{Authorization, Client, Config, UserAuthentication};
use pusher_proto::connection::{Answer, Authorizer, SignInRequest, SubscriptionRequest, UserAnswer};
use pusher_proto::encryption::SharedSecret;
use pusher_proto::{Channel, Duration, Instant};
use serde_json::{Value, json};

use super::commands::Commands;
use super::recording::{Connection, Step};

/// The capacity for every recording: 30 channels and the user's, names of up to 200 bytes.
pub type TestClient = Client<32, 220>;

/// The encryption master key of the recorded applications.
const MASTER_KEY: &[u8; 32] = b"0123456789abcdef0123456789abcdef";

/// Longer lines are truncated at a character boundary.
const LINE: usize = 200;

/// The transport of a client: messages or bytes.
pub trait Transport {
    fn client(&self) -> &TestClient;
    fn commands(&mut self) -> &mut dyn Commands;
    fn handle_timeout(&mut self, now: Instant);
    /// Handles consecutive steps of the server.
    fn deliver(&mut self, now: Instant, steps: &[(u64, Step)], journal: &mut Journal);
    fn trigger(&mut self, now: Instant, channel: Channel, event: &str, data: &str, journal: &mut Journal);
    /// Processes all pending outputs.
    fn drain(&mut self, now: Instant, journal: &mut Journal);
    /// Returns whether the WebSocket, or the attempt to open it, is still alive.
    fn is_up(&self) -> bool;
}

/// The state of a replay outside the client, and the log.
#[derive(Default)]
pub struct Journal {
    pub log: String,
    pub names: HashMap<Channel, String>,
    /// The messages that the client sent since the last check.
    sent: Vec<String>,
    /// Token, channel data and key of each channel, as last recorded.
    answers: HashMap<String, (String, Option<String>, String)>,
    pub user: Option<(String, String)>,
    /// Every message that the client sent, for simulated servers.
    pub all_sent: Vec<String>,
}

impl Journal {
    pub fn record(&mut self, line: &str) {
        self.log.push_str(&cut(line.trim_end()));
        self.log.push('\n');
    }

    /// Records a message that the client sent.
    pub fn out(&mut self, message: &str) {
        self.record(&format!("< out {message}"));
        self.sent.push(message.into());
        self.all_sent.push(message.into());
    }

    pub fn name(&self, channel: Channel) -> String {
        self.names.get(&channel).cloned().unwrap_or("?".into())
    }

    pub fn answer(&mut self, name: &str) -> Option<Authorization<'_>> {
        self.record(&format!("< request authorize {name}"));
        let (token, channel_data, secret) = self.answers.get(name)?;
        let mut answer = Authorization::from_token(token);
        if let Some(channel_data) = channel_data {
            answer = answer.with_channel_data(channel_data);
        }
        Some(answer.with_shared_secret(secret))
    }

    pub fn answer_user(&mut self) -> Option<UserAuthentication<'_>> {
        self.record("< request sign in");
        let (token, user_data) = self.user.as_ref()?;
        Some(UserAuthentication::from_token(token, user_data))
    }
}

impl Authorizer for Journal {
    fn authorize(&mut self, request: &SubscriptionRequest<'_>) -> Answer<'_> {
        self.answer(request.channel_name).map_or(Answer::Deny, Answer::Authorization)
    }

    fn authenticate(&mut self, _: &SignInRequest<'_>) -> UserAnswer<'_> {
        self.answer_user().map_or(UserAnswer::Deny, UserAnswer::Authentication)
    }
}

/// Returns `line`, truncated if too long, with control characters escaped.
fn cut(line: &str) -> String {
    let end = (0..=LINE.min(line.len())).rev().find(|&at| line.is_char_boundary(at)).unwrap();
    let mut cut = String::new();
    for character in line[..end].chars() {
        match character {
            '\u{2028}' | '\u{2029}' | '\u{feff}' => cut.extend(character.escape_unicode()),
            character if character.is_control() => cut.extend(character.escape_default()),
            character => cut.push(character),
        }
    }
    if end < line.len() {
        cut += &format!(" .. ({} bytes)", line.len());
    }
    cut
}

/// The settings of a replay. The recorded client determines all messages and times: the client does not retry, has no
/// limits below the server's, and tolerates a missing answer to a ping that the recorded client did not send.
pub fn config() -> Config {
    let mut config = Config::new(1);
    config.reconnect.base = Duration::ZERO;
    config.pong_timeout = Duration::from_secs(3600);
    config.subscription_retries = 0;
    config.client_events_per_second = 0;
    config.client_event_limit = usize::MAX;
    config
}

/// A client on a recorded connection.
pub struct Replay<T> {
    pub transport: T,
    pub journal: Journal,
    pub now: Instant,
}

impl<T: Transport> Replay<T> {
    pub fn new(transport: T) -> Self {
        Self { transport, journal: Journal::default(), now: Instant::ZERO }
    }

    /// Runs a whole connection and returns its log.
    pub fn run(mut self, connection: &Connection) -> String {
        self.begin(&connection.steps);
        self.steps(&connection.steps);
        let outcome = self.outcome();
        self.journal.record(&format!("= {outcome}"));
        self.journal.log
    }

    pub fn begin(&mut self, steps: &[(u64, Step)]) {
        self.pass(steps.first().map_or(0, |&(at, _)| at));
        self.journal.record("> connect");
        self.transport.commands().connect(self.now);
        self.transport.drain(self.now, &mut self.journal);
    }

    pub fn steps(&mut self, mut steps: &[(u64, Step)]) {
        while let Some((at, step)) = steps.first() {
            if !self.transport.is_up() {
                return;
            }
            let mut run = 1;
            if step.is_servers() {
                // Groups the consecutive steps of the server, so that their bytes may arrive in one piece.
                let goes_on = |pair: &&[(u64, Step)]| pair[1].1.is_servers() && pair[1].0 - pair[0].0 < 1000;
                run += steps.windows(2).take_while(goes_on).count();
                self.pass(steps[run - 1].0);
                self.transport.deliver(self.now, &steps[..run], &mut self.journal);
            } else {
                self.pass(*at);
                self.client_step(step);
            }
            steps = &steps[run..];
        }
    }

    /// Advances the time, and fires each timer when it expires.
    fn pass(&mut self, to: u64) {
        while let Some((at, why)) = self.transport.client().poll_timeout().filter(|(at, _)| at.as_millis() <= to) {
            if !self.transport.is_up() {
                break;
            }
            self.now = self.now.max(at);
            self.journal.record(&format!("> at {} ms: {why:?}", self.now.as_millis()));
            self.transport.handle_timeout(self.now);
            self.transport.drain(self.now, &mut self.journal);
        }
        self.now = self.now.max(Instant::from_millis(to));
    }

    fn client_step(&mut self, step: &Step) {
        let text = match step {
            Step::Sent(text) => text,
            Step::Skipped(why) => return self.journal.record(&format!("> (skipped: {why})")),
            _ => {
                self.journal.record("> disconnect");
                self.transport.commands().disconnect(self.now);
                return self.transport.drain(self.now, &mut self.journal);
            }
        };
        let message: Value = serde_json::from_str(text).unwrap_or_default();
        self.journal.sent.clear();
        let is_sent = self.send(&message);
        self.transport.drain(self.now, &mut self.journal);
        match is_sent {
            true if self.journal.sent.iter().any(|sent| is_same(&message, sent)) => {}
            true => self.journal.record(&format!("! recorded {text}")),
            false => self.journal.record(&format!("> (skipped: no client sends this) {text}")),
        }
    }

    /// Makes the client send a recorded message. Returns `false` if the client has no such command.
    fn send(&mut self, message: &Value) -> bool {
        let now = self.now;
        let data = match &message["data"] {
            Value::String(text) => serde_json::from_str(text).unwrap_or_default(),
            data => data.clone(),
        };
        let channel = data["channel"].as_str().unwrap_or_default();
        match message["event"].as_str().unwrap_or_default() {
            // As with pongs below, the client sends it by itself, without a command.
            "pusher:subscribe"
                if self.journal.all_sent.iter().any(|sent| is_same(message, sent)) && channel.starts_with('#') =>
            {
                self.journal.sent.push(message.to_string());
            }
            "pusher:subscribe" if data["channel"].is_string() => {
                let secret = SharedSecret::derive(channel, MASTER_KEY);
                let secret = secret.to_base64(&mut [0; 44]).unwrap().to_string();
                let channel_data = data.get("channel_data").map(text);
                self.journal.answers.insert(channel.into(), (text(&data["auth"]), channel_data, secret));
                self.journal.record(&format!("> subscribe {channel}"));
                match self.transport.commands().subscribe(now, channel) {
                    Ok(handle) => drop(self.journal.names.insert(handle, channel.into())),
                    Err(error) => self.journal.record(&format!("< error {error}")),
                }
            }
            "pusher:unsubscribe" if data["channel"].is_string() => {
                self.journal.record(&format!("> unsubscribe {channel}"));
                if let Some(handle) = self.handle(channel)
                    && let Err(error) = self.transport.commands().unsubscribe(now, handle)
                {
                    self.journal.record(&format!("< error {error}"));
                }
            }
            "pusher:signin" => {
                self.journal.user = Some((text(&data["auth"]), text(&data["user_data"])));
                self.journal.record("> sign in");
                self.transport.commands().sign_in(now);
            }
            "pusher:ping" => {
                self.journal.record("> check");
                self.transport.commands().ping_now(now);
            }
            // The client answers pings by itself; the log has its answer at the time it was sent.
            "pusher:pong" => self.journal.sent.push(message.to_string()),
            event if event.starts_with("client-") && message["channel"].is_string() => {
                let name = message["channel"].as_str().unwrap();
                let Some(handle) = self.handle(name) else { return false };
                let data = message.get("data").map(Value::to_string).unwrap_or_default();
                self.journal.record(&format!("> trigger {name} {event} {data}"));
                self.transport.trigger(now, handle, event, &data, &mut self.journal);
            }
            _ => return false,
        }
        true
    }

    /// Returns the channel called `name` that was subscribed last.
    fn handle(&mut self, name: &str) -> Option<Channel> {
        let handles: Vec<Channel> =
            self.journal.names.iter().filter(|(_, known)| *known == name).map(|(&handle, _)| handle).collect();
        let client = self.transport.client();
        handles.iter().copied().find(|&handle| client.channel_status(handle).is_some()).or(handles.first().copied())
    }

    /// Returns the state of the client as a line.
    pub fn outcome(&mut self) -> String {
        let client = self.transport.client();
        let channels: Vec<Channel> = client.channels().collect();
        let mut line = format!("{:?}", client.state());
        if client.is_signed_in() {
            line += ", signed in";
        }
        let mut channels: Vec<String> = channels
            .into_iter()
            .map(|channel| {
                format!(", {} {:?}", client.channel_name(channel).unwrap(), client.channel_status(channel).unwrap())
            })
            .collect();
        channels.sort();
        line + &channels.concat()
    }
}

/// Returns the text of a string, other JSON unchanged, and an empty text if absent.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

/// Returns whether the client sent the recorded message. Ignores an empty `auth`, which pusher-js and others
/// send for public channels, the data of pings, and a shared secret sent to the server by mistake.
fn is_same(recorded: &Value, sent: &str) -> bool {
    let normal = |mut message: Value| {
        if message["event"] == "pusher:ping" {
            message["data"] = json!({});
        }
        if let Some(data) = message["data"].as_object_mut()
            && data.get("auth") == Some(&json!(""))
        {
            data.remove("auth");
        }
        message
    };
    normal(recorded.clone()) == normal(serde_json::from_str(sent).unwrap())
}
