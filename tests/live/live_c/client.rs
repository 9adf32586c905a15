//! The C program as a client of a scenario: commands through its stdin, what happened from its stdout.

use std::io::{BufRead, BufReader, Write};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::thread;
use std::time::Duration;

use pusher_proto::channel::SubscriptionFailure;
use pusher_proto::client::Reason;
use serde_json::json;

use crate::log::{Log, Logged};
use crate::support::http::App;
use crate::support::peer::Server;
use crate::support::process::end;

pub const MASTER_KEY: [u8; 32] = *b"0123456789abcdef0123456789abcdef";

/// The treatment of the messages that the client writes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// Sends them.
    #[allow(dead_code, reason = "the program begins with it")]
    Open,
    /// Drops them.
    Shut,
    /// Drops them, except one after each `pusher:ping` of the server: the answer.
    Answers,
}

pub struct TestClient<const CHANNELS: usize = 8, const NAME: usize = 64> {
    /// What the program is started with: URL, key, secret, master keys, user, member.
    arguments: [String; 6],
    program: Option<Program>,
    log: Log,
    socket_id: String,
    pings: usize,
}

struct Program {
    child: Child,
    commands: Option<ChildStdin>,
    lines: Receiver<String>,
}

/// Creates a client of the application, for a user if `user` is set. It reconnects quickly and has no rate limits.
pub fn client<const CHANNELS: usize, const NAME: usize>(
    server: &Server,
    app: App,
    user: Option<serde_json::Value>,
) -> TestClient<CHANNELS, NAME> {
    assert!((CHANNELS, NAME) == (8, 64), "the program is built for 8 channels");
    let member = user.as_ref().map(|user| json!({ "user_id": user["id"], "user_info": { "name": user["id"] } }));
    let text = |value: Option<serde_json::Value>| value.map_or("-".into(), |value| value.to_string());
    let url = format!("ws://{}", server.address());
    let client = TestClient {
        arguments: [url, app.key.into(), String::new(), String::new(), text(user), text(member)],
        program: None,
        log: Log::default(),
        socket_id: String::new(),
        pings: 0,
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
        let keys: Vec<String> = master_keys.iter().map(|key| base16ct::lower::encode_string(key)).collect();
        self.arguments[1..4].clone_from_slice(&[key.into(), secret.into(), keys.join(",")]);
        self
    }

    pub fn start(&mut self) {
        self.command("connect");
    }

    pub fn sign_in(&mut self) {
        self.command("sign_in");
    }

    pub fn subscribe(&mut self, name: &str) {
        self.command(&format!("subscribe {name}"));
    }

    /// Subscribes and waits for the confirmation.
    pub fn join(&mut self, name: &str) {
        self.subscribe(name);
        self.until(&format!("subscribed {name}"));
    }

    pub fn unsubscribe(&mut self, name: &str) {
        self.command(&format!("unsubscribe {name}"));
    }

    /// Sends a client event.
    pub fn trigger(&mut self, name: &str, event: &str, data: &str) {
        self.command(&format!("trigger {name} {event} {data}"));
    }

    /// Drops all further output, or part of it.
    pub fn set_gate(&mut self, gate: Gate) {
        let gate = match gate {
            Gate::Open => "open",
            Gate::Shut => "shut",
            Gate::Answers => "answers",
        };
        self.command(&format!("gate {gate}"));
    }

    /// Returns the number of the server's pings that were answered while other messages were lost.
    pub fn pings(&self) -> usize {
        self.pings
    }

    pub fn socket_id(&self) -> String {
        self.socket_id.clone()
    }

    /// Returns the log: the expected number of lines, and those that follow immediately. The program must end without
    /// an error of the sanitizers.
    pub fn finish(mut self, expected: &[&str]) -> Vec<String> {
        let lines = self.run_to_the_end(expected.len());
        let program = self.program.as_mut().unwrap();
        program.commands = None; // the end of its input is its order to end
        let status = program.child.wait().unwrap();
        assert!(status.success(), "the program ended with {status}");
        lines
    }

    fn read_line(&mut self, line: &str) {
        let (kind, rest) = line.split_once(' ').unwrap_or_else(|| panic!("{line}"));
        let fields: Vec<&str> = rest.split(' ').collect();
        match kind {
            "E" => {
                if rest == "connected" {
                    self.log.connected();
                }
                self.log.extend([decoded(rest)]);
            }
            "S" => self.socket_id = rest.into(),
            "P" => self.pings = rest.parse().unwrap(),
            "L" => self.log.lost(reason(fields[0], fields[1].parse().unwrap()), fields[2] == "1"),
            "F" => self.log.push(format!("failed {}: {}", fields[0], failure(fields[1], fields[2].parse().unwrap()))),
            "G" => self.log.push(format!("sign in failed: {}", failure(fields[0], fields[1].parse().unwrap()))),
            _ => panic!("{line}"),
        }
    }

    fn command(&mut self, command: &str) {
        let program = self.program.get_or_insert_with(|| Program::start(&self.arguments));
        writeln!(program.commands.as_ref().unwrap(), "{command}").unwrap();
    }
}

impl<const CHANNELS: usize, const NAME: usize> Logged for TestClient<CHANNELS, NAME> {
    fn log_ref(&self) -> &Log {
        &self.log
    }

    fn log_mut(&mut self) -> &mut Log {
        &mut self.log
    }

    /// Waits a moment for the next line of the program.
    fn step(&mut self) {
        let Some(program) = &self.program else { return thread::sleep(Duration::from_millis(5)) };
        match program.lines.recv_timeout(Duration::from_millis(5)) {
            Ok(line) => self.read_line(&line),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => panic!("the program ended after {:#?}", self.log()),
        }
    }
}

impl Program {
    fn start(arguments: &[String]) -> Self {
        let path = std::env::var_os("C_DRIVER").expect("C_DRIVER is not set: run tests/run.sh capi");
        let mut command = Command::new(path);
        let mut child =
            command.args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the program starts");
        let (commands, output) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
        let (sender, lines) = channel();
        thread::spawn(move || {
            for line in BufReader::new(output).lines().map_while(Result::ok) {
                let _ = sender.send(line);
            }
        });
        Self { child, commands: Some(commands), lines }
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

/// Decodes `%XX`.
fn decoded(text: &str) -> String {
    let mut parts = text.split('%');
    let mut decoded = parts.next().unwrap().to_string();
    for part in parts {
        let (code, rest) = part.split_at(2);
        decoded.push(u8::from_str_radix(code, 16).unwrap().into());
        decoded += rest;
    }
    decoded
}

/// Returns the `pusher_reason` of this number.
fn reason(number: &str, code: u16) -> Reason {
    match number {
        "1" => Reason::Code(code),
        "2" => Reason::Abnormal,
        "3" => Reason::ConnectFailed,
        "4" => Reason::Misconfigured,
        "5" => Reason::HandshakeTimeout,
        "6" => Reason::PongTimeout,
        other => panic!("reason {other}"),
    }
}

/// Returns the `pusher_failure` of this number.
fn failure(number: &str, code: u16) -> SubscriptionFailure {
    match number {
        "1" => SubscriptionFailure::Denied,
        "2" => SubscriptionFailure::MissingChannelData,
        "3" => SubscriptionFailure::MissingSharedSecret,
        "4" => SubscriptionFailure::MissingUserData,
        "5" => SubscriptionFailure::AuthorizationFailed(code),
        "6" => SubscriptionFailure::AuthorizationTimeout,
        "7" => SubscriptionFailure::SubscriptionTimeout,
        "8" => SubscriptionFailure::Rejected(Some(code).filter(|code| *code != 0)),
        other => panic!("failure {other}"),
    }
}
