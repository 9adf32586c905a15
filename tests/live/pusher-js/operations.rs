//! The operations for both clients: the recorded sessions, and generated ones with unusual messages.

use pusher_proto::channel::ChannelKind;
use pusher_proto::client::Config;
use pusher_proto::encryption::SharedSecret;
use pusher_proto::{Client, Instant};
use serde_json::{Value, json};

use crate::recording::{self, Step};

pub const MASTER_KEY: &[u8; 32] = b"0123456789abcdef0123456789abcdef";

#[derive(Debug)]
pub enum Operation {
    /// A new client on an open socket.
    Session,
    /// The server sends a text frame.
    In(String),
    /// The application subscribes, and its auth server answers.
    Subscribe { channel: String, answer: Value },
    /// The application unsubscribes.
    Unsubscribe(String),
    /// The application signs its user in, and its auth server answers.
    SignIn(Value),
}

impl Operation {
    /// Returns the operation as a line for `oracle.js`.
    pub fn line(&self) -> String {
        match self {
            Self::Session => json!({"op": "session"}),
            Self::In(text) => json!({"op": "in", "text": text}),
            Self::Subscribe { channel, answer } => json!({"op": "subscribe", "channel": channel, "answer": answer}),
            Self::Unsubscribe(channel) => json!({"op": "unsubscribe", "channel": channel}),
            Self::SignIn(answer) => json!({"op": "sign_in", "answer": answer}),
        }
        .to_string()
    }

    /// Returns a subscription, with an answer of the auth server that both clients accept.
    pub fn subscribe(channel: &str, auth: &str, channel_data: Option<&str>) -> Self {
        let mut answer = json!({"auth": auth});
        if let Some(channel_data) = channel_data {
            answer["channel_data"] = channel_data.into();
        }
        if ChannelKind::of(channel).is_encrypted() {
            let secret = SharedSecret::derive(channel, MASTER_KEY);
            answer["shared_secret"] = secret.to_base64(&mut [0; 44]).unwrap().into();
        }
        Self::Subscribe { channel: channel.into(), answer }
    }
}

/// Returns the recorded connections of protocol 7 that were established, up to their ends.
pub fn recorded() -> Vec<Operation> {
    let mut operations = Vec::new();
    for connection in recording::all().iter().flat_map(|recording| recording.connections.values()) {
        let ends = |(_, step): &&(u64, Step)| !matches!(step, Step::Disconnected | Step::Close(..) | Step::End);
        let steps: Vec<&Step> = connection.steps.iter().take_while(ends).map(|(_, step)| step).collect();
        let first = steps.iter().find_map(|step| if let Step::Text(text) = step { Some(text) } else { None });
        if !first.is_some_and(|text| text.contains("pusher:connection_established")) {
            continue;
        }
        operations.push(Operation::Session);
        for step in steps {
            match step {
                Step::Text(text) => operations.push(Operation::In(text.to_string())),
                Step::Sent(text) => operations.extend(command_for(text)),
                _ => {}
            }
        }
    }
    operations
}

/// Returns the operation that makes a client send `text`, if both clients have one.
fn command_for(text: &str) -> Option<Operation> {
    let message: Value = serde_json::from_str(text).ok()?;
    let data = &message["data"];
    let field = |name: &str| data[name].as_str();
    match message["event"].as_str()? {
        "pusher:subscribe" => {
            let channel = field("channel")?;
            let is_presence = ChannelKind::of(channel).is_presence();
            let channel_data = field("channel_data");
            // pusher-js parses the channel data itself, and fails where it cannot.
            let is_parsed = channel_data.is_some_and(json_object);
            let mut client: Client<1, 220> = Client::new(Config::new(0));
            let is_valid = client.subscribe(Instant::ZERO, channel).is_ok();
            (is_valid && (!is_presence || is_parsed))
                .then(|| Operation::subscribe(channel, field("auth").unwrap_or_default(), channel_data))
        }
        "pusher:unsubscribe" => Some(Operation::Unsubscribe(field("channel")?.into())),
        "pusher:signin" => Some(Operation::SignIn(json!({"auth": field("auth")?, "user_data": field("user_data")?}))),
        _ => None,
    }
}

fn json_object(text: &str) -> bool {
    serde_json::from_str::<Value>(text).is_ok_and(|value| value.is_object())
}
