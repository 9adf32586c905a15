//! The scenarios of `live_scenarios` with a C program in place of the Rust client: `capi/tests/driver.c`, which
//! `tests/steps/82_capi_live.sh` builds with the address sanitizer. The servers, the scenarios and the expected logs
//! are the same.
//!
//! | file | contents |
//! |---|---|
//! | `main.rs` | takes the scenarios from `live_scenarios` |
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
#[path = "../live_scenarios/log.rs"]
mod log;
mod monitor;
#[path = "../live_scenarios/row.rs"]
mod row;
#[path = "../live_scenarios/table.rs"]
mod table;
#[path = "../live_scenarios/users.rs"]
mod users;

/// The scenarios set the treatment of the client's output.
mod line {
    pub use crate::client::Gate;
}

use row::{Cell, Outcome, Peer, Row, check};
