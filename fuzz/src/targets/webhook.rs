//! Checks that a webhook is parsed as serde_json parses it, and accepted only with a valid signature.

use std::collections::BTreeMap;

use hmac::{Hmac, KeyInit, Mac};
use pusher_proto::auth::Credentials;
use pusher_proto::auth::webhook::{Webhook, WebhookError};
use serde_json::value::RawValue;
use sha2::Sha256;

use super::super::json::{Judgement, judge, paired, text, text_or_number};
use super::super::units::Bytes;

/// The text to decode.
pub type Input<'a> = Bytes<'a>;

pub const MAX_LEN: usize = 1024;

pub fn run(Bytes(data): Input<'_>) {
    let credentials = Credentials::new("key", b"secret");
    let mut signature = Hmac::<Sha256>::new_from_slice(b"secret").unwrap();
    signature.update(data);
    let signature = base16ct::lower::encode_string(&signature.finalize().into_bytes());
    let mut body = data.to_vec();
    let webhook = match Webhook::open(&credentials, "key", &signature, &mut body) {
        Ok(webhook) => webhook,
        Err(error) => {
            assert_eq!(error, WebhookError::NotJson);
            assert_eq!(body, data, "a body that is refused is untouched");
            assert!(!matches!(judge(data), Judgement::Object(_)));
            return;
        }
    };
    let Judgement::Object(fields) = judge(data) else { panic!("{:?} was opened", judge(data)) };
    assert_eq!(webhook.time_ms(), text_or_number(fields.get("time_ms")).and_then(|millis| millis.parse().ok()));

    // A string that holds JSON is equivalent to the JSON.
    let unwrapped = |json: &str| if json.starts_with('"') { paired(&text(json).unwrap()) } else { json.into() };
    let events = fields.get("events").map(|json| unwrapped(json)).unwrap_or_default();
    let events: Vec<Box<RawValue>> = match judge(events.as_bytes()) {
        Judgement::NotAnObject => serde_json::from_str(&events).unwrap_or_default(),
        _ => Vec::new(),
    };
    let mut expected = events.iter().map(|event| match judge(unwrapped(event.get()).as_bytes()) {
        Judgement::Object(fields) => fields,
        _ => BTreeMap::new(),
    });
    for event in webhook {
        let expected = expected.next().expect("an event more than there are");
        let field = |name: &str| text_or_number(expected.get(name));
        assert_eq!(event.name(), field("name").unwrap_or_default());
        assert_eq!(event.channel().map(String::from), field("channel"));
        assert_eq!(event.user_id().map(String::from), field("user_id"));
        assert_eq!(event.event().map(String::from), field("event"));
        assert_eq!(event.socket_id().map(String::from), field("socket_id"));
        let count = field("subscription_count").and_then(|count| count.parse().ok());
        assert_eq!(event.subscription_count(), count);
        match (event.data(), expected.get("data")) {
            (None, None) => {}
            (Some(found), Some(json)) if json.starts_with('"') => assert_eq!(Some(found.into()), text(json)),
            (Some(found), Some(json)) => assert_eq!(paired(found), *json),
            (found, json) => panic!("{found:?}, but it is {json:?}"),
        }
    }
    assert_eq!(expected.next(), None, "an event is missing");

    let mut body = data.to_vec();
    body.push(b' ');
    assert_eq!(Webhook::open(&credentials, "key", &signature, &mut body).map(drop), Err(WebhookError::Signature));
}
