//! Connections that break at any byte, and a server for the reconnect. It answers as the recorded server did, and
//! continues the recording at the interrupted message.

use std::collections::{HashMap, HashSet};

use pusher_proto::Channel;
use pusher_proto::channel::{ChannelStatus, SubscriptionFailure};
use serde_json::{Value, json};

use super::bytes::{Buffers, Bytes, Pieces};
use super::recording::{self, Connection, Step};
use super::replay::{Replay, Transport};

/// The number of bytes at either end of a longer message at which the test cuts.
const ENDS: usize = 100;

/// Cuts every recording of a server before each message, and at every byte of each message whose shape differs from all
/// before it.
pub fn everywhere(server: &str) {
    let mut seen = HashSet::new();
    let mut buffers = Buffers::new();
    let mut cuts = 0;
    for recording in recording::all().iter().filter(|recording| recording.name.starts_with(server)) {
        for (number, connection) in &recording.connections {
            let steps = established_part(connection);
            let whole = outcome(steps, &mut buffers);
            if !whole.starts_with("Connected") {
                continue; // refused, or of another protocol: no established connection to break
            }
            for (index, (_, step)) in steps.iter().enumerate().filter(|(_, (_, step))| step.is_servers()) {
                let length = Bytes::new(Pieces::Whole, &mut buffers).encode(step).len();
                let is_new = match step {
                    Step::Answer(text) | Step::Text(text) => seen.insert(shape(text)),
                    _ => false,
                };
                let inside = if is_new { length } else { 1 };
                for at in (0..inside).filter(|&at| at < ENDS || at >= length.saturating_sub(ENDS)) {
                    let after = cut(steps, index, at, &mut buffers);
                    let name = &recording.name;
                    assert_eq!(after, whole, "{name}, connection {number}, step {index} cut at byte {at}");
                    cuts += 1;
                }
            }
        }
    }
    // Guards against a change of the recordings or of this file that leaves no cases.
    assert!(cuts > 5_000, "{cuts} cuts");
}

/// Returns the shape of a text: without its words and numbers, except the name of the event.
fn shape(text: &str) -> String {
    let mut shape = text.split(',').find(|part| part.contains("\"event\":")).unwrap_or_default().to_string();
    for character in text.chars() {
        let kind = if character.is_alphanumeric() { 'a' } else { character };
        if !(shape.ends_with('a') && kind == 'a') {
            shape.push(kind);
        }
    }
    shape
}

/// Returns the steps up to the end of the connection, from either side.
fn established_part(connection: &Connection) -> &[(u64, Step)] {
    let ends = |(_, step): &(u64, Step)| matches!(step, Step::Disconnected | Step::Close(..) | Step::End);
    let end = connection.steps.iter().position(ends).unwrap_or(connection.steps.len());
    &connection.steps[..end]
}

fn outcome(steps: &[(u64, Step)], buffers: &mut Buffers) -> String {
    let mut replay = Replay::new(Bytes::new(Pieces::Whole, buffers));
    replay.begin(steps);
    replay.steps(steps);
    replay.outcome()
}

/// Returns the state after the connection ended without a close code at byte `at` of step `index`.
fn cut(steps: &[(u64, Step)], index: usize, at: usize, buffers: &mut Buffers) -> String {
    let mut replay = Replay::new(Bytes::new(Pieces::Whole, buffers));
    replay.begin(steps);
    replay.steps(&steps[..index]);
    let mut server = Server::remember(&mut replay);

    replay.transport.sockets = 1;
    if at > 0 {
        replay.transport.left = Some(at);
        replay.steps(&steps[index..=index]);
    }
    replay.journal.all_sent.clear();
    replay.transport.cut(replay.now, &mut replay.journal);
    assert!(replay.journal.log.contains("< notice lost Abnormal retry at"), "noticed:\n{}", replay.journal.log);

    server.serve(&mut replay);
    // The handshake and the establishment are done.
    let is_established = |(_, step): &(u64, Step)| matches!(step, Step::Text(_));
    let established = 1 + steps.iter().position(is_established).unwrap();
    replay.steps(&steps[index.max(established)..]);
    server.answer_late(&mut replay);
    replay.outcome()
}

/// A server that repeats the answers of the recorded one.
struct Server {
    channels: HashMap<String, ChannelStatus>,
    signed_in: bool,
}

impl Server {
    fn remember(replay: &mut Replay<Bytes<'_>>) -> Self {
        let client = replay.transport.client();
        let channels: Vec<_> = client.channels().collect();
        let status = |channel| (client.channel_name(channel).unwrap().into(), client.channel_status(channel).unwrap());
        Self { channels: channels.into_iter().map(status).collect(), signed_in: client.is_signed_in() }
    }

    /// Opens, establishes, and answers until the client has no more requests.
    fn serve(&mut self, replay: &mut Replay<Bytes<'_>>) {
        let head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
            Sec-WebSocket-Accept: \r\n\r\n";
        let established = json!({"event": "pusher:connection_established", "data": {"socket_id": "99.9"}});
        let mut steps = vec![Step::Answer(head.into()), text(&established)];
        while !steps.is_empty() {
            let now = replay.now;
            let steps_at: Vec<_> = steps.drain(..).map(|step| (now.as_millis(), step)).collect();
            replay.transport.deliver(now, &steps_at, &mut replay.journal);
            for frame in std::mem::take(&mut replay.journal.all_sent) {
                let frame: Value = serde_json::from_str(&frame).unwrap();
                let user = replay.journal.user.clone().unwrap_or_default().1;
                steps.extend(self.answer(&frame, &user).map(|frame| text(&frame)));
            }
        }
    }

    /// Presence channels wait for the user's id, so their request may follow the sign-in of the recording.
    fn answer_late(&self, replay: &mut Replay<Bytes<'_>>) {
        let now = replay.now;
        let client = replay.transport.client();
        let channels: Vec<_> = client.channels().collect();
        let pending = |&channel: &Channel| client.channel_status(channel) == Some(ChannelStatus::Pending);
        let names: Vec<String> =
            channels.into_iter().filter(pending).map(|channel| client.channel_name(channel).unwrap().into()).collect();
        for name in names {
            let frame = json!({"event": "pusher:subscribe", "data": {"channel": name}});
            let answers = self.answer(&frame, "").map(|frame| (now.as_millis(), text(&frame)));
            replay.transport.deliver(now, answers.as_slice(), &mut replay.journal);
        }
    }

    fn answer(&self, frame: &Value, user_data: &str) -> Option<Value> {
        let channel = &frame["data"]["channel"];
        match frame["event"].as_str().unwrap() {
            "pusher:signin" if self.signed_in => {
                Some(json!({"event": "pusher:signin_success", "data": {"user_data": user_data}}))
            }
            "pusher:subscribe" => match self.channels.get(channel.as_str().unwrap())? {
                ChannelStatus::Subscribed => {
                    let data = json!({"presence": {"ids": [], "hash": {}, "count": 0}}).to_string();
                    Some(json!({"event": "pusher_internal:subscription_succeeded", "channel": channel, "data": data}))
                }
                ChannelStatus::Failed(SubscriptionFailure::Rejected(status)) => {
                    let data = json!({"type": "AuthError", "error": "as before", "status": status});
                    Some(json!({"event": "pusher:subscription_error", "channel": channel, "data": data}))
                }
                _ => None, // the answer is still to come
            },
            _ => None,
        }
    }
}

fn text(frame: &Value) -> Step {
    Step::Text(frame.to_string().into())
}
