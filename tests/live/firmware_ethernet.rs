//! Firmware with its own TCP stack, on an emulated board, against soketi through an emulated Ethernet controller.
//!
//! Run by `tests/run.sh ethernet`. It builds the image and sets `FIRMWARE_ETHERNET` to its path, `QEMU_ARM` to that of
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
const PRIVATE: &str = "private-readings";
const ROOM: &str = "presence-room";

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// Starts the board. Its network leads only to the server: QEMU starts a relay for each connection.
fn start_board(port: u16) -> Option<Example> {
    let (Some(qemu), Some(image)) = (variable("QEMU_ARM"), variable("FIRMWARE_ETHERNET")) else {
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

/// Waits until each of these lines was printed, in any order.
#[track_caller]
fn expect(board: &mut Example, lines: &[&str]) {
    let mut missing = lines.to_vec();
    while !missing.is_empty() {
        let found = board.wait_for(&format!("{missing:?}"), TIMEOUT, |line| missing.contains(&line));
        missing.retain(|line| *line != found);
    }
}

/// Another client on both channels, with an independent WebSocket implementation.
struct Watcher(WebSocket<TcpStream>);

impl Watcher {
    fn join(server: &Server) -> Self {
        let App { key, secret, .. } = App::OPEN;
        let stream = TcpStream::connect(server.address()).unwrap();
        stream.set_read_timeout(Some(TIMEOUT)).unwrap();
        let url = format!("ws://{}/app/{key}?protocol=7&client=test&version=0.0.0", server.address());
        let mut watcher = Self(tungstenite::client(url, stream).unwrap().0);
        let established: Value =
            serde_json::from_str(watcher.receive("pusher:connection_established")["data"].as_str().unwrap()).unwrap();
        let socket_id = established["socket_id"].as_str().unwrap();
        let member = json!({ "user_id": "watcher" }).to_string();
        for (channel, message) in
            [(PRIVATE, format!("{socket_id}:{PRIVATE}")), (ROOM, format!("{socket_id}:{ROOM}:{member}"))]
        {
            let mut data = json!({ "channel": channel, "auth": format!("{key}:{}", sign(secret, &message)) });
            if channel == ROOM {
                data["channel_data"] = member.as_str().into();
            }
            let message = json!({ "event": "pusher:subscribe", "data": data });
            watcher.0.send(Message::text(message.to_string())).unwrap();
            let succeeded = watcher.receive("pusher_internal:subscription_succeeded");
            if channel == ROOM {
                assert!(succeeded["data"].as_str().unwrap().contains(r#""board":{"core":"m4"}"#), "{succeeded}");
            }
        }
        watcher
    }

    /// Returns the next message with this event, skipping others.
    fn receive(&mut self, event: &str) -> Value {
        let deadline = Instant::now() + TIMEOUT;
        loop {
            assert!(Instant::now() < deadline, "no {event} within {TIMEOUT:?}");
            let message = self.0.read().unwrap_or_else(|error| panic!("{error} before {event}"));
            let Message::Text(text) = message else { continue };
            let message: Value = serde_json::from_str(&text).unwrap();
            if message["event"] == event {
                return message;
            }
        }
    }
}

#[test]
fn firmware_over_its_own_tcp_stack_recovers_from_a_restart_of_the_server() {
    let Some(mut server) = Server::start(Kind::Soketi) else { return };
    let Some(mut board) = start_board(server.port()) else { return };
    for (run, gap) in [("first", "without gap"), ("second", "with a gap")] {
        expect(
            &mut board,
            &["connected", &format!("subscribed private, {gap}"), &format!("subscribed presence, {gap}")],
        );

        let mut watcher = Watcher::join(&server);
        expect(&mut board, &["joined watcher"]);

        let data = json!({ "run": run }).to_string();
        server.api(App::OPEN).trigger(&[PRIVATE], "reading", &data, None);
        expect(&mut board, &[&format!("event reading {data}")]);

        server.api(App::OPEN).trigger(&[PRIVATE], "press", "{}", None);
        let pressed = watcher.receive("client-pressed");
        assert_eq!((&pressed["channel"], &pressed["data"]), (&json!(PRIVATE), &json!({ "by": "board" })));

        if run == "first" {
            server.kill();
            // QEMU accepts each connection before the relay detects that no process listens.
            for _ in 0..2 {
                board.wait_for_text("closed: ", TIMEOUT);
            }
            server.restart();
        }
    }
    server.api(App::OPEN).trigger(&[PRIVATE], "end", "{}", None);
    let status = board.finish(TIMEOUT);
    println!("{}", board.seen().join("\n"));
    assert!(status.success(), "{status}");
    assert!(board.seen().iter().any(|line| line.starts_with("figure ethernet_stack ")));
}
