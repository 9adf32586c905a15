//! Frames as text, in the wording of real servers.

use std::fmt::Write as _;

use super::server::{ClientFrame, ServerFrame, TO_USER};

/// The first frame of a connection.
pub(super) const ESTABLISHED: &str =
    r#"{"event":"pusher:connection_established","data":"{\"socket_id\":\"1.1\",\"activity_timeout\":10}"}"#;

/// A frame of the client.
pub(super) enum Written {
    Ping,
    Request(ClientFrame),
    Unknown,
}

/// Parses a frame of the client.
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
        (Some("subscribe"), Some(channel), _) => Written::Request(ClientFrame::Subscribe(channel)),
        (Some("unsubscribe"), Some(channel), _) => Written::Request(ClientFrame::Unsubscribe(channel)),
        (Some("signin"), None, Some(user)) => Written::Request(ClientFrame::SignIn(user)),
        _ => Written::Unknown,
    }
}

/// Returns the text up to its closing quote.
fn value(text: &str) -> Option<&str> {
    text.split_once(['"', '\\']).map(|(value, _)| value)
}

/// Writes a frame of the server.
pub(super) fn write(frame: ServerFrame, names: &[&str; 2], user: Option<u8>) -> heapless::String<200> {
    let mut text = heapless::String::new();
    let to_user = if user == Some(7) { "#server-to-user-7" } else { "#server-to-user-8" };
    let name = |at| if at == TO_USER { to_user } else { names[at] };
    let error = r#"{"event":"pusher:error","data":"#;
    let written = match frame {
        ServerFrame::Succeeded(at) => {
            let event = "pusher_internal:subscription_succeeded";
            write!(text, r#"{{"event":"{event}","channel":"{}","data":"{{}}"}}"#, name(at))
        }
        // The wording of soketi.
        ServerFrame::Refused(0) => {
            let data = r#"{"error":"no","status":401}"#;
            write!(text, r#"{{"event":"pusher:subscription_error","channel":"{}","data":{data}}}"#, name(0))
        }
        // The wording of Pusher.
        ServerFrame::Refused(at) => {
            let wording = "Invalid signature: Expected HMAC SHA256 hex digest of 1.1:";
            write!(text, r#"{error}{{"code":null,"message":"{wording}{}, but got 0"}}}}"#, name(at))
        }
        // The wording of Reverb.
        ServerFrame::RefusedSomething => {
            write!(text, r#"{error}"{{\"code\":4009,\"message\":\"Connection is unauthorized\"}}"}}"#)
        }
        // The wording of Pusher.
        ServerFrame::Existing(at) => {
            write!(text, r#"{error}{{"code":null,"message":"Existing subscription to channel {}"}}}}"#, name(at))
        }
        ServerFrame::NotSubscribed(at) => {
            let wording = "No current subscription to channel";
            write!(text, r#"{error}{{"code":null,"message":"{wording} {}, or subscription in progress"}}}}"#, name(at))
        }
        ServerFrame::SignedIn(user) => {
            write!(text, r#"{{"event":"pusher:signin_success","data":{{"user_data":"{{\"id\":\"{user}\"}}"}}}}"#)
        }
        // The wording of soketi.
        ServerFrame::SignInRefused => {
            write!(text, r#"{error}{{"code":4009,"message":"Connection not authorized for signin."}}}}"#)
        }
    };
    assert_eq!(written, Ok(()));
    text
}
