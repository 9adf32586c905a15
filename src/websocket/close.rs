//! Closing: the codes (RFC 6455 §7.4) and the handshake that ends a connection (§7.1) as a table.

/// A close code that may appear on the wire (RFC 6455 §7.4): 1000 to 1003, 1007 to 1014, 3000 to 4999. Two bytes.
///
/// Pusher's own codes are 4000 to 4299.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct CloseCode(u16);

impl CloseCode {
    /// 1000: the purpose is fulfilled.
    pub const NORMAL: Self = Self(1000);
    /// 1001: this end goes away.
    pub const GOING_AWAY: Self = Self(1001);
    /// 1002: the other end broke the protocol.
    pub const PROTOCOL_ERROR: Self = Self(1002);
    /// 1003: a kind of data that this end does not take, such as binary messages.
    pub const UNSUPPORTED: Self = Self(1003);
    /// 1007: text that is not UTF-8.
    pub const INVALID_DATA: Self = Self(1007);
    /// 1008: against this end's policy.
    pub const POLICY: Self = Self(1008);
    /// 1009: a message larger than this end can take.
    pub const TOO_BIG: Self = Self(1009);
    /// 1011: this end ran into something unforeseen.
    pub const INTERNAL: Self = Self(1011);

    /// The code, or `None` when it must not be sent: below 1000, 1004 to 1006, 1015 to 2999, 5000 and above.
    #[inline(never)] // size
    pub const fn new(code: u16) -> Option<Self> {
        // 1012 to 1014 were registered with IANA after the RFC.
        match code {
            1000..=1003 | 1007..=1014 | 3000..=4999 => Some(Self(code)),
            _ => None,
        }
    }

    /// The number.
    pub const fn as_u16(self) -> u16 {
        self.0
    }
}

/// Where the connection stands between the opening and the closing handshake.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum ReadyState {
    /// The server has not answered the opening handshake.
    Connecting,
    /// Messages flow both ways.
    Open,
    /// Our close frame was sent. Messages may still arrive until the server's own close frame.
    CloseSent,
    /// The server's close frame arrived; ours is due.
    CloseReceived,
    /// The server broke the protocol; a close frame that says so is due.
    Failing,
    /// Nothing more is sent or read. Let the server drop the socket first, for a second or so (RFC 6455 §7.1.1).
    Closed,
}

/// What moves a connection from one [`ReadyState`] to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Input {
    /// The opening handshake succeeded.
    Accepted,
    /// The opening handshake failed.
    Refused,
    /// A close frame arrived.
    CloseArrived,
    /// The server broke the protocol.
    Failed,
    /// A close frame of ours went into the output buffer.
    CloseWritten,
}

impl ReadyState {
    /// The transition table. What makes no sense in a state leaves it as it is.
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

    /// Whether a close frame is due as an answer.
    pub(super) const fn owes_close(self) -> bool {
        matches!(self, Self::CloseReceived | Self::Failing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_cell_of_the_transition_table_is_as_written_here() {
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
