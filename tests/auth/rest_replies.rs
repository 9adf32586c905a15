//! Answers of servers on the HTTP API, valid and malformed. The bodies are Pusher's documented ones
//! and recorded answers of soketi 1.6.1 and sockudo 5.2.0.
#![cfg(feature = "rest")]

use pusher_proto::Duration;
use pusher_proto::auth::rest::reply::{self, ApiError, ChannelInfo};

fn refused(status: u16, message: &str) -> ApiError<'_> {
    ApiError::Refused { status, message }
}

/// Name, occupied, users, subscriptions.
type Row = (String, Option<bool>, Option<u32>, Option<u32>);

fn row(name: &str, info: ChannelInfo<'_>) -> Row {
    (name.to_owned(), info.occupied(), info.user_count(), info.subscription_count())
}

fn channels(body: &str) -> Vec<Row> {
    let mut body = body.as_bytes().to_vec();
    reply::channels(200, &mut body).unwrap().map(|(name, info)| row(name, info)).collect()
}

#[test]
fn replies_without_content_are_accepted() {
    for body in ["{}", r#"{"ok":true}"#, "", "ok", r#"{"error":null}"#, r#"{"error":"x","error":null}"#, "[]"] {
        assert_eq!(reply::accepted(200, &mut body.as_bytes().to_vec()), Ok(()), "{body}");
    }
    assert_eq!(reply::accepted(202, &mut [0xff]), Ok(()));
}

#[test]
fn refusals_carry_status_and_explanation_in_every_encoding() {
    let cases: [(u16, &str, u16, &str); 12] = [
        (200, r#"{"error":"The received data is incorrect","code":400}"#, 400, "The received data is incorrect"),
        (
            200,
            r#"{"error":"The channel must be a presence channel.","code":400}"#,
            400,
            "The channel must be a presence channel.",
        ),
        (
            400,
            r#"{"code":"invalid_input","status":400,"error":"Only presence \u0063hannels"}"#,
            400,
            "Only presence channels",
        ),
        (401, "Unknown auth_key\n", 401, "Unknown auth_key"),
        (403, "", 403, ""),
        (413, "{}", 413, "{}"),
        (500, r#"{"code":418,"error":7}"#, 500, "7"),
        (200, r#"{"error":{"a":1}}"#, 200, r#"{"a":1}"#),
        (301, "[", 301, "["),
        (200, r#"{"\u0065rror":"spelled \"so\"","code":"400"}"#, 400, r#"spelled "so""#),
        (200, r#"{"error":"null"}"#, 200, "null"),
        (400, r#"{"error":"x","error":null,"a":"\u00e9"}"#, 400, r#"{"error":"x","error":null,"a":"\u00e9"}"#),
    ];
    for (status, body, code, message) in cases {
        let mut bytes = body.as_bytes().to_vec();
        assert_eq!(reply::accepted(status, &mut bytes), Err(refused(code, message)), "{status} {body}");
        let mut bytes = body.as_bytes().to_vec();
        assert_eq!(reply::channels(status, &mut bytes).err(), Some(refused(code, message)), "{status} {body}");
    }
    assert_eq!(reply::accepted(404, &mut [0xff]), Err(refused(404, "")));
}

#[test]
fn channels_come_with_their_attributes() {
    let none = |name: &str| (name.to_owned(), None, None, None);
    assert_eq!(channels(r#"{"channels":{"q-1":{},"presence-q":{}}}"#), [none("q-1"), none("presence-q")]);
    assert_eq!(
        channels(r#"{"channels":{"q-1":{"subscription_count":1,"occupied":true},"presence-q":{"user_count":2}}}"#),
        [("q-1".to_owned(), Some(true), None, Some(1)), ("presence-q".to_owned(), None, Some(2), None)]
    );
    assert_eq!(
        channels(r#"{"channels":{"a":{"subscription_count":"3","acknowledgement_id":"x"}, "\u0062" : [] ,"c":null}}"#),
        [("a".to_owned(), None, None, Some(3)), none("b"), none("c")]
    );
    for body in ["{}", r#"{"ok":true}"#, r#"{"channels":{}}"#, r#"{"channels":[]}"#, r#"{"channels":null}"#] {
        assert_eq!(channels(body), [], "{body}");
    }
}

#[test]
fn a_channel_reply_has_its_occupation_and_the_requested_attributes() {
    let mut body =
        *br#"{"occupied":true,"user_count":42,"subscription_count":43,"cache":{"data":"{\"a\":1}","ttl":60}}"#;
    let info = reply::channel(200, &mut body).unwrap();
    assert_eq!(row("", info), (String::new(), Some(true), Some(42), Some(43)));
    let cache = info.cache().unwrap();
    assert_eq!((cache.data(), cache.ttl()), (r#"{"a":1}"#, Duration::from_secs(60)));
    let mut body = *br#"{"subscription_count":0,"occupied":false,"cache":null,"user_count":-1}"#;
    let info = reply::channel(200, &mut body).unwrap();
    assert_eq!(row("", info), (String::new(), Some(false), None, Some(0)));
    assert_eq!(info.cache(), None);
}

#[test]
fn a_batch_reply_is_in_the_order_of_its_events() {
    let mut body = *br#"{"batch":[{},{"subscription_count":1,"acknowledgement_id":"8"},{"user_count":2}]}"#;
    let rows: Vec<_> = reply::batch(200, &mut body).unwrap().map(|info| row("", info)).collect();
    let row = |users, subscriptions| (String::new(), None, users, subscriptions);
    assert_eq!(rows, [row(None, None), row(None, Some(1)), row(Some(2), None)]);
    assert_eq!(reply::batch(200, &mut b"{}".to_vec()).unwrap().count(), 0);
}

#[test]
fn users_are_listed_by_an_id_that_is_a_string_or_a_number() {
    let mut body = *br#"{"users":[{"id":"uq"},{"id":2},{"id":"\u00fc"},{},7]}"#;
    assert_eq!(reply::users(200, &mut body).unwrap().collect::<Vec<_>>(), ["uq", "2", "ü", "", ""]);
    let mut body = *br#"{"users":[]}"#;
    assert_eq!(reply::users(200, &mut body).unwrap().count(), 0);
}

#[test]
fn a_truncated_or_changed_reply_is_malformed_and_never_read_in_part() {
    let whole = r#"{"channels":{"q-1":{"occupied":true},"é\"":{"user_count":2}},"users":[{"id":"1"}],"batch":[{}]}"#;
    for end in 0..whole.len() {
        let cut = &whole.as_bytes()[..end];
        assert_eq!(reply::channels(200, &mut cut.to_vec()).err(), Some(ApiError::Malformed), "cut at {end}");
        assert_eq!(reply::channel(200, &mut cut.to_vec()).err(), Some(ApiError::Malformed), "cut at {end}");
        assert_eq!(reply::users(200, &mut cut.to_vec()).err(), Some(ApiError::Malformed), "cut at {end}");
        assert_eq!(reply::batch(200, &mut cut.to_vec()).err(), Some(ApiError::Malformed), "cut at {end}");
    }
    for at in 0..whole.len() {
        for byte in 0..=255 {
            let mut changed = whole.as_bytes().to_vec();
            changed[at] = byte;
            assert!(reply::channels(200, &mut changed.clone()).map_or(0, Iterator::count) <= 2);
            assert!(reply::batch(200, &mut changed.clone()).map_or(0, Iterator::count) <= 1);
            assert!(reply::users(200, &mut changed).map_or(0, Iterator::count) <= 1);
        }
    }
}
