//! Checks that webhooks are accepted only from the holder of the secret, and that all of their events are parsed.

#[path = "../support/vectors.rs"]
mod vectors;

use pusher_proto::auth::Credentials;
use pusher_proto::auth::webhook::{Webhook, WebhookError, WebhookEvent, verify};
use serde_json::Value;
use vectors::{Vector, vectors};

fn credentials(vector: &Vector) -> Credentials<'_> {
    Credentials::new(vector.text("key"), vector.text("secret").as_bytes())
}

/// The values of the two headers.
fn headers(vector: &Vector) -> (&str, &str) {
    match vector.0.get("headers") {
        Some(headers) => {
            let header = |name| headers.get(name).and_then(Value::as_str).unwrap_or_default();
            (header("x-pusher-key"), header("x-pusher-signature"))
        }
        None => (vector.text("key"), vector.text("signature")),
    }
}

/// The official library checks for a JSON content type and a JSON body before the signature. Here the HTTP server
/// checks the former, because it is not signed, and the latter is a separate error.
#[test]
fn signatures_are_verified_as_the_node_library_does() {
    let (mut valid, mut not_json, mut not_signed, mut bad) = (0, 0, 0, 0);
    for vector in vectors("webhooks", 27) {
        let (credentials, (key, signature)) = (credentials(&vector), headers(&vector));
        let body = vector.text("raw_body").as_bytes();
        let verdict = verify(&credentials, key, signature, body);
        let (expected, count) = match vector.optional_text("why") {
            None if vector.0["library_is_valid"] == true => (Ok(()), &mut valid),
            None => (Ok(()), &mut not_json),
            Some("wrong content type") => (Ok(()), &mut not_signed),
            Some(why) if why.contains("key") => (Err(WebhookError::Key), &mut bad),
            Some(_) => (Err(WebhookError::Signature), &mut bad),
        };
        assert_eq!(verdict, expected, "{vector:?}");
        *count += 1;
        let json = serde_json::from_slice::<Value>(body).ok().filter(Value::is_object);
        let expected = verdict.and(json.map(drop).ok_or(WebhookError::NotJson));
        let mut body = body.to_vec();
        assert_eq!(Webhook::open(&credentials, key, signature, &mut body).map(drop), expected, "{vector:?}");
    }
    assert_eq!((valid, not_json, not_signed, bad), (17, 3, 1, 6));
}

#[test]
fn every_event_is_read_as_a_json_library_reads_it() {
    let mut events = 0;
    for vector in vectors("webhooks", 27) {
        let (credentials, (key, signature)) = (credentials(&vector), headers(&vector));
        let mut body = vector.text("raw_body").as_bytes().to_vec();
        let Ok(webhook) = Webhook::open(&credentials, key, signature, &mut body) else { continue };
        let expected: Value = serde_json::from_str(vector.text("raw_body")).unwrap();
        assert_eq!(webhook.time_ms(), expected["time_ms"].as_u64());
        let expected = expected["events"].as_array().cloned().unwrap_or_default();
        let found: Vec<_> = webhook.collect();
        assert_eq!(found.len(), expected.len());
        for (found, expected) in found.iter().zip(&expected) {
            assert_eq!(Some(found.name()), expected["name"].as_str());
            assert_eq!(found.channel(), expected["channel"].as_str());
            assert_eq!(found.user_id(), expected["user_id"].as_str());
            assert_eq!(found.event(), expected["event"].as_str());
            assert_eq!(found.data(), expected["data"].as_str());
            assert_eq!(found.socket_id(), expected["socket_id"].as_str());
            assert_eq!(found.subscription_count().map(u64::from), expected["subscription_count"].as_u64());
            events += 1;
        }
    }
    assert!(events > 50, "{events} events");
}

/// Opens `body` with a valid signature.
fn open(body: &mut [u8]) -> Result<Webhook<'_>, WebhookError> {
    use hmac::{Hmac, KeyInit, Mac};
    let mut hmac = <Hmac<sha2::Sha256> as KeyInit>::new_from_slice(b"s").unwrap();
    hmac.update(body);
    let signature: String = hmac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    Webhook::open(&Credentials::new("k", b"s"), "k", &signature, body)
}

#[test]
fn one_changed_byte_of_body_or_signature_is_refused() {
    let vector = &vectors("webhooks", 27)[0];
    let (credentials, (key, signature)) = (credentials(vector), headers(vector));
    for at in 0..vector.text("raw_body").len() {
        let mut body = vector.text("raw_body").as_bytes().to_vec();
        body[at] ^= 1;
        assert_eq!(verify(&credentials, key, signature, &body), Err(WebhookError::Signature));
    }
    let body = vector.text("raw_body").as_bytes();
    for at in 0..signature.len() {
        let mut changed = signature.as_bytes().to_vec();
        changed[at] = if changed[at] == b'0' { b'1' } else { b'0' };
        let changed = String::from_utf8(changed).unwrap();
        assert_eq!(verify(&credentials, key, &changed, body), Err(WebhookError::Signature));
        assert_eq!(verify(&credentials, key, &signature[..at], body), Err(WebhookError::Signature));
    }
}

#[test]
fn unknown_events_and_fields_are_ignored() {
    let events = r#"[{"name":7,"new":{}},"x",{"channel":"c\u0031","data":{"a":1}},[],{}]"#;
    let mut body = format!(r#"{{"v":[{{"events":1}}],"events":{events},"time_ms":"5"}}"#).into_bytes();
    let webhook = open(&mut body).unwrap();
    assert_eq!(webhook.time_ms(), Some(5));
    let events: Vec<_> = webhook.map(|event| (event.name(), event.channel(), event.data())).collect();
    let none = ("", None, None);
    assert_eq!(events, [("7", None, None), none, ("", Some("c1"), Some(r#"{"a":1}"#)), none, none]);
    for body in [r#"{"events":{}}"#, r#"{"events":null}"#, r#"{"events":"[]"}"#, "{}"] {
        assert_eq!(open(&mut body.as_bytes().to_vec()).unwrap().count(), 0, "{body}");
    }
    assert_eq!(WebhookEvent::default().subscription_count(), None);
}

#[test]
fn a_signed_body_that_is_truncated_or_not_utf8_is_refused() {
    let whole = r#"{"time_ms":1,"events":[{"name":"é","channel":"c"}]}"#;
    for end in 0..whole.len() {
        assert_eq!(open(&mut whole.as_bytes()[..end].to_vec()).err(), Some(WebhookError::NotJson), "cut at {end}");
    }
    assert_eq!(open(&mut [b'{', b'"', 0xff, b'"', b':', b'1', b'}']).err(), Some(WebhookError::NotJson));
    let deep = format!("{{\"events\":{}1{}}}", "[".repeat(100_000), "]".repeat(100_000));
    assert_eq!(open(&mut deep.into_bytes()).err(), Some(WebhookError::NotJson));
}
