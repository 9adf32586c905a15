//! Checks that an auth endpoint's reply is parsed as serde_json parses it, and forwarded in the subscription.

use pusher_proto::client::{Client, Config, ReplyError, Request, UserAuthentication};
use pusher_proto::{Authorization, Instant};
use serde_json::Value;

use super::super::json::{Judgement, judge, text_or_number};
use super::super::units::Bytes;

const NOW: Instant = Instant::ZERO;

/// The text to decode.
pub type Input<'a> = Bytes<'a>;

pub const MAX_LEN: usize = 1024;

pub fn run(Bytes(data): Input<'_>) {
    let fields = if let Judgement::Object(fields) = judge(data) { Some(fields) } else { None };
    let field = |name: &str| text_or_number(fields.as_ref().and_then(|fields| fields.get(name)));
    let auth = field("auth").filter(|auth| !auth.is_empty());
    let judged = match (&fields, &auth) {
        (None, _) => Err(ReplyError::NotJson),
        (_, None) => Err(ReplyError::MissingAuth),
        (_, Some(auth)) => Ok(auth.as_str()),
    };
    let mut reply = data.to_vec();
    match Authorization::from_json(&mut reply) {
        Ok(authorization) => {
            assert_eq!(authorization.channel_data().map(String::from), field("channel_data"));
            assert_eq!(authorization.shared_secret().map(String::from), field("shared_secret"));
            let sent = subscription(&authorization, data.len());
            assert_eq!(sent["auth"].as_str(), judged.ok());
            assert_eq!(sent["channel_data"].as_str().map(String::from), field("channel_data"));
            assert_eq!(sent.get("shared_secret"), None);
        }
        Err(error) => assert_eq!(Err(error), judged),
    }
    let judged = judged.and_then(|_| field("user_data").ok_or(ReplyError::MissingUserData));
    assert_eq!(UserAuthentication::from_json(&mut data.to_vec()).map(drop), judged.map(drop));
}

/// Returns the message that subscribes to a private channel with `authorization`.
fn subscription(authorization: &Authorization<'_>, len: usize) -> Value {
    let mut client: Client<1, 16> = Client::new(Config::new(1));
    client.connect(NOW);
    assert_eq!(client.poll_request(), Some(Request::Open { secure: false }));
    client.handle_open(NOW);
    let mut established = *br#"{"event":"pusher:connection_established","data":{"socket_id":"1.1"}}"#;
    client.handle_text(NOW, &mut established).unwrap();
    client.subscribe(NOW, "private-a").unwrap();
    let Some(Request::Authorize(ticket)) = client.poll_request() else { panic!("no request") };
    let mut out = vec![0; 100 + 6 * len];
    let message = client.authorize(NOW, ticket, authorization, &mut out).unwrap();
    serde_json::from_str::<Value>(message).unwrap()["data"].take()
}
