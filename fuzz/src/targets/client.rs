//! Gives a client arbitrary input in any order, and checks its output and its visible state after each step.

mod machine;
mod names;

use arbitrary::{Arbitrary, Unstructured};
use pusher_proto::client::Close;

use super::super::units::{Bytes, all, below, byte, pick, take};
use machine::Machine;

/// About 100 operations.
pub const MAX_LEN: usize = 512;

/// More names than there are slots; the last cannot be subscribed.
const NAMES: [&str; 8] =
    ["a", "bb", "cache-c", "private-d", "presence-e", "presence-cache-f", "private-encrypted-g", "no good name"];

/// 32 zeros in base64.
const SECRET: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=";

/// The configuration, then operations to the end of the bytes.
#[derive(Debug)]
pub struct Input<'a> {
    seed: u8,
    steps: Vec<Step<'a>>,
}

#[derive(Debug)]
struct Step<'a> {
    operation: Operation<'a>,
    /// Whether the application polls afterwards, as it should.
    polls: bool,
}

/// What the application, the transport, the clock or the server does. Numbers of handles and tickets are reduced to
/// those that exist; without any, the operation does nothing.
#[derive(Debug)]
enum Operation<'a> {
    Connect,
    Disconnect,
    PingNow,
    Open,
    Activity,
    Close(Close),
    Subscribe(&'static str),
    Unsubscribe {
        handle: u8,
    },
    Deny {
        ticket: u8,
    },
    Answer {
        ticket: u8,
        with_data: bool,
        size: u8,
    },
    Trigger {
        handle: u8,
        event: &'static str,
        data: Data<'a>,
        size: u8,
    },
    Wait(u64),
    SetClockBack(u64),
    Poll {
        size: usize,
    },
    FireTimers,
    #[cfg(feature = "users")]
    SignIn,
    #[cfg(feature = "users")]
    SignOut,
    Text(Text),
    Nothing,
}

/// The data of a client event.
#[derive(Clone, Copy, Debug)]
enum Data<'a> {
    Absent,
    Text(Bytes<'a>),
    Array,
    Json(Bytes<'a>),
    Long,
}

/// A message of the server.
struct Text(Vec<u8>);

impl std::fmt::Debug for Text {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0.escape_ascii())
    }
}

impl<'a> Arbitrary<'a> for Input<'a> {
    fn arbitrary(input: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        let seed = byte(input);
        let steps = all(input, |input| Step { operation: Operation::new(input), polls: below(input, 8) != 0 });
        Ok(Self { seed, steps })
    }
}

impl<'a> Operation<'a> {
    fn new(input: &mut Unstructured<'a>) -> Self {
        match below(input, 24) {
            0 => Self::Connect,
            // Rare, so that most runs get past the handshake.
            1 if below(input, 4) == 0 => Self::Disconnect,
            2 => Self::PingNow,
            3 => Self::Open,
            4 => Self::Activity,
            5 if below(input, 3) == 0 => Self::Close(close(input)),
            6 | 7 => Self::Subscribe(pick(input, &NAMES)),
            8 => Self::Unsubscribe { handle: byte(input) },
            9 => Self::Deny { ticket: byte(input) },
            10 | 11 => Self::Answer { ticket: byte(input), with_data: below(input, 4) != 0, size: byte(input) },
            12 => {
                let (handle, event) = (byte(input), pick(input, &["client-x", "client-\"", "x", ""]));
                let text = Bytes(take(input, 8));
                let data = pick(input, &[Data::Absent, Data::Text(text), Data::Array, Data::Json(text), Data::Long]);
                Self::Trigger { handle, event, data, size: byte(input) }
            }
            13 => Self::Wait(pick(input, &[1, 10, 999, 1000, 10_000, 30_000, 120_000, 86_400_000, 1 << 33])),
            14 => Self::SetClockBack(1 << below(input, 40)),
            15 => Self::Poll { size: below(input, 96) },
            16 => Self::FireTimers,
            #[cfg(feature = "users")]
            17 => Self::SignIn,
            #[cfg(feature = "users")]
            18 if below(input, 2) == 0 => Self::SignOut,
            1 | 5 | 18 => Self::Nothing,
            _ => Self::Text(Text(text(input))),
        }
    }
}

/// Runs the operations, then lets the network recover.
pub fn run(input: Input<'_>) {
    let mut machine = Machine::new(input.seed);
    for step in input.steps {
        machine.operation(step.operation);
        // Usually polls after each call, as an application should.
        if step.polls {
            machine.drain(128);
        }
        machine.look();
    }
    machine.heal();
}

/// Returns a protocol message or arbitrary bytes, sometimes truncated or with one byte changed.
fn text(input: &mut Unstructured<'_>) -> Vec<u8> {
    let name = pick(input, &NAMES);
    let code = pick(input, &["null", "4000", "4009", "4100", "4200", "4301", "\"429\"", "70000"]);
    let error = |data: String| format!(r#"{{"event":"pusher:error","data":{data}}}"#);
    let event = |event: &str, data: &str| format!(r#"{{"event":"{event}","channel":"{name}","data":{data}}}"#);
    let succeeded = "pusher_internal:subscription_succeeded";
    let mut text = match below(input, 24) {
        0..4 => r#"{"event":"pusher:connection_established","data":{"socket_id":"1.1","activity_timeout":30}}"#.into(),
        4 => r#"{"event":"pusher:connection_established","data":"{\"socket_id\":\"22.22\"}"}"#.into(),
        5 => r#"{"event":"pusher:ping","data":{}}"#.into(),
        6 => r#"{"event":"pusher:pong"}"#.into(),
        7 => error(format!(r#"{{"code":{code},"message":"no"}}"#)),
        8 => error(format!(r#"{{"code":{code},"message":"Existing subscription to channel {name}"}}"#)),
        9 => error(format!(r#"{{"code":4009,"message":"sign {name}"}}"#)),
        10 => event("pusher:error", r#""{\"message\":\"x\"}""#),
        11 => event("pusher:subscription_error", &format!(r#"{{"status":{code}}}"#)),
        12..15 => event(succeeded, r#""{}""#),
        15 => event(succeeded, r#""{\"presence\":{\"ids\":[1],\"hash\":{\"1\":7},\"count\":1}}""#),
        16 => event("pusher_internal:member_added", r#"{"user_id":7}"#),
        17 => event("pusher_internal:member_removed", r#"{"user_id":7}"#),
        18 => event("pusher_internal:subscription_count", r#"{"subscription_count":7}"#),
        19 => event("e", "\"x\""),
        20 => event("e", &format!(r#""{{\"nonce\":\"{}\",\"ciphertext\":\"{SECRET}\"}}""#, &SECRET[..32])),
        21 => r#"{"event":"pusher:signin_success","data":{"user_data":"{\"id\":\"7\"}"}}"#.into(),
        22 => r#"{"event":"pusher:signin_success","data":"{\"user_data\":\"{\\\"id\\\":8}\"}"}"#.into(),
        _ => String::from_utf8_lossy(take(input, 40)).into_owned(),
    }
    .into_bytes();
    match below(input, 16) {
        0 => text.truncate(byte(input).into()),
        1 => {
            let (at, changed) = (usize::from(byte(input)) % text.len().max(1), byte(input));
            if let Some(place) = text.get_mut(at) {
                *place = changed;
            }
        }
        _ => {}
    }
    text
}

fn close(input: &mut Unstructured<'_>) -> Close {
    match below(input, 8) {
        0 => Close::OpenFailed,
        1 => Close::Code(4000),
        2 => Close::Code(4001),
        3 => Close::Code(4100),
        4 => Close::Code(4200),
        5 => Close::Code(1000),
        _ => Close::Abnormal,
    }
}
