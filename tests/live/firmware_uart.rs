//! Firmware on emulated boards against a real server. The only link of a board is its UART.
//! `tests/steps/57_firmware.sh` builds the images, and sets the paths of these and of QEMU.

#[path = "../support/mod.rs"]
mod support;

use std::io::{ErrorKind, Read, Write};
use std::net::{Ipv4Addr, Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::Duration;

use serde_json::{Value, json};
use support::example::Example;
use support::http::{App, sign};
use support::peer::{Kind, Server};
use tungstenite::{Message, WebSocket};

const TIMEOUT: Duration = Duration::from_secs(15);
const PRIVATE: &str = "private-device";
const PRESENCE: &str = "presence-devices";

#[derive(Clone, Copy, Debug)]
enum Board {
    /// Cortex-M0.
    Microbit,
    /// Cortex-M4.
    Mps2,
    /// RISC-V.
    Virt,
}

impl Board {
    /// Starts the board, with its UART connected to the modem at this address. QEMU reconnects one second after the
    /// modem hangs up.
    fn start(self, modem: SocketAddr) -> Example {
        let (name, options): (_, &[&str]) = match self {
            Self::Microbit => ("MICROBIT", &["-machine", "microbit"]),
            Self::Mps2 => ("MPS2", &["-machine", "mps2-an386"]),
            Self::Virt => ("VIRT", &["-machine", "virt", "-bios", "none"]),
        };
        let qemu = variable(if let Self::Virt = self { "QEMU_RISCV32" } else { "QEMU_ARM" });
        let mut command = Command::new(&qemu);
        if let Some(data) = std::env::var_os("QEMU_DATA").filter(|data| !data.is_empty()) {
            command.arg("-L").arg(data);
        }
        let (ip, port, again) = (modem.ip(), modem.port(), reconnect(&qemu));
        command
            .args(options)
            .args(["-display", "none", "-monitor", "none", "-semihosting-config", "enable=on,target=native"])
            .args(["-chardev", &format!("socket,id=line,host={ip},port={port},server=off,{again}")])
            .args(["-serial", "chardev:line", "-kernel"])
            .arg(variable(&format!("FIRMWARE_{name}")));
        Example::watch(&format!("{self:?}"), &mut command)
    }
}

fn variable(name: &str) -> PathBuf {
    std::env::var_os(name).unwrap_or_else(|| panic!("{name} is not set: run tests/run.sh firmware")).into()
}

/// Returns the option that makes QEMU reconnect after a second. QEMU 9.2 renamed it, and QEMU 10 removed the old name.
fn reconnect(qemu: &Path) -> &'static str {
    let output = Command::new(qemu).arg("--version").output().unwrap();
    let output = String::from_utf8(output.stdout).unwrap();
    let major = output.split("version ").nth(1).and_then(|version| version.split('.').next()?.parse::<u32>().ok());
    if major.unwrap() >= 10 { "reconnect-ms=1000" } else { "reconnect=1" }
}

/// Starts a modem in transparent mode, without a carrier signal. Unlike QEMU, a modem collects the bytes of the UART
/// into packets. This matters: soketi answers with status 505 if the first line of a request arrives in two pieces.
///
/// The first connections do not reach the server: each is answered with one of `mishaps` and closed.
fn modem(server: SocketAddr, mishaps: &'static [&'static [u8]]) -> SocketAddr {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let address = listener.local_addr().unwrap();
    thread::spawn(move || {
        let mut mishaps = mishaps.iter();
        for line in listener.incoming().map_while(Result::ok) {
            if let Some(mishap) = mishaps.next() {
                let mut line = line;
                let _ = line.set_read_timeout(Some(TIMEOUT));
                // Waits for the request, because the firmware discards bytes that arrive while it dials.
                let _ = line.read(&mut [0; 512]).and_then(|_| line.write_all(mishap));
                thread::sleep(Duration::from_millis(100)); // for the rest of the request: unread bytes would cause a reset
                let _ = line.set_read_timeout(Some(Duration::from_millis(1)));
                let _ = line.read(&mut [0; 512]);
            } else if let Ok(server) = TcpStream::connect(server) {
                let (from_line, to_server) = (line.try_clone().unwrap(), server.try_clone().unwrap());
                thread::spawn(move || forward(from_line, to_server));
                thread::spawn(move || {
                    // A message of the modem, which the firmware must not treat as part of the connection.
                    let _ = (&line).write_all(b"\r\nCONNECT\r\n");
                    forward(server, line);
                });
            }
        }
    });
    address
}

/// Forwards bytes until either end closes. Bytes without a pause of 20 ms form a packet.
fn forward(mut from: TcpStream, mut to: TcpStream) {
    let (mut packet, mut length) = ([0; 1460], 0);
    from.set_read_timeout(Some(Duration::from_millis(20))).unwrap();
    loop {
        match from.read(&mut packet[length..]) {
            Ok(0) => break,
            Ok(more) => length += more,
            Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => {
                if to.write_all(&packet[..length]).is_err() {
                    break;
                }
                length = 0;
            }
            Err(_) => break,
        }
        if length == packet.len() {
            if to.write_all(&packet).is_err() {
                break;
            }
            length = 0;
        }
    }
    let _ = to.write_all(&packet[..length]);
    let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
}

/// Another client on both channels, with an independent WebSocket implementation.
struct Other(WebSocket<TcpStream>);

impl Other {
    fn join(server: &Server) -> Self {
        let stream = TcpStream::connect(server.address()).unwrap();
        stream.set_read_timeout(Some(TIMEOUT)).unwrap();
        let url = format!("ws://{}/app/{}?protocol=7&client=test&version=0.0.0", server.address(), App::OPEN.key);
        let mut other = Self(tungstenite::client(url, stream).unwrap().0);
        let established = other.receive("pusher:connection_established");
        let established: Value = serde_json::from_str(established["data"].as_str().unwrap()).unwrap();
        let socket_id = established["socket_id"].as_str().unwrap();
        for (channel, channel_data) in [(PRIVATE, None), (PRESENCE, Some(r#"{"user_id":"other"}"#))] {
            let signed = channel_data.map(|data| format!(":{data}")).unwrap_or_default();
            let signature = sign(App::OPEN.secret, &format!("{socket_id}:{channel}{signed}"));
            let mut data = json!({ "channel": channel, "auth": format!("{}:{signature}", App::OPEN.key) });
            if let Some(channel_data) = channel_data {
                data["channel_data"] = channel_data.into();
            }
            let message = json!({ "event": "pusher:subscribe", "data": data });
            other.0.send(Message::text(message.to_string())).unwrap();
            assert_eq!(other.receive("pusher_internal:subscription_succeeded")["channel"], channel);
        }
        other
    }

    /// Returns the next message with this event, skipping at most 20 messages.
    fn receive(&mut self, event: &str) -> Value {
        for _ in 0..20 {
            if let Message::Text(text) = self.0.read().unwrap() {
                let message: Value = serde_json::from_str(&text).unwrap();
                if message["event"] == event {
                    return message;
                }
            }
        }
        panic!("no {event}");
    }
}

/// Checks that an event reaches the board, and that the client event of its answer reaches another client.
fn exchanges(server: &Server, board: &mut Example, report: &str) {
    let mut other = Other::join(server);
    board.wait_for_text("joined presence-devices: other", TIMEOUT);
    server.api(App::OPEN).trigger(&[PRIVATE], "report", r#"{"wanted":"é \" \\"}"#, None);
    board.wait_for_text(r#"event private-device report {"wanted":"é \" \\"}"#, TIMEOUT);
    board.wait_for_text(&format!("sent client-report {report}"), TIMEOUT);
    let message = other.receive("client-report");
    assert_eq!((&message["channel"], &message["data"]), (&json!(PRIVATE), &json!(report)));
}

fn works_over_its_uart_and_recovers_when_the_server_is_killed(board: Board) {
    let Some(mut server) = Server::start(Kind::Soketi) else { return };
    let mut board = board.start(modem(server.address(), &[]));
    board.wait_for_text("subscribed private-device: 0 members", TIMEOUT);
    board.wait_for_text("subscribed presence-devices: 1 members", TIMEOUT);
    exchanges(&server, &mut board, r#"{"report":"first"}"#);

    server.kill();
    board.wait_for_text("PongTimeout", TIMEOUT);
    server.restart();
    board.wait_for_text("subscribed private-device: 0 members, with a gap", TIMEOUT);
    board.wait_for_text("subscribed presence-devices: 1 members, with a gap", TIMEOUT);
    exchanges(&server, &mut board, r#"{"report":"further"}"#);

    switch_off(&server, board);
}

fn dials_again_after_any_unexpected_answer(board: Board) {
    const MISHAPS: &[&[u8]] =
        &[b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 3\r\n\r\noh!", b"\r\nNO CARRIER\r\n\xff\x00\x81\xfe"];
    let Some(server) = Server::start(Kind::Soketi) else { return };
    let mut board = board.start(modem(server.address(), MISHAPS));
    for _ in MISHAPS {
        board.wait_for_text("closed: ", TIMEOUT);
    }
    board.wait_for_text("subscribed presence-devices: 1 members", TIMEOUT);
    exchanges(&server, &mut board, r#"{"report":"first"}"#);
    switch_off(&server, board);
}

/// Checks that the firmware exits successfully after the event `end`.
fn switch_off(server: &Server, mut board: Example) {
    server.api(App::OPEN).trigger(&[PRIVATE], "end", "{}", None);
    let status = board.finish(TIMEOUT);
    // Shown with `--nocapture`, or if the test fails.
    println!("{}", board.seen().join("\n"));
    assert!(status.success(), "{status}");
}

macro_rules! on_each_board {
    ($($promise:ident)*) => {
        mod microbit {
            $(#[test] fn $promise() { super::$promise(super::Board::Microbit); })*
        }
        mod mps2 {
            $(#[test] fn $promise() { super::$promise(super::Board::Mps2); })*
        }
        mod virt {
            $(#[test] fn $promise() { super::$promise(super::Board::Virt); })*
        }
    };
}

on_each_board! {
    works_over_its_uart_and_recovers_when_the_server_is_killed
    dials_again_after_any_unexpected_answer
}
