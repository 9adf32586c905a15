//! Subscribing to a presence channel with a thousand members: visiting each one, and storing all for later queries.
//!
//! A confirmation counts only for a pending subscription, so this crate also subscribes and unsubscribes each time.

use std::borrow::Cow;
use std::collections::HashMap;
use std::fmt;
use std::hint::black_box;

use pusher_proto::event::Roster;
use pusher_proto::{Event, Instant};
use serde::Deserialize;
use serde::de::{Deserializer, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::measure::Row;
use crate::ours;

const ROOM: &str = "presence-room";
const MEMBERS: usize = 1000;

pub fn rows() -> Vec<Row> {
    let text = text();
    vec![
        Row::new("presence", "visited", MEMBERS).with("pusher-proto", visit(&text)).noted(
            "serde_json",
            "allocates the text of the data",
            visit_with_serde_json(&text),
        ),
        Row::new("presence", "kept", MEMBERS)
            .noted("pusher-proto", "`Roster`: ids without their information", keep(&text))
            .noted("serde_json + HashMap", "ids and their information", keep_with_hash_map(&text)),
    ]
}

fn text() -> Vec<u8> {
    let id = |number: usize| format!("user-{:05}", number * 7919 % 100_000);
    let ids: Vec<String> = (0..MEMBERS).map(id).collect();
    let hash: Vec<String> = ids
        .iter()
        .enumerate()
        .map(|(number, id)| format!(r#""{id}":{{"name":"Ada Lovelace {number}","role":"member"}}"#))
        .collect();
    let data = format!(
        r#"{{"presence":{{"count":{MEMBERS},"ids":{},"hash":{{{}}}}}}}"#,
        serde_json::to_string(&ids).unwrap(),
        hash.join(",")
    );
    ours::succeeded(ROOM, &data)
}

fn visit(text: &[u8]) -> impl FnMut() + use<> {
    let (mut client, _) = ours::client::<8>(&[]);
    let (text, mut buffer) = (text.to_vec(), text.to_vec());
    move || {
        buffer.copy_from_slice(black_box(&text));
        let channel = ours::subscribe_to_presence(&mut client, ROOM);
        let Ok(Some(Event::Subscribed { presence: Some(presence), .. })) =
            client.handle_text(Instant::ZERO, &mut buffer)
        else {
            panic!("no members");
        };
        assert_eq!(presence.members().map(black_box).count(), MEMBERS);
        ours::unsubscribe(&mut client, channel);
    }
}

fn keep(text: &[u8]) -> impl FnMut() + use<> {
    let (mut client, _) = ours::client::<8>(&[]);
    let (text, mut buffer) = (text.to_vec(), text.to_vec());
    move || {
        buffer.copy_from_slice(black_box(&text));
        let channel = ours::subscribe_to_presence(&mut client, ROOM);
        let mut roster: Box<Roster<MEMBERS, 32>> = Box::new(Roster::new(channel));
        let mut event = client.handle_text(Instant::ZERO, &mut buffer).unwrap().unwrap();
        roster.update(&mut event);
        assert_eq!(black_box(&roster).len(), MEMBERS);
        ours::unsubscribe(&mut client, channel);
    }
}

#[derive(Deserialize)]
struct Envelope<'a> {
    #[serde(borrow)]
    event: Cow<'a, str>,
    #[serde(borrow)]
    channel: Cow<'a, str>,
    #[serde(borrow)]
    data: Cow<'a, str>,
}

#[derive(Deserialize)]
struct Data<T> {
    presence: Presence<T>,
}

#[derive(Deserialize)]
struct Presence<T> {
    count: u32,
    hash: T,
}

/// Visits each member and stores none.
struct Visited(usize);

impl<'de> Deserialize<'de> for Visited {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(Visit)
    }
}

struct Visit;

impl<'de> Visitor<'de> for Visit {
    type Value = Visited;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("members")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Visited, A::Error> {
        let mut count = 0;
        while let Some(member) = map.next_entry::<&str, &RawValue>()? {
            black_box(member);
            count += 1;
        }
        Ok(Visited(count))
    }
}

fn visit_with_serde_json(text: &[u8]) -> impl FnMut() + use<> {
    let (text, mut buffer) = (text.to_vec(), text.to_vec());
    move || {
        buffer.copy_from_slice(black_box(&text));
        let envelope: Envelope<'_> = serde_json::from_slice(&buffer).unwrap();
        black_box((&envelope.event, &envelope.channel));
        let data: Data<Visited> = serde_json::from_str(&envelope.data).unwrap();
        assert_eq!((data.presence.count as usize, data.presence.hash.0), (MEMBERS, MEMBERS));
    }
}

fn keep_with_hash_map(text: &[u8]) -> impl FnMut() + use<> {
    let (text, mut buffer) = (text.to_vec(), text.to_vec());
    move || {
        buffer.copy_from_slice(black_box(&text));
        let envelope: Envelope<'_> = serde_json::from_slice(&buffer).unwrap();
        black_box((&envelope.event, &envelope.channel));
        let data: Data<HashMap<String, Box<RawValue>>> = serde_json::from_str(&envelope.data).unwrap();
        assert_eq!((data.presence.count as usize, black_box(&data.presence.hash).len()), (MEMBERS, MEMBERS));
    }
}
