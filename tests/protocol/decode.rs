//! Decodes each case whole, at every truncation, and re-escaped in three spellings. serde_json is the reference.

use std::fmt::Write as _;

use pusher_proto::client::{Client, Config};
use pusher_proto::envelope::{Envelope, EnvelopeError};
use pusher_proto::event::Event;
use pusher_proto::{Authorization, Channel, Instant, Payload, Request, State};
use serde_json::{Value, json};

/// Every known form of a server's message, by the section of the protocol and the server.
const CASES: &[(&str, &str)] = &[
    // connection established
    (
        "Pusher",
        r#"{"event":"pusher:connection_established","data":"{\"socket_id\":\"123.456\",\"activity_timeout\":120}"}"#,
    ),
    ("soketi", r#"{"event":"pusher:connection_established","data":"{\"socket_id\":\"1.2\",\"activity_timeout\":30}"}"#),
    (
        "sockudo",
        r#"{"event":"pusher:connection_established","data":"{\"activity_timeout\":120,\"socket_id\":\"1.2\"}"}"#,
    ),
    ("third parties", r#"{"event":"pusher:connection_established","data":{"socket_id":"8d6e1b0a-uuid"}}"#),
    // ping and pong
    ("Reverb, sockudo", r#"{"event":"pusher:ping"}"#),
    ("Pusher", r#"{"event":"pusher:ping","data":{}}"#),
    ("soketi", r#"{"event":"pusher:pong","data":{}}"#),
    ("pusher-fake", r#"{"event":"pusher:pong","data":"{}"}"#),
    ("sockudo", r#"{"event":"pusher:pong"}"#),
    // errors
    (
        "Pusher",
        r#"{"event":"pusher:error","data":{"code":4001,"message":"App key X not in this cluster. Did you forget to specify the cluster?"}}"#,
    ),
    ("Pusher", r#"{"event":"pusher:error","data":{"code":null,"message":"Existing subscription to channel news"}}"#),
    ("Reverb", r#"{"event":"pusher:error","data":"{\"code\":4009,\"message\":\"Connection is unauthorized\"}"}"#),
    ("Reverb", r#"{"event":"pusher:error","data":"{\"code\":4200,\"message\":\"Invalid message format\"}"}"#),
    (
        "soketi",
        r#"{"event":"pusher:error","channel":"private-x","data":{"code":4301,"message":"The app does not have client messaging enabled."}}"#,
    ),
    (
        "sockudo",
        r#"{"event":"pusher:error","data":{"code":4000,"message":"Invalid message format: expected value\n\tat line 1"}}"#,
    ),
    (
        "soketi",
        r#"{"event":"pusher:subscription_error","channel":"private-x","data":{"type":"AuthError","error":"The connection is unauthorized.","status":401}}"#,
    ),
    ("pusher-fake", r#"{"event":"pusher_internal:subscription_error","channel":"private-x","data":"{}"}"#),
    // subscriptions
    ("Pusher", r#"{"event":"pusher_internal:subscription_succeeded","channel":"news","data":"{}"}"#),
    ("soketi", r#"{"event":"pusher_internal:subscription_succeeded","channel":"news"}"#),
    ("Reverb", r#"{"event":"pusher_internal:subscription_succeeded","data":"{}","channel":"news"}"#),
    (
        "Pusher",
        r#"{"event":"pusher_internal:subscription_succeeded","channel":"presence-x","data":"{\"presence\":{\"ids\":[\"1\"],\"hash\":{\"1\":{\"name\":\"a\"}},\"count\":1}}"}"#,
    ),
    (
        "soketi",
        r#"{"event":"pusher_internal:subscription_succeeded","channel":"presence-x","data":"{\"presence\":{\"ids\":[10],\"hash\":{},\"count\":1}}"}"#,
    ),
    (
        "Reverb",
        r#"{"event":"pusher_internal:subscription_succeeded","data":"{\"presence\":{\"count\":0,\"ids\":[],\"hash\":[]}}","channel":"presence-x"}"#,
    ),
    (
        "pusher-fake",
        r#"{"channel":"presence-x","event":"pusher_internal:subscription_succeeded","data":"{\"presence\":{\"hash\":{\"a\":null},\"count\":1}}"}"#,
    ),
    // presence
    (
        "Pusher",
        r#"{"event":"pusher_internal:member_added","channel":"presence-x","data":"{\"user_id\":\"2\",\"user_info\":{}}"}"#,
    ),
    (
        "Reverb",
        r#"{"event":"pusher_internal:member_added","data":"{\"user_id\":2,\"user_info\":{\"name\":\"\\u00e9\"}}","channel":"presence-x"}"#,
    ),
    ("soketi", r#"{"event":"pusher_internal:member_removed","channel":"presence-x","data":"{\"user_id\":2}"}"#),
    // events
    ("documentation", r#"{"event":"my-event","channel":"my-channel","data":"{\"a\":1}"}"#),
    (
        "Laravel",
        r#"{"event":"App\\Events\\OrderShipped","data":"{\"url\":\"https:\\\/\\\/x\\\/y\",\"name\":\"\\ud83d\\ude00\"}","channel":"orders"}"#,
    ),
    ("PHP", r#"{"event":"e","channel":"c","data":"http:\/\/x\/\ud83d\ude00\u00e9\u0000"}"#),
    ("plain text", r#"{"event":"e","channel":"c","data":"not JSON, \"quoted\"\n\ttabbed"}"#),
    ("empty", r#"{"event":"","channel":"","data":""}"#),
    ("soketi", r#"{"event":"e","channel":"c","data":{"a":1}}"#),
    ("soketi", r#"{"event":"e","channel":"c","data":42}"#),
    ("soketi", r#"{"event":"e","channel":"c","data":-1.5e-3}"#),
    ("soketi", r#"{"event":"e","channel":"c","data":true}"#),
    ("soketi", r#"{"event":"e","channel":"c","data":[1,"b",{"c":null},[]]}"#),
    ("sockudo", r#"{"event":"e","channel":"c","data":null}"#),
    ("relayed", r#"{"event":"client-typing","channel":"presence-x","data":{"on":true},"user_id":"7"}"#),
    ("relayed, soketi", r#"{"event":"client-typing","channel":"presence-x","data":{"on":true},"user_id":10}"#),
    ("relayed, null id", r#"{"event":"client-typing","channel":"presence-x","user_id":null}"#),
    (
        "encrypted",
        r#"{"event":"e","channel":"private-encrypted-x","data":"{\"nonce\":\"AAAA\",\"ciphertext\":\"AAAA+\/==\"}"}"#,
    ),
    // counts, caches
    (
        "documentation",
        r#"{"event":"pusher_internal:subscription_count","channel":"c","data":"{\"subscription_count\":3}"}"#,
    ),
    ("soketi", r#"{"event":"pusher:cache_miss","channel":"cache-x"}"#),
    ("sockudo", r#"{"event":"pusher:cache_miss","channel":"cache-x","data":"{}"}"#),
    ("pusher-fake", r#"{"event":"pusher:cache_miss","channel":"cache-x","data":"null"}"#),
    // users
    ("Pusher", r#"{"event":"pusher:signin_success","data":"{\"user_data\":\"{\\\"id\\\":\\\"12345\\\"}\"}"}"#),
    ("soketi", r#"{"event":"pusher:signin_success","data":{"auth":"k:00","user_data":"{\"id\":\"12345\"}"}}"#),
    ("to a user", r##"{"event":"e","channel":"#server-to-user-12345","data":"{\"a\":1}"}"##),
    (
        "pusher-js",
        r#"{"event":"pusher_internal:watchlist_events","data":"{\"events\":[{\"name\":\"online\",\"user_ids\":[\"a\"]}]}"}"#,
    ),
    ("sockudo", r#"{"event":"online","data":{"user_ids":["a","b"]}}"#),
    // extensions and unusual messages
    (
        "sockudo V2",
        r#"{"event":"e","channel":"c","data":"{}","message_id":"5f","serial":12,"stream_id":"s","tags":{"a":["b"]}}"#,
    ),
    ("sockudo", r#"{"event":"pusher:delta_compression_enabled","data":{"enabled":true}}"#),
    ("unknown", r#"{"event":"pusher:something_new","data":{"x":[{}]}}"#),
    ("duplicate keys", r#"{"event":"x","channel":"x","data":1,"event":"e","channel":"c","data":"2"}"#),
    ("channel of another kind", r#"{"event":"e","channel":{"a":1},"user_id":[1],"data":false}"#),
    (
        "wide characters",
        "{\"event\":\"é€😀\",\"channel\":\"ü\",\"data\":\"\u{7f}\u{80}\u{7ff}\u{800}\u{ffff}\u{10000}\u{10ffff}\"}",
    ),
];

/// A decoded message that owns its texts. JSON is stored as a value, so its spelling does not matter.
#[derive(Debug, PartialEq)]
struct Owned {
    event: String,
    channel: Option<String>,
    user_id: Option<String>,
    data: Data,
}

#[derive(Debug, PartialEq)]
enum Data {
    Absent,
    Text(String),
    Json(Value),
}

fn decode(text: &[u8]) -> Result<Owned, EnvelopeError> {
    let mut text = text.to_vec();
    let message = Envelope::decode(&mut text)?;
    Ok(Owned {
        event: message.event().into(),
        channel: message.channel().map(String::from),
        user_id: message.user_id().map(String::from),
        data: match message.payload() {
            Payload::Absent => Data::Absent,
            Payload::Text(text) => Data::Text(text.into()),
            Payload::Json(json) => Data::Json(serde_json::from_str(json).unwrap()),
        },
    })
}

/// Returns the message as serde_json decodes it.
fn reference(text: &str) -> Owned {
    let value: Value = serde_json::from_str(text).unwrap();
    let id = |name: &str| match &value[name] {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    };
    Owned {
        event: id("event").unwrap(),
        channel: id("channel"),
        user_id: id("user_id"),
        data: match value.get("data") {
            None => Data::Absent,
            Some(Value::String(text)) => Data::Text(text.clone()),
            Some(json) => Data::Json(json.clone()),
        },
    }
}

/// Respells the tokens of `json`: converts strings with `string`, and puts `space` between all tokens.
fn respell(json: &str, space: &str, string: &dyn Fn(&str) -> String) -> String {
    let mut out = String::from(space);
    let mut rest = json;
    while let Some(first) = rest.chars().next() {
        let token = match first {
            '"' => {
                let mut escaped = false;
                let end = rest[1..].find(|char| {
                    let ends = char == '"' && !escaped;
                    escaped = char == '\\' && !escaped;
                    ends
                });
                &rest[..end.unwrap() + 2]
            }
            '{' | '}' | '[' | ']' | ':' | ',' => &rest[..1],
            _ => &rest[..rest.find(['}', ']', ',']).unwrap()],
        };
        match first {
            '"' => out += &string(&serde_json::from_str::<String>(token).unwrap()),
            _ => out += token,
        }
        out += space;
        rest = &rest[token.len()..];
    }
    out
}

/// Escapes every UTF-16 unit, so astral characters become surrogate pairs.
fn all_escaped(text: &str) -> String {
    let mut out = String::from("\"");
    for unit in text.encode_utf16() {
        write!(out, "\\u{unit:04x}").unwrap();
    }
    out + "\""
}

/// Escapes slashes, as PHP does, and every second character, with digits in both cases.
fn mixed(text: &str) -> String {
    let mut out = String::from("\"");
    for (index, char) in text.chars().enumerate() {
        match char {
            '/' => out += "\\/",
            '\n' => out += "\\n",
            '"' | '\\' => write!(out, "\\{char}").unwrap(),
            char if index % 2 == 0 || char < ' ' => {
                for (index, unit) in char.encode_utf16(&mut [0; 2]).iter().enumerate() {
                    if index % 2 == 0 { write!(out, "\\u{unit:04X}") } else { write!(out, "\\u{unit:04x}") }.unwrap();
                }
            }
            char => out.push(char),
        }
    }
    out + "\""
}

#[test]
fn decode_cases_run_whole_at_every_truncation_and_re_escaped_in_three_spellings() {
    let plain = |text: &str| serde_json::to_string(text).unwrap();
    for &(who, text) in CASES {
        let expected = reference(text);
        let spellings =
            [text.into(), respell(text, "", &all_escaped), respell(text, "", &mixed), respell(text, " \r\n\t", &plain)];
        for spelling in spellings {
            assert_eq!(reference(&spelling), expected, "the spelling changes the meaning: {spelling}");
            assert_eq!(decode(spelling.as_bytes()).as_ref(), Ok(&expected), "{who}: {spelling}");
            let end = spelling.trim_end().len();
            for cut in 0..end {
                let error = match std::str::from_utf8(&spelling.as_bytes()[..cut]) {
                    Ok(_) => EnvelopeError::NotJson { at: cut },
                    Err(error) => EnvelopeError::NotUtf8 { at: error.valid_up_to() },
                };
                assert_eq!(decode(&spelling.as_bytes()[..cut]), Err(error), "{who}, cut at {cut}: {spelling}");
            }
        }
    }
}

#[test]
fn ids_that_are_numbers_are_reported_as_they_are_written() {
    for number in ["0", "-0", "7", "-12.50", "1e400", "123456789012345678901234567890", "0.1E+5"] {
        let text = format!(r#"{{"event":"e","user_id":{number},"channel" : {number} }}"#);
        let message = decode(text.as_bytes()).unwrap();
        assert_eq!((message.user_id.as_deref(), message.channel.as_deref()), (Some(number), Some(number)));
    }
}

#[test]
fn unpaired_surrogates_become_replacement_characters() {
    // soketi forwards the unpaired surrogates of JavaScript publishers. serde_json refuses such a message.
    let text = br#"{"event":"\ud83d","channel":"a\ude00b","data":"\ud83d\ud83d\ude00"}"#;
    let message = decode(text).unwrap();
    assert_eq!((message.event.as_str(), message.channel.as_deref()), ("\u{fffd}", Some("a\u{fffd}b")));
    assert_eq!(message.data, Data::Text("\u{fffd}😀".into()));
}

#[test]
fn only_the_client_accepts_an_event_about_members_that_is_nested_too_deeply() {
    let text = format!(r#"{{"event":"pusher_internal:e","data":{}{}}}"#, "[".repeat(65), "]".repeat(65));
    assert_eq!(Envelope::decode(&mut text.clone().into_bytes()).unwrap_err(), EnvelopeError::TooDeep { at: 36 + 64 });
}

/// Returns the texts that are refused, with the expected errors.
fn bad_messages() -> Vec<(Vec<u8>, EnvelopeError)> {
    use EnvelopeError::{MissingEvent, NotAnObject, NotJson, NotUtf8, TooDeep};
    let nested = |open: &str, close: &str, depth: usize| {
        format!(r#"{{"event":"e","data":{}1{}}}"#, open.repeat(depth), close.repeat(depth)).into_bytes()
    };
    let mut cases: Vec<(Vec<u8>, EnvelopeError)> = vec![
        (nested("[", "]", 65), TooDeep { at: 20 + 64 }),
        (nested("{\"a\":", "}", 65), TooDeep { at: 20 + 64 * 5 }),
        (nested("[[{\"a\":", "}]]", 300), TooDeep { at: 20 + 21 * 7 + 1 }),
        ("[".repeat(100_000).into_bytes(), TooDeep { at: 64 }),
        (format!(r#"{{"event":"pusher_internal:e","data":{}}}"#, "[".repeat(65)).into_bytes(), TooDeep { at: 36 + 64 }),
        (b"{\"event\":\"e\",\"data\":\"\xff\"}".to_vec(), NotUtf8 { at: 21 }),
        (b"{\"event\":\"e\"}\xc3".to_vec(), NotUtf8 { at: 13 }),
        (b"{\"event\":\"\xed\xa0\xbd\"}".to_vec(), NotUtf8 { at: 10 }), // a surrogate in the encoding of UTF-8
        (b"{\"event\":\"\xc0\xaf\"}".to_vec(), NotUtf8 { at: 10 }),     // an overlong `/`
    ];
    // Behind the bracket that is nested too deeply, where a member's data is skipped.
    for event in ["e", "pusher_internal:member_added"] {
        let start = format!(r#"{{"event":"{event}","channel":"presence-d","data":{}"#, "[".repeat(66));
        let text = [start.as_bytes(), b"\xc2", "]".repeat(66).as_bytes(), b"}"].concat();
        cases.push((text, NotUtf8 { at: start.len() }));
    }
    let texts = [
        ("", NotJson { at: 0 }),
        (" ", NotJson { at: 1 }),
        ("nonsense", NotJson { at: 1 }),
        ("\u{feff}{}", NotJson { at: 0 }),
        ("{", NotJson { at: 1 }),
        ("{}}", NotJson { at: 2 }),
        ("{} {}", NotJson { at: 3 }),
        (r#"{"event":"e",}"#, NotJson { at: 13 }),
        (r#"{,"event":"e"}"#, NotJson { at: 1 }),
        (r#"{"event" "e"}"#, NotJson { at: 9 }),
        (r#"{"event":}"#, NotJson { at: 9 }),
        (r#"{event:"e"}"#, NotJson { at: 1 }),
        (r#"{'event':'e'}"#, NotJson { at: 1 }),
        (r#"{"event":"e" "data":1}"#, NotJson { at: 13 }),
        (r#"{"event":"e","data":01}"#, NotJson { at: 21 }),
        (r#"{"event":"e","data":+1}"#, NotJson { at: 20 }),
        (r#"{"event":"e","data":.5}"#, NotJson { at: 20 }),
        (r#"{"event":"e","data":1.}"#, NotJson { at: 22 }),
        (r#"{"event":"e","data":1e}"#, NotJson { at: 22 }),
        (r#"{"event":"e","data":NaN}"#, NotJson { at: 20 }),
        (r#"{"event":"e","data":nul}"#, NotJson { at: 23 }),
        (r#"{"event":"e","data":True}"#, NotJson { at: 20 }),
        (r#"{"event":"e","data":[1,]}"#, NotJson { at: 23 }),
        (r#"{"event":"e","data":[1}"#, NotJson { at: 22 }),
        (r#"{"event":"e","data":{"a"}}"#, NotJson { at: 24 }),
        (r#"{"event":"e","data":{1:2}}"#, NotJson { at: 21 }),
        (r#"{"event":"\x"}"#, NotJson { at: 11 }),
        (r#"{"event":"\u12g4"}"#, NotJson { at: 14 }),
        (r#"{"event":"\u"}"#, NotJson { at: 12 }),
        ("{\"event\":\"a\nb\"}", NotJson { at: 11 }),
        ("{\"event\":\"a\0\"}", NotJson { at: 11 }),
        ("{\"event\":\"e\"}\0", NotJson { at: 13 }),
        (r#"{"event":"e"} // comment"#, NotJson { at: 14 }),
        ("[]", NotAnObject),
        (r#"["event","e"]"#, NotAnObject),
        (r#""event""#, NotAnObject),
        ("12", NotAnObject),
        ("null", NotAnObject),
        ("{}", MissingEvent),
        (r#"{"Event":"e"}"#, MissingEvent),
        (r#"{"data":{"event":"e"}}"#, MissingEvent),
        (r#"{"event":null}"#, MissingEvent),
        (r#"{"event":7}"#, MissingEvent),
        (r#"{"event":["e"]}"#, MissingEvent),
        (r#"{"event":"e","event":null}"#, MissingEvent),
    ];
    cases.extend(texts.map(|(text, error)| (text.into(), error)));
    cases
}

#[test]
fn the_deepest_message_has_64_levels_in_its_data() {
    for (open, close) in [("[", "]"), ("{\"a\":", "}")] {
        let data = format!("{}1{}", open.repeat(64), close.repeat(64));
        let text = format!(r#"{{"event":"e","data":{data}}}"#);
        assert_eq!(decode(text.as_bytes()).unwrap().data, Data::Json(serde_json::from_str(&data).unwrap()));
        let twice = json!({ "event": "e", "data": text }).to_string();
        assert_eq!(decode(twice.as_bytes()).unwrap().data, Data::Text(text));
    }
}

#[test]
fn decode_errors_state_the_reason_and_the_position() {
    for (text, error) in bad_messages() {
        assert_eq!(Envelope::decode(&mut text.clone()).map(drop), Err(error), "{}", String::from_utf8_lossy(&text));
    }
}

type TestClient = Client<4, 32>;

/// Returns a connected client with a channel in each of three states.
fn client() -> (TestClient, [Channel; 3]) {
    let mut client = TestClient::new(Config::new(1));
    let now = Instant::ZERO;
    client.connect(now);
    let _ = client.poll_request();
    client.handle_open(now);
    receive(&mut client, r#"{"event":"pusher:connection_established","data":"{\"socket_id\":\"1.1\"}"}"#).unwrap();
    let channels = ["news", "cache-b", "private-c"].map(|name| client.subscribe(now, name).unwrap());
    let presence = client.subscribe(now, "presence-d").unwrap();
    let mut out = [0; 128];
    while let Some(request) = client.poll_request() {
        let Request::Authorize(ticket) = request else { panic!("{request:?}") };
        if client.authorization_request(ticket).unwrap().channel == presence {
            let authorization = Authorization::from_token("k:s").with_channel_data("{}");
            client.authorize(now, ticket, &authorization, &mut out).unwrap();
        }
    }
    while client.poll_transmit(now, &mut out).unwrap().is_some() {}
    receive(&mut client, r#"{"event":"pusher_internal:subscription_succeeded","channel":"news"}"#).unwrap();
    (client, channels)
}

fn receive(client: &mut TestClient, text: &str) -> Result<bool, EnvelopeError> {
    client.handle_text(Instant::ZERO, &mut text.as_bytes().to_vec()).map(|event| event.is_some())
}

/// Returns everything that an application can observe of a client.
fn snapshot(client: &TestClient, channels: [Channel; 3]) -> String {
    let status = channels.map(|channel| (client.channel_status(channel), client.channel_name(channel)));
    let (state, timeout) = (client.state(), client.poll_timeout());
    format!("{state:?} {:?} {status:?} {timeout:?} {:?}", client.socket_id(), client.last_activity())
}

#[test]
fn an_invalid_message_leaves_the_client_unchanged_and_the_next_one_is_handled() {
    let protocol = [
        r#"{"event":"pusher_internal:subscription_succeeded"}"#,
        r#"{"event":"pusher:subscription_error"}"#,
        r#"{"event":"pusher_internal:subscription_count","channel":"news","data":"{}"}"#,
        r#"{"event":"pusher_internal:member_added","channel":"presence-d","data":"{}"}"#,
        r#"{"event":"pusher_internal:member_removed","channel":"presence-d","data":7}"#,
        r#"{"event":"pusher_internal:subscription_count","channel":"news","data":"{\"subscription_count\":\"many\"}"}"#,
    ];
    let missing = protocol.map(|text| (Vec::from(text), EnvelopeError::MissingData));
    let (mut client, channels) = client();
    let before = snapshot(&client, channels);
    let mut buffer = Vec::new();
    for (text, error) in bad_messages().into_iter().chain(missing) {
        buffer.clear();
        buffer.extend(&text);
        let now = Instant::from_millis(5);
        let result = client.handle_text(now, &mut buffer).map(drop);
        assert_eq!(result, Err(error), "{}", String::from_utf8_lossy(&text));
        assert_eq!(snapshot(&client, channels), before, "after {}", String::from_utf8_lossy(&text));
        // The next valid message, in the same buffer.
        buffer.clear();
        buffer.extend(br#"{"event":"e","channel":"news","data":"\u0031"}"#);
        match client.handle_text(Instant::ZERO, &mut buffer) {
            Ok(Some(Event::Channel(message))) => assert_eq!(message.payload, Payload::Text("1")),
            other => panic!("{other:?}"),
        }
        // The activity is visible, so the comparison continues with a new client.
        (client, _) = self::client();
    }
    assert_eq!(client.state(), State::Connected);
}

#[test]
fn before_the_connection_is_established_a_bad_message_changes_nothing_either() {
    let mut client = TestClient::new(Config::new(1));
    client.connect(Instant::ZERO);
    let _ = client.poll_request();
    client.handle_open(Instant::ZERO);
    let timeout = client.poll_timeout();
    let bad = [
        (r#"{"event":"pusher:connection_established"}"#, EnvelopeError::MissingData),
        (r#"{"event":"pusher:connection_established","data":"{\"socket_id\":null}"}"#, EnvelopeError::MissingData),
        (r#"{"event":"pusher:connection_established","data":[]}"#, EnvelopeError::MissingData),
        (r#"{"event":"pusher:ping"}"#, EnvelopeError::NotEstablished),
        (r#"{"event":"e","channel":"news"}"#, EnvelopeError::NotEstablished),
        ("{", EnvelopeError::NotJson { at: 1 }),
    ];
    for (text, error) in bad {
        assert_eq!(receive(&mut client, text), Err(error));
        assert_eq!((client.state(), client.poll_timeout()), (State::Connecting, timeout));
    }
    let cut = br#"{"event":"pusher:connection_established","data":{"socket_id":"1.1"}}"#;
    for end in 0..cut.len() {
        let result = client.handle_text(Instant::ZERO, &mut cut[..end].to_vec()).map(drop);
        assert_eq!(result, Err(EnvelopeError::NotJson { at: end }));
    }
    assert_eq!(client.handle_text(Instant::ZERO, &mut cut.to_vec()).map(|event| event.is_some()), Ok(true));
    assert_eq!(client.state(), State::Connected);
}
