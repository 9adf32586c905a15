//! Checks that `docs/coming-from.md` names only existing items of this crate.
//!
//! Each list below expands to a name and to code that uses it, so a removed item breaks the build. The test fails for a
//! name in the document that is in none of the lists, and for a listed name that is not in the
//! document.

use std::collections::BTreeSet;

use pusher_proto::auth::rest::{self, reply};
use pusher_proto::auth::{Credentials, form};
use pusher_proto::client::{Reconnect, TriggerError, UserAuthentication};
use pusher_proto::connection::{Answer, Authorizer, EncryptedCredentials, SignInRequest, SubscriptionRequest};
use pusher_proto::event::{ChannelEvent, Presence};
use pusher_proto::io::Step;
use pusher_proto::{
    Authorization, ChannelKind, ChannelStatus, Config, Endpoint, Event, Instant, Notice, Payload, State,
};

/// The API of an app whose secret is at hand.
type Api = rest::Api<'static>;

type Client = pusher_proto::Client<8, 64>;
type Connection<'b> = pusher_proto::Connection<'b, fn(&mut [u8]), 8, 64>;
type Roster = pusher_proto::event::Roster<8, 16>;

/// Functions and methods, by their paths.
macro_rules! functions {
    ($($place:ident::$name:ident $(<$type:ty>)?)*) => {
        const FUNCTIONS: &[&str] = &[$(concat!(stringify!($place), "::", stringify!($name))),*];
        const _: fn() = || { $(let _ = $place::$name$(::<$type>)?;)* };
    };
}

/// The drivers, which only a call can name.
macro_rules! drivers {
    ($($name:ident over $traits:ident)*) => {
        const DRIVERS: &[&str] = &[$(concat!("Connection::", stringify!($name))),*];
        $(const _: () = {
            #[allow(dead_code, clippy::let_underscore_future)]
            fn call<S: $traits::Read + $traits::Write>(it: &mut Connection<'_>, socket: &mut S) {
                let _ = it.$name(Instant::ZERO, Some(socket), &mut Credentials::new("", b""));
            }
        };)*
    };
}

/// Methods of a trait.
macro_rules! answers {
    ($($place:ident::$name:ident($argument:ty);)*) => {
        const ANSWERS: &[&str] = &[$(concat!(stringify!($place), "::", stringify!($name))),*];
        $(const _: fn(&mut Credentials<'_>, &$argument) = |it, argument| { let _ = $place::$name(it, argument); };)*
    };
}

macro_rules! variants {
    ($($place:ident::$name:ident)*) => {
        const VARIANTS: &[&str] = &[$(concat!(stringify!($place), "::", stringify!($name))),*];
        $(const _: fn(&$place) -> bool = |it| matches!(it, $place::$name { .. });)*
    };
}

macro_rules! fields {
    ($($place:ident::$name:ident)*) => {
        const FIELDS: &[&str] = &[$(concat!(stringify!($place), "::", stringify!($name))),*];
        $(const _: fn(&$place) = |it| { let _ = &it.$name; };)*
    };
}

functions! {
    Api::channel Api::channels Api::terminate_user_connections Api::trigger Api::trigger_batch Api::users
    Authorization::from_json Authorization::with_shared_secret
    ChannelKind::of
    Client::channel_status Client::channel_name Client::channels Client::ping_now Client::connect Client::deny_with_status
    Client::disconnect Client::handle_text Client::is_signed_in Client::new Client::reason Client::rekey
    Client::set_retries Client::sign_in Client::sign_out Client::socket_id Client::state Client::subscribe
    Client::unsubscribe
    Connection::new Connection::set_channel_data Connection::trigger
    Credentials::new EncryptedCredentials::new
    Endpoint::cluster Endpoint::from_url Endpoint::with_query
    form::channel_form form::user_form
    Payload::as_str Payload::parse<u32>
    Presence::members
    reply::accepted reply::batch reply::channel reply::channels reply::users
    Roster::ids Roster::own_id Roster::update
    UserAuthentication::from_json
}

drivers! {
    step over embedded_io
    step_async over embedded_io_async
}

answers! {
    Authorizer::authenticate(SignInRequest<'_>);
    Authorizer::authorize(SubscriptionRequest<'_>);
}

variants! {
    Answer::Later Answer::Signature
    ChannelStatus::Pending ChannelStatus::Subscribed
    Event::CacheMiss Event::Connected Event::DecryptionFailed Event::Error Event::MemberAdded Event::MemberRemoved
    Event::Channel Event::SignInFailed Event::SignedIn Event::Subscribed Event::SubscriptionCount
    Event::SubscriptionFailed Event::User Event::Watchlist
    Notice::Disconnected Notice::SignInFailed Notice::SubscriptionFailed Notice::Unavailable
    State::Disconnected State::Failed State::Waiting
    Step::Close Step::Open
    TriggerError::DataTooLarge TriggerError::RateLimited
}

fields! {
    Config::activity_timeout Config::pong_timeout Config::reconnect Config::subscription_retries
    Config::unavailable_after
    ChannelEvent::channel ChannelEvent::channel_name ChannelEvent::event ChannelEvent::payload ChannelEvent::user_id
    Reconnect::cap Reconnect::limit
}

/// Returns the document's part about other clients, and its table of names that changed since 0.1.
fn document() -> (String, String) {
    let document = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/coming-from.md")).unwrap();
    let (others, upgrading) = document.split_once("## Upgrading from 0.1").unwrap();
    (others.into(), upgrading.into())
}

#[test]
fn every_new_name_in_the_upgrade_table_is_in_the_public_api() {
    let api = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/api.txt")).unwrap();
    let api: BTreeSet<&str> = api.split(|c: char| !c.is_alphanumeric() && c != '_').collect();
    let (_, upgrading) = document();
    let mut count = 0;
    for row in upgrading.lines().filter(|line| line.starts_with('|') && line.contains('`')) {
        let new = row.split('|').nth(2).unwrap();
        let mut parts = new.split('`').skip(1).peekable();
        while let Some(name) = parts.next() {
            let after = parts.next().unwrap_or_default();
            for name in name.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|name| !name.is_empty()) {
                assert_eq!(api.contains(name), !after.starts_with(" is gone"), "{name}: {row}");
                count += 1;
            }
        }
    }
    assert!(count > 40, "{count}");
}

/// Returns the paths of the public items in a listing of cargo-public-api, without the crate's name and generics.
fn paths(api: &str) -> BTreeSet<String> {
    let items = api.lines().filter_map(|line| line.split_once("pub ")?.1.split_once("pusher_proto::"));
    items.map(|(_, item)| path(item)).collect()
}

/// Returns the path at the beginning of `item`.
fn path(item: &str) -> String {
    let (mut path, mut depth) = (String::new(), 0);
    for c in item.chars() {
        match c {
            '<' => depth += 1,
            '>' => depth -= 1,
            _ if depth > 0 => {}
            ':' | '_' => path.push(c),
            c if c.is_alphanumeric() => path.push(c),
            _ => break,
        }
    }
    path.trim_end_matches(':').into()
}

fn last(path: &str) -> &str {
    path.rsplit("::").next().unwrap()
}

/// Returns the names in the left column of the upgrade table.
fn old_names(upgrading: &str) -> BTreeSet<&str> {
    let columns = upgrading
        .lines()
        .filter(|line| line.starts_with('|') && line.contains('`'))
        .map(|row| row.split('|').nth(1).unwrap());
    let code = columns.flat_map(|column| column.split('`').skip(1).step_by(2));
    let names = code.flat_map(|code| code.split(|c: char| !c.is_alphanumeric() && c != '_'));
    names.filter(|name| !name.is_empty()).collect()
}

/// `tests/data/api-0.1.txt` has the public items of 0.1. A member of a type or a module that is gone needs no row of
/// its own if its name still exists: the row of its parent covers it.
#[test]
fn every_name_of_0_1_that_is_gone_has_a_row_in_the_upgrade_table() {
    let read = |path| std::fs::read_to_string(format!("{}/tests/{path}", env!("CARGO_MANIFEST_DIR"))).unwrap();
    let (old, new) = (read("data/api-0.1.txt"), paths(&read("api.txt")));
    let (_, upgrading) = document();
    let rows = old_names(&upgrading);
    let new_names: BTreeSet<&str> = new.iter().map(|path| last(path)).collect();
    let gone: Vec<_> = old.lines().filter(|path| !new.contains(path as &str)).collect();
    assert!(gone.len() > 90, "{}", gone.len());
    let is_covered = |path: &str| {
        let is_parents = path.rsplit_once("::").is_some_and(|(parent, _)| gone.contains(&parent));
        rows.contains(last(path)) || is_parents && new_names.contains(last(path))
    };
    let missing: Vec<_> = gone.iter().filter(|path| !is_covered(path)).collect();
    assert!(missing.is_empty(), "the table lacks {missing:?}");
}

#[test]
fn every_old_name_in_the_upgrade_table_existed_in_0_1() {
    let old = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/tests/data/api-0.1.txt")).unwrap();
    let old: BTreeSet<&str> = old.split(['\n', ':']).collect();
    let (_, upgrading) = document();
    // What stands around the names: a variable, and types of the core library.
    let around = ["connection", "Option", "str"];
    let unknown: Vec<_> =
        old_names(&upgrading).into_iter().filter(|name| !old.contains(name) && !around.contains(name)).collect();
    assert!(unknown.is_empty(), "0.1 had no {unknown:?}");
}

/// Returns the words between backticks, each with whether its column is for this crate's names.
fn words(document: &str) -> impl Iterator<Item = (&str, bool)> {
    document.lines().flat_map(|line| {
        let columns = line.split('|').enumerate();
        // Text before the first bar, their name, our name, what differs.
        columns.flat_map(move |(column, text)| {
            let is_ours = line.starts_with('|') && column == 2;
            text.split('`').skip(1).step_by(2).map(move |word| (word, is_ours || word.contains("::")))
        })
    })
}

#[test]
fn every_item_that_the_document_names_exists_and_is_used_in_it() {
    let (document, _) = document();
    let all = [FUNCTIONS, DRIVERS, ANSWERS, VARIANTS, FIELDS];
    let existing: BTreeSet<&str> = all.into_iter().flatten().copied().collect();
    let named: BTreeSet<&str> = words(&document).filter(|(_, is_ours)| *is_ours).map(|(word, _)| word).collect();
    let missing: Vec<_> = named.difference(&existing).collect();
    assert!(missing.is_empty(), "the document names what is in no list of this test: {missing:?}");
    let unused: Vec<_> = existing.difference(&named).collect();
    assert!(unused.is_empty(), "the document does not name {unused:?} any more");
}

#[test]
fn each_of_the_three_tables_has_three_columns_in_every_row() {
    let (document, _) = document();
    let rows: Vec<_> = document.lines().filter(|line| line.starts_with('|')).collect();
    assert_eq!(rows.iter().filter(|row| **row == "| there | here | what differs |").count(), 3);
    for row in rows {
        assert_eq!(row.matches('|').count(), 4, "{row}");
    }
}
