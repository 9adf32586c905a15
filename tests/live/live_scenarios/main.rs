//! A table of situations with real servers: a row for each scenario, with the client's expected log.
//! `tests/run.sh` installs the servers. docs/compatibility.md is written from the same table.
//!
//! | file | contents |
//! |---|---|
//! | `main.rs` | the client under test can use TLS |
//! | `row.rs` | runs a row against a server |
//! | `table.rs` | the rows |
//! | `connections.rs`, `channels.rs`, `users.rs` | the scenarios |
//! | `client.rs`, `line.rs` | the client under test on its driver, and its socket |
//! | `log.rs` | the log of a client |
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
mod log;
mod row;
mod table;
mod users;

use row::{Cell, Outcome, Peer, Row, check};
