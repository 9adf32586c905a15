//! The application: its wanted subscriptions, and its view of the client's reports.

use std::collections::{BTreeMap, BTreeSet};

use super::ledger::Ledger;

/// The user's channel data. It contains names of other channels, which must not be mistaken for those in an error text.
pub const CHANNEL_DATA: &str = r#"{"user_id":"me","user_info":{"at":"channel a","to":"subscribe to a-b"}}"#;

/// One name is a prefix of another, and there are more names than slots.
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

/// The wanted subscriptions of the application, and its view of the client.
#[derive(Default)]
pub struct Application {
    pub wanted: BTreeMap<&'static str, Wanted>,
    pub user: Option<&'static str>,
    /// The signed-in user, as the client last reported.
    pub reported_user: Option<String>,
    /// The key for its signatures.
    pub key: u64,
}

/// The application's view of a wanted channel.
#[derive(Default)]
pub struct Wanted {
    pub ledger: Ledger,
    /// The members; `None` if the last success did not list them.
    pub members: Option<BTreeSet<String>>,
}
