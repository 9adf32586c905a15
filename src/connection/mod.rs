//! A client and a WebSocket combined over two buffers: bytes in, bytes out, still without I/O.
//!
//! | file | contents |
//! |---|---|
//! | `mod.rs` | [`Connection`] |
//! | `action.rs` | [`Action`]: the next action for the caller, [`CloseReason`] |
//! | `socket_error.rs` | [`SocketError`]: the error kinds of a socket |
//! | `drive.rs` | the steps of `poll` |
//! | `commands.rs` | commands of the application: subscriptions, answers, client events |
//! | `authorizer.rs` | [`Authorizer`]: answers authorization requests |
//! | `debug.rs` | the `Debug` output of a connection |
//!
//! The drivers in `io` run a connection over a socket with the traits of embedded-io. If the socket works with
//! callbacks (lwIP, a modem's URC handler) or completions (DMA, io_uring), drive the connection directly.

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
pub(crate) use drive::NextAction;
pub use socket_error::SocketError;

use crate::client::{Client, Close};
use crate::endpoint::{Endpoint, HeaderError};
use crate::time::Instant;
use crate::websocket::{CloseCode, WebSocket};

/// A client on a byte stream, with the buffers it works in.
///
/// The receive buffer must hold the largest message to receive plus one byte, and the server's answer to the handshake,
/// some 200 to 500 bytes. The transmit buffer must hold the largest message to send plus 14 bytes, and the handshake
/// request. The request needs 193 bytes plus the host, its port, the path prefix, the key and the query. Each added
/// header needs its name, its value and 4 bytes. If the request does not fit, the client gives up with
/// [`Reason::Misconfigured`](crate::client::Reason::Misconfigured).
///
/// `random` fills a slice with random bytes: 16 for each handshake, 4 for each frame. The server must not be able to
/// predict them (RFC 6455 §10.3).
#[repr(C)] // size
pub struct Connection<'b, R, const CHANNELS: usize = 8, const NAME: usize = 64, B = &'b mut [u8]> {
    phase: SocketState,
    /// The last poll found nothing to do except reading, writing or waiting, and nothing has happened since.
    at_rest: bool,
    /// The last request to open a socket.
    pub(crate) attempt: Attempt,
    /// Bytes were written to the socket since the last flush.
    pub(crate) unflushed: bool,
    /// When the socket last returned bytes, at the latest: the time of the preceding poll. They may be decoded later.
    received_at: Instant,
    /// The code of the pending close frame.
    close_frame: Option<CloseCode>,
    /// The range of the frame in `tx` that is not sent yet.
    unsent: Range<usize>,
    tx: B,
    rx: B,
    random: R,
    /// The size the transmit buffer needs for the request, or for a pending message that was reported as too large.
    reported_needed: usize,
    /// When a closing socket is dropped, even if frames are still unsent.
    ends_by: Instant,
    channel_data: Option<&'b str>,
    user_data: Option<&'b str>,
    endpoint: Endpoint<'b>,
    websocket: WebSocket,
    client: Client<CHANNELS, NAME>,
}

/// The connection's view of the socket.
#[derive(Clone, Copy, Debug)]
enum SocketState {
    /// There is no socket.
    Down,
    /// The caller must open a socket, or is opening it.
    Opening,
    /// The socket is open.
    Up,
    /// Writing has failed. Bytes that the server has sent are still read.
    Draining(SocketError),
    /// The socket is gone. Received bytes are still decoded.
    Lost(SocketError),
    /// The socket is dropped when everything is sent.
    Closing(Closing),
}

/// A [`CloseReason`] without its details, which stay where they arose.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Closing {
    Requested,
    Server,
    Socket(SocketError),
    /// A failure of the opening handshake or of the WebSocket.
    Failure,
    /// The transmit buffer needs `reported_needed` bytes for the request.
    Request,
}

impl<'b, R: FnMut(&mut [u8]), const CHANNELS: usize, const NAME: usize> Connection<'b, R, CHANNELS, NAME> {
    /// Creates a connection that stays down until [`connect`](Self::connect).
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
    /// Creates a connection like [`new`](Connection::new), with buffers of any type that returns a slice, such as
    /// `Vec<u8>` or `[u8; 1024]`. Each call must return the same slice. The connection can then own its buffers and be
    /// stored in a struct:
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
            reported_needed: 0,
        }
    }

    /// Sets the application's own member data for presence channels: JSON with a `user_id` and optionally a
    /// `user_info`, such as `{"user_id":"7","user_info":{"name":"Ada"}}`. Authorizers receive it.
    pub const fn set_channel_data(&mut self, channel_data: Option<&'b str>) {
        self.channel_data = channel_data;
    }

    /// Sets the user data for a sign-in: JSON with an `id` and optionally `user_info` and `watchlist`, such as
    /// `{"id":"7"}`. Authorizers receive it after `sign_in`.
    pub const fn set_user_data(&mut self, user_data: Option<&'b str>) {
        self.user_data = user_data;
    }

    /// Returns the client, for its getters. Its commands are methods of the connection.
    pub const fn client(&self) -> &Client<CHANNELS, NAME> {
        &self.client
    }

    /// Returns the endpoint that the connection connects to.
    pub const fn endpoint(&self) -> &Endpoint<'b> {
        &self.endpoint
    }

    /// Sets the additional headers of the handshake request, from the next connection on; see
    /// [`Endpoint::with_headers`]. Use it to replace a token that expires.
    ///
    /// # Errors
    ///
    /// [`HeaderError`] if a header cannot be sent, with its position and the reason. The headers are unchanged.
    pub fn set_headers(&mut self, headers: &'b [(&'b str, &'b str)]) -> Result<(), HeaderError> {
        self.endpoint = self.endpoint.with_headers(headers)?;
        Ok(())
    }

    /// Returns the server's clock in seconds since 1970, as of the last handshake. It gives a device without a clock
    /// the timestamp for [`auth::rest`](crate::auth::rest): read it at `Event::Connected`, and add the time since then.
    ///
    /// It is the `Date` of the server's answer (RFC 9110 §5.6.7), in any of the three formats, from the years 2000 to
    /// 2069. `None` if the server sent no such date, and from the next attempt until its handshake. A Pusher server
    /// accepts a timestamp that is wrong by up to 600 s.
    ///
    /// **Untrusted without TLS**: anyone between the server and the device can change it. With TLS it is as trustworthy
    /// as the server, but do not use it to check the dates of that server's certificate.
    ///
    /// ```
    /// use pusher_proto::{Connection, Instant};
    ///
    /// /// The server's clock, and when it was read.
    /// struct Clock(u64, Instant);
    ///
    /// impl Clock {
    ///     /// Call this at `Event::Connected`.
    ///     fn read<R: FnMut(&mut [u8])>(connection: &Connection<'_, R>, now: Instant) -> Option<Self> {
    ///         Some(Self(connection.server_date()?, now))
    ///     }
    ///
    ///     /// The timestamp of a request.
    ///     fn timestamp(&self, now: Instant) -> u64 {
    ///         self.0 + u64::from(now.saturating_duration_since(self.1).as_secs())
    ///     }
    /// }
    /// ```
    #[cfg(feature = "date")]
    pub fn server_date(&self) -> Option<u64> {
        self.websocket.handshake().server_date()
    }

    // Inputs.

    /// Reports that the socket requested by [`Action::Open`] is open. If that attempt is over, the call has no effect:
    /// drop the socket then.
    #[inline(never)] // stack
    pub fn handle_opened(&mut self, now: Instant, attempt: Attempt) {
        if !self.is_opening(attempt) {
            return;
        }
        self.at_rest = false;
        self.reported_needed = 0;
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
                self.reported_needed = error.needed();
                self.end(Closing::Request, now);
            }
        }
    }

    /// Returns whether a socket is still wanted for `attempt`. The driver assumes that each socket belongs to the last
    /// attempt. A program that opens sockets in the background must call this first.
    pub fn is_opening(&self, attempt: Attempt) -> bool {
        matches!(self.phase, SocketState::Opening) && attempt == self.attempt
    }

    /// Reports that the socket requested by [`Action::Open`] cannot be opened. If that attempt is over, the call has no
    /// effect.
    pub fn handle_open_failed(&mut self, now: Instant, attempt: Attempt) {
        if self.is_opening(attempt) {
            self.phase = SocketState::Down;
            self.at_rest = false;
            self.client.handle_close(now, Close::OpenFailed);
        }
    }

    /// Reports that the socket has ended or failed. Bytes passed to [`handle_received`](Self::handle_received) before
    /// are still decoded, then [`Action::Close`] follows.
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

    /// Reports that the socket accepts no more bytes, but may still return some that the server sent before, such as
    /// the reason.
    ///
    /// [`Action::Read`] follows: read the socket to its end, then call
    /// [`handle_socket_error`](Self::handle_socket_error). After 2 s the connection ends in any case.
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

    /// Returns whether writing has failed and reading has not.
    pub(crate) const fn is_draining(&self) -> bool {
        matches!(self.phase, SocketState::Draining(_))
    }

    /// Returns whether the last frames are being sent.
    #[cfg(feature = "embedded-io-async")]
    pub(crate) const fn is_ending(&self) -> bool {
        matches!(self.phase, SocketState::Closing(_))
    }

    /// Reports that `length` bytes were read into the front of [`receive_space`](Self::receive_space).
    pub fn handle_received(&mut self, length: usize) {
        if matches!(self.phase, SocketState::Up | SocketState::Draining(_)) {
            self.websocket.handle_received(length);
            self.received_at = self.client.now();
            self.at_rest = false;
        }
    }

    /// Reports that the first `length` bytes of [`unsent`](Self::unsent) were sent.
    pub fn handle_sent(&mut self, length: usize) {
        self.unsent.start = self.unsent.start.wrapping_add(length.min(self.unsent.len()));
        self.at_rest &= !self.unsent.is_empty();
    }

    // Outputs.

    /// Returns the next action. Carry it out and poll again, until only reading or waiting is left.
    pub fn poll(&mut self, now: Instant, authorizer: &mut impl Authorizer) -> Action<'_> {
        let next = self.advance(now, authorizer);
        self.action_of(now, next)
    }

    /// Returns the latest time for the next poll; `None` if there is no deadline.
    ///
    /// After an input or a command, and until [`poll`](Self::poll) has no more immediate work, this is the latest time
    /// that the connection has seen: poll at once.
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

    /// Returns the bytes to write to the socket.
    pub fn unsent(&self) -> &[u8] {
        self.tx.as_ref().get(self.unsent.clone()).unwrap_or_default()
    }

    /// Returns the space to read the socket into. It is not empty when [`Action::Read`] requests it.
    pub fn receive_space(&mut self) -> &mut [u8] {
        self.websocket.receive_space(self.rx.as_mut())
    }
}
