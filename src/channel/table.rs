//! The state machine of one subscription: what the application wants × how far it is on this connection.
//!
//! A pure function over small enums. Every race that channel subscriptions are known for is a row of [`next`]:
//! unsubscribing while the authorization or the subscription is under way, subscribing again before the server has
//! answered, an answer after a deadline, a connection that goes away in between.

/// What the application wants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Desired {
    /// Not to be subscribed. With [`Actual::Idle`] the slot is free.
    Nothing,
    /// To be subscribed, now and after every reconnect.
    Subscribed,
}

/// How far the subscription is on the current connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Actual {
    /// Nothing said yet. While connected this is the client's turn: a ticket or a `pusher:subscribe` is due.
    Idle,
    /// A ticket is with the application.
    Authorizing,
    /// `pusher:subscribe` is sent, no answer yet.
    Pending,
    /// `pusher_internal:subscription_succeeded` has come.
    Active,
    /// A `pusher:unsubscribe` is due.
    Leaving,
    /// Failed for now; the next try is due at the slot's deadline.
    Backoff,
    /// Failed for good on this connection.
    Failed,
}

/// What happened to a subscription.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Input {
    /// The application subscribes.
    Subscribe,
    /// The application unsubscribes.
    Unsubscribe,
    /// The same, while the server may hold the subscription, or come to hold it.
    Withdraw,
    /// A ticket was handed to the application.
    Asked,
    /// `pusher:subscribe` was written.
    Sent,
    /// `pusher:unsubscribe` was written.
    Left,
    /// The server confirms.
    Succeeded,
    /// Refused or too late, and worth another try.
    Retry,
    /// Refused, and not worth another try.
    GiveUp,
    /// What the server holds is not certain: unsubscribe and subscribe anew.
    Restart,
    /// The time to wait before the next try is over.
    Due,
    /// The connection is gone.
    Down,
}

pub(crate) type State = (Desired, Actual);

/// The state after `input`, or `None` where it changes nothing.
#[inline(never)] // size
pub(crate) const fn next((desired, actual): State, input: Input) -> Option<State> {
    use Actual::{Active, Authorizing, Backoff, Failed, Idle, Leaving, Pending};
    use Desired::{Nothing, Subscribed};
    use Input::{Asked, Down, Due, GiveUp, Left, Restart, Retry, Sent, Subscribe, Succeeded, Unsubscribe, Withdraw};

    Some(match (desired, actual, input) {
        // What the application wants.
        (Nothing, Idle, Subscribe) => (Subscribed, Idle),
        // Asked for again before the server answered: the subscription that is under way serves.
        (Nothing, Pending, Subscribe) => (Subscribed, Pending),
        // The unsubscribe goes out first and a fresh subscription follows, so that the application hears of a new start.
        (Nothing, Leaving, Subscribe) => (Subscribed, Leaving),
        (Subscribed, Failed, Subscribe) => (Subscribed, Idle),
        // Nothing has been said to the server yet, so nothing has to be taken back.
        (Subscribed, Idle | Authorizing | Backoff | Failed, Unsubscribe) => (Nothing, Idle),
        // Something was said and not answered in time: take it back to be sure.
        (Subscribed, Idle | Authorizing | Backoff | Failed, Withdraw) => (Nothing, Leaving),
        // A server may handle an unsubscribe before it has finished the subscribe: wait for its answer.
        (Subscribed, Pending, Unsubscribe | Withdraw) => (Nothing, Pending),
        (Subscribed, Active | Leaving, Unsubscribe | Withdraw) => (Nothing, Leaving),

        // What the client says.
        (Subscribed, Idle, Asked) => (Subscribed, Authorizing),
        (Subscribed, Idle | Authorizing, Sent) => (Subscribed, Pending),
        (Nothing, Leaving, Left) => (Nothing, Idle),
        (Subscribed, Leaving, Left) => (Subscribed, Idle),

        // What the server answers. A success is one in every state: it may come after the client gave up waiting. One
        // more for an active channel is reported again.
        (Subscribed, Idle | Authorizing | Pending | Active | Backoff | Failed, Succeeded) => (Subscribed, Active),
        // The application does not want it: take it back.
        (Nothing, Idle | Pending, Succeeded) => (Nothing, Leaving),
        // In `Backoff` it is a refusal that came after the deadline.
        (Subscribed, Authorizing | Pending | Backoff, Retry) => (Subscribed, Backoff),
        (Subscribed, Authorizing | Pending | Active | Backoff, GiveUp) => (Subscribed, Failed),
        (Subscribed, Pending | Active, Restart) => (Subscribed, Leaving),
        // Not answered in time, so the server may still subscribe: take it back to be sure.
        (Nothing, Pending, Retry) => (Nothing, Leaving),
        (Nothing, Pending, GiveUp) => (Nothing, Idle),
        (Subscribed, Backoff, Due) => (Subscribed, Idle),

        // The server keeps nothing of a connection that is gone.
        (Subscribed, Authorizing | Pending | Active | Leaving | Backoff | Failed, Down) => (Subscribed, Idle),
        (Nothing, Pending | Leaving, Down) => (Nothing, Idle),

        _ => return None,
    })
}

#[cfg(test)]
pub(crate) const ACTUALS: [Actual; 7] = [
    Actual::Idle,
    Actual::Authorizing,
    Actual::Pending,
    Actual::Active,
    Actual::Leaving,
    Actual::Backoff,
    Actual::Failed,
];

#[cfg(test)]
pub(crate) const INPUTS: [Input; 12] = [
    Input::Subscribe,
    Input::Unsubscribe,
    Input::Withdraw,
    Input::Asked,
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

    /// Every cell, one row a state, one column an input in the order of `INPUTS`. `.` is "changes nothing", a capital
    /// letter a state that is desired, a small one a state that is not.
    const CELLS: &str = "
        state        Subscribe Unsubscribe Withdraw Asked        Sent     Left  Succeeded Retry    GiveUp  Restart  Due   Down
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
    fn every_cell_is_as_the_table_in_this_test_says() {
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
