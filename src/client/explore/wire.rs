//! Messages as text, in the wording of real servers.

use std::fmt::Write as _;

use super::server::{ClientMessage, ServerMessage, TO_USER};

/// The first message of a connection.
pub(super) const ESTABLISHED: &str =
    r#"{"event":"pusher:connection_established","data":"{\"socket_id\":\"1.1\",\"activity_timeout\":10}"}"#;

/// A message of the client.
pub(super) enum Written {
    Ping,
    Request(ClientMessage),
    Unknown,
}

/// Parses a message of the client.
pub(super) fn read(text: &str, names: &[&str; 2]) -> Written {
    let after = |marker| text.split_once(marker).map(|(_, rest)| rest);
    let channel = after(r#""channel":""#).and_then(value).and_then(|name| {
        let known = names.iter().position(|&known| known == name);
        known.or(name.starts_with("#server-to-user-").then_some(TO_USER))
    });
    let user = after(r#"\"id\":\""#).and_then(value).and_then(|id| id.parse().ok());
    let event = after(r#""event":"pusher:"#).and_then(value);
    match (event, channel, user) {
        (Some("ping"), None, None) => Written::Ping,
        (Some("subscribe"), Some(channel), _) => Written::Request(ClientMessage::Subscribe(channel)),
        (Some("unsubscribe"), Some(channel), _) => Written::Request(ClientMessage::Unsubscribe(channel)),
        (Some("signin"), None, Some(user)) => Written::Request(ClientMessage::SignIn(user)),
        _ => Written::Unknown,
    }
}

/// Returns the text up to its closing quote.
fn value(text: &str) -> Option<&str> {
    text.split_once(['"', '\\']).map(|(value, _)| value)
}

/// Writes a message of the server.
pub(super) fn write(message: ServerMessage, names: &[&str; 2], user: Option<u8>) -> heapless::String<200> {
    let mut text = heapless::String::new();
    let to_user = if user == Some(7) { "#server-to-user-7" } else { "#server-to-user-8" };
    let name = |at| if at == TO_USER { to_user } else { names[at] };
    let error = r#"{"event":"pusher:error","data":"#;
    let written = match message {
        ServerMessage::Succeeded(at) => {
            let event = "pusher_internal:subscription_succeeded";
            write!(text, r#"{{"event":"{event}","channel":"{}","data":"{{}}"}}"#, name(at))
        }
        // The wording of soketi.
        ServerMessage::Refused(0) => {
            let data = r#"{"error":"no","status":401}"#;
            write!(text, r#"{{"event":"pusher:subscription_error","channel":"{}","data":{data}}}"#, name(0))
        }
        // The wording of Pusher.
        ServerMessage::Refused(at) => {
            let wording = "Invalid signature: Expected HMAC SHA256 hex digest of 1.1:";
            write!(text, r#"{error}{{"code":null,"message":"{wording}{}, but got 0"}}}}"#, name(at))
        }
        // The wording of Reverb.
        ServerMessage::RefusedSomething => {
            write!(text, r#"{error}"{{\"code\":4009,\"message\":\"Connection is unauthorized\"}}"}}"#)
        }
        // The wording of Pusher.
        ServerMessage::Existing(at) => {
            write!(text, r#"{error}{{"code":null,"message":"Existing subscription to channel {}"}}}}"#, name(at))
        }
        ServerMessage::NotSubscribed(at) => {
            let wording = "No current subscription to channel";
            write!(text, r#"{error}{{"code":null,"message":"{wording} {}, or subscription in progress"}}}}"#, name(at))
        }
        ServerMessage::SignedIn(user) => {
            write!(text, r#"{{"event":"pusher:signin_success","data":{{"user_data":"{{\"id\":\"{user}\"}}"}}}}"#)
        }
        // The wording of soketi.
        ServerMessage::SignInRefused => {
            write!(text, r#"{error}{{"code":4009,"message":"Connection not authorized for signin."}}}}"#)
        }
    };
    assert_eq!(written, Ok(()));
    text
}
