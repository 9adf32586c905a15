//! The state machine of one subscription: what the application wants × how far it is on this connection.
//!
//! It is a pure function over small enums. Every known race of channel subscriptions is a row of [`next`]. Examples are
//! unsubscribing while the authorization or the subscription is in flight, subscribing again before the server has
//! answered, an answer after a deadline, a connection that ends in between.

/// What the application wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Desired {
    /// No subscription. With [`Actual::Idle`] the slot is free.
    Nothing,
    /// A subscription, now and after every reconnect.
    Subscribed,
}

/// How far the subscription is on the current connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Actual {
    /// Nothing was sent yet. While connected, a ticket or a `pusher:subscribe` is due.
    Idle,
    /// The application holds a ticket.
    Authorizing,
    /// `pusher:subscribe` was sent and is not answered yet.
    Pending,
    /// `pusher_internal:subscription_succeeded` was received.
    Active,
    /// A `pusher:unsubscribe` is due.
    Leaving,
    /// The last try failed; the next one is due at the slot's deadline.
    Backoff,
    /// Failed permanently on this connection.
    Failed,
}

/// An input to the state machine of a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    /// The application subscribes.
    Subscribe,
    /// The application unsubscribes.
    Unsubscribe,
    /// The application unsubscribes while the server holds the subscription, or may come to hold it.
    Withdraw,
    /// A ticket was issued to the application.
    TicketIssued,
    /// `pusher:subscribe` was written.
    Sent,
    /// `pusher:unsubscribe` was written.
    Left,
    /// The server confirmed a request.
    Succeeded,
    /// A request was refused or timed out, and a retry may help.
    Retry,
    /// A request was refused, and a retry does not help.
    GiveUp,
    /// The state on the server is uncertain: unsubscribe and subscribe again.
    Restart,
    /// The backoff before the next retry is over.
    Due,
    /// The connection ended.
    Down,
}

pub(crate) type State = (Desired, Actual);

/// Returns the state after `input`, or `None` if nothing changes.
pub(crate) fn next((desired, actual): State, input: Input) -> Option<State> {
    let cells = NEXT.get(input as usize)?.get(desired as usize)?;
    let cell = cells.wrapping_shr(shift(actual)) & NONE;
    let actual = *ACTUALS.get((cell & !WANTED) as usize)?;
    Some((if cell & WANTED == 0 { Desired::Nothing } else { Desired::Subscribed }, actual))
}

/// The results of [`transition`], computed by the compiler: by input and by what the application wants, a cell of four
/// bits for each [`Actual`].
// size
#[allow(clippy::indexing_slicing, reason = "the compiler runs it")]
const NEXT: [[u32; 2]; INPUTS.len()] = {
    let mut next = [[0; 2]; INPUTS.len()];
    let mut inputs = INPUTS.as_slice();
    while let [input, other_inputs @ ..] = inputs {
        let mut actuals = ACTUALS.as_slice();
        while let [actual, other_actuals @ ..] = actuals {
            let [unwanted, wanted] = &mut next[*input as usize];
            *unwanted |= cell(transition((Desired::Nothing, *actual), *input)) << shift(*actual);
            *wanted |= cell(transition((Desired::Subscribed, *actual), *input)) << shift(*actual);
            actuals = other_actuals;
        }
        inputs = other_inputs;
    }
    next
};
/// The cell of an input that changes nothing.
const NONE: u32 = 15;
/// The bit of a wanted state in its cell; the other bits are its [`Actual`].
const WANTED: u32 = 8;

const fn cell(next: Option<State>) -> u32 {
    match next {
        Some((Desired::Nothing, actual)) => actual as u32,
        Some((Desired::Subscribed, actual)) => WANTED | actual as u32,
        None => NONE,
    }
}

const fn shift(actual: Actual) -> u32 {
    (actual as u32) << 2
}

const fn transition((desired, actual): State, input: Input) -> Option<State> {
    use Actual::{Active, Authorizing, Backoff, Failed, Idle, Leaving, Pending};
    use Desired::{Nothing, Subscribed};
    use Input::{
        Down, Due, GiveUp, Left, Restart, Retry, Sent, Subscribe, Succeeded, TicketIssued, Unsubscribe, Withdraw,
    };

    Some(match (desired, actual, input) {
        // What the application wants.
        (Nothing, Idle, Subscribe) => (Subscribed, Idle),
        // Requested again before the server answered: the subscription in flight is sufficient.
        (Nothing, Pending, Subscribe) => (Subscribed, Pending),
        // The unsubscribe is sent first and a new subscription follows, so that the application sees a new start.
        (Nothing, Leaving, Subscribe) => (Subscribed, Leaving),
        (Subscribed, Failed, Subscribe) => (Subscribed, Idle),
        // Nothing was sent to the server yet, so nothing has to be undone.
        (Subscribed, Idle | Authorizing | Backoff | Failed, Unsubscribe) => (Nothing, Idle),
        // A request was sent and not answered in time: unsubscribe to be certain.
        (Subscribed, Idle | Authorizing | Backoff | Failed, Withdraw) => (Nothing, Leaving),
        // A server may handle an unsubscribe before it has finished the subscribe: wait for its answer.
        (Subscribed, Pending, Unsubscribe | Withdraw) => (Nothing, Pending),
        (Subscribed, Active | Leaving, Unsubscribe | Withdraw) => (Nothing, Leaving),

        // Messages that the client sends.
        (Subscribed, Idle, TicketIssued) => (Subscribed, Authorizing),
        (Subscribed, Idle | Authorizing, Sent) => (Subscribed, Pending),
        (Nothing, Leaving, Left) => (Nothing, Idle),
        (Subscribed, Leaving, Left) => (Subscribed, Idle),

        // Answers of the server. A success is valid in every state, because it may arrive after the client gave up
        // waiting. Another success of an active channel is reported again.
        (Subscribed, Idle | Authorizing | Pending | Active | Backoff | Failed, Succeeded) => (Subscribed, Active),
        // The application does not want it: unsubscribe.
        (Nothing, Idle | Pending, Succeeded) => (Nothing, Leaving),
        // In `Backoff` it is a refusal that arrived after the deadline.
        (Subscribed, Authorizing | Pending | Backoff, Retry) => (Subscribed, Backoff),
        (Subscribed, Authorizing | Pending | Active | Backoff, GiveUp) => (Subscribed, Failed),
        (Subscribed, Pending | Active, Restart) => (Subscribed, Leaving),
        // Not answered in time, so the server may still subscribe: unsubscribe to be certain.
        (Nothing, Pending, Retry) => (Nothing, Leaving),
        (Nothing, Pending, GiveUp) => (Nothing, Idle),
        (Subscribed, Backoff, Due) => (Subscribed, Idle),

        // The server keeps nothing of a connection that ended.
        (Subscribed, Authorizing | Pending | Active | Leaving | Backoff | Failed, Down) => (Subscribed, Idle),
        (Nothing, Pending | Leaving, Down) => (Nothing, Idle),

        _ => return None,
    })
}

pub(crate) const ACTUALS: [Actual; 7] = [
    Actual::Idle,
    Actual::Authorizing,
    Actual::Pending,
    Actual::Active,
    Actual::Leaving,
    Actual::Backoff,
    Actual::Failed,
];

pub(crate) const INPUTS: [Input; 12] = [
    Input::Subscribe,
    Input::Unsubscribe,
    Input::Withdraw,
    Input::TicketIssued,
    Input::Sent,
    Input::Left,
    Input::Succeeded,
    Input::Retry,
    Input::GiveUp,
    Input::Restart,
    Input::Due,
    Input::Down,
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Every cell: one row per state, one column per input in the order of `INPUTS`. `.` means "changes nothing", an
    /// upper-case letter a wanted state, a lower-case letter an unwanted one.
    const CELLS: &str = "
        state        Subscribe Unsubscribe Withdraw TicketIssued Sent     Left  Succeeded Retry    GiveUp  Restart  Due   Down
        -Idle        +Idle     .           .        .            .        .     -Leaving  .        .       .        .     .
        -Authorizing .         .           .        .            .        .     .         .        .       .        .     .
        -Pending     +Pending  .           .        .            .        .     -Leaving  -Leaving -Idle   .        .     -Idle
        -Active      .         .           .        .            .        .     .         .        .       .        .     .
        -Leaving     +Leaving  .           .        .            .        -Idle .         .        .       .        .     -Idle
        -Backoff     .         .           .        .            .        .     .         .        .       .        .     .
        -Failed      .         .           .        .            .        .     .         .        .       .        .     .
        +Idle        .         -Idle       -Leaving +Authorizing +Pending .     +Active   .        .       .        .     .
        +Authorizing .         -Idle       -Leaving .            +Pending .     +Active   +Backoff +Failed .        .     +Idle
        +Pending     .         -Pending    -Pending .            .        .     +Active   +Backoff +Failed +Leaving .     +Idle
        +Active      .         -Leaving    -Leaving .            .        .     +Active   .        +Failed +Leaving .     +Idle
        +Leaving     .         -Leaving    -Leaving .            .        +Idle .         .        .       .        .     +Idle
        +Backoff     .         -Idle       -Leaving .            .        .     +Active   +Backoff +Failed .        +Idle +Idle
        +Failed      +Idle     -Idle       -Leaving .            .        .     +Active   .        .       .        .     +Idle
    ";

    fn name((desired, actual): State) -> std::string::String {
        let sign = if desired == Desired::Subscribed { '+' } else { '-' };
        std::format!("{sign}{actual:?}")
    }

    #[test]
    fn every_cell_equals_the_table_in_this_test() {
        let mut rows = CELLS.lines().map(str::split_whitespace).skip(2);
        for desired in [Desired::Nothing, Desired::Subscribed] {
            for actual in ACTUALS {
                let mut cells = rows.next().unwrap();
                assert_eq!(cells.next().unwrap(), name((desired, actual)));
                for input in INPUTS {
                    let expected = cells.next().unwrap();
                    let actual = next((desired, actual), input).map_or(".".into(), name);
                    assert_eq!(actual, expected, "{desired:?} {input:?}");
                }
                assert_eq!(cells.next(), None);
            }
        }
    }

    #[test]
    fn only_seven_wanted_and_three_unwanted_states_can_be_reached() {
        let mut reached = std::vec![(Desired::Nothing, Actual::Idle)];
        let mut at = 0;
        while let Some(&state) = reached.get(at) {
            for input in INPUTS {
                if let Some(next) = next(state, input).filter(|next| !reached.contains(next)) {
                    reached.push(next);
                }
            }
            at += 1;
        }
        assert_eq!(reached.len(), 10);
    }
}
