//! Replays recordings of soketi and sockudo through the client.
//!
//! | file | contents |
//! |---|---|
//! | `main.rs` | the tests |
//! | `recording.rs` | reading the recordings |
//! | `replay.rs` | replaying a recording to a client, and its log |
//! | `messages.rs` | a client that receives whole messages |
//! | `cut.rs` | connections that break at any byte, and the server for the reconnect |
//! | `bytes.rs` | a client behind a WebSocket that receives bytes in pieces of any size |
//!
//! The logs are kept in `tests/protocol/snapshots/transcripts` for review. `tests/run.sh --update snapshots`
//! writes them.

#![cfg(all(feature = "encrypted", feature = "users", feature = "websocket"))]

mod bytes;
#[path = "../../support/commands.rs"]
mod commands;
mod cut;
mod messages;
mod recording;
mod replay;
#[path = "../../support/script.rs"]
mod script;

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use bytes::{Buffers, Bytes, Pieces};
use messages::Messages;
use recording::Recording;
use replay::Replay;

/// The number of recordings, so that none can get lost.
const RECORDINGS: usize = 192;

/// Returns the log of a whole recording.
fn log(recording: &Recording) -> String {
    let mut log = String::new();
    for (number, connection) in &recording.connections {
        log += &format!("connection {number}: {}\n", connection.request);
        log += &Replay::new(Messages::new()).run(connection);
        log.push('\n');
    }
    log
}

#[test]
fn the_log_of_every_recording_equals_its_snapshot() {
    let recordings = recording::all();
    assert_eq!(recordings.len(), RECORDINGS);
    let mut changed = Vec::new();
    for recording in &recordings {
        let (folder, name) = recording.name.split_once('/').unwrap();
        let log = log(recording);
        let compared = std::panic::catch_unwind(|| {
            let mut settings = insta::Settings::clone_current();
            settings.set_snapshot_path(format!("../snapshots/transcripts/{folder}"));
            settings.set_prepend_module_to_snapshot(false);
            settings.set_omit_expression(true);
            settings.bind(|| insta::assert_snapshot!(name, log));
        });
        if compared.is_err() {
            changed.push(&recording.name);
        }
    }
    assert!(changed.is_empty(), "the logs differ from their snapshots: {changed:?}");
}

#[test]
fn every_recording_has_a_snapshot_and_every_snapshot_a_recording() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/protocol/snapshots/transcripts");
    let mut snapshots = BTreeSet::new();
    for folder in fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()) {
        for file in fs::read_dir(&folder).unwrap().map(|entry| entry.unwrap().file_name()) {
            let file = file.to_str().unwrap().to_string();
            let Some(name) = file.strip_suffix(".snap") else { continue };
            snapshots.insert(format!("{}/{name}", folder.file_name().unwrap().to_str().unwrap()));
        }
    }
    let recordings: BTreeSet<String> = recording::all().into_iter().map(|recording| recording.name).collect();
    assert_eq!(snapshots, recordings);
}

/// Returns the client's outputs. The order of its inputs differs where several messages arrive at once.
fn outputs(log: &str) -> Vec<&str> {
    log.lines().filter(|line| !line.starts_with('>')).collect()
}

fn compare_in(pieces: Pieces) {
    let mut buffers = Buffers::new();
    for recording in recording::all() {
        for (number, connection) in &recording.connections {
            let messages = Replay::new(Messages::new()).run(connection);
            // With messages, this test denies what the client refuses; a connection reports the reason.
            let bytes = Replay::new(Bytes::new(pieces, &mut buffers)).run(connection);
            let bytes = bytes.replace("MissingChannelData", "Denied");
            let (mut messages, mut bytes) = (outputs(&messages), outputs(&bytes));
            if let Pieces::Fragmented = pieces {
                // A ping between two fragments proves that the server is alive before the message is complete, so the
                // client's own pings come at other times.
                let is_ping = |line: &&str| line.contains("pusher:ping");
                messages.retain(|line| !is_ping(line));
                bytes.retain(|line| !is_ping(line));
            }
            assert_eq!(bytes, messages, "{}, connection {number}, {pieces:?}", recording.name);
        }
    }
}

#[test]
fn bytes_in_one_piece_give_the_same_outputs_as_messages() {
    compare_in(Pieces::Whole);
}

#[test]
fn bytes_one_by_one_give_the_same_outputs_as_messages() {
    compare_in(Pieces::Single);
}

#[test]
fn bytes_in_random_pieces_give_the_same_outputs_as_messages() {
    compare_in(Pieces::Random);
}

#[test]
fn fragmented_messages_with_pings_between_give_the_same_outputs_as_messages() {
    compare_in(Pieces::Fragmented);
}

#[test]
fn a_connection_to_soketi_that_breaks_at_any_byte_ends_in_the_same_state() {
    cut::everywhere("soketi");
}

#[test]
fn a_connection_to_sockudo_that_breaks_at_any_byte_ends_in_the_same_state() {
    cut::everywhere("sockudo");
}
