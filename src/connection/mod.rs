//! Client and WebSocket tied together in two buffers: bytes in, bytes out, still without I/O.
//!
//! | file | what it holds |
//! |---|---|
//! | `mod.rs` | [`Connection`] |
//! | `action.rs` | [`Action`]: what the owner has to do next, [`CloseReason`] |
//! | `socket_error.rs` | [`SocketError`]: what went wrong with a socket |
//! | `drive.rs` | what `poll` does, step by step |
//! | `commands.rs` | commands of the application: subscriptions, answers, client events |
//! | `authorizer.rs` | [`Authorizer`]: who answers when a subscription has to be authorized |
//! | `debug.rs` | what `Debug` prints of a connection |
//!
//! The drivers in `io` run a connection over a socket with the traits of embedded-io. Where the socket calls back
//! (lwIP, a modem's URC handler) or completes requests (DMA, io_uring), run the connection itself.

mod action;
mod authorizer;
mod commands;
mod debug;
mod drive;
mod socket_error;

use core::ops::Range;

pub use action::{Action, Attempt, CloseReason};
#[cfg(feature = "encrypted")]
pub use authorizer::EncryptedCredentials;
pub use authorizer::{Answer, Authorizer, DenyAll, SignInRequest, SubscriptionRequest, UserAnswer};
pub use commands::SendError;
#[cfg(any(feature = "embedded-io", feature = "embedded-io-async"))]
pub(crate) use drive::Next;
pub use socket_error::SocketError;

use crate::client::{Client, Close};
use crate::endpoint::{Endpoint, HeaderError};
use crate::time::Instant;
use crate::websocket::{CloseCode, WebSocket};

/// A client on a byte stream, with the buffers it works in.
///
/// The receive buffer holds the largest message that is to be received and one byte more, and the server's answer to
/// the handshake, some 200 to 500 bytes. The transmit buffer holds 14 bytes and the largest frame to be sent, and the
/// request of the handshake: 193 bytes and the host, its port, the path prefix, the key and the query, and of each header
/// that is added its name, its value and 4 bytes. If it cannot hold the request, the client gives up with
/// [`Reason::Misconfigured`](crate::client::Reason::Misconfigured).
///
/// `random` fills a slice with random bytes: 16 for each handshake, 4 for each frame, which the server must not be able to
/// guess (RFC 6455 §10.3).
#[repr(C)] // size
pub struct Connection<'b, R, const CHANNELS: usize = 8, const NAME: usize = 64, B = &'b mut [u8]> {
    phase: SocketState,
    /// There was nothing to do but to read, to write or to wait, and nothing has happened since.
    at_rest: bool,
    /// The last request to open a socket.
    pub(crate) attempt: Attempt,
    /// Something was written to the socket since it was last flushed.
    pub(crate) unflushed: bool,
    /// When bytes last came from the socket, at the latest: the time of the poll before. They may be decoded later.
    received_at: Instant,
    /// The code of the close frame that the client wants to send.
    close_frame: Option<CloseCode>,
    /// What is left to be sent of the frame in `tx`.
    unsent: Range<usize>,
    tx: B,
    rx: B,
    random: R,
    /// What the transmit buffer needs for the request, or for a frame that is due once the owner was told.
    told_needed: usize,
    /// When an ending socket is dropped whatever is left to be sent.
    ends_by: Instant,
    channel_data: Option<&'b str>,
    user_data: Option<&'b str>,
    endpoint: Endpoint<'b>,
    websocket: WebSocket,
    client: Client<CHANNELS, NAME>,
}

/// What the connection knows of the socket.
#[derive(Clone, Copy, Debug)]
enum SocketState {
    /// There is none.
    Down,
    /// The owner was asked for one.
    Opening,
    /// It is open.
    Up,
    /// Writing has failed. What the server has sent is still read.
    Draining(SocketError),
    /// It is gone. What was received is still decoded.
    Lost(SocketError),
    /// It has to be dropped when everything is sent.
    Closing(Closing),
}

/// [`CloseReason`] without its reasons, which stay where they arose.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Closing {
    Requested,
    Server,
    Socket(SocketError),
    /// Of the opening handshake or of the WebSocket.
    Failure,
    /// The transmit buffer needs `told_needed` bytes for the request.
    Request,
}

impl<'b, R: FnMut(&mut [u8]), const CHANNELS: usize, const NAME: usize> Connection<'b, R, CHANNELS, NAME> {
    /// Creates a connection that is down until [`connect`](Self::connect).
    pub const fn new(
        client: Client<CHANNELS, NAME>,
        endpoint: Endpoint<'b>,
        random: R,
        rx: &'b mut [u8],
        tx: &'b mut [u8],
    ) -> Self {
        Self::with_buffers(client, endpoint, random, rx, tx)
    }
}

impl<'b, R: FnMut(&mut [u8]), const CHANNELS: usize, const NAME: usize, B: AsRef<[u8]> + AsMut<[u8]>>
    Connection<'b, R, CHANNELS, NAME, B>
{
    /// The same as [`new`](Connection::new), with buffers of any type that gives a slice, such as `Vec<u8>` or `[u8; 1024]`.
    /// Each call must give the same slice. So a connection can own its buffers and lie in a struct:
    ///
    /// ```
    /// use pusher_proto::{Client, Config, Connection, Endpoint};
    ///
    /// struct App {
    ///     connection: Connection<'static, fn(&mut [u8]), 8, 64, Vec<u8>>,
    /// }
    ///
    /// # fn random(bytes: &mut [u8]) { bytes.fill(4) }
    /// let endpoint = Endpoint::cluster("eu", "app-key")?;
    /// let client = Client::new(Config::new(0x5eed));
    /// let connection = Connection::with_buffers(client, endpoint, random as _, vec![0; 4096], vec![0; 1024]);
    /// let app = App { connection };
    /// # Ok::<(), pusher_proto::endpoint::UrlError>(())
    /// ```
    pub const fn with_buffers(client: Client<CHANNELS, NAME>, endpoint: Endpoint<'b>, random: R, rx: B, tx: B) -> Self {
        Self {
            client,
            websocket: WebSocket::new([0; 16]),
            endpoint,
            random,
            rx,
            tx,
            unsent: 0..0,
            unflushed: false,
            channel_data: None,
            user_data: None,
            phase: SocketState::Down,
            at_rest: false,
            attempt: Attempt(0),
            ends_by: Instant::ZERO,
            received_at: Instant::ZERO,
            close_frame: None,
            told_needed: 0,
        }
    }

    /// What the application says about itself on presence channels: JSON with a `user_id` and perhaps a `user_info`,
    /// such as `{"user_id":"7","user_info":{"name":"Ada"}}`. Authorizers see it.
    pub const fn set_channel_data(&mut self, channel_data: Option<&'b str>) {
        self.channel_data = channel_data;
    }

    /// Who the user is: JSON with an `id` and perhaps `user_info` and `watchlist`, such as `{"id":"7"}`. Authorizers see
    /// it after `sign_in`.
    pub const fn set_user_data(&mut self, user_data: Option<&'b str>) {
        self.user_data = user_data;
    }

    /// Returns the client, for its getters. Its commands are methods of the connection.
    pub const fn client(&self) -> &Client<CHANNELS, NAME> {
        &self.client
    }

    /// Where the connection connects to.
    pub const fn endpoint(&self) -> &Endpoint<'b> {
        &self.endpoint
    }

    /// Adds headers to the request of the handshake, from the next connection on; see [`Endpoint::with_headers`]. A token
    /// that expires is set anew in this way.
    ///
    /// # Errors
    ///
    /// [`HeaderError`] says which header cannot be sent, and why. The headers are as they were.
    pub fn set_headers(&mut self, headers: &'b [(&'b str, &'b str)]) -> Result<(), HeaderError> {
        self.endpoint = self.endpoint.with_headers(headers)?;
        Ok(())
    }

    // Inputs.

    /// The socket that [`Action::Open`] asked for is open. Nothing happens if that attempt is over: drop the socket then.
    #[inline(never)] // stack
    pub fn handle_opened(&mut self, now: Instant, attempt: Attempt) {
        if !self.is_opening(attempt) {
            return;
        }
        self.at_rest = false;
        self.told_needed = 0;
        let endpoint = &self.endpoint;
        let request = self.websocket.handshake().write_request_with(
            |writer| endpoint.write_request_target(writer),
            |writer| endpoint.write_host_header(writer),
            endpoint.headers(),
            self.tx.as_mut(),
        );
        match request.map(str::len) {
            Ok(length) => {
                self.unsent = 0..length;
                self.phase = SocketState::Up;
            }
            Err(error) => {
                self.told_needed = error.needed();
                self.end(Closing::Request, now);
            }
        }
    }

    /// Whether a socket is still wanted for `attempt`. The driver takes each socket that it is given for one of the last
    /// attempt, so a program that opens sockets in the background asks this first.
    pub fn is_opening(&self, attempt: Attempt) -> bool {
        matches!(self.phase, SocketState::Opening) && attempt == self.attempt
    }

    /// The socket that [`Action::Open`] asked for cannot be opened. Nothing happens if that attempt is over.
    pub fn handle_open_failed(&mut self, now: Instant, attempt: Attempt) {
        if self.is_opening(attempt) {
            self.phase = SocketState::Down;
            self.at_rest = false;
            self.client.handle_close(now, Close::OpenFailed);
        }
    }

    /// The socket has ended or failed. What was [`handle_received`](Self::handle_received) before is still decoded, then
    /// [`Action::Close`] follows.
    pub fn handle_socket_error(&mut self, now: Instant, error: SocketError) {
        self.phase = match self.phase {
            SocketState::Up => SocketState::Lost(error),
            SocketState::Draining(first) => SocketState::Lost(first),
            SocketState::Closing(_) => {
                self.ends_by = self.client.advance_clock(now);
                self.phase
            }
            SocketState::Down | SocketState::Opening | SocketState::Lost(_) => return,
        };
        self.unsent = 0..0;
        self.at_rest = false;
    }

    /// The socket takes no more bytes, but may have some that the server sent before, such as the reason.
    ///
    /// [`Action::Read`] follows: read the socket to its end, then call [`handle_socket_error`](Self::handle_socket_error). After 2 s the connection
    /// ends all the same.
    pub fn handle_write_error(&mut self, now: Instant, error: SocketError) {
        if !matches!(self.phase, SocketState::Up) {
            if !self.is_draining() {
                self.handle_socket_error(now, error);
            }
            return;
        }
        let now = self.client.advance_clock(now);
        self.end_by(now);
        self.phase = SocketState::Draining(error);
        self.unsent = 0..0;
        self.unflushed = false;
        self.at_rest = false;
    }

    /// Whether writing has failed and reading has not.
    pub(crate) const fn is_draining(&self) -> bool {
        matches!(self.phase, SocketState::Draining(_))
    }

    /// Whether the last frames are being sent.
    #[cfg(feature = "embedded-io-async")]
    pub(crate) const fn is_ending(&self) -> bool {
        matches!(self.phase, SocketState::Closing(_))
    }

    /// `length` bytes were read into the front of [`receive_space`](Self::receive_space).
    pub fn handle_received(&mut self, length: usize) {
        if matches!(self.phase, SocketState::Up | SocketState::Draining(_)) {
            self.websocket.handle_received(length);
            self.received_at = self.client.now();
            self.at_rest = false;
        }
    }

    /// The first `length` bytes of [`unsent`](Self::unsent) were sent.
    pub fn handle_sent(&mut self, length: usize) {
        self.unsent.start = self.unsent.start.wrapping_add(length.min(self.unsent.len()));
        self.at_rest &= !self.unsent.is_empty();
    }

    // Outputs.

    /// What to do next. Poll until there is nothing to do but to read or to wait.
    pub fn poll(&mut self, now: Instant, authorizer: &mut impl Authorizer) -> Action<'_> {
        let next = self.advance(now, authorizer);
        self.tell(now, next)
    }

    /// By when to poll again at the latest; `None` if there is nothing to wait for.
    ///
    /// After an input or a command, and until [`poll`](Self::poll) comes to rest, this is the latest time that the
    /// connection has seen: poll at once.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        if !self.at_rest {
            return Some(self.client.now());
        }
        let client = self.client.poll_timeout().map(|(at, _)| at);
        match self.phase {
            SocketState::Closing(_) | SocketState::Draining(_) if client.is_none_or(|client| self.ends_by < client) => {
                Some(self.ends_by)
            }
            _ => client,
        }
    }

    /// What has to be written to the socket.
    pub fn unsent(&self) -> &[u8] {
        self.tx.as_ref().get(self.unsent.clone()).unwrap_or_default()
    }

    /// Where to read the socket into. Not empty when [`Action::Read`] asks for it.
    pub fn receive_space(&mut self) -> &mut [u8] {
        self.websocket.receive_space(self.rx.as_mut())
    }
}
