//! The steps of [`Connection::poll`](super::Connection::poll).
//!
//! The work has two halves, because an action borrows the connection and the next step must not. Drivers look at
//! [`NextAction`], the half that does not borrow.

use super::{
    Action, Answer, Authorizer, CloseReason, Closing, Connection, SignInRequest, SocketError, SocketState,
    SubscriptionRequest, UserAnswer,
};
use crate::channel::{SubscriptionFailure, USERS};
use crate::client::{Authorization, AuthorizeError, Close, Notice, Request, Ticket, UserAuthentication};
use crate::envelope::EnvelopeError;
use crate::event::Event;
use crate::output::OutputTooSmall;
use crate::time::{Duration, Instant};
use crate::websocket::{
    self, CONTROL_START, CloseCode, Failed, MAX_HEADER_LEN, Opcode, Ready, ReadyState, RequestError,
};

/// How long a socket may take to send the last frames before it is dropped anyway.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// An [`Action`] without the parts that borrow.
#[derive(Debug)]
pub(crate) enum NextAction {
    Open {
        secure: bool,
    },
    Close(Closing),
    Write,
    Read,
    Wait,
    Notice(Notice),
    /// A message is complete in the receive buffer.
    Text,
    OutputTooSmall(OutputTooSmall),
    Progress,
}

impl<R: FnMut(&mut [u8]), const CHANNELS: usize, const NAME: usize, B: AsRef<[u8]> + AsMut<[u8]>>
    Connection<'_, R, CHANNELS, NAME, B>
{
    /// Does everything possible without the caller.
    pub(crate) fn advance(&mut self, now: Instant, authorizer: &mut impl Authorizer) -> NextAction {
        let next = self.next(now, authorizer);
        self.at_rest = matches!(next, NextAction::Write | NextAction::Read | NextAction::Wait);
        next
    }

    fn next(&mut self, now: Instant, authorizer: &mut impl Authorizer) -> NextAction {
        let now = self.client.advance_clock(now); // unchanged if the clock went back
        // A fast path: these few flags replace the repeated checks of the loop below and halve the time of a poll.
        if cfg!(target_pointer_width = "64") && self.has_nothing_due() {
            return self.take(now);
        }
        // Deadlines first: a peer that reads nothing must not keep them from ending the connection.
        self.client.handle_timeout(now);
        if let Some(code) = self.client.poll_close()
            && !matches!(self.phase, SocketState::Down | SocketState::Closing(_))
        {
            self.end_by(now);
            // Without an open socket no close frame can be sent.
            self.close_frame = CloseCode::new(code).filter(|_| matches!(self.phase, SocketState::Up));
            self.phase = SocketState::Closing(Closing::Requested);
        }
        // The end of a socket is reported before the client's notice, because it has more detail.
        if let SocketState::Closing(ending) = self.phase {
            return self.finish(now, ending);
        }
        if let Some(notice) = self.client.poll_notice() {
            return NextAction::Notice(notice);
        }
        if let SocketState::Draining(error) | SocketState::Lost(error) = self.phase {
            return self.drain(now, error);
        }
        if !self.unsent.is_empty() {
            return NextAction::Write;
        }
        if let Some(request) = self.client.poll_request() {
            return match request {
                Request::Open { secure } => {
                    self.phase = SocketState::Opening;
                    self.attempt.0 = self.attempt.0.wrapping_add(1);
                    // Messages pending on the last WebSocket must not be sent on this one.
                    (self.random)(self.websocket.restart());
                    NextAction::Open { secure }
                }
                Request::Close(_) => NextAction::Progress, // handled above
                Request::Authorize(ticket) => self.authorize_ticket(now, ticket, authorizer),
                Request::SignIn(_) if !USERS => NextAction::Progress, // never requested
                Request::SignIn(ticket) => self.authenticate_ticket(now, ticket, authorizer),
                #[cfg(feature = "encrypted")]
                Request::Rekey(ticket) => self.rekey_ticket(now, ticket, authorizer),
            };
        }
        if !matches!(self.phase, SocketState::Up) {
            return NextAction::Wait;
        }
        match self.fill(now) {
            Ok(()) if !self.unsent.is_empty() => NextAction::Write,
            Ok(()) => self.take(now),
            // Reported already: inbound messages must not wait for it.
            Err(error) if error.needed() == self.reported_needed => self.take(now),
            Err(error) => {
                self.reported_needed = error.needed();
                NextAction::OutputTooSmall(error)
            }
        }
    }

    /// Returns whether decoding received bytes is all there is to do.
    fn has_nothing_due(&self) -> bool {
        matches!(self.phase, SocketState::Up)
            && self.unsent.is_empty()
            && self.websocket.state() == ReadyState::Open
            && !self.websocket.reply_due()
            && self.client.has_nothing_due()
    }

    /// Turns the result of [`advance`](Self::advance) into an action.
    pub(crate) fn action_of(&mut self, now: Instant, next: NextAction) -> Action<'_> {
        match next {
            NextAction::Open { secure } => Action::Open { secure, attempt: self.attempt },
            NextAction::Write => Action::Write,
            NextAction::Read => Action::Read { until: self.poll_timeout() },
            NextAction::Wait => Action::Wait { until: self.poll_timeout() },
            NextAction::Progress => Action::Progress,
            NextAction::Notice(notice) => Action::Notice(notice),
            NextAction::OutputTooSmall(error) => Action::OutputTooSmall(error),
            NextAction::Text => match self.handle_text(now) {
                Ok(Some(event)) => Action::Event(event),
                Ok(None) => Action::Progress,
                Err(error) => Action::BadEnvelope(error),
            },
            NextAction::Close(ending) => Action::Close(self.close_reason(ending)),
        }
    }

    /// Passes a message to the client.
    pub(crate) fn handle_text(&mut self, now: Instant) -> Result<Option<Event<'_>>, EnvelopeError> {
        let mut event = self.client.handle_text(now, self.websocket.found().payload(self.rx.as_mut()));
        self.client.received_at(self.received_at);
        if let Ok(Some(event)) = &mut event {
            self.client.name_channel(event);
        }
        event
    }

    /// Returns the reason for a close.
    #[inline(never)] // stack
    pub(crate) fn close_reason(&self, ending: Closing) -> CloseReason<'_> {
        match ending {
            Closing::Requested => CloseReason::Requested,
            Closing::Server => {
                let close = self.websocket.found();
                CloseReason::Server { code: close.close_code(), reason: close.close_reason() }
            }
            Closing::Socket(error) => {
                CloseReason::Socket { opened: self.websocket.state() != ReadyState::Connecting, error }
            }
            Closing::Request => {
                CloseReason::Request(RequestError::OutputTooSmall(OutputTooSmall { needed: self.reported_needed }))
            }
            Closing::Failure => match self.websocket.failure() {
                Some(websocket::Error::Handshake(error)) => CloseReason::Handshake(error),
                Some(websocket::Error::Protocol(error)) => CloseReason::Protocol(error),
                None => CloseReason::Requested, // unreachable: `take` sets `Failure` only after a failure
            },
        }
    }

    /// Closes the socket as soon as everything is sent.
    pub(super) fn end(&mut self, ending: Closing, now: Instant) {
        let close = match ending {
            Closing::Server => {
                self.websocket.found().close_code().map_or(Close::Abnormal, |code| Close::Code(code.as_u16()))
            }
            Closing::Failure if self.websocket.is_refused() => Close::OpenFailed,
            Closing::Request => Close::Misconfigured,
            _ => Close::Abnormal,
        };
        self.client.handle_close(now, close);
        self.end_by(now);
        self.phase = SocketState::Closing(ending);
        self.close_frame = None;
    }

    /// Sets the deadline for sending the last frames: now, if the socket accepts no bytes.
    pub(super) fn end_by(&mut self, now: Instant) {
        self.ends_by = if matches!(self.phase, SocketState::Up) { now + CLOSE_TIMEOUT } else { now };
    }

    /// Decodes the bytes received over a socket that can no longer be written, and ends it when none are left.
    fn drain(&mut self, now: Instant, error: SocketError) -> NextAction {
        self.websocket.drop_pong();
        let next = self.take(now);
        if matches!(next, NextAction::Read) && (matches!(self.phase, SocketState::Lost(_)) || now >= self.ends_by) {
            let ending = Closing::Socket(error);
            self.phase = SocketState::Lost(error);
            self.end(ending, now);
            return self.finish(now, ending);
        }
        next
    }

    /// Sends the pending frames and the close frame, if any, then drops the socket. That happens at once if the socket
    /// is gone, and after a timeout if it accepts no bytes.
    fn finish(&mut self, now: Instant, ending: Closing) -> NextAction {
        if now < self.ends_by {
            if self.unsent.is_empty() {
                self.fill_close_frame();
            }
            if !self.unsent.is_empty() || self.unflushed {
                return NextAction::Write;
            }
        }
        self.unsent = 0..0;
        self.unflushed = false;
        self.phase = SocketState::Down;
        NextAction::Close(ending)
    }

    /// Puts the last pending frame into the transmit buffer: our own close frame, or the answer to the server's. If the
    /// buffer is too small, the frame is omitted.
    fn fill_close_frame(&mut self) {
        let end = match self.close_frame.take() {
            Some(code) => {
                let mask = self.mask();
                self.websocket.write_close(code, "", mask, self.tx.as_mut()).ok()
            }
            None => {
                let _ = self.fill_reply();
                None
            }
        };
        if let Some(end) = end {
            self.unsent = CONTROL_START..end;
        }
    }

    /// Passes a ticket to the authorizer and sends its answer to the server.
    #[inline(never)] // stack
    fn authorize_ticket(&mut self, now: Instant, ticket: Ticket, authorizer: &mut impl Authorizer) -> NextAction {
        let Some(request) = self.client.authorization_request(ticket) else { return NextAction::Progress };
        let channel_data = self.channel_data.filter(|_| request.kind.is_presence());
        let answer = authorizer.authorize(&SubscriptionRequest {
            socket_id: request.socket_id,
            channel_name: request.channel_name,
            channel_data,
            kind: request.kind,
            ticket,
        });
        // Here, so that a program that never answers at once has no code for it.
        if matches!(answer, Answer::Later) {
            return NextAction::Progress;
        }
        self.answer_ticket(now, ticket, channel_data, &answer)
    }

    /// Sends the authorizer's answer for a subscription to the server.
    #[inline(never)] // stack
    fn answer_ticket(
        &mut self,
        now: Instant,
        ticket: Ticket,
        channel_data: Option<&str>,
        answer: &Answer<'_>,
    ) -> NextAction {
        let mut authorization = match answer {
            Answer::Signature { key, signature } => Authorization::from_signature(key, signature.as_str()),
            Answer::Authorization(authorization) => *authorization,
            Answer::Later => return NextAction::Progress,
            Answer::Deny => return self.refuse(now, ticket, SubscriptionFailure::Denied),
            Answer::Failed(status) => {
                return self.refuse(now, ticket, SubscriptionFailure::AuthorizationFailed(*status));
            }
        };
        if authorization.channel_data().is_none()
            && let Some(channel_data) = channel_data
        {
            authorization = authorization.with_channel_data(channel_data);
        }
        let room = room(self.tx.as_mut());
        let written = self.client.authorize(now, ticket, &authorization, room).map(str::len);
        self.answered(now, ticket, written)
    }

    /// Passes a sign-in request to the authorizer and sends its answer to the server.
    fn authenticate_ticket(&mut self, now: Instant, ticket: Ticket, authorizer: &mut impl Authorizer) -> NextAction {
        let socket_id = self.client.socket_id().unwrap_or_default();
        let user_data = self.user_data;
        let answer = authorizer.authenticate(&SignInRequest { socket_id, user_data, ticket });
        let authentication = match (&answer, user_data) {
            (UserAnswer::Signature { key, signature }, Some(user_data)) => {
                UserAuthentication::from_signature(key, signature.as_str(), user_data)
            }
            (UserAnswer::Authentication(authentication), _) => *authentication,
            (UserAnswer::Later, _) => return NextAction::Progress,
            (UserAnswer::Failed(status), _) => {
                return self.refuse(now, ticket, SubscriptionFailure::AuthorizationFailed(*status));
            }
            (UserAnswer::Deny, _) => return self.refuse(now, ticket, SubscriptionFailure::Denied),
            (UserAnswer::Signature { .. }, None) => {
                return self.refuse(now, ticket, SubscriptionFailure::MissingUserData);
            }
        };
        let room = room(self.tx.as_mut());
        let written = self.client.authenticate(now, ticket, &authentication, room).map(str::len);
        self.answered(now, ticket, written)
    }

    /// Passes a request for a new key to the authorizer and its answer to the client.
    #[cfg(feature = "encrypted")]
    fn rekey_ticket(&mut self, now: Instant, ticket: Ticket, authorizer: &mut impl Authorizer) -> NextAction {
        let Some(request) = self.client.authorization_request(ticket) else { return NextAction::Progress };
        let channel = request.channel;
        let answer = authorizer.authorize(&SubscriptionRequest {
            socket_id: request.socket_id,
            channel_name: request.channel_name,
            channel_data: None,
            kind: request.kind,
            ticket,
        });
        let failure = match answer {
            Answer::Authorization(authorization) => match self.client.rekey(now, ticket, &authorization) {
                Ok(()) => return NextAction::Progress,
                Err(_) => SubscriptionFailure::MissingSharedSecret,
            },
            Answer::Signature { .. } => SubscriptionFailure::MissingSharedSecret,
            Answer::Later => return NextAction::Progress,
            Answer::Deny => SubscriptionFailure::Denied,
            Answer::Failed(status) => SubscriptionFailure::AuthorizationFailed(status),
        };
        let _ = self.client.refuse(now, ticket, failure);
        NextAction::Notice(Notice::RekeyFailed { channel, failure })
    }

    /// Sends the message that the client wrote for the authorizer's answer, or handles the error.
    fn answered(&mut self, now: Instant, ticket: Ticket, written: Result<usize, AuthorizeError>) -> NextAction {
        let error = match written {
            Ok(length) => {
                self.encode_frame(length);
                return NextAction::Progress;
            }
            Err(error) => error,
        };
        let failure = match error {
            AuthorizeError::OutputTooSmall(error) => return NextAction::OutputTooSmall(with_header(error)),
            AuthorizeError::StaleTicket => return NextAction::Progress,
            AuthorizeError::MissingChannelData => SubscriptionFailure::MissingChannelData,
            AuthorizeError::MissingSharedSecret => SubscriptionFailure::MissingSharedSecret,
        };
        self.refuse(now, ticket, failure)
    }

    /// Passes the authorizer's refusal to the client.
    fn refuse(&mut self, now: Instant, ticket: Ticket, failure: SubscriptionFailure) -> NextAction {
        // A stale ticket means that there is nothing left to refuse.
        let _ = self.client.refuse(now, ticket, failure);
        NextAction::Progress
    }

    /// Puts the next pending message into the transmit buffer, if any.
    fn fill(&mut self, now: Instant) -> Result<(), OutputTooSmall> {
        self.fill_reply()?;
        if !self.unsent.is_empty() || self.websocket.state() != ReadyState::Open {
            return Ok(());
        }
        let room = room(self.tx.as_mut());
        if let Some(length) = self.client.poll_transmit(now, room).map_err(with_header)?.map(str::len) {
            self.encode_frame(length);
        }
        Ok(())
    }

    /// Puts the pending pong or close frame into the transmit buffer, if any.
    fn fill_reply(&mut self) -> Result<(), OutputTooSmall> {
        if self.websocket.reply_due() {
            let mask = self.mask();
            if let Some(end) = self.websocket.write_reply(mask, self.tx.as_mut())? {
                self.unsent = CONTROL_START..end;
            }
        }
        Ok(())
    }

    /// Decodes the next message in the receive buffer.
    #[cfg_attr(target_pointer_width = "64", inline)]
    #[cfg_attr(not(target_pointer_width = "64"), inline(never))] // size
    fn take(&mut self, now: Instant) -> NextAction {
        match self.websocket.advance(self.rx.as_mut()) {
            Ok(None) => return NextAction::Read,
            Ok(Some(Ready::Open)) => self.client.handle_open(now),
            Ok(Some(Ready::Ping | Ready::Pong)) => {
                self.client.handle_activity(now);
                self.client.received_at(self.received_at);
            }
            // Some servers send text in binary frames. A message that is not JSON is reported either way.
            Ok(Some(Ready::Text | Ready::Binary)) => return NextAction::Text,
            Ok(Some(Ready::Close)) => self.end(Closing::Server, now),
            Err(Failed) => self.end(Closing::Failure, now),
        }
        NextAction::Progress
    }

    /// Encodes the text of `length` bytes, written after the space for its header, as a frame.
    pub(super) fn encode_frame(&mut self, length: usize) {
        let mask = self.mask();
        // The text was written into this same buffer, so it fits.
        if let Ok(start) = websocket::frame(Opcode::TEXT, length, mask, self.tx.as_mut()) {
            self.unsent = start..MAX_HEADER_LEN.saturating_add(length);
        }
        self.at_rest = false;
    }

    fn mask(&mut self) -> [u8; 4] {
        let mut mask = [0; 4];
        (self.random)(&mut mask);
        mask
    }
}

/// Returns the part of the transmit buffer for a frame's text, after the space for its header.
#[inline(never)] // size
pub(super) fn room(tx: &mut [u8]) -> &mut [u8] {
    tx.get_mut(MAX_HEADER_LEN..).unwrap_or_default()
}

/// Returns the size that the whole transmit buffer needs if its text needs `error`.
pub(super) fn with_header(error: OutputTooSmall) -> OutputTooSmall {
    OutputTooSmall { needed: error.needed().saturating_add(MAX_HEADER_LEN) }
}
