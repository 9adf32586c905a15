//! The state machine of the connection: a pure function from phase and input to phase and transport action.

/// The phase of the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(crate) enum Phase {
    /// No connection is wanted.
    Disconnected,
    /// The caller must open a WebSocket, or is opening it.
    Opening,
    /// The WebSocket is open; the server has not sent `pusher:connection_established` yet.
    Handshaking,
    /// The connection is established.
    Connected,
    /// The client waits for the next attempt.
    Waiting,
    /// The client has given up; only the application can start again.
    Failed,
}

/// An input to the connection's state machine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(crate) enum Input {
    /// The application connects.
    Connect,
    /// The application disconnects.
    Disconnect,
    /// The WebSocket is open.
    Opened,
    /// The server has sent `pusher:connection_established`.
    Established,
    /// The transport closed or could not be opened, and another attempt may succeed.
    Lost,
    /// The transport closed or could not be opened, and another attempt would fail the same way.
    Refused,
    /// The client abandons this connection (no pong, no answer in time, an error before it was established).
    Abandon,
    /// The client abandons this connection and does not retry.
    AbandonForGood,
    /// The wait for the next attempt is over.
    RetryDue,
}

/// The action for the transport.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    /// No action.
    Keep,
    /// Open a new transport.
    Open,
    /// Close the current transport.
    Close,
}

/// Returns the phase after `input` and the transport action, or `None` if nothing changes.
pub(crate) const fn next(phase: Phase, input: Input) -> Option<(Phase, Transport)> {
    use Input::{Abandon, AbandonForGood, Connect, Disconnect, Established, Lost, Opened, Refused, RetryDue};
    use Phase::{Connected, Disconnected, Failed, Handshaking, Opening, Waiting};
    use Transport::{Close, Keep, Open};

    Some(match (phase, input) {
        (Disconnected | Waiting | Failed, Connect) => (Opening, Open),
        (Opening | Handshaking | Connected, Disconnect) => (Disconnected, Close),
        (Waiting | Failed, Disconnect) => (Disconnected, Keep),

        (Opening, Opened) => (Handshaking, Keep),
        // The caller was slower than the deadline: this transport is no longer wanted.
        (Disconnected | Waiting | Failed, Opened) => (phase, Close),
        (Handshaking, Established) => (Connected, Keep),

        (Opening | Handshaking | Connected, Lost) => (Waiting, Keep),
        (Opening | Handshaking | Connected, Refused) => (Failed, Keep),
        (Opening | Handshaking | Connected, Abandon) => (Waiting, Close),
        (Opening | Handshaking | Connected, AbandonForGood) => (Failed, Close),
        (Waiting, RetryDue) => (Opening, Open),

        _ => return None,
    })
}

#[cfg(test)]
pub(crate) const PHASES: [Phase; 6] =
    [Phase::Disconnected, Phase::Opening, Phase::Handshaking, Phase::Connected, Phase::Waiting, Phase::Failed];

#[cfg(test)]
pub(crate) const INPUTS: [Input; 9] = [
    Input::Connect,
    Input::Disconnect,
    Input::Opened,
    Input::Established,
    Input::Lost,
    Input::Refused,
    Input::Abandon,
    Input::AbandonForGood,
    Input::RetryDue,
];

#[cfg(test)]
mod tests {
    use std::format;
    use std::string::String;

    use super::*;

    /// Every cell: `.` changes nothing, `!` opens a transport, `x` closes the current one.
    const CELLS: &str = "
        phase        Connect  Disconnect    Opened        Established Lost    Refused Abandon  AbandonForGood RetryDue
        Disconnected Opening! .             Disconnectedx .           .       .       .        .              .
        Opening      .        Disconnectedx Handshaking   .           Waiting Failed  Waitingx Failedx        .
        Handshaking  .        Disconnectedx .             Connected   Waiting Failed  Waitingx Failedx        .
        Connected    .        Disconnectedx .             .           Waiting Failed  Waitingx Failedx        .
        Waiting      Opening! Disconnected  Waitingx      .           .       .       .        .              Opening!
        Failed       Opening! Disconnected  Failedx       .           .       .       .        .              .
    ";

    fn cell(cell: Option<(Phase, Transport)>) -> String {
        match cell {
            None => ".".into(),
            Some((phase, Transport::Keep)) => format!("{phase:?}"),
            Some((phase, Transport::Open)) => format!("{phase:?}!"),
            Some((phase, Transport::Close)) => format!("{phase:?}x"),
        }
    }

    #[test]
    fn every_cell_equals_the_table_in_this_test() {
        let mut rows = CELLS.lines().map(str::split_whitespace).skip(2);
        for phase in PHASES {
            let mut cells = rows.next().unwrap();
            assert_eq!(cells.next().unwrap(), format!("{phase:?}"));
            for input in INPUTS {
                assert_eq!(cell(next(phase, input)), cells.next().unwrap(), "{phase:?} {input:?}");
            }
            assert_eq!(cells.next(), None);
        }
    }
}
