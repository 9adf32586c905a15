//! Compares `Envelope::decode` with serde_json on every text.

use pusher_proto::Payload;
use pusher_proto::envelope::{Envelope, EnvelopeError};

use super::super::json::{Judgement, judge, paired, text, text_or_number};
use super::super::units::Bytes;

/// The text to decode.
pub type Input<'a> = Bytes<'a>;

pub const MAX_LEN: usize = 1024;

pub fn run(Bytes(data): Input<'_>) {
    let mut message = data.to_vec();
    let error = match Envelope::decode(&mut message) {
        Ok(message) => return check(&message, data),
        Err(error) => error,
    };
    match (error, judge(data)) {
        (EnvelopeError::NotUtf8 { at }, Judgement::NotUtf8 { at: expected }) => assert_eq!(at, expected),
        (EnvelopeError::NotJson { at } | EnvelopeError::TooDeep { at }, Judgement::Refused) => {
            // The text before the position of the error must be the beginning of valid JSON.
            match Envelope::decode(&mut data[..at].to_vec()) {
                Err(EnvelopeError::NotJson { at: end }) => assert_eq!(end, at),
                Err(EnvelopeError::TooDeep { .. } | EnvelopeError::NotUtf8 { .. }) => {
                    panic!("{error:?} comes too late")
                }
                _ => {}
            }
        }
        (EnvelopeError::NotAnObject, Judgement::NotAnObject) => {}
        (EnvelopeError::MissingEvent, Judgement::Object(fields)) => {
            assert_eq!(fields.get("event").and_then(|event| text(event)), None);
        }
        (error, judgement) => panic!("{error:?}, but it is {judgement:?}"),
    }
}

fn check(message: &Envelope<'_>, data: &[u8]) {
    let Judgement::Object(fields) = judge(data) else { panic!("{message:?} was read out of {:?}", judge(data)) };
    assert_eq!(Some(message.event().into()), fields.get("event").and_then(|event| text(event)));
    assert_eq!(message.channel().map(String::from), text_or_number(fields.get("channel")));
    assert_eq!(message.user_id().map(String::from), text_or_number(fields.get("user_id")));

    // `payload` consumes the message.
    let mut again = data.to_vec();
    match (Envelope::decode(&mut again).unwrap().payload(), fields.get("data")) {
        (Payload::Absent, None) => {}
        (Payload::Text(found), Some(json)) => assert_eq!(Some(found.into()), text(json)),
        (Payload::Json(found), Some(json)) => {
            assert!(!json.starts_with('"'));
            assert_eq!(paired(found), *json);
        }
        (payload, json) => panic!("{payload:?}, but it is {json:?}"),
    }
}
