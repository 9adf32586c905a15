//! Firmware with its own TCP stack and TLS, on an emulated board, talks to soketi through an emulated Ethernet
//! controller.
//!
//! `tests/run.sh ethernet` builds the image and sets `FIRMWARE_TLS` to its path, `QEMU_ARM` to that of QEMU, and
//! `QEMU_DATA` to that of QEMU's files if they are not in the default directory. `RECONNECTS` is the number of
//! reconnects.

#[path = "../support/mod.rs"]
mod support;

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::path::Path;
use std::process::Command;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use serde_json::{Value, json};
use support::certificate::Certificate;
use support::example::Example;
use support::http::{App, sign};
use support::peer::{Kind, Server};
use support::process::Scratch;
use support::stream::{self, Stream};
use tungstenite::{Message, WebSocket};

const PATIENCE: Duration = Duration::from_secs(30);
const PRIVATE: &str = "private-readings";

fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// A way to the server that hands on 7 bytes at a time to the board, and that can be cut.
struct Proxy {
    port: u16,
    open: Arc<Mutex<Vec<TcpStream>>>,
}

impl Proxy {
    fn start(server: SocketAddr) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let open = Arc::new(Mutex::new(Vec::new()));
        let accepted = open.clone();
        thread::spawn(move || {
            for board in listener.incoming().map_while(Result::ok) {
                // While the server is down, the board finds a connection that ends.
                let Ok(server) = TcpStream::connect(server) else { continue };
                board.set_nodelay(true).unwrap();
                server.set_nodelay(true).unwrap();
                accepted.lock().unwrap().push(board.try_clone().unwrap());
                hand_on(board.try_clone().unwrap(), server.try_clone().unwrap(), usize::MAX);
                hand_on(server, board, 7);
            }
        });
        Self { port, open }
    }

    /// Ends every connection, without a close frame and without TLS's own end.
    fn cut(&self) {
        for stream in self.open.lock().unwrap().drain(..) {
            let _ = stream.shutdown(Shutdown::Both);
        }
    }
}

fn hand_on(mut from: TcpStream, mut to: TcpStream, at_once: usize) {
    thread::spawn(move || {
        let mut buffer = [0; 4096];
        while let Ok(length @ 1..) = from.read(&mut buffer) {
            if buffer[..length].chunks(at_once).any(|part| to.write_all(part).is_err()) {
                break;
            }
        }
        let _ = (from.shutdown(Shutdown::Both), to.shutdown(Shutdown::Both));
    });
}

/// The board, with the authority's certificate in its flash, and a network in which there is only a way to the port.
fn start_board(port: u16, authority: &Path, scratch: &Scratch) -> Option<Example> {
    let (Some(qemu), Some(image)) = (variable("QEMU_ARM"), variable("FIRMWARE_TLS")) else {
        support::left_out("QEMU, or the image for it,");
        return None;
    };
    let der = scratch.path().join("ca.der");
    std::fs::write(&der, CertificateDer::from_pem_file(authority).unwrap()).unwrap();
    let relay = format!("python3 tests/firmware-ethernet/relay.py {port}");
    let mut command = Command::new(qemu);
    command.current_dir(env!("CARGO_MANIFEST_DIR"));
    command.args(variable("QEMU_DATA").iter().flat_map(|data| ["-L", data]));
    command.args(["-machine", "mps2-an386", "-display", "none", "-monitor", "none"]);
    command.args(["-semihosting-config", "enable=on,target=native", "-kernel", &image]);
    command.args(["-device", &format!("loader,file={},addr=0x80000,force-raw=on", der.display())]);
    command.args(["-nic", &format!("user,restrict=on,guestfwd=tcp:10.0.2.100:6001-cmd:{relay}")]);
    Some(Example::watch("board", &mut command))
}

/// Waits until each of these lines was printed, in any order.
#[track_caller]
fn expect(board: &mut Example, lines: &[&str]) {
    let mut missing = lines.to_vec();
    while !missing.is_empty() {
        let found = board.wait_for(&format!("{missing:?}"), PATIENCE, |line| missing.contains(&line));
        missing.retain(|line| *line != found);
    }
}

/// Another client in the private channel, by another WebSocket and another TLS implementation.
struct Watcher(WebSocket<Box<dyn Stream>>);

impl Watcher {
    fn join(server: &Server) -> Self {
        let App { key, secret, .. } = App::OPEN;
        let stream = stream::connect(server.address(), server.client_tls().as_ref());
        let url = format!("ws://{}/app/{key}?protocol=7&client=test&version=0.0.0", server.address());
        let mut watcher = Self(tungstenite::client(url, stream).unwrap().0);
        let established: Value =
            serde_json::from_str(watcher.receive("pusher:connection_established")["data"].as_str().unwrap()).unwrap();
        let message = format!("{}:{PRIVATE}", established["socket_id"].as_str().unwrap());
        let data = json!({ "channel": PRIVATE, "auth": format!("{key}:{}", sign(secret, &message)) });
        watcher.0.send(Message::text(json!({ "event": "pusher:subscribe", "data": data }).to_string())).unwrap();
        watcher.receive("pusher_internal:subscription_succeeded");
        watcher
    }

    /// Returns the next message with this event.
    fn receive(&mut self, event: &str) -> Value {
        let deadline = Instant::now() + PATIENCE;
        loop {
            assert!(Instant::now() < deadline, "no {event} within {PATIENCE:?}");
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
fn firmware_with_tls_recovers_from_a_restart_of_the_server_and_from_many_cuts() {
    let Some(mut server) = Server::start_tls(Kind::Soketi) else { return };
    let proxy = Proxy::start(server.address());
    let scratch = Scratch::new();
    let authority = server.certificate_authority().unwrap();
    let Some(mut board) = start_board(proxy.port, authority, &scratch) else { return };
    for (run, gap) in [("first", "without gap"), ("second", "with a gap")] {
        expect(&mut board, &[&format!("subscribed private, {gap}"), &format!("subscribed presence, {gap}")]);
        let mut watcher = Watcher::join(&server);

        // In one flight, so that records follow each other; the board drops its step every 5 ms meanwhile.
        for n in 0..5 {
            server.api(App::OPEN).trigger(&[PRIVATE], "reading", &json!({ "run": run, "n": n }).to_string(), None);
        }
        let lines: Vec<_> = (0..5).map(|n| format!("event reading {}", json!({ "run": run, "n": n }))).collect();
        expect(&mut board, &lines.iter().map(String::as_str).collect::<Vec<_>>());

        server.api(App::OPEN).trigger(&[PRIVATE], "press", "{}", None);
        let pressed = watcher.receive("client-pressed");
        assert_eq!((&pressed["channel"], &pressed["data"]), (&json!(PRIVATE), &json!({ "by": "board" })));

        if run == "first" {
            server.kill();
            for _ in 0..2 {
                board.wait_for("a failed attempt", PATIENCE, |line| {
                    ["closed: ", "no TLS: ", "refused"].iter().any(|start| line.starts_with(start))
                });
            }
            server.restart();
        }
    }

    // The stack must not grow from one session to the next.
    let stack = |board: &mut Example| board.wait_for_text("open, stack ", PATIENCE);
    let reconnects: u32 = variable("RECONNECTS").map_or(5, |count| count.parse().unwrap());
    let mut first = None;
    let started = Instant::now();
    for _ in 0..reconnects {
        proxy.cut();
        let used = stack(&mut board);
        assert_eq!(first.get_or_insert_with(|| used.clone()), &used);
        expect(&mut board, &["subscribed private, with a gap", "subscribed presence, with a gap"]);
    }
    println!("{reconnects} reconnects in {:?}", started.elapsed());

    server.api(App::OPEN).trigger(&[PRIVATE], "end", "{}", None);
    let status = board.finish(PATIENCE);
    println!("{}", board.seen().join("\n"));
    assert!(status.success(), "{status}");
    assert!(board.seen().iter().any(|line| line.starts_with("figure ethernet_tls_stack ")));
    // A dropped read breaks the session, and the board comes back with another one.
    let sessions = board.seen().iter().filter(|line| line.starts_with("open, ")).count();
    assert_eq!(sessions, 2 + reconnects as usize, "no session may end by itself");
}

/// Both certificates are for `localhost`.
#[test]
fn firmware_refuses_a_server_whose_certificate_another_authority_signed() {
    let Some(server) = Server::start_tls(Kind::Soketi) else { return };
    let proxy = Proxy::start(server.address());
    let scratch = Scratch::new();
    let other = Certificate::create(scratch.path());
    let Some(mut board) = start_board(proxy.port, &other.authority, &scratch) else { return };
    board.wait_for_text("the certificate is not that of the server", PATIENCE);
    assert!(!board.finish(PATIENCE).success());
    assert!(!board.seen().iter().any(|line| line.starts_with("open")), "{:?}", board.seen());
}
