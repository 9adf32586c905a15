//! The scenarios of `live_scenarios` with a C program in place of the Rust client: `capi/tests/driver.c`, which
//! `tests/steps/82_capi_live.sh` builds with the address sanitizer. The servers, the scenarios and the expected logs
//! are the same.
//!
//! | file | contents |
//! |---|---|
//! | `main.rs` | runs a row against each server |
//! | `client.rs` | the C program as a client of a scenario |
//! | `monitor.rs` | the example `capi/examples/monitor.c`, and the program of docs/c.md |

/// The C program has no TLS of its own.
macro_rules! over_tls {
    ($($tests:tt)*) => {};
}

#[path = "../../support/mod.rs"]
mod support;

#[path = "../live_scenarios/channels.rs"]
mod channels;
mod client;
#[path = "../live_scenarios/connections.rs"]
mod connections;
mod monitor;
#[path = "../live_scenarios/table.rs"]
mod table;
#[path = "../live_scenarios/users.rs"]
mod users;

/// The scenarios say what becomes of the client's output.
mod line {
    pub use crate::client::Gate;
}

use std::sync::{Arc, Mutex, Weak};

use support::peer::{Kind, Server, Setup};

/// The client's log.
type Outcome = Vec<String>;

/// A scenario, and its expected result on each server.
struct Row {
    name: &'static str,
    /// The subject, for the document of `live_scenarios`.
    #[expect(dead_code, reason = "not for this test")]
    feature: &'static str,
    run: fn(&Peer) -> Outcome,
    soketi: Cell,
    sockudo: Cell,
}

struct Cell {
    /// The client's expected log; `None` where the server does not support the scenario.
    log: Option<&'static [&'static str]>,
    /// The result in words, for the document of `live_scenarios`.
    #[expect(dead_code, reason = "not for this test")]
    words: &'static str,
}

/// The server that a scenario runs against.
struct Peer {
    kind: Kind,
    tls: bool,
    expected: &'static [&'static str],
}

impl Peer {
    /// Returns a shared server that lives until the last scenario ends. A scenario must not harm it.
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
