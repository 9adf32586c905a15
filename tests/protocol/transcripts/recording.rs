//! Reads the recordings in `tests/data/transcripts` (their format: `tests/data/README.md`).

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::rc::Rc;

use base64ct::{Base64, Encoding as _};
use serde_json::Value;

/// A recording, divided into its connections.
pub struct Recording {
    /// `server/scenario`.
    pub name: String,
    pub connections: BTreeMap<u64, Connection>,
}

/// A recorded connection of a client.
#[derive(Default)]
pub struct Connection {
    /// The first line of the client's request.
    pub request: String,
    pub steps: Vec<(u64, Step)>,
}

/// The steps of a connection, from its beginning.
#[derive(Clone)]
pub enum Step {
    /// The server answered the handshake: the head of its answer, with a body if it has one.
    Answer(Rc<str>),
    /// The server sent a text frame.
    Text(Rc<str>),
    /// The server sent a binary frame.
    Binary(Rc<[u8]>),
    /// The server sent a ping.
    Ping(Rc<[u8]>),
    /// The server sent a pong.
    Pong(Rc<[u8]>),
    /// The server sent a close frame.
    Close(Option<u16>, Rc<str>),
    /// The server ended the TCP stream.
    End,
    /// The client sent a text frame.
    Sent(Rc<str>),
    /// The client sent a message that no real client sends; why it is skipped.
    Skipped(&'static str),
    /// The client closed the WebSocket or the TCP stream.
    Disconnected,
}

impl Step {
    /// Returns whether this is a step of the server.
    pub fn is_servers(&self) -> bool {
        !matches!(self, Self::Sent(_) | Self::Skipped(_) | Self::Disconnected)
    }
}

/// Returns all recordings, by name.
pub fn all() -> Vec<Recording> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/transcripts");
    let mut recordings = Vec::new();
    for server in fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir()) {
        for file in fs::read_dir(&server).unwrap().map(|entry| entry.unwrap().path()) {
            let name = |path: &Path| path.file_stem().unwrap().to_str().unwrap().to_string();
            // A folder's name contains dots, which are no extension.
            let folder = server.file_name().unwrap().to_str().unwrap();
            let text = fs::read_to_string(&file).unwrap();
            recordings.push(read(format!("{folder}/{}", name(&file)), &text));
        }
    }
    recordings.sort_by(|a, b| a.name.cmp(&b.name));
    recordings
}

fn read(name: String, text: &str) -> Recording {
    let mut connections: BTreeMap<u64, Connection> = BTreeMap::new();
    for line in text.lines() {
        let line: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{name}: {error}: {line}"));
        let field = |name: &str| line[name].as_str().unwrap_or_default();
        // Notes are remarks of the recorder, and auth servers' answers that appear again in the frames.
        if field("dir") == "note" {
            continue;
        }
        let connection = connections.entry(line["conn"].as_u64().unwrap()).or_default();
        let at = line["t_ms"].as_u64().unwrap();
        if field("dir") == "out" && field("opcode") == "http" && connection.request.is_empty() {
            connection.request = field("data").lines().next().unwrap_or_default().to_string();
            continue;
        }
        connection.steps.push((at, step(&line)));
    }
    Recording { name, connections }
}

fn step(line: &Value) -> Step {
    let data = line["data"].as_str().unwrap_or_default();
    let bytes: Rc<[u8]> = match line["data_b64"].as_str() {
        Some(base64) => Base64::decode(base64, &mut vec![0; base64.len()]).unwrap().into(),
        None => data.as_bytes().into(),
    };
    let from_server = line["dir"] == "in";
    match (from_server, line["opcode"].as_str().unwrap()) {
        (true, "http" | "http-body") => Step::Answer(data.into()),
        (true, "text") => Step::Text(data.into()),
        (true, "binary") => Step::Binary(bytes),
        (true, "ping") => Step::Ping(bytes),
        (true, "pong") => Step::Pong(bytes),
        (true, "close") => {
            Step::Close(line["code"].as_u64().map(|code| code as u16), line["reason"].as_str().unwrap().into())
        }
        (true, "tcp") => Step::End,
        (false, "text") if line.get("truncated_from").is_some() => {
            Step::Skipped("a frame too long to be recorded whole")
        }
        (false, "text") if line.get("data_b64").is_some() => Step::Skipped("a text frame that is not UTF-8"),
        (false, "text") if line["fin"] == false => Step::Skipped("the first fragment of a message"),
        (false, "text") => Step::Sent(data.into()),
        (false, "cont") => Step::Skipped("a fragment of a message"),
        (false, "binary") => Step::Skipped("a binary frame"),
        (false, "ping") => Step::Skipped("a WebSocket ping"),
        (false, "pong") => Step::Skipped("a WebSocket pong"),
        (false, "close" | "tcp") => Step::Disconnected,
        (false, "http" | "http-body") => Step::Skipped("an HTTP request"),
        (_, opcode) => panic!("{opcode:?} is unknown in the recordings"),
    }
}
