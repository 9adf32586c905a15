//! The state machine of the connection: a pure function `phase × input → phase × what the transport must do`.

/// Where the connection is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(crate) enum Phase {
    /// Nothing is wanted.
    Disconnected,
    /// The caller was asked to open a WebSocket.
    Opening,
    /// The WebSocket is open; the server has not yet said `pusher:connection_established`.
    Handshaking,
    /// Established.
    Connected,
    /// Between two attempts.
    Waiting,
    /// Given up; only the application can start again.
    Failed,
}

/// What happened to the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub(crate) enum Input {
    /// The application wants to be connected.
    Connect,
    /// The application wants to be disconnected.
    Disconnect,
    /// The WebSocket is up.
    Opened,
    /// `pusher:connection_established` has come.
    Established,
    /// The transport is gone, or never came up, and another attempt may help.
    Lost,
    /// The transport is gone, and another attempt would end the same way.
    Refused,
    /// The client gives this connection up (no pong, no answer in time, an error before it was established).
    Abandon,
    /// The client gives it up for good.
    AbandonForGood,
    /// The wait between two attempts is over.
    RetryDue,
}

/// What the transport must do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Transport {
    /// Nothing.
    Keep,
    /// Open a new one.
    Open,
    /// Close the present one.
    Close,
}

/// The phase after `input` and what to do about it, or `None` where it changes nothing.
pub(crate) const fn next(phase: Phase, input: Input) -> Option<(Phase, Transport)> {
    use Input::{Abandon, AbandonForGood, Connect, Disconnect, Established, Lost, Opened, Refused, RetryDue};
    use Phase::{Connected, Disconnected, Failed, Handshaking, Opening, Waiting};
    use Transport::{Close, Keep, Open};

    Some(match (phase, input) {
        (Disconnected | Waiting | Failed, Connect) => (Opening, Open),
        (Opening | Handshaking | Connected, Disconnect) => (Disconnected, Close),
        (Waiting | Failed, Disconnect) => (Disconnected, Keep),

        (Opening, Opened) => (Handshaking, Keep),
        // Nobody waits for this one any more: the caller was slower than the deadline.
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

    /// Every cell: `.` changes nothing, `!` asks for a transport, `x` closes the one there is.
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
    fn every_cell_is_as_the_table_in_this_test_says() {
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
