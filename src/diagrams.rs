//! `docs/states.md`: the two state machines as diagrams and tables, written from the very functions that run.
//!
//! A test compares; `tests/run.sh --update states` writes the page.

use std::fmt::Write as _;
use std::string::{String, ToString as _};
use std::vec::Vec;

use crate::channel::table::{self, ACTUALS, Actual, Desired};
use crate::client::phase::{self, INPUTS, PHASES, Transport};

const PAGE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/states.md");

const START: &str = "\
# The two state machines

Written from the transition functions by a unit test, which fails when this page is out of date:
`tests/run.sh --update states` writes it. An input that a state does not name changes nothing in it.

## The connection

`next` in `src/client/phase.rs`. An arrow says what happened and, behind a slash, what the transport is asked to
do about it: *open* or *close*. `Opening` and `Handshaking` are one to the application, `State::Connecting`. Which of
`Lost` and `Refused`, or of `Abandon` and `AbandonForGood`, an end of the connection is, and when `RetryDue` comes, the
close code and the reconnect backoff decide (`src/client/reconnect.rs`).
";

const CHANNEL: &str = "
## A subscription

`next` in `src/channel/table.rs`, for each channel by itself: what the application wants × how far the subscription is
on this connection. `Withdraw` is `Unsubscribe` where the server was told of the subscription and did not answer in time.
`Asked`, `Sent` and `Left` are what the client did about it; `Succeeded`, `Retry` and `GiveUp` what the server, the
application or the clock answered; `Down` is the end of the connection, after which a wanted subscription starts again
by itself. Public channels go from `Idle` to `Pending` at once, others by way of `Authorizing`. A slot that is *free* is
unwanted and idle; the four other unwanted states cannot be reached.

Signing in (`src/client/user.rs`) runs on the same table: wanted after `sign_in`, `Authorizing` while the application
has the ticket, `Pending` until `pusher:signin_success`. It never leaves: signing out needs a new connection.
";

/// One arrow of a diagram, with all inputs that lead along it and ask the same of the transport.
struct Arrow {
    from: String,
    to: String,
    asked: &'static str,
    inputs: Vec<String>,
}

fn add(arrows: &mut Vec<Arrow>, from: String, to: String, asked: &'static str, input: impl core::fmt::Debug) {
    let input = format!("{input:?}");
    match arrows.iter_mut().find(|arrow| arrow.from == from && arrow.to == to && arrow.asked == asked) {
        Some(arrow) => arrow.inputs.push(input),
        None => arrows.push(Arrow { from, to, asked, inputs: vec![input] }),
    }
}

fn diagram(names: &str, start: &str, arrows: &[Arrow]) -> String {
    let mut text = format!("\n```mermaid\nstateDiagram-v2\n{names}    [*] --> {start}\n");
    for Arrow { from, to, asked, inputs } in arrows {
        writeln!(text, "    {from} --> {to}: {}{asked}", inputs.join(", ")).unwrap();
    }
    text + "```\n"
}

/// A table with a row for each state and a column for each input.
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

/// What the transport is asked to do, as it stands behind a state or an input.
fn asked(transport: Transport) -> &'static str {
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
                add(&mut arrows, format!("{phase:?}"), format!("{to:?}"), asked(transport), input);
            }
        }
    }
    let table = rows(
        &PHASES,
        &INPUTS,
        |phase| format!("{phase:?}"),
        |phase, input| {
            let next = phase::next(phase, input);
            next.map_or(String::new(), |(to, transport)| format!("{to:?}{}", asked(transport)))
        },
    );
    diagram("", "Disconnected", &arrows) + &table
}

/// `Wanted_` or `Unwanted_`, because Mermaid's names of states have no blanks.
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

/// Every state that can be reached from a free slot, in the order of the enums.
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
fn the_page_of_state_diagrams_is_what_the_tables_say() {
    let page = START.to_string() + &connection() + CHANNEL + &subscription();
    if std::env::var_os("UPDATE_DOCS").is_some_and(|value| value == "1") {
        std::fs::write(PAGE, &page).unwrap();
    }
    // Not the page itself in the message: it is long, and the command says what to do.
    assert!(
        std::fs::read_to_string(PAGE).unwrap_or_default() == page,
        "docs/states.md is out of date: run tests/run.sh --update states"
    );
}
