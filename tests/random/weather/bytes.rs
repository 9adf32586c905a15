//! A `Connection` on a socket with random partial reads and writes.

use std::collections::VecDeque;

use pusher_proto::client::{Authorization, Client, Config, Ticket, UserAuthentication};
use pusher_proto::connection::{
    Action, Answer, Attempt, Authorizer, Connection, SendError, SignInRequest, SocketError, SubscriptionRequest,
    UserAnswer,
};
use pusher_proto::{Channel, Endpoint, Payload};

use super::application::{CHANNEL_DATA, channel_token, user_data, user_token};
use super::commands::Commands;
use super::end::{Arrival, End, NotSent, Output, TestClient, at, copied, not_sent};
use super::model_server::Random;
use super::model_server::websocket::{Reader, Received, write_close, write_frame, write_text};

pub struct ByteEnd<'b> {
    connection: Connection<'b, fn(&mut [u8]), 4, 32>,
    signer: Signer,
    socket: Option<Socket>,
    /// The last request to open a socket.
    attempt: Option<Attempt>,
    random: Random,
    tiny: bool,
    /// The latest time passed to the client, whose clock does not go back.
    clock: u64,
    last_read: u64,
}

/// The socket, and the server's WebSocket at its other end.
#[derive(Default)]
struct Socket {
    /// Bytes that the client has not read.
    incoming: VecDeque<u8>,
    /// Whether the stream ends after `incoming`.
    is_over: bool,
    /// Whether the socket is dead and transfers no bytes.
    is_dead: bool,
    /// The number of bytes that a dead socket still accepts.
    takes: usize,
    reader: Reader,
    /// The time until which it accepts no writes.
    full_until: u64,
    /// The time until which it returns no bytes.
    dry_until: u64,
}

impl<'b> ByteEnd<'b> {
    pub fn new(config: Config, random: Random, tiny: bool, rx: &'b mut [u8], tx: &'b mut [u8]) -> Self {
        let endpoint = Endpoint::from_url("ws://h", "k").unwrap();
        let mask: fn(&mut [u8]) = |bytes| bytes.fill(0x5a);
        let connection = Connection::new(Client::new(config), endpoint, mask, rx, tx);
        let signer =
            Signer { key: None, token: String::new(), user: None, user_data: String::new(), pending: Vec::new() };
        Self { connection, signer, socket: None, attempt: None, random, tiny, clock: 0, last_read: 0 }
    }

    /// Accepts some of the unsent bytes. Returns `false` if the socket accepts none now.
    fn write(&mut self, now: u64, out: &mut Vec<Output>) -> bool {
        let Some(socket) = &mut self.socket else {
            out.push(Output::Wrong("a write without a socket".into()));
            return false;
        };
        if now < socket.full_until {
            return false;
        }
        let unsent = self.connection.unsent();
        let mut length = unsent.len();
        if self.random.chance(if self.tiny { 700 } else { 50 }) {
            length = length.min(1 + self.random.below(3) as usize);
        }
        if socket.is_dead {
            length = length.min(socket.takes);
            socket.takes -= length;
            if length == 0 {
                socket.full_until = u64::MAX;
                return false;
            }
        } else {
            socket.reader.push(&unsent[..length]);
        }
        self.connection.handle_sent(length);
        if self.random.chance(if self.tiny { 100 } else { 20 }) {
            socket.full_until = now + 1 + self.random.below(40);
        }
        while let Some(received) = socket.reader.next().transpose() {
            match received {
                Err(error) => out.push(Output::Wrong(error)),
                Ok(Received::Request(answer)) => {
                    socket.incoming.extend(answer.as_bytes());
                    out.push(Output::Upgraded);
                }
                Ok(Received::Text(text)) => out.push(Output::Text(text)),
                Ok(Received::Ping(payload)) => push_frame(socket, |bytes| write_frame(bytes, 0x8a, &payload)),
                Ok(Received::Close) => {}
            }
        }
        true
    }

    /// Returns some of the received bytes to the client. Returns `false` if there are none now.
    fn read(&mut self, now: u64, out: &mut Vec<Output>) -> bool {
        let Some(socket) = &mut self.socket else {
            out.push(Output::Wrong("a read without a socket".into()));
            return false;
        };
        if now < socket.dry_until {
            return false;
        }
        if socket.incoming.is_empty() {
            if socket.is_over {
                socket.is_over = false;
                self.connection.handle_socket_error(at(now), SocketError::Closed);
                return true;
            }
            return false;
        }
        let space = self.connection.receive_space();
        if space.is_empty() {
            out.push(Output::Wrong("a read into an empty buffer".into()));
            return false;
        }
        let mut length = space.len().min(socket.incoming.len());
        if self.random.chance(if self.tiny { 700 } else { 50 }) {
            length = length.min(1 + self.random.below(7) as usize);
        }
        for (place, byte) in space.iter_mut().zip(socket.incoming.drain(..length)) {
            *place = byte;
        }
        self.connection.handle_received(length);
        self.last_read = self.clock;
        if self.random.chance(if self.tiny { 50 } else { 20 }) {
            socket.dry_until = now + 1 + self.random.below(40);
        }
        true
    }
}

fn push_frame(socket: &mut Socket, write: impl FnOnce(&mut Vec<u8>)) {
    let mut bytes = Vec::new();
    write(&mut bytes);
    socket.incoming.extend(bytes);
}

impl End for ByteEnd<'_> {
    fn client(&self) -> &TestClient {
        self.connection.client()
    }

    fn commands(&mut self) -> &mut dyn Commands {
        &mut self.connection
    }

    fn drain(&mut self, now: u64, out: &mut Vec<Output>) {
        self.clock = self.clock.max(now);
        for _ in 0..10_000 {
            let is_over = match self.connection.poll(at(now), &mut self.signer) {
                Action::Write => !self.write(now, out),
                Action::Read { until } | Action::Wait { until } if until.is_some_and(|until| until <= at(now)) => {
                    out.push(Output::Wrong("a timer that does not fire".into()));
                    true
                }
                Action::Read { .. } => !self.read(now, out),
                Action::Wait { .. } => true,
                Action::Close(_) => {
                    self.socket = None;
                    out.push(Output::Closed);
                    false
                }
                action => {
                    out.extend(match action {
                        Action::Open { attempt, .. } => {
                            self.attempt = Some(attempt);
                            Some(Output::Open)
                        }
                        Action::Event(event) => Some(copied(event)),
                        Action::Notice(notice) => Some(Output::Notice(format!("{notice:?}"))),
                        Action::Progress => None,
                        other => Some(Output::Wrong(format!("{other:?}"))),
                    });
                    false
                }
            };
            for (ticket, socket_id, name) in self.signer.pending.drain(..) {
                out.push(match name {
                    Some(name) => Output::Authorize { ticket, socket_id, name },
                    None => Output::SignIn { ticket, socket_id },
                });
            }
            if is_over {
                return;
            }
        }
        out.push(Output::Wrong("polling does not end".into()));
    }

    fn timeout(&mut self) -> Option<u64> {
        let timers = self.connection.poll_timeout().map(|at| at.as_millis());
        let Some(socket) = &self.socket else { return timers };
        let writes = (!self.connection.unsent().is_empty()).then_some(socket.full_until);
        let reads = (!socket.incoming.is_empty() || socket.is_over).then_some(socket.dry_until);
        // The client does not read while it has something to write.
        let due = writes.or(reads).filter(|&at| at != u64::MAX);
        timers.into_iter().chain(due).min()
    }

    fn handle_timeout(&mut self, now: u64) {
        self.clock = self.clock.max(now);
    }

    fn handle_opened(&mut self, now: u64, _out: &mut Vec<Output>) {
        self.clock = self.clock.max(now);
        self.socket = Some(Socket { takes: self.random.below(500) as usize, ..Socket::default() });
        self.last_read = self.clock;
        if let Some(attempt) = self.attempt {
            self.connection.handle_opened(at(now), attempt);
        }
    }

    fn handle_open_failed(&mut self, now: u64) {
        if let Some(attempt) = self.attempt {
            self.connection.handle_open_failed(at(now), attempt);
        }
    }

    fn arrive(&mut self, now: u64, arrival: Arrival, _out: &mut Vec<Output>) {
        self.clock = self.clock.max(now);
        let Some(socket) = self.socket.as_mut().filter(|socket| !socket.is_over) else { return };
        match arrival {
            Arrival::Text(text) => push_frame(socket, |bytes| write_text(bytes, &text, &mut self.random)),
            Arrival::Close(code) => {
                push_frame(socket, |bytes| write_close(bytes, code));
                socket.is_over = true;
            }
            Arrival::End => socket.is_over = true,
            Arrival::Reset => {
                socket.incoming.clear();
                self.connection.handle_socket_error(at(now), SocketError::ConnectionReset);
            }
        }
    }

    fn last_read(&self) -> u64 {
        self.last_read
    }

    fn die(&mut self) {
        if let Some(socket) = &mut self.socket {
            socket.incoming.clear();
            socket.is_dead = true;
        }
    }

    fn is_idle(&self) -> bool {
        let is_empty = |socket: &Socket| socket.incoming.is_empty() && !socket.is_over && !socket.reader.is_partial();
        self.connection.unsent().is_empty() && self.socket.as_ref().is_none_or(is_empty)
    }

    fn authorize(
        &mut self,
        now: u64,
        ticket: Ticket,
        answer: &Authorization<'_>,
        _out: &mut Vec<Output>,
    ) -> Result<(), NotSent> {
        self.connection.authorize(at(now), ticket, answer).map_err(|error| match error {
            SendError::Client(error) => not_sent(error),
            _ => NotSent::Busy,
        })
    }

    fn authenticate(
        &mut self,
        now: u64,
        ticket: Ticket,
        answer: &UserAuthentication<'_>,
        _out: &mut Vec<Output>,
    ) -> Result<(), NotSent> {
        self.connection.authenticate(at(now), ticket, answer).map_err(|error| match error {
            SendError::Client(error) => not_sent(error),
            _ => NotSent::Busy,
        })
    }

    fn trigger(&mut self, now: u64, channel: Channel, _out: &mut Vec<Output>) {
        let _ = self.connection.trigger(at(now), channel, "client-x", Payload::Json("{}"));
    }

    fn set_signer(&mut self, key: Option<u64>, user: Option<&str>) {
        self.signer.key = key;
        self.signer.user = user.map(String::from);
    }
}

/// An authorizer that signs at once, or defers to the application.
struct Signer {
    key: Option<u64>,
    token: String,
    user: Option<String>,
    user_data: String,
    pending: Vec<(Ticket, String, Option<String>)>,
}

impl Authorizer for Signer {
    fn authorize(&mut self, request: &SubscriptionRequest<'_>) -> Answer<'_> {
        let Some(key) = self.key else {
            self.pending.push((request.ticket, request.socket_id.into(), Some(request.channel_name.into())));
            return Answer::Later;
        };
        self.token = channel_token(key, request.socket_id, request.channel_name);
        let authorization = Authorization::from_token(&self.token);
        let is_presence = request.kind.is_presence();
        Answer::Authorization(if is_presence { authorization.with_channel_data(CHANNEL_DATA) } else { authorization })
    }

    fn authenticate(&mut self, request: &SignInRequest<'_>) -> UserAnswer<'_> {
        let (Some(key), Some(user)) = (self.key, &self.user) else {
            self.pending.push((request.ticket, request.socket_id.into(), None));
            return UserAnswer::Later;
        };
        self.token = user_token(key, request.socket_id, user);
        self.user_data = user_data(user);
        UserAnswer::Authentication(UserAuthentication::from_token(&self.token, &self.user_data))
    }
}
