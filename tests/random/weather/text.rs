//! A `Client` alone: whole messages in both directions.

use pusher_proto::client::{Authorization, AuthorizeError, Client, Close, Config, Request, Ticket, UserAuthentication};
use pusher_proto::envelope::EnvelopeError;
use pusher_proto::{Channel, Payload};

use super::commands::Commands;
use super::end::{Arrival, End, NotSent, Output, TestClient, at, copied, not_sent};
use super::model_server::Random;

pub struct TextEnd {
    client: TestClient,
    random: Random,
    tiny: bool,
    /// The latest time passed to the client, whose clock does not go back.
    clock: u64,
    last_read: u64,
}

impl TextEnd {
    pub fn new(config: Config, random: Random, tiny: bool) -> Self {
        Self { client: Client::new(config), random, tiny, clock: 0, last_read: 0 }
    }

    /// Returns a buffer, which is too small at first in runs with tiny buffers.
    fn first_size(&mut self) -> usize {
        if self.tiny { self.random.below(80) as usize } else { 512 }
    }
}

impl End for TextEnd {
    fn client(&self) -> &TestClient {
        &self.client
    }

    fn commands(&mut self) -> &mut dyn Commands {
        &mut self.client
    }

    fn drain(&mut self, now: u64, out: &mut Vec<Output>) {
        self.clock = self.clock.max(now);
        for round in 0.. {
            if round == 100 {
                return out.push(Output::Wrong("polling does not end".into()));
            }
            let before = out.len();
            while let Some(request) = self.client.poll_request() {
                let socket_id = self.client.socket_id().unwrap_or_default().to_string();
                out.push(match request {
                    Request::Open { .. } => Output::Open,
                    Request::Close(_) => Output::Closed,
                    Request::Authorize(ticket) => match self.client.authorization_request(ticket) {
                        Some(request) => Output::Authorize { ticket, socket_id, name: request.channel_name.into() },
                        None => Output::Wrong("a ticket without a request".into()),
                    },
                    Request::SignIn(ticket) => Output::SignIn { ticket, socket_id },
                    other => Output::Wrong(format!("{other:?}")),
                });
                if out.len() > before + 100 {
                    return out.push(Output::Wrong("the requests do not end".into()));
                }
            }
            let mut buffer = vec![0; self.first_size()];
            match self.client.poll_transmit(at(now), &mut buffer) {
                Ok(Some(text)) => out.push(Output::Text(text.into())),
                Ok(None) => {}
                Err(error) => {
                    buffer.resize(error.needed(), 0);
                    match self.client.poll_transmit(at(now), &mut buffer) {
                        Ok(Some(text)) => out.push(Output::Text(text.into())),
                        other => out.push(Output::Wrong(format!("{error}, then {other:?}"))),
                    }
                }
            }
            if let Some(notice) = self.client.poll_notice() {
                out.push(Output::Notice(format!("{notice:?}")));
            }
            if out.len() == before {
                return;
            }
        }
    }

    fn timeout(&mut self) -> Option<u64> {
        self.client.poll_timeout().map(|(at, _)| at.as_millis())
    }

    fn handle_timeout(&mut self, now: u64) {
        self.clock = self.clock.max(now);
        self.client.handle_timeout(at(now));
    }

    fn handle_opened(&mut self, now: u64, out: &mut Vec<Output>) {
        self.clock = self.clock.max(now);
        self.client.handle_open(at(now));
        out.push(Output::Upgraded);
    }

    fn handle_open_failed(&mut self, now: u64) {
        self.client.handle_close(at(now), Close::OpenFailed);
    }

    fn arrive(&mut self, now: u64, arrival: Arrival, out: &mut Vec<Output>) {
        self.clock = self.clock.max(now);
        match arrival {
            Arrival::Text(text) => {
                self.last_read = self.clock;
                match self.client.handle_text(at(now), &mut text.into_bytes()) {
                    Ok(None) => {}
                    Ok(Some(event)) => out.push(copied(event)),
                    // The client has given up the connection and has not been polled since.
                    Err(EnvelopeError::NotOpen) => {}
                    Err(error) => out.push(Output::Wrong(format!("a message is refused: {error}"))),
                }
            }
            Arrival::Close(Some(code)) => self.client.handle_close(at(now), Close::Code(code)),
            Arrival::Close(None) | Arrival::End | Arrival::Reset => self.client.handle_close(at(now), Close::Abnormal),
        }
    }

    fn last_read(&self) -> u64 {
        self.last_read
    }

    fn authorize(
        &mut self,
        now: u64,
        ticket: Ticket,
        answer: &Authorization<'_>,
        out: &mut Vec<Output>,
    ) -> Result<(), NotSent> {
        let mut buffer = vec![0; self.first_size()];
        let first = self.client.authorize(at(now), ticket, answer, &mut buffer).map(String::from);
        let text = match first {
            Err(AuthorizeError::OutputTooSmall(error)) => {
                buffer.resize(error.needed(), 0);
                self.client.authorize(at(now), ticket, answer, &mut buffer).map(String::from)
            }
            first => first,
        };
        let text = text.map_err(not_sent)?;
        out.push(Output::Text(text));
        Ok(())
    }

    fn authenticate(
        &mut self,
        now: u64,
        ticket: Ticket,
        answer: &UserAuthentication<'_>,
        out: &mut Vec<Output>,
    ) -> Result<(), NotSent> {
        let mut buffer = [0; 512];
        let text = self.client.authenticate(at(now), ticket, answer, &mut buffer).map_err(not_sent)?;
        out.push(Output::Text(text.into()));
        Ok(())
    }

    fn trigger(&mut self, now: u64, channel: Channel, out: &mut Vec<Output>) {
        let mut buffer = [0; 512];
        if let Ok(text) = self.client.trigger(at(now), channel, "client-x", Payload::Json("{}"), &mut buffer) {
            out.push(Output::Text(text.into()));
        }
    }
}
