//! The client's end of a link, at the level of texts or of bytes.

use pusher_proto::client::{Authorization, AuthorizeError, Client, Ticket, UserAuthentication};
use pusher_proto::event::Event;
use pusher_proto::{Channel, Instant};

use super::commands::Commands;

/// Slots for fewer channels than there are names, so that they run out.
pub type TestClient = Client<4, 32>;

/// What comes out of the client's end.
#[derive(Debug)]
pub enum Output {
    /// A link is wanted.
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
    /// An error that answers nothing, with its code.
    Error(Option<u16>),
    /// Any other event. A published event that is handed over so is lost.
    Other {
        number: Option<u64>,
        text: String,
    },
    Notice(String),
    /// A violation that this end has seen.
    Wrong(String),
}

/// What comes to the client's end.
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

/// Why an answer to a ticket was not sent.
#[derive(Debug, PartialEq)]
pub enum NotSent {
    Stale,
    /// Try again.
    Busy,
    Wrong(String),
}

pub trait End {
    fn client(&self) -> &TestClient;

    /// The client or connection, for a command.
    fn commands(&mut self) -> &mut dyn Commands;

    /// Does what is due, until there is nothing to do but to wait.
    fn drain(&mut self, now: u64, out: &mut Vec<Output>);

    /// By when to drain again.
    fn timeout(&mut self) -> Option<u64>;

    /// Time has passed.
    fn handle_timeout(&mut self, now: u64);

    fn handle_opened(&mut self, now: u64, out: &mut Vec<Output>);
    fn handle_open_failed(&mut self, now: u64);
    fn arrive(&mut self, now: u64, arrival: Arrival, out: &mut Vec<Output>);

    /// When this end last read anything from the link.
    fn last_read(&self) -> u64;

    /// The link takes nothing any more and gives nothing.
    fn die(&mut self) {}

    /// Whether nothing lies between the client and the link.
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

    /// Sends a client event, if that is possible.
    fn trigger(&mut self, now: u64, channel: Channel, out: &mut Vec<Output>);

    /// The key that the application signs with by itself, where it does; else every ticket comes out.
    fn set_signer(&mut self, _key: Option<u64>, _user: Option<&str>) {}
}

pub fn at(millis: u64) -> Instant {
    Instant::from_millis(millis)
}

pub fn not_sent(error: AuthorizeError) -> NotSent {
    match error {
        AuthorizeError::StaleTicket => NotSent::Stale,
        other => NotSent::Wrong(format!("an answer is not taken: {other}")),
    }
}

/// Copies what an event says.
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
