//! `docs/states.md`: the two state machines as diagrams and tables, generated from the transition functions.
//!
//! A test compares the page with its generated text; `tests/run.sh --update states` writes it.

use std::fmt::Write as _;
use std::string::{String, ToString as _};
use std::vec::Vec;

use crate::channel::table::{self, ACTUALS, Actual, Desired};
use crate::client::phase::{self, INPUTS, PHASES, Transport};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/states.md");

const START: &str = "\
# The two state machines

Generated from the transition functions by a unit test, which fails when this page is out of date:
`tests/run.sh --update states` writes it. An input that is missing in a state has no effect there.

## The connection

`next` in `src/client/phase.rs`. The label of an arrow is the input and, after a slash, the action for the transport:
*open* or *close*. The application sees `Opening` and `Handshaking` as one state, `State::Connecting`. The close code and
the reconnect backoff (`src/client/reconnect.rs`) decide between `Lost` and `Refused`, between `Abandon` and
`AbandonForGood`, and when `RetryDue` happens.
";

const CHANNEL: &str = "
## A subscription

`next` in `src/channel/table.rs`, for each channel separately: what the application wants × how far the subscription is
on this connection. `Withdraw` is an `Unsubscribe` after a subscription that the server did not answer in time.
`TicketIssued`, `Sent` and `Left` are actions of the client. `Succeeded`, `Retry` and `GiveUp` are answers of the server or the
application, or timeouts. `Down` is the end of the connection; a wanted subscription then starts again. Public channels
go from `Idle` to `Pending` directly, others through `Authorizing`. A *free* slot is unwanted and idle; the four other
unwanted states are not reachable.

The sign-in (`src/client/user.rs`) uses the same table: wanted after `sign_in`, `Authorizing` while the application
holds the ticket, `Pending` until `pusher:signin_success`. It never leaves: a sign-out needs a new connection.
";

/// An arrow of a diagram, with all inputs that follow it and require the same of the transport.
struct Arrow {
    from: String,
    to: String,
    transport: &'static str,
    inputs: Vec<String>,
}

fn add(arrows: &mut Vec<Arrow>, from: String, to: String, transport: &'static str, input: impl core::fmt::Debug) {
    let input = format!("{input:?}");
    match arrows.iter_mut().find(|arrow| arrow.from == from && arrow.to == to && arrow.transport == transport) {
        Some(arrow) => arrow.inputs.push(input),
        None => arrows.push(Arrow { from, to, transport, inputs: vec![input] }),
    }
}

fn diagram(names: &str, start: &str, arrows: &[Arrow]) -> String {
    let mut text = format!("\n```mermaid\nstateDiagram-v2\n{names}    [*] --> {start}\n");
    for Arrow { from, to, transport, inputs } in arrows {
        writeln!(text, "    {from} --> {to}: {}{transport}", inputs.join(", ")).unwrap();
    }
    text + "```\n"
}

/// Returns a table with one row per state and one column per input.
fn rows<S: Copy, I: Copy + core::fmt::Debug>(
    states: &[S],
    inputs: &[I],
    name: impl Fn(S) -> String,
    cell: impl Fn(S, I) -> String,
) -> String {
    let mut text = String::from("\n| |");
    inputs.iter().for_each(|input| write!(text, " {input:?} |").unwrap());
    text.push_str("\n|---|");
    inputs.iter().for_each(|_| text.push_str("---|"));
    for &state in states {
        write!(text, "\n| **{}** |", name(state)).unwrap();
        inputs.iter().for_each(|&input| write!(text, " {} |", cell(state, input)).unwrap());
    }
    text + "\n"
}

/// Returns the transport action, as it is appended to a state or an input.
fn transport_action(transport: Transport) -> &'static str {
    match transport {
        Transport::Keep => "",
        Transport::Open => " / open",
        Transport::Close => " / close",
    }
}

fn connection() -> String {
    let mut arrows = Vec::new();
    for phase in PHASES {
        for input in INPUTS {
            if let Some((to, transport)) = phase::next(phase, input) {
                add(&mut arrows, format!("{phase:?}"), format!("{to:?}"), transport_action(transport), input);
            }
        }
    }
    let table = rows(
        &PHASES,
        &INPUTS,
        |phase| format!("{phase:?}"),
        |phase, input| {
            let next = phase::next(phase, input);
            next.map_or(String::new(), |(to, transport)| format!("{to:?}{}", transport_action(transport)))
        },
    );
    diagram("", "Disconnected", &arrows) + &table
}

/// Returns `Wanted_` or `Unwanted_` and the state, because names of states in Mermaid cannot contain spaces.
fn id((desired, actual): table::State) -> String {
    format!("{}_{actual:?}", if desired == Desired::Subscribed { "Wanted" } else { "Unwanted" })
}

fn label(state: table::State) -> String {
    let (_, actual) = state;
    match state {
        (Desired::Nothing, Actual::Idle) => "free".into(),
        (Desired::Nothing, _) => format!("unwanted, {actual:?}"),
        (Desired::Subscribed, _) => format!("wanted, {actual:?}"),
    }
}

/// Returns every state that can be reached from a free slot, in the order of the enums.
fn reachable() -> Vec<table::State> {
    let mut reached = vec![(Desired::Nothing, Actual::Idle)];
    let mut at = 0;
    while let Some(&state) = reached.get(at) {
        for next in table::INPUTS.into_iter().filter_map(|input| table::next(state, input)) {
            if !reached.contains(&next) {
                reached.push(next);
            }
        }
        at += 1;
    }
    let all = [Desired::Subscribed, Desired::Nothing].into_iter().flat_map(|desired| ACTUALS.map(|a| (desired, a)));
    all.filter(|state| reached.contains(state)).collect()
}

fn subscription() -> String {
    let states = reachable();
    let names: String = states.iter().map(|&state| format!("    {} : {}\n", id(state), label(state))).collect();
    let mut arrows = Vec::new();
    for &state in &states {
        for input in table::INPUTS {
            if let Some(to) = table::next(state, input) {
                add(&mut arrows, id(state), id(to), "", input);
            }
        }
    }
    let cell = |state, input| table::next(state, input).map_or(String::new(), label);
    diagram(&names, "Unwanted_Idle", &arrows) + &rows(&states, &table::INPUTS, label, cell)
}

#[test]
fn the_page_of_state_diagrams_matches_the_tables() {
    let page = START.to_string() + &connection() + CHANNEL + &subscription();
    if std::env::var_os("UPDATE_DOCS").is_some_and(|value| value == "1") {
        std::fs::write(PAGE, &page).unwrap();
    }
    // The message does not contain the page: it is long, and the command is enough.
    assert!(
        std::fs::read_to_string(PAGE).unwrap_or_default() == page,
        "docs/states.md is out of date: run tests/run.sh --update states"
    );
}
