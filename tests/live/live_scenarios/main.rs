//! A table of situations with real servers: a row for each scenario, with the client's expected log.
//! `tests/run.sh` installs the servers. docs/compatibility.md is written from the same table.
//!
//! | file | contents |
//! |---|---|
//! | `main.rs` | runs a row against each server, plain and behind TLS |
//! | `table.rs` | the rows |
//! | `connections.rs`, `channels.rs`, `users.rs` | the scenarios |
//! | `client.rs`, `line.rs` | the client under test on its driver, and its socket |
//! | `document.rs` | docs/compatibility.md |
//!
//! Scenarios that do not disturb a server share one, each with its own channels and users.

/// The client under test can use TLS.
macro_rules! over_tls {
    ($($tests:tt)*) => {
        $($tests)*
    };
}

#[path = "../../support/mod.rs"]
mod support;

mod channels;
mod client;
mod connections;
mod document;
mod line;
mod table;
mod users;

use std::sync::{Arc, Mutex, Weak};

use support::peer::{Kind, Server, Setup};

/// The client's log.
type Outcome = Vec<String>;

/// A scenario, and its expected result on each server.
struct Row {
    name: &'static str,
    /// The subject, for the document.
    feature: &'static str,
    run: fn(&Peer) -> Outcome,
    soketi: Cell,
    sockudo: Cell,
}

struct Cell {
    /// The client's expected log; `None` where the server does not support the scenario.
    log: Option<&'static [&'static str]>,
    /// The result in words, for the document.
    words: &'static str,
}

/// The server that a scenario runs against.
struct Peer {
    kind: Kind,
    tls: bool,
    expected: &'static [&'static str],
}

impl Peer {
    /// Returns a shared server that lives until the last scenario ends. A scenario must not disturb it.
    fn server(&self) -> Arc<Server> {
        static SERVERS: Mutex<[Weak<Server>; 4]> = Mutex::new([const { Weak::new() }; 4]);
        let mut servers = SERVERS.lock().unwrap_or_else(|poisoned| poisoned.into_inner());
        let server = &mut servers[2 * self.kind as usize + usize::from(self.tls)];
        server.upgrade().unwrap_or_else(|| {
            let started = Arc::new(self.start(false));
            *server = Arc::downgrade(&started);
            started
        })
    }

    /// Starts a server for this scenario alone.
    fn own(&self) -> Server {
        self.start(false)
    }

    /// Starts a server for this scenario alone, with timeouts of a few seconds.
    fn own_impatient(&self) -> Server {
        self.start(true)
    }

    fn start(&self, impatient: bool) -> Server {
        Server::start_with(self.kind, Setup { tls: self.tls, impatient }).unwrap()
    }
}

/// Runs one row against one server.
fn check(row: &Row, kind: Kind, tls: bool) {
    let cell = if kind == Kind::Soketi { &row.soketi } else { &row.sockudo };
    let Some(expected) = cell.log else { return };
    if !kind.is_installed() {
        return support::left_out(kind.name());
    }
    let log = (row.run)(&Peer { kind, tls, expected });
    assert_eq!(log, expected, "{} on {}", row.name, kind.name());
}
