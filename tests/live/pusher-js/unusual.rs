//! Messages that no correct server sends, and valid messages with unusual spellings.

use pusher_proto::encryption::SharedSecret;

use crate::operations::{MASTER_KEY, Operation};

const SESSIONS: usize = 240;
const FRAMES: usize = 12;

const CHANNELS: [&str; 5] = ["news", "private-a", "presence-r", "private-encrypted-e", "cache-c"];

const EVENTS: [&str; 22] = [
    "posted",
    "posted",
    "client-typing",
    "with space",
    "",
    "ünïcode-😀",
    "pusher:ping",
    "pusher:pong",
    "pusher:error",
    "pusher:cache_miss",
    "pusher:subscription_error",
    "pusher:subscription_succeeded",
    "pusher:member_added",
    "pusher:something_new",
    "pusher:connection_established",
    "pusher:signin_success",
    "pusher_internal:subscription_succeeded",
    "pusher_internal:member_added",
    "pusher_internal:member_removed",
    "pusher_internal:subscription_count",
    "pusher_internal:watchlist_events",
    "pusher_internal:something_new",
];

const DATA: [&str; 44] = [
    "{}",
    "[]",
    "null",
    "true",
    "0",
    "-1.5e-7",
    "1e21",
    "9007199254740993",
    r#""text""#,
    r#""""#,
    r#""\"quoted\"""#,
    r#""{\"a\":1}""#,
    r#""[1,[2,[3]]]""#,
    r#""42""#,
    r#"" {} ""#,
    r#""null""#,
    r#""\u00e9\ud83d\ude00\/\b\f\n\r\t""#,
    r#""\ud83d""#,
    r#""\\ud83d""#,
    r#""a\u0000b""#,
    r#"{"a":{"b":[null,{"c":"\u0064"}]}}"#,
    r#"{"a":1,"a":2}"#,
    r#"{"":""}"#,
    r#"{"code":4301,"message":"slow down"}"#,
    r#"{"code":null,"message":"no"}"#,
    r#""{\"code\":4100,\"message\":\"full\"}""#,
    r#"{"type":"AuthError","error":"no","status":401}"#,
    r#"{"user_id":"7","user_info":{"n":1}}"#,
    r#""{\"user_id\":\"7\",\"user_info\":{\"n\":1}}""#,
    r#"{"user_id":7}"#,
    r#""{\"user_info\":\"x\",\"user_id\":\"\\u0061\"}""#,
    r#"{"user_id":null}"#,
    r#"{"presence":{"ids":["1","2"],"hash":{"1":{"n":1},"2":null},"count":2}}"#,
    r#""{\"presence\":{\"count\":1,\"ids\":[\"1\"],\"hash\":{\"1\":\"x\"}}}""#,
    r#"{"presence":{"hash":{"1":{}},"count":1}}"#,
    r#"{"presence":{"ids":[1,2],"hash":{"1":{}},"count":2}}"#,
    r#"{"presence":{"ids":[],"hash":[],"count":0}}"#,
    r#"{"presence":{}}"#,
    r#""{\"subscription_count\":3}""#,
    r#"{"subscription_count":12}"#,
    r#"{"subscription_count":"5"}"#,
    r#"{"events":[{"name":"online","user_ids":["a","b"]},{"name":"offline","user_ids":["c"]}]}"#,
    r#""{\"events\":[{\"user_ids\":[\"a\"],\"name\":\"online\"}]}""#,
    r#"{"user_data":"{\"id\":\"9\"}"}"#,
];

/// Sessions with the same beginning and random messages afterwards.
pub fn generated() -> Vec<Operation> {
    let mut generator = Generator(1);
    let mut operations = Vec::new();
    for _ in 0..SESSIONS {
        begin(&mut operations);
        for _ in 0..FRAMES {
            operations.push(Operation::In(generator.message()));
        }
    }
    operations
}

fn begin(operations: &mut Vec<Operation>) {
    let text = |text: &str| Operation::In(text.into());
    operations.push(Operation::Session);
    operations
        .push(text(r#"{"event":"pusher:connection_established","data":{"socket_id":"1.1","activity_timeout":120}}"#));
    for channel in CHANNELS {
        let channel_data = channel.starts_with("presence-").then_some(r#"{"user_id":"1"}"#);
        operations.push(Operation::subscribe(channel, "key:signature", channel_data));
        let data = r#"{"presence":{"ids":["1"],"hash":{"1":{"n":1}},"count":1}}"#;
        operations.push(Operation::In(format!(
            r#"{{"event":"pusher_internal:subscription_succeeded","channel":"{channel}","data":{data}}}"#
        )));
    }
    let user = serde_json::json!({"auth": "key:signature", "user_data": r#"{"id":"9"}"#});
    operations.push(Operation::SignIn(user));
    operations.push(text(r#"{"event":"pusher:signin_success","data":{"user_data":"{\"id\":\"9\"}"}}"#));
}

/// A deterministic generator (splitmix64).
struct Generator(u64);

impl Generator {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
        ((mixed ^ mixed >> 31) % bound as u64) as usize
    }

    fn one_in(&mut self, bound: usize) -> bool {
        self.below(bound) == 0
    }

    fn pick<'a>(&mut self, list: &[&'a str]) -> &'a str {
        list[self.below(list.len())]
    }

    fn message(&mut self) -> String {
        let event = self.pick(&EVENTS);
        let channel = match self.below(12) {
            0 => None,
            1 => Some("unknown"),
            2 => Some("#server-to-user-9"),
            _ => Some(self.pick(&CHANNELS)),
        };
        let mut fields = vec![format!("{}:{}", self.string("event"), self.string(event))];
        if let Some(channel) = channel {
            fields.push(format!("{}:{}", self.string("channel"), self.string(channel)));
        } else if self.one_in(4) {
            fields.push(r#""channel":null"#.into());
        }
        if !self.one_in(8) {
            let data = self.data(event, channel);
            fields.push(format!("{}:{data}", self.string("data")));
        }
        if self.one_in(4) {
            let id = self.pick(&[r#""7""#, "7", "null", r#""\u0061""#, r#""""#]);
            fields.push(format!(r#""user_id":{id}"#));
        }
        if self.one_in(4) {
            fields.push(self.pick(&[r#""x":[{"event":"no"}]"#, r#""Event":"no""#, r#""data2":{}"#, r#""":0"#]).into());
        }
        if self.one_in(20) {
            fields.push(self.pick(&[r#""event":"posted""#, r#""data":"last""#, r#""channel":"news""#]).into());
        }
        for place in (1..fields.len()).rev() {
            fields.swap(place, self.below(place + 1));
        }
        let space = self.pick(&["", "", "", " ", "\n", "\t\r\n "]);
        let mut message = format!("{space}{{{space}{}{space}}}{space}", fields.join(&format!("{space},{space}")));
        if self.one_in(25) {
            // No longer JSON, or not an object.
            message = match self.below(4) {
                0 => message.chars().take(message.chars().count() / 2).collect(),
                1 => message + "x",
                2 => format!("[{message}]"),
                _ => self.pick(&["", "null", "1", r#""text""#, "{}", r#"{"data":{}}"#, r#"{"event":7}"#]).into(),
            };
        }
        message
    }

    fn data(&mut self, event: &str, channel: Option<&str>) -> String {
        // Most protocol events get data of their own kind.
        let fitting: Vec<&str> = match event {
            "pusher:error" => DATA[23..26].to_vec(),
            "pusher:subscription_error" => vec![DATA[26]],
            "pusher:signin_success" => vec![DATA[43]],
            "pusher_internal:subscription_succeeded" => DATA[32..38].to_vec(),
            "pusher_internal:member_added" | "pusher_internal:member_removed" => DATA[27..32].to_vec(),
            "pusher_internal:subscription_count" => DATA[38..41].to_vec(),
            "pusher_internal:watchlist_events" => DATA[41..43].to_vec(),
            _ => DATA.to_vec(),
        };
        let data = if self.one_in(6) { self.pick(&DATA) } else { self.pick(&fitting) };
        match channel {
            Some(channel @ "private-encrypted-e") if !self.one_in(4) => {
                let mut out = [0; 1024];
                let nonce = [self.below(256) as u8; 24];
                let key = if self.one_in(5) { b"another key of thirty-two bytes!" } else { MASTER_KEY };
                let encrypted = SharedSecret::derive(channel, key).encrypt(data, &nonce, &mut out).unwrap();
                if self.one_in(2) { encrypted.into() } else { serde_json::to_string(encrypted).unwrap() }
            }
            _ => data.into(),
        }
    }

    /// Returns `text` as a JSON string, with some characters escaped.
    fn string(&mut self, text: &str) -> String {
        if !self.one_in(6) {
            return serde_json::to_string(text).unwrap();
        }
        let mut spelled = String::from("\"");
        for character in text.chars() {
            if self.one_in(2) {
                let mut units = [0; 2];
                for unit in character.encode_utf16(&mut units) {
                    spelled += &if self.one_in(2) { format!("\\u{unit:04x}") } else { format!("\\u{unit:04X}") };
                }
            } else {
                spelled.push(character);
            }
        }
        spelled + "\""
    }
}
