//! The program of examples/embassy on an emulated board, with soketi through an emulated Ethernet controller.
//!
//! Run by `tests/run.sh embassy`. It builds the image and sets `FIRMWARE_EMBASSY` to its path, `QEMU_ARM` to that of
//! QEMU, and `QEMU_DATA` to that of QEMU's files if they are not in the default directory.

#[path = "../support/mod.rs"]
mod support;

use std::net::TcpStream;
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use support::example::Example;
use support::http::{App, sign};
use support::peer::{Kind, Server};
use tungstenite::{Message, WebSocket};

const TIMEOUT: Duration = Duration::from_secs(10);
const CHANNEL: &str = "private-readings";
const READINGS: [&str; 2] = ["client-temperature", "client-humidity"];

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Starts the board. Its network leads only to the server: QEMU starts a relay for each connection.
fn start_board(port: u16) -> Option<Example> {
    let (Some(qemu), Some(image)) = (variable("QEMU_ARM"), variable("FIRMWARE_EMBASSY")) else {
        support::left_out("QEMU, or the image for it,");
        return None;
    };
    let relay = format!("python3 tests/firmware-ethernet/relay.py {port}");
    let mut command = Command::new(qemu);
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    command.args(variable("QEMU_DATA").iter().flat_map(|data| ["-L", data]));
    command.args(["-machine", "mps2-an386", "-display", "none", "-monitor", "none"]);
    command.args(["-semihosting-config", "enable=on,target=native", "-kernel", &image]);
    command.args(["-nic", &format!("user,restrict=on,guestfwd=tcp:10.0.2.100:6001-cmd:{relay}")]);
    Some(Example::watch("board", &mut command))
}

/// Another client on the channel, with an independent WebSocket implementation.
struct Watcher(WebSocket<TcpStream>);

impl Watcher {
    fn join(server: &Server) -> Self {
        let App { key, secret, .. } = App::OPEN;
        let stream = TcpStream::connect(server.address()).unwrap();
        stream.set_read_timeout(Some(TIMEOUT)).unwrap();
        let url = format!("ws://{}/app/{key}?protocol=7&client=test&version=0.0.0", server.address());
        let mut watcher = Self(tungstenite::client(url, stream).unwrap().0);
        let established = watcher.receive(&["pusher:connection_established"]);
        let established: Value = serde_json::from_str(established["data"].as_str().unwrap()).unwrap();
        let message = format!("{}:{CHANNEL}", established["socket_id"].as_str().unwrap());
        let data = json!({ "channel": CHANNEL, "auth": format!("{key}:{}", sign(secret, &message)) });
        let message = json!({ "event": "pusher:subscribe", "data": data });
        watcher.0.send(Message::text(message.to_string())).unwrap();
        watcher.receive(&["pusher_internal:subscription_succeeded"]);
        watcher
    }

    /// Returns the next message with one of these events, skipping others.
    fn receive(&mut self, events: &[&str]) -> Value {
        let deadline = Instant::now() + TIMEOUT;
        loop {
            assert!(Instant::now() < deadline, "no {events:?} within {TIMEOUT:?}");
            let message = self.0.read().unwrap_or_else(|error| panic!("{error} before {events:?}"));
            let Message::Text(text) = message else { continue };
            let message: Value = serde_json::from_str(&text).unwrap();
            if events.iter().any(|event| message["event"] == *event) {
                return message;
            }
        }
    }

    /// Receives readings until each task has published `count`. Returns those of each task.
    fn readings(&mut self, count: usize) -> [Vec<u64>; 2] {
        let mut readings = [Vec::new(), Vec::new()];
        while readings.iter().any(|values| values.len() < count) {
            let message = self.receive(&READINGS);
            assert_eq!(message["channel"], CHANNEL);
            let task = READINGS.iter().position(|event| message["event"] == *event).unwrap();
            readings[task].push(message["data"].as_u64().unwrap_or_else(|| panic!("no number: {message}")));
        }
        readings
    }
}

#[test]
fn two_tasks_of_embassy_publish_through_one_connection_before_and_after_a_restart() {
    let Some(mut server) = Server::start(Kind::Soketi) else { return };
    let Some(mut board) = start_board(server.port()) else { return };
    let mut last = [0; 2];
    for (run, gap) in [("first", "without gap"), ("second", "with a gap")] {
        board.wait_for_text(&format!("subscribed, {gap}"), TIMEOUT);

        let mut watcher = Watcher::join(&server);
        for (values, last) in watcher.readings(3).iter().zip(&mut last) {
            // Each task counts its readings, so a number that is missing was lost.
            assert!(values.windows(2).all(|pair| pair[1] == pair[0] + 1), "{run}: {values:?}");
            assert!(run == "first" || values[0] > *last, "{run}: {values:?} after {last}");
            *last = *values.last().unwrap();
        }

        // The board receives while it waits for readings.
        let data = json!({ "run": run }).to_string();
        server.api(App::OPEN).trigger(&[CHANNEL], "reading", &data, None);
        board.wait_for_text(&format!("event reading {data}"), TIMEOUT);

        if run == "first" {
            server.kill();
            // QEMU accepts each connection before the relay detects that no process listens.
            for _ in 0..2 {
                board.wait_for_text("closed: ", TIMEOUT);
            }
            server.restart();
        }
    }
    server.api(App::OPEN).trigger(&[CHANNEL], "end", "{}", None);
    let status = board.finish(TIMEOUT);
    println!("{}", board.seen().join("\n"));
    assert!(status.success(), "{status}");
}
