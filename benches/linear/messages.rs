//! Messages to a client.

use std::hint::black_box;

use pusher_proto::client::{Authorization, Client, Config, Request};
use pusher_proto::event::{Event, Roster};
use pusher_proto::{Channel, Instant};

use super::{Build, Work};

const NOW: Instant = Instant::ZERO;

/// The messages, by the part that grows.
pub const CASES: [(&str, Build); 48] = [
    ("arrays in arrays", |size| event(&nested("[", "]", size))),
    ("objects in objects", |size| event(&nested("{\"a\":", "}", size))),
    ("brackets without an end", |size| event(&"[".repeat(size))),
    ("64 levels, again and again", |size| event(&list(size, |_| format!("{}1{}", "[".repeat(62), "]".repeat(62))))),
    ("data too deep in a protocol event", |size| {
        let deep = nested("[", "]", size);
        message(format!(
            r#"{{"event":"pusher_internal:member_added","channel":"presence-a","data":{{"user_id":"1","user_info":{deep}}}}}"#
        ))
    }),
    ("one long key", |size| message(format!(r#"{{"event":"x","{}":1}}"#, "k".repeat(size)))),
    ("many keys", |size| message(format!(r#"{{"event":"x",{}}}"#, items(size, |at| format!("\"k{at}\":1"))))),
    ("duplicate keys", |size| message(format!(r#"{{{}}}"#, items(size, |_| r#""event":"x""#.into())))),
    ("duplicate data", |size| message(format!(r#"{{"event":"x",{}}}"#, items(size, |at| format!("\"data\":{at}"))))),
    ("keys of escapes", |size| message(format!(r#"{{"event":"x",{}}}"#, items(size, |_| r#""\u0064ata":1"#.into())))),
    ("keys in data", |size| event(&format!("{{{}}}", items(size, |at| format!("\"k{at}\":1"))))),
    ("keys in data, encoded twice", |size| event(&json(&format!("{{{}}}", items(size, |at| format!("\"k{at}\":1")))))),
    ("line feeds", |size| event(&string(r"\n", size))),
    ("quotes", |size| event(&string(r#"\""#, size))),
    ("backslashes", |size| event(&string(r"\\", size))),
    ("escapes of four digits", |size| event(&string(r"\u0041", size))),
    ("escapes of two bytes", |size| event(&string(r"\u00e9", size))),
    ("surrogate pairs", |size| event(&string(r"\ud83d\ude00", size))),
    ("surrogates without a partner", |size| event(&string(r"\ud83d", size))),
    ("surrogates in the wrong order", |size| event(&string(r"\ude00\ud83d", size))),
    ("escapes and text in turn", |size| event(&string(r"\nx", size))),
    ("an escape that is none, at the end", |size| event(&format!("\"{}\\x\"", "x".repeat(size)))),
    ("text of three bytes a character", |size| event(&string("語", size))),
    ("text that is not ASCII and escapes", |size| event(&string(r"語\n", size))),
    ("text that is not UTF-8 at its end", |size| {
        let mut bytes = format!(r#"{{"event":"x","data":"{}"#, "é".repeat(size / 2)).into_bytes();
        bytes.extend(b"\xff\"}");
        taken(bytes)
    }),
    ("a long number", |size| event(&"7".repeat(size))),
    ("a long fraction and exponent", |size| event(&format!("1.{}e{}", "7".repeat(size / 2), "7".repeat(size / 2)))),
    ("many numbers", |size| event(&list(size, |_| "1".into()))),
    ("numbers as codes", |size| {
        message(format!(r#"{{"event":"pusher:error","data":{{"code":1{}}}}}"#, "0".repeat(size)))
    }),
    ("white space", |size| event(&format!("{}1", " \n\t".repeat(size / 3)))),
    ("a long event name", |size| message(format!(r#"{{"event":"{}","channel":"market"}}"#, "x".repeat(size)))),
    ("a long channel name", |size| message(format!(r#"{{"event":"x","channel":"{}"}}"#, "x".repeat(size)))),
    ("a long name in a success", |size| {
        message(format!(r#"{{"event":"pusher_internal:subscription_succeeded","channel":"{}"}}"#, "x".repeat(size)))
    }),
    ("a long user id", |size| {
        message(format!(r#"{{"event":"x","channel":"presence-a","user_id":"{}"}}"#, "x".repeat(size)))
    }),
    ("an error of names", |size| error(&"channel market ".repeat(size / 15))),
    ("an error of unknown names", |size| error(&"channel x ".repeat(size / 10))),
    ("an error of names with dots", |size| error(&format!("channel x{} ", ".".repeat(250)).repeat(size / 260))),
    ("an error of one word", |size| error(&"x".repeat(size))),
    ("an error of dots", |size| error(&".".repeat(size))),
    ("an error of quotes", |size| error(&"'".repeat(size))),
    ("an error of private names", |size| error(&"'private".repeat(size / 8))),
    ("an error of digests", |size| error(&"digest of 1:".repeat(size / 12))),
    ("members in a hash", |size| presence(&members(size, "user-"))),
    ("members in a hash, encoded twice", |size| presence(&json(&members(size, "user-")))),
    ("members only in ids", |size| {
        presence(&format!(r#"{{"presence":{{"hash":{{}},"ids":{}}}}}"#, list(size, |at| format!("\"u{at}\""))))
    }),
    ("the same member again and again", |size| {
        presence(&format!(r#"{{"presence":{{"hash":{{}},"ids":{}}}}}"#, list(size, |_| "\"u\"".into())))
    }),
    ("changes of a watchlist", |size| {
        watchlist(&list(size, |at| format!(r#"{{"name":"online","user_ids":["u{at}"]}}"#)))
    }),
    ("users of a watchlist", |size| {
        watchlist(&format!(r#"[{{"name":"online","user_ids":{}}}]"#, list(size, |at| format!("\"u{at}\""))))
    }),
];

/// A text in which `open` and `close` nest up to about `size` bytes.
fn nested(open: &str, close: &str, size: usize) -> String {
    let depth = size / (open.len() + close.len());
    format!("{}1{}", open.repeat(depth), close.repeat(depth))
}

/// Items with commas between them, about `size` bytes.
pub fn items(size: usize, item: impl Fn(usize) -> String) -> String {
    let mut items = item(0);
    for at in 1.. {
        if items.len() >= size {
            break;
        }
        items += ",";
        items += &item(at);
    }
    items
}

pub fn list(size: usize, item: impl Fn(usize) -> String) -> String {
    format!("[{}]", items(size, item))
}

fn string(piece: &str, size: usize) -> String {
    format!("\"{}\"", piece.repeat(size / piece.len()))
}

fn json(text: &str) -> String {
    serde_json::to_string(text).unwrap()
}

fn members(size: usize, id: &str) -> String {
    let hash = items(size * 2 / 3, |at| format!(r#""{id}{at}":{{"n":{at}}}"#));
    let count = hash.matches("\"n\"").count();
    let ids: Vec<String> = (0..count).map(|at| format!("\"{id}{at}\"")).collect();
    format!(r#"{{"presence":{{"count":{count},"ids":[{}],"hash":{{{hash}}}}}}}"#, ids.join(","))
}

/// A client with 40 slots that is subscribed to `market` and to `presence-a`.
fn connected() -> (Client<40, 64>, Channel) {
    let mut client = Client::new(Config::new(1));
    client.connect(NOW);
    let _ = client.poll_request();
    client.handle_open(NOW);
    let mut established = *br#"{"event":"pusher:connection_established","data":"{\"socket_id\":\"1.1\"}"}"#;
    client.handle_text(NOW, &mut established).unwrap();
    let mut out = [0; 256];
    client.subscribe(NOW, "market").unwrap();
    let room = client.subscribe(NOW, "presence-a").unwrap();
    let Some(Request::Authorize(ticket)) = client.poll_request() else { panic!("no request") };
    let reply = Authorization::from_token("k:1").with_channel_data(r#"{"user_id":"1"}"#);
    client.authorize(NOW, ticket, &reply, &mut out).unwrap();
    while client.poll_transmit(NOW, &mut out).unwrap().is_some() {}
    for name in ["market", "presence-a"] {
        let success = format!(r#"{{"event":"pusher_internal:subscription_succeeded","channel":"{name}"}}"#);
        client.handle_text(NOW, &mut success.into_bytes()).unwrap();
    }
    // One request stays unanswered, so that an error may answer it.
    client.subscribe(NOW, "pending").unwrap();
    while client.poll_transmit(NOW, &mut out).unwrap().is_some() {}
    (client, room)
}

fn message(text: String) -> (usize, Work) {
    taken(text.into_bytes())
}

/// The work of taking a message and of everything that follows from it.
fn taken(mut text: Vec<u8>) -> (usize, Work) {
    let (mut client, _) = connected();
    let size = text.len();
    let mut out = [0; 256];
    let work = move || {
        match client.handle_text(NOW, &mut text) {
            Ok(Some(Event::Subscribed { presence: Some(presence), .. })) => {
                black_box(presence.members().fold(0, |sum, member| sum + member.user_id.len()));
            }
            Ok(Some(Event::Watchlist(changes))) => changes.for_each(|change| {
                black_box(change.user_ids().fold(0, |sum, id| sum + id.len()));
            }),
            other => drop(black_box(other)),
        }
        while client.poll_request().is_some() {}
        while client.poll_transmit(NOW, &mut out).unwrap().is_some() {}
        while client.poll_notice().is_some() {}
    };
    (size, Box::new(work))
}

fn event(data: &str) -> (usize, Work) {
    message(format!(r#"{{"event":"x","channel":"market","data":{data}}}"#))
}

fn error(text: &str) -> (usize, Work) {
    message(format!(r#"{{"event":"pusher:error","data":{{"code":null,"message":"{text}"}}}}"#))
}

fn presence(data: &str) -> (usize, Work) {
    message(format!(r#"{{"event":"pusher_internal:subscription_succeeded","channel":"presence-a","data":{data}}}"#))
}

fn watchlist(events: &str) -> (usize, Work) {
    message(format!(r#"{{"event":"pusher_internal:watchlist_events","data":{{"events":{events}}}}}"#))
}

/// The work of keeping the members of `data` in a roster.
pub fn roster<const MEMBERS: usize>(data: &str) -> (usize, Work) {
    let mut text =
        format!(r#"{{"event":"pusher_internal:subscription_succeeded","channel":"presence-a","data":{data}}}"#)
            .into_bytes();
    let (mut client, room) = connected();
    let mut roster: Box<Roster<MEMBERS, 16>> = Box::new(Roster::new(room));
    let size = text.len();
    let work = move || {
        let mut event = client.handle_text(NOW, &mut text).unwrap().unwrap();
        roster.update(&mut event);
        black_box(roster.len());
    };
    (size, Box::new(work))
}
