//! Compares `Roster` with a set of the standard library, over the messages of a server.

use std::collections::HashSet;

use arbitrary::{Arbitrary, Unstructured};
use pusher_proto::client::{Authorization, Request};
use pusher_proto::event::Roster;
use pusher_proto::{Client, Config, Instant};
use serde_json::json;

use super::super::units::{all, below, byte, take};

/// About 100 operations.
pub const MAX_LEN: usize = 512;

/// More than the ids that a processor compares at once.
const MEMBERS: usize = 20;
const ID: usize = 6;

/// Operations to the end of the bytes.
#[derive(Debug)]
pub struct Input {
    operations: Vec<Operation>,
}

#[derive(Debug)]
enum Operation {
    /// The server lists the members in `ids`, in `hash`, or in both.
    List {
        ids: Vec<String>,
        in_ids: bool,
        in_hash: bool,
    },
    /// The server confirms the subscription and lists no members.
    ListNothing,
    Add(String),
    Remove(String),
    /// A member joins another channel.
    AddElsewhere(String),
    SetMyId(String),
    SetMe(String),
}

impl<'a> Arbitrary<'a> for Input {
    fn arbitrary(input: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        Ok(Self { operations: all(input, Operation::new) })
    }
}

impl Operation {
    fn new(input: &mut Unstructured<'_>) -> Self {
        match below(input, 16) {
            0 => {
                let form = byte(input);
                let ids = (0..below(input, 32)).map(|_| id(input)).collect();
                Self::List { ids, in_ids: form & 1 == 0, in_hash: form & 2 == 0 }
            }
            1 => Self::ListNothing,
            2 => Self::AddElsewhere(id(input)),
            3 => Self::SetMyId(id(input)),
            4 => Self::SetMe(id(input)),
            5..11 => Self::Add(id(input)),
            _ => Self::Remove(id(input)),
        }
    }
}

/// Returns a short number, or any text of up to eight bytes, which may be too long.
fn id(input: &mut Unstructured<'_>) -> String {
    match byte(input) {
        number @ 0..200 => (number % 50).to_string(),
        length => String::from_utf8_lossy(take(input, usize::from(length) % 9)).into_owned(),
    }
}

pub fn run(input: Input) {
    let (mut client, room) = subscribed();
    let mut roster: Roster<MEMBERS, ID> = Roster::new(room);
    let (mut members, mut is_complete, mut me) = (HashSet::new(), false, None);
    let add = |members: &mut HashSet<String>, id: &str, is_complete: &mut bool| {
        let has_room = members.contains(id) || id.len() <= ID && members.len() < MEMBERS;
        *is_complete &= has_room;
        if has_room {
            members.insert(id.into());
        }
    };
    for operation in input.operations {
        match &operation {
            Operation::List { ids, in_ids, in_hash } => {
                let mut presence = json!({"count": ids.len()});
                if *in_ids {
                    presence["ids"] = json!(ids);
                }
                if *in_hash {
                    presence["hash"] = ids.iter().map(|id| (id.clone(), json!({"n": 1}))).collect();
                }
                let data = json!({"presence": presence}).to_string();
                receive(&mut client, &mut roster, "pusher_internal:subscription_succeeded", ROOM, &data);
                members.clear();
                // An object without a list is a list without members.
                is_complete = true;
                // Of more members than there is room for, the first are kept. In a hash, serde_json sorts them.
                let kept: HashSet<String> = roster.ids().map(String::from).collect();
                let listed = if *in_ids || *in_hash { &ids[..] } else { &[] };
                if listed.iter().filter(|id| id.len() <= ID).collect::<HashSet<_>>().len() > MEMBERS {
                    assert_eq!(kept.len(), MEMBERS);
                    assert!(kept.iter().all(|id| listed.contains(id)));
                    (members, is_complete) = (kept, false);
                } else {
                    listed.iter().for_each(|id| add(&mut members, id, &mut is_complete));
                }
                // The server counts more than it lists, if the list is missing or has an id twice.
                is_complete &= members.len() >= ids.len();
            }
            Operation::ListNothing => {
                receive(&mut client, &mut roster, "pusher_internal:subscription_succeeded", ROOM, "null");
                members.clear();
                is_complete = false;
            }
            Operation::Add(id) => {
                let data = json!({"user_id": id, "user_info": [id]}).to_string();
                receive(&mut client, &mut roster, "pusher_internal:member_added", ROOM, &data);
                add(&mut members, id, &mut is_complete);
            }
            Operation::Remove(id) => {
                let data = json!({"user_id": id}).to_string();
                receive(&mut client, &mut roster, "pusher_internal:member_removed", ROOM, &data);
                members.remove(id);
            }
            Operation::AddElsewhere(id) => {
                let data = json!({"user_id": id}).to_string();
                receive(&mut client, &mut roster, "pusher_internal:member_added", OTHER, &data);
            }
            Operation::SetMyId(id) => {
                roster.set_my_id(id);
                me = Some(id.clone()).filter(|id| (1..=ID).contains(&id.len()));
            }
            Operation::SetMe(id) => {
                roster.set_me(&json!({"user_id": id}).to_string());
                me = Some(id.clone()).filter(|id| (1..=ID).contains(&id.len()));
            }
        }
        let found: HashSet<String> = roster.ids().map(String::from).collect();
        assert_eq!(found, members, "{operation:?}");
        assert_eq!((roster.len(), roster.is_empty()), (members.len(), members.is_empty()));
        assert!(members.iter().all(|id| roster.contains(id)));
        assert_eq!(roster.is_complete(), is_complete, "{operation:?}");
        assert_eq!(roster.own_id().map(String::from), me);
    }
}

const ROOM: &str = "presence-a";
const OTHER: &str = "presence-b";
const NOW: Instant = Instant::ZERO;

type TestClient = Client<2, 16>;

/// Returns a client that has requested both channels.
fn subscribed() -> (TestClient, pusher_proto::Channel) {
    let mut client = Client::new(Config::new(1));
    let room = client.subscribe(NOW, ROOM).unwrap();
    client.subscribe(NOW, OTHER).unwrap();
    client.connect(NOW);
    while let Some(request) = client.poll_request() {
        if let Request::Open { .. } = request {
            client.handle_open(NOW);
            let mut text = *br#"{"event":"pusher:connection_established","data":{"socket_id":"1.1"}}"#;
            client.handle_text(NOW, &mut text).unwrap();
        } else if let Request::Authorize(ticket) = request {
            let reply = Authorization::from_token("k:s").with_channel_data("{}");
            client.authorize(NOW, ticket, &reply, &mut [0; 256]).unwrap();
        }
    }
    (client, room)
}

fn receive(client: &mut TestClient, roster: &mut Roster<MEMBERS, ID>, event: &str, channel: &str, data: &str) {
    let mut text = json!({"event": event, "channel": channel, "data": data}).to_string().into_bytes();
    if let Some(mut event) = client.handle_text(NOW, &mut text).unwrap() {
        roster.update(&mut event);
    }
}
