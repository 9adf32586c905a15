//! Checks that API replies are parsed as by serde_json, and distinguishes refusals from successes.

#![cfg(feature = "rest")]

use arbitrary::{Arbitrary, Unstructured};
use pusher_proto::auth::rest::reply::{self, ApiError, ChannelInfo};

use super::super::json::{Judgement, elements, entries, fields, judge, paired, text_or_number, unwrapped};
use super::super::units::{Bytes, pick, rest};

pub const MAX_LEN: usize = 1024;

/// One byte for the HTTP status, then the body.
#[derive(Debug)]
pub struct Input<'a> {
    status: u16,
    body: Bytes<'a>,
}

impl<'a> Arbitrary<'a> for Input<'a> {
    fn arbitrary(input: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        let statuses = [200, 200, 200, 202, 400, 401, 403, 413, 500, 199, 300, 0, u16::MAX];
        Ok(Self { status: pick(input, &statuses), body: Bytes(rest(input)) })
    }
}

/// What a reply means: the fields of its object, or the status of the refusal, if it can be read, and the explanation.
type Expected = Result<Vec<(String, String)>, Option<(Option<u16>, String)>>;

pub fn run(Input { status, body: Bytes(body) }: Input<'_>) {
    // Inside a string, values that are nested too deeply do not hide the others. serde_json has no such rule.
    if body.iter().filter(|byte| matches!(byte, b'[' | b'{')).count() > 60 {
        return;
    }
    let expected = expected(status, body);
    let field = |name: &str| {
        let fields = expected.as_ref().unwrap();
        fields.iter().rev().find(|(key, _)| key == name).map_or("null", |(_, json)| json)
    };
    let copy = || body.to_vec();

    let mut bytes = copy();
    match reply::accepted(status, &mut bytes) {
        // Success needs no body.
        Ok(()) => assert!(expected.is_ok() || expected == Err(None)),
        Err(error) => refused(error, &expected),
    }
    let mut bytes = copy();
    match reply::channels(status, &mut bytes) {
        Ok(channels) => {
            let found: Vec<_> = channels.map(|(name, info)| (name.to_owned(), row(info))).collect();
            let channels = entries(field("channels")).into_iter().map(|(name, json)| (name, expected_row(&json)));
            assert_eq!(found, channels.collect::<Vec<_>>());
        }
        Err(error) => refused(error, &expected),
    }
    let mut bytes = copy();
    match reply::channel(status, &mut bytes) {
        Ok(info) => {
            let names = ["occupied", "user_count", "subscription_count", "cache"];
            assert_eq!(row(info), expected_fields(names.map(|name| Some(field(name)))));
        }
        Err(error) => refused(error, &expected),
    }
    let mut bytes = copy();
    match reply::batch(status, &mut bytes) {
        Ok(batch) => {
            let rows: Vec<Row> = elements(field("batch")).iter().map(|json| expected_row(json)).collect();
            assert_eq!(batch.map(row).collect::<Vec<_>>(), rows);
        }
        Err(error) => refused(error, &expected),
    }
    let mut bytes = copy();
    match reply::users(status, &mut bytes) {
        Ok(users) => {
            let id = |json: &String| text_or_number(fields(json).get("id")).unwrap_or_default();
            assert_eq!(users.collect::<Vec<_>>(), elements(field("users")).iter().map(id).collect::<Vec<_>>());
        }
        Err(error) => refused(error, &expected),
    }
}

fn expected(status: u16, body: &[u8]) -> Expected {
    let is_success = (200..300).contains(&status);
    let whole_body = || Some((Some(status), std::str::from_utf8(body).unwrap_or_default().trim_ascii().to_owned()));
    let Judgement::Object(found) = judge(body) else { return Err(if is_success { None } else { whole_body() }) };
    let error = found.get("error").filter(|error| *error != "null");
    let Some(error) = error else {
        return if is_success { Ok(found.into_iter().collect()) } else { Err(whole_body()) };
    };
    if !is_success {
        // With an escaped key, the explanation is the whole body.
        let is_plain = entries(&paired(std::str::from_utf8(body).unwrap())).iter().any(|(key, _)| key == "error");
        assert!(is_plain);
        return Err(Some((Some(status), unwrapped(error))));
    }
    let code = match found.get("code") {
        // How fractions and exponents are rounded is another target's subject.
        Some(code) if code.starts_with(|first: char| first == '-' || first.is_ascii_digit()) => {
            if code.bytes().all(|digit| digit.is_ascii_digit()) { code.parse().ok().or(Some(status)) } else { None }
        }
        Some(code) => {
            let text = unwrapped(code);
            let is_number = !text.is_empty() && text.bytes().all(|digit| digit.is_ascii_digit());
            Some(text.parse().ok().filter(|_| is_number).unwrap_or(status))
        }
        None => Some(status),
    };
    Err(Some((code, unwrapped(error))))
}

/// Checks an error against the expected one.
#[track_caller]
fn refused(error: ApiError<'_>, expected: &Expected) {
    match (error, expected) {
        (ApiError::Malformed, Err(None)) => {}
        (ApiError::Refused { status, message }, Err(Some((code, text)))) => {
            assert!(code.is_none_or(|code| code == status), "{status} and {code:?}");
            assert_eq!(paired(message), paired(text));
        }
        (error, expected) => panic!("{error:?}, but it is {expected:?}"),
    }
}

/// Whether a channel is occupied, its users, its subscriptions, and the data and seconds of its cache.
type Row = (Option<bool>, Option<u32>, Option<u32>, Option<(String, u32)>);

fn row(info: ChannelInfo<'_>) -> Row {
    let cache = info.cache().map(|cache| (paired(cache.data()), cache.ttl().as_millis() / 1000));
    (info.occupied(), info.user_count(), info.subscription_count(), cache)
}

fn expected_row(json: &str) -> Row {
    let fields = fields(json);
    let names = ["occupied", "user_count", "subscription_count", "cache"];
    expected_fields(names.map(|name| fields.get(name).map(String::as_str)))
}

fn expected_fields([occupied, users, subscriptions, cache]: [Option<&str>; 4]) -> Row {
    let number = |json: Option<&str>| text_or_number(json.map(String::from).as_ref())?.parse().ok();
    let occupied = occupied.and_then(|json| unwrapped(json).parse().ok());
    let cache = cache.filter(|json| matches!(judge(unwrapped(json).as_bytes()), Judgement::Object(_)));
    let cache = cache.map(fields).map(|cache| {
        let ttl: u32 = number(cache.get("ttl").map(String::as_str)).unwrap_or_default();
        // A duration counts milliseconds in 32 bits, and saturates.
        let ttl = ttl.min(u32::MAX / 1000);
        (cache.get("data").map(|json| unwrapped(json)).unwrap_or_default(), ttl)
    });
    (occupied, number(users), number(subscriptions), cache)
}
