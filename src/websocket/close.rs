//! Close codes (RFC 6455 §7.4) and the close handshake (§7.1) as a table.

/// A close code that may be sent (RFC 6455 §7.4): 1000 to 1003, 1007 to 1014, 3000 to 4999. Its size is 2 bytes.
///
/// Pusher's own codes are 4000 to 4299.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct CloseCode(u16);

impl CloseCode {
    /// 1000: the connection has fulfilled its purpose.
    pub const NORMAL: Self = Self(1000);
    /// 1001: the endpoint is going away.
    pub const GOING_AWAY: Self = Self(1001);
    /// 1002: the peer violated the protocol.
    pub const PROTOCOL_ERROR: Self = Self(1002);
    /// 1003: a kind of data that the endpoint does not accept, such as binary messages.
    pub const UNSUPPORTED: Self = Self(1003);
    /// 1007: text that is not UTF-8.
    pub const INVALID_DATA: Self = Self(1007);
    /// 1008: a violation of the endpoint's policy.
    pub const POLICY: Self = Self(1008);
    /// 1009: a message larger than the endpoint can receive.
    pub const TOO_BIG: Self = Self(1009);
    /// 1011: an unexpected condition in the endpoint.
    pub const INTERNAL: Self = Self(1011);

    /// Creates a code; returns `None` if it must not be sent: below 1000, 1004 to 1006, 1015 to 2999, 5000 and above.
    #[inline(never)] // size
    pub const fn new(code: u16) -> Option<Self> {
        // 1012 to 1014 were registered with IANA after the RFC.
        match code {
            1000..=1003 | 1007..=1014 | 3000..=4999 => Some(Self(code)),
            _ => None,
        }
    }

    /// Returns the number.
    pub const fn as_u16(self) -> u16 {
        self.0
    }
}

/// The state of the connection between the opening and the close handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ReadyState {
    /// The server has not answered the opening handshake.
    Connecting,
    /// Messages flow in both directions.
    Open,
    /// Our close frame was sent. Messages may still arrive until the server's close frame.
    CloseSent,
    /// The server's close frame arrived; ours is pending.
    CloseReceived,
    /// The server violated the protocol; a close frame with the reason is pending.
    Failing,
    /// Nothing more is sent or read. Let the server drop the socket first, for about a second (RFC 6455 §7.1.1).
    Closed,
}

/// An event that moves a connection from one [`ReadyState`] to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Input {
    /// The opening handshake succeeded.
    Accepted,
    /// The opening handshake failed.
    Refused,
    /// A close frame arrived.
    CloseArrived,
    /// The server violated the protocol.
    Failed,
    /// Our close frame was written to the output buffer.
    CloseWritten,
}

impl ReadyState {
    /// Returns the next state, from the transition table. An input that is not valid in a state leaves it unchanged.
    pub(super) const fn next(self, input: Input) -> Self {
        match (self, input) {
            (Self::Connecting, Input::Accepted) => Self::Open,
            (Self::Connecting, Input::Refused | Input::Failed) => Self::Closed,
            (Self::Open, Input::CloseArrived) => Self::CloseReceived,
            (Self::Open, Input::Failed) => Self::Failing,
            (Self::Open, Input::CloseWritten) => Self::CloseSent,
            // There is one close frame in each direction (RFC 6455 §5.5.1), so a failure here cannot be reported.
            (Self::CloseSent, Input::CloseArrived | Input::Failed) => Self::Closed,
            (Self::CloseReceived | Self::Failing, Input::CloseWritten) => Self::Closed,
            _ => self,
        }
    }

    /// Returns whether a close frame is pending as an answer.
    pub(super) const fn owes_close(self) -> bool {
        matches!(self, Self::CloseReceived | Self::Failing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cell_of_the_transition_table_equals_the_one_in_this_test() {
        use Input::*;
        use ReadyState::*;
        let inputs = [Accepted, Refused, CloseArrived, Failed, CloseWritten];
        #[rustfmt::skip]
        let table = [
            //               Accepted       Refused        CloseArrived   Failed         CloseWritten
            (Connecting,    [Open,          Closed,        Connecting,    Closed,        Connecting]),
            (Open,          [Open,          Open,          CloseReceived, Failing,       CloseSent]),
            (CloseSent,     [CloseSent,     CloseSent,     Closed,        Closed,        CloseSent]),
            (CloseReceived, [CloseReceived, CloseReceived, CloseReceived, CloseReceived, Closed]),
            (Failing,       [Failing,       Failing,       Failing,       Failing,       Closed]),
            (Closed,        [Closed,        Closed,        Closed,        Closed,        Closed]),
        ];
        for (state, row) in table {
            for (input, next) in inputs.into_iter().zip(row) {
                assert_eq!(state.next(input), next, "{state:?} × {input:?}");
            }
        }
    }

    #[test]
    fn exactly_the_codes_that_may_be_sent_are_valid() {
        for code in 0..=u16::MAX {
            let valid = match code {
                1004..=1006 | 1015 => false,
                1000..=1014 | 3000..=4999 => true,
                _ => false,
            };
            assert_eq!(CloseCode::new(code).map(CloseCode::as_u16), valid.then_some(code));
        }
    }
}
