//! The client's end of a link, either a text or a byte transport.

use pusher_proto::client::{Authorization, AuthorizeError, Client, Ticket, UserAuthentication};
use pusher_proto::event::Event;
use pusher_proto::{Channel, Instant};

use super::commands::Commands;

/// Fewer slots than names, so that they run out.
pub type TestClient = Client<4, 32>;

/// An output of the client's end.
#[derive(Debug)]
pub enum Output {
    /// A request to open a link.
    Open,
    /// The WebSocket is open.
    Upgraded,
    /// The link is dropped.
    Closed,
    /// A message for the server.
    Text(String),
    Authorize {
        ticket: Ticket,
        socket_id: String,
        name: String,
    },
    SignIn {
        ticket: Ticket,
        socket_id: String,
    },
    Subscribed {
        channel: Channel,
        gap_since: Option<u64>,
        members: Option<Vec<String>>,
    },
    Message {
        channel: Channel,
        number: u64,
    },
    MemberAdded {
        channel: Channel,
        id: String,
    },
    MemberRemoved {
        channel: Channel,
        id: String,
    },
    SignedIn(String),
    UserEvent(String),
    /// An error that answers no request, with its code.
    Error(Option<u16>),
    /// Any other event. A published event in this form counts as lost.
    Other {
        number: Option<u64>,
        text: String,
    },
    Notice(String),
    /// A violation detected by this end.
    Wrong(String),
}

/// An input of the client's end.
#[derive(Debug)]
pub enum Arrival {
    Text(String),
    /// A close frame, then the end.
    Close(Option<u16>),
    /// The end of the stream.
    End,
    /// The end of the stream before everything has been read.
    Reset,
}

/// The reason why an answer to a ticket was not sent.
#[derive(Debug, PartialEq)]
pub enum NotSent {
    Stale,
    /// The application should retry.
    Busy,
    Wrong(String),
}

pub trait End {
    fn client(&self) -> &TestClient;

    /// Returns the client or connection, for a command.
    fn commands(&mut self) -> &mut dyn Commands;

    /// Processes all pending work, until the client can only wait.
    fn drain(&mut self, now: u64, out: &mut Vec<Output>);

    /// Returns the time by which to drain again.
    fn timeout(&mut self) -> Option<u64>;

    /// Advances the clock.
    fn handle_timeout(&mut self, now: u64);

    fn handle_opened(&mut self, now: u64, out: &mut Vec<Output>);
    fn handle_open_failed(&mut self, now: u64);
    fn arrive(&mut self, now: u64, arrival: Arrival, out: &mut Vec<Output>);

    /// Returns when this end last read from the link.
    fn last_read(&self) -> u64;

    /// Makes the link dead in both directions.
    fn die(&mut self) {}

    /// Returns whether no bytes are pending between the client and the link.
    fn is_idle(&self) -> bool {
        true
    }

    fn authorize(
        &mut self,
        now: u64,
        ticket: Ticket,
        answer: &Authorization<'_>,
        out: &mut Vec<Output>,
    ) -> Result<(), NotSent>;
    fn authenticate(
        &mut self,
        now: u64,
        ticket: Ticket,
        answer: &UserAuthentication<'_>,
        out: &mut Vec<Output>,
    ) -> Result<(), NotSent>;

    /// Sends a client event, if possible.
    fn trigger(&mut self, now: u64, channel: Channel, out: &mut Vec<Output>);

    /// Sets the key with which this end signs; without an own authorizer, it reports every ticket.
    fn set_signer(&mut self, _key: Option<u64>, _user: Option<&str>) {}
}

pub fn at(millis: u64) -> Instant {
    Instant::from_millis(millis)
}

pub fn not_sent(error: AuthorizeError) -> NotSent {
    match error {
        AuthorizeError::StaleTicket => NotSent::Stale,
        other => NotSent::Wrong(format!("an answer is refused: {other}")),
    }
}

/// Copies the fields of an event.
pub fn copied(event: Event<'_>) -> Output {
    match event {
        Event::Subscribed { channel, gap_since, presence, .. } => Output::Subscribed {
            channel,
            gap_since: gap_since.map(Instant::as_millis),
            members: presence.map(|presence| presence.members().map(|member| member.user_id.to_string()).collect()),
        },
        Event::Channel(message) => match message.payload.as_str().parse() {
            Ok(number) => Output::Message { channel: message.channel, number },
            Err(error) => Output::Wrong(format!("a message that was not published: {error}")),
        },
        Event::MemberAdded { channel, member, .. } => Output::MemberAdded { channel, id: member.user_id.into() },
        Event::MemberRemoved { channel, user_id, .. } => Output::MemberRemoved { channel, id: user_id.into() },
        Event::SignedIn { user_id, .. } => Output::SignedIn(user_id.into()),
        Event::User(event) => Output::UserEvent(event.payload.as_str().into()),
        Event::Error(error) => Output::Error(error.code),
        Event::Other(other) => Output::Other {
            number: other.payload.as_str().parse().ok().filter(|_| other.event == "published"),
            text: format!("other {}", other.event),
        },
        event => Output::Other { number: None, text: format!("{event:?}") },
    }
}
