//! What the application wants, and what it has been told.

use std::collections::{BTreeMap, BTreeSet};

use super::ledger::Ledger;

/// What it says about itself on presence channels. It names other channels, which no error text may be misread for.
pub const CHANNEL_DATA: &str = r#"{"user_id":"me","user_info":{"at":"channel a","to":"subscribe to a-b"}}"#;

/// One name begins another, and there are more names than slots.
pub const NAMES: [&str; 7] = ["a", "a-b", "cache-c", "private-d", "private-d-e", "presence-f", "presence-g"];

pub fn channel_token(key: u64, socket_id: &str, name: &str) -> String {
    format!("k{key}:{socket_id}:{name}")
}

pub fn user_token(key: u64, socket_id: &str, user: &str) -> String {
    format!("k{key}:{socket_id}:user:{user}")
}

pub fn user_data(user: &str) -> String {
    format!("{{\"id\":\"{user}\"}}")
}

/// The application's wishes and its knowledge.
#[derive(Default)]
pub struct Application {
    pub wanted: BTreeMap<&'static str, Wanted>,
    pub user: Option<&'static str>,
    /// Who is signed in, as the client reported last.
    pub told_user: Option<String>,
    /// The key that it signs with.
    pub key: u64,
}

/// What it knows of a channel that it wants.
#[derive(Default)]
pub struct Wanted {
    pub ledger: Ledger,
    /// Who is there; `None` if the last success did not say it.
    pub members: Option<BTreeSet<String>>,
}
