//! The actions of the application, the network, the server and the clock.

use super::server::{Answer, Check};

/// The owner of a ticket.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Of {
    Channel(usize),
    User,
}

/// One step of the application, the network, the server or the clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    // The application.
    Subscribe(usize),
    Unsubscribe(usize),
    SignIn,
    SignOut,
    Connect,
    Disconnect,
    Authorize(Of),
    Deny(Of),
    /// The auth server answers 503.
    DenyForNow(Of),
    // The network.
    /// A new transport opens and the server establishes the connection.
    Establish,
    /// The server receives the next message of the client and answers it this way.
    ToServer(Answer),
    /// The client receives the next message of the server.
    ToClient,
    /// The transport ends; messages in flight are lost.
    Close,
    /// The link dies in silence; messages in flight are lost.
    Lose,
    // The server.
    Finish(Check, Answer),
    // The clock.
    NextTimer,
}

/// All actions.
pub(super) const ACTIONS: &[Action] = {
    use Action::*;
    use Answer::{Accept, Later, Never, RefuseNamed, RefuseUnnamed};
    use Of::{Channel, User};
    &[
        Subscribe(0),
        Subscribe(1),
        Unsubscribe(0),
        Unsubscribe(1),
        SignIn,
        SignOut,
        Connect,
        Disconnect,
        Authorize(Channel(0)),
        Authorize(Channel(1)),
        Authorize(User),
        Deny(Channel(0)),
        Deny(Channel(1)),
        Deny(User),
        DenyForNow(Channel(0)),
        DenyForNow(Channel(1)),
        DenyForNow(User),
        Establish,
        ToServer(Accept),
        ToServer(RefuseNamed),
        ToServer(RefuseUnnamed),
        ToServer(Later),
        ToServer(Never),
        ToClient,
        Close,
        Lose,
        Finish(Check::Subscribe(0), Accept),
        Finish(Check::Subscribe(0), RefuseNamed),
        Finish(Check::Subscribe(0), RefuseUnnamed),
        Finish(Check::Subscribe(1), Accept),
        Finish(Check::Subscribe(1), RefuseNamed),
        Finish(Check::Subscribe(1), RefuseUnnamed),
        Finish(Check::SignIn(7), Accept),
        Finish(Check::SignIn(7), RefuseNamed),
        Finish(Check::SignIn(7), RefuseUnnamed),
        Finish(Check::SignIn(8), Accept),
        Finish(Check::SignIn(8), RefuseNamed),
        Finish(Check::SignIn(8), RefuseUnnamed),
        NextTimer,
    ]
};
