//! Runs a client through a script in virtual time and logs its outputs.
//!
//! A script is a transcript. Lines with `>` are inputs of the client. The client's outputs are logged below them with
//! `<`, and the complete log must equal the script, so that no output is missed:
//!
//! ```text
//! > connect                            the application connects, disconnects, ..
//! < request open                       the client requests something
//! > open                               the WebSocket is up
//! > in {"event":"pusher:ping"}         a message from the server
//! < out {"event":"pusher:pong","data":{}}   a message to the server
//! > at 1500                            it is now 1500 ms; timers fire
//! ```

#![allow(dead_code, reason = "each test crate uses a part")]

use std::collections::HashMap;
use std::fmt::Write as _;

use pusher_proto::client::{Authorization, Client, Close, Config, Notice, Reason, Request, Ticket, UserAuthentication};
use pusher_proto::event::{Event, ServerError};
use pusher_proto::{Channel, Instant, Payload};

pub type TestClient = Client<4, 48>;

/// A client, the time, and its handles by name.
pub struct Script {
    pub client: TestClient,
    pub now: Instant,
    origin: u64,
    channels: HashMap<String, Channel>,
    tickets: HashMap<String, Ticket>,
    log: String,
}

/// The settings of scripts: negligible jitter, all others as recommended.
pub fn config() -> Config {
    let mut config = Config::new(1);
    // A span of 0 to 0 ms makes every ordinary delay 0; tests of the delays set it themselves.
    config.reconnect.base = pusher_proto::Duration::ZERO;
    config
}

/// The age of the client's clock when a script begins. The client's internal time has 32 bits, which overflow in the
/// middle of most scripts, once as a signed number and once as an unsigned one.
const ORIGINS: [u64; 4] = [0, (1 << 31) - 20_000, (1 << 32) - 20_000, (1 << 40) - 100];

/// Runs `script` with the settings of `config` and compares. Times count from the start of the script.
#[track_caller]
pub fn run_with(config: Config, script: &str) {
    let script: Vec<&str> = script.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let expected = script.join("\n") + "\n";
    for origin in ORIGINS {
        let mut run = Script::new(config.clone());
        run.age(origin);
        for line in script.iter().filter_map(|line| line.strip_prefix("> ")) {
            run.step(line);
        }
        let actual = run.relative();
        assert!(actual == expected, "after {origin} ms, expected:\n{expected}\nactual:\n{actual}");
    }
}

/// Runs `script` with [`config`].
#[track_caller]
pub fn run(script: &str) {
    run_with(config(), script);
}

/// Establishes a connection with the socket id 1.1 and runs `script` from there.
#[track_caller]
pub fn connected(script: &str) {
    connected_with(config(), script);
}

#[track_caller]
pub fn connected_with(config: Config, script: &str) {
    let start = "
        > connect
        < request open
        > open
        > in {\"event\":\"pusher:connection_established\",\"data\":\"{\\\"socket_id\\\":\\\"1.1\\\",\\\"activity_timeout\\\":120}\"}
        < event connected 1.1
    ";
    run_with(config, &(start.to_string() + script));
}

impl Script {
    pub fn new(config: Config) -> Self {
        Self {
            client: Client::new(config),
            now: Instant::ZERO,
            origin: 0,
            channels: HashMap::new(),
            tickets: HashMap::new(),
            log: String::new(),
        }
    }

    /// Advances the time to `origin` before the script starts.
    fn age(&mut self, origin: u64) {
        // The client advances by at most 12 days per step.
        for at in (0..origin).step_by(1 << 30) {
            self.client.handle_timeout(Instant::from_millis(at));
        }
        self.now = Instant::from_millis(origin);
        self.client.handle_timeout(self.now);
        self.origin = origin;
    }

    /// Returns the log with times relative to the script. No other number is as large.
    fn relative(&self) -> String {
        let line = |line: &str| {
            let words = line.split_inclusive(|character: char| !character.is_ascii_digit());
            words.map(|word| self.relative_word(word)).collect::<String>()
        };
        self.log.lines().map(|text| if text.starts_with('<') { line(text) } else { text.into() } + "\n").collect()
    }

    fn relative_word(&self, word: &str) -> String {
        let digits = word.trim_end_matches(|character: char| !character.is_ascii_digit());
        match digits.parse::<u64>().map(|time| time.checked_sub(self.origin)) {
            Ok(Some(time)) if self.origin != 0 => format!("{time}{}", &word[digits.len()..]),
            _ => word.into(),
        }
    }

    /// Returns the log so far.
    pub fn log(&self) -> &str {
        &self.log
    }

    /// Runs one command and drains the resulting outputs.
    pub fn step(&mut self, line: &str) {
        writeln!(self.log, "> {line}").unwrap();
        let (verb, rest) = line.split_once(' ').unwrap_or((line, ""));
        let words: Vec<&str> = rest.split(' ').collect();
        let now = self.now;
        match verb {
            "at" => {
                self.now = Instant::from_millis(self.origin + rest.parse::<u64>().unwrap());
                self.client.handle_timeout(self.now);
            }
            "connect" => self.client.connect(now),
            "disconnect" => self.client.disconnect(now),
            "check" => self.client.ping_now(now),
            "open" => self.client.handle_open(now),
            "activity" => self.client.handle_activity(now),
            "close" => self.client.handle_close(
                now,
                match rest {
                    "" => Close::Abnormal,
                    "refused" => Close::OpenFailed,
                    code => Close::Code(code.parse().unwrap()),
                },
            ),
            "in" => self.message(rest),
            "subscribe" => match self.client.subscribe(now, rest) {
                Ok(channel) => drop(self.channels.insert(rest.into(), channel)),
                Err(error) => self.record(&format!("error {error}")),
            },
            "unsubscribe" => {
                if let Err(error) = self.client.unsubscribe(now, self.channels[rest]) {
                    self.record(&format!("error {error}"));
                }
            }
            "deny" => {
                if let Err(error) = self.client.deny(now, self.tickets[rest]) {
                    self.record(&format!("error {error}"));
                }
            }
            // fail CHANNEL STATUS
            "fail" => {
                let status = words[1].parse().unwrap();
                if let Err(error) = self.client.deny_with_status(now, self.tickets[words[0]], status) {
                    self.record(&format!("error {error}"));
                }
            }
            // authorize CHANNEL TOKEN [CHANNEL_DATA | SHARED_SECRET]
            "authorize" => {
                let mut reply = Authorization::from_token(words[1]);
                for extra in &words[2..] {
                    // A secret ends like base64 of 32 bytes, channel data like JSON.
                    reply = match extra.ends_with('=') {
                        true => reply.with_shared_secret(extra),
                        false => reply.with_channel_data(extra),
                    };
                }
                let mut out = [0; 512];
                match self.client.authorize(now, self.tickets[words[0]], &reply, &mut out) {
                    Ok(message) => self.record(&format!("out {message}")),
                    Err(error) => self.record(&format!("error {error}")),
                }
            }
            // rekey CHANNEL SHARED_SECRET
            #[cfg(feature = "encrypted")]
            "rekey" => {
                let reply = Authorization::from_token("unused").with_shared_secret(words[1]);
                if let Err(error) = self.client.rekey(now, self.tickets[words[0]], &reply) {
                    self.record(&format!("error {error}"));
                }
            }
            "retries" => self.client.set_retries(self.channels[words[0]], words[1].parse().unwrap()).unwrap(),
            #[cfg(feature = "users")]
            "sign_in" => self.client.sign_in(now),
            #[cfg(feature = "users")]
            "sign_out" => self.client.sign_out(now),
            // authenticate TOKEN USER_DATA
            "authenticate" => {
                let reply = UserAuthentication::from_token(words[0], words[1]);
                let mut out = [0; 512];
                match self.client.authenticate(now, self.tickets["user"], &reply, &mut out) {
                    Ok(message) => self.record(&format!("out {message}")),
                    Err(error) => self.record(&format!("error {error}")),
                }
            }
            // trigger CHANNEL EVENT JSON
            "trigger" => {
                let mut out = [0; 512];
                let data = Payload::Json(words[2]);
                match self.client.trigger(now, self.channels[words[0]], words[1], data, &mut out) {
                    Ok(message) => self.record(&format!("out {message}")),
                    Err(error) => self.record(&format!("error {error}")),
                }
            }
            "status" => {
                let status = self.client.channel_status(self.channels[rest]);
                self.record(&format!("status {status:?}"));
            }
            "state" => self.record(&format!("state {:?} {:?}", self.client.state(), self.client.socket_id())),
            "timeout" => {
                let timeout = self.client.poll_timeout();
                let timeout = timeout.map(|(at, reason)| format!("{} {reason:?}", at.as_millis()));
                self.record(&format!("timeout {}", timeout.unwrap_or("never".into())));
            }
            _ => panic!("unknown step {line:?}"),
        }
        self.drain();
    }

    fn message(&mut self, text: &str) {
        let mut message = text.as_bytes().to_vec();
        let line = match self.client.handle_text(self.now, &mut message) {
            Ok(None) => return,
            Ok(Some(event)) => format!("event {}", describe(&self.client, event)),
            Err(error) => format!("error {error}"),
        };
        self.record(&line);
    }

    fn drain(&mut self) {
        for _ in 0..100 {
            let Some(request) = self.client.poll_request() else { break };
            let line = match request {
                Request::Open { secure: false } => "request open".into(),
                Request::Open { secure: true } => "request open secure".into(),
                Request::Close(code) => format!("request close {code}"),
                Request::Authorize(ticket) => {
                    let request = self.client.authorization_request(ticket).unwrap();
                    let (socket_id, name) = (request.socket_id, request.channel_name);
                    let line = format!("request authorize {socket_id} {name}");
                    self.tickets.insert(name.into(), ticket);
                    line
                }
                Request::SignIn(ticket) => {
                    self.tickets.insert("user".into(), ticket);
                    format!("request sign in {}", self.client.socket_id().unwrap())
                }
                #[cfg(feature = "encrypted")]
                Request::Rekey(ticket) => {
                    let name = self.client.authorization_request(ticket).unwrap().channel_name.to_string();
                    self.tickets.insert(name.clone(), ticket);
                    format!("request rekey {name}")
                }
                other => format!("request {other:?}"),
            };
            self.record(&line);
        }
        let mut out = [0; 128];
        while let Some(message) = self.client.poll_transmit(self.now, &mut out).unwrap() {
            writeln!(self.log, "< out {message}").unwrap();
        }
        while let Some(notice) = self.client.poll_notice() {
            let name = |channel| self.client.channel_name(channel).unwrap().to_string();
            let line = describe_notice(&name, notice);
            self.record(&format!("notice {line}"));
        }
    }

    fn record(&mut self, line: &str) {
        writeln!(self.log, "< {}", line.trim_end()).unwrap();
    }
}

fn describe_reason(reason: Reason) -> String {
    if let Reason::Code(code) = reason { code.to_string() } else { format!("{reason:?}") }
}

fn describe_retry(at: Option<Instant>) -> String {
    at.map_or("for good".into(), |at| format!("retry at {}", at.as_millis()))
}

fn error_text(error: ServerError<'_>) -> String {
    format!("{} {}", error.code.map_or("-".into(), |code| code.to_string()), error.message)
}

/// Formats a notice as a line.
pub fn describe_notice(name: &dyn Fn(Channel) -> String, notice: Notice) -> String {
    match notice {
        Notice::Disconnected { reason, retry_at } => {
            format!("lost {} {}", describe_reason(reason), describe_retry(retry_at))
        }
        Notice::Unavailable => "unavailable".into(),
        Notice::SubscriptionFailed { channel, failure, retry_at } => {
            format!("failed {} {failure:?} {}", name(channel), describe_retry(retry_at))
        }
        Notice::SignInFailed { failure, retry_at } => {
            format!("sign in failed {failure:?} {}", describe_retry(retry_at))
        }
        other => format!("{other:?}"),
    }
}

/// Formats an event as a line.
pub fn describe<const C: usize, const N: usize>(client: &Client<C, N>, event: Event<'_>) -> String {
    describe_with(&|channel| client.channel_name(channel).unwrap_or("?").to_string(), event)
}

/// Returns the channel of an event and its name. An error may answer the only pending subscription and name none.
fn named<'f>(event: &Event<'f>) -> Option<(Channel, &'f str)> {
    match *event {
        Event::Subscribed { channel, channel_name, .. }
        | Event::MemberAdded { channel, channel_name, .. }
        | Event::MemberRemoved { channel, channel_name, .. }
        | Event::SubscriptionCount { channel, channel_name, .. }
        | Event::CacheMiss { channel, channel_name } => Some((channel, channel_name)),
        // An error without a name: only the connection adds it.
        Event::SubscriptionFailed { channel_name: "", .. } => None,
        Event::SubscriptionFailed { channel, channel_name, .. } => Some((channel, channel_name)),
        #[cfg(feature = "encrypted")]
        Event::DecryptionFailed { channel, channel_name, .. } => Some((channel, channel_name)),
        _ => None,
    }
}

/// Formats an event without access to the client: `name` returns the channels' names.
pub fn describe_with(name: &dyn Fn(Channel) -> String, event: Event<'_>) -> String {
    let payload = |payload: Payload<'_>| match payload {
        Payload::Absent => "absent".into(),
        Payload::Text(text) => format!("text {text}"),
        Payload::Json(json) => format!("json {json}"),
    };
    if let Some((channel, channel_name)) = named(&event) {
        assert_eq!(channel_name, name(channel), "an event names its channel: {event:?}");
    }
    match event {
        Event::Connected { socket_id } => format!("connected {socket_id}"),
        Event::Subscribed { channel, gap_since, presence, .. } => {
            let mut line = format!("subscribed {}", name(channel));
            if let Some(since) = gap_since {
                write!(line, " gap since {}", since.as_millis()).unwrap();
            }
            if let Some(presence) = presence {
                write!(line, " count {:?}", presence.count()).unwrap();
                for member in presence.members() {
                    write!(line, " {}={}", member.user_id, member.user_info.as_str()).unwrap();
                }
            }
            line
        }
        Event::SubscriptionFailed { channel, error, retry_at, .. } => {
            format!("failed {} {} {}", name(channel), error_text(error), describe_retry(retry_at))
        }
        Event::Channel(message) => {
            let user = message.user_id.map(|id| format!(" from {id}")).unwrap_or_default();
            format!("message {} {}{user} {}", name(message.channel), message.event, payload(message.payload))
        }
        Event::MemberAdded { channel, member, .. } => {
            format!("added {} {}={}", name(channel), member.user_id, member.user_info.as_str())
        }
        Event::MemberRemoved { channel, user_id, .. } => format!("removed {} {user_id}", name(channel)),
        Event::SubscriptionCount { channel, count, .. } => format!("count {} {count}", name(channel)),
        Event::CacheMiss { channel, .. } => format!("cache miss {}", name(channel)),
        Event::Error(error) => format!("error {}", error_text(error)),
        Event::SignedIn { user_id, listening: Ok(()) } => format!("signed in {user_id}"),
        Event::SignedIn { user_id, listening: Err(error) } => format!("signed in {user_id}, but {error}"),
        Event::SignInFailed { error, retry_at } => {
            format!("sign in failed {} {}", error_text(error), describe_retry(retry_at))
        }
        Event::User(event) => format!("user {} {}", event.event, payload(event.payload)),
        Event::Watchlist(watchlist) => {
            let mut line = String::from("watchlist");
            for change in watchlist {
                write!(line, " {}", change.status()).unwrap();
                change.user_ids().for_each(|id| write!(line, " {id}").unwrap());
            }
            line
        }
        #[cfg(feature = "encrypted")]
        Event::DecryptionFailed { channel, event, error, .. } => {
            format!("not decrypted {} {event}: {error}", name(channel))
        }
        Event::Other(other) => {
            format!("other {} {} {}", other.event, other.channel_name.unwrap_or("-"), payload(other.payload))
        }
        other => format!("{other:?}"),
    }
}
