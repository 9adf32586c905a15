//! Runs a row of the table against a server. `live_c` uses the same.

use std::sync::{Arc, Mutex, Weak};

use crate::support::left_out;
use crate::support::peer::{Kind, Server, Setup};

/// The client's log.
pub type Outcome = Vec<String>;

/// A scenario, and its expected result on each server.
pub struct Row {
    pub name: &'static str,
    /// The subject, for the document.
    #[allow(dead_code, reason = "`live_c` writes no document")]
    pub feature: &'static str,
    pub run: fn(&Peer) -> Outcome,
    pub soketi: Cell,
    pub sockudo: Cell,
}

pub struct Cell {
    /// The client's expected log; `None` where the server does not support the scenario.
    pub log: Option<&'static [&'static str]>,
    /// The result in words, for the document.
    #[allow(dead_code, reason = "`live_c` writes no document")]
    pub words: &'static str,
}

/// The server that a scenario runs against.
pub struct Peer {
    pub kind: Kind,
    pub tls: bool,
    pub expected: &'static [&'static str],
}

impl Peer {
    /// Returns a shared server that lives until the last scenario ends. A scenario must not disturb it.
    pub fn server(&self) -> Arc<Server> {
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
    pub fn own(&self) -> Server {
        self.start(false)
    }

    /// Starts a server for this scenario alone, with timeouts of a few seconds.
    pub fn own_impatient(&self) -> Server {
        self.start(true)
    }

    fn start(&self, impatient: bool) -> Server {
        Server::start_with(self.kind, Setup { tls: self.tls, impatient }).unwrap()
    }
}

/// Runs one row against one server.
pub fn check(row: &Row, kind: Kind, tls: bool) {
    let cell = if kind == Kind::Soketi { &row.soketi } else { &row.sockudo };
    let Some(expected) = cell.log else { return };
    if !kind.is_installed() {
        return left_out(kind.name());
    }
    let log = (row.run)(&Peer { kind, tls, expected });
    assert_eq!(log, expected, "{} on {}", row.name, kind.name());
}
