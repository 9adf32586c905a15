//! A client that receives whole messages.

use pusher_proto::client::{Close, Request};
use pusher_proto::{Channel, Instant, Payload};

use super::commands::Commands;
use super::recording::Step;
use super::replay::{Journal, TestClient, Transport, config};
use super::script::{describe_notice, describe_with};

pub struct Messages {
    client: Box<TestClient>,
    up: bool,
}

impl Messages {
    pub fn new() -> Self {
        Self { client: Box::new(TestClient::new(config())), up: true }
    }

    fn message(&mut self, now: Instant, mut bytes: Vec<u8>, journal: &mut Journal) {
        let line = match self.client.handle_text(now, &mut bytes) {
            Ok(None) => return,
            Ok(Some(event)) => format!("< event {}", describe_with(&|channel| journal.name(channel), event)),
            Err(error) => format!("< bad message: {error}"),
        };
        journal.record(&line);
    }

    fn closed(&mut self, now: Instant, close: Close) {
        self.client.handle_close(now, close);
        self.up = false;
    }

    fn step(&mut self, now: Instant, step: &Step, journal: &mut Journal) {
        match step {
            Step::Answer(head) if head.starts_with("HTTP/1.1 101") => {
                journal.record("> open");
                self.client.handle_open(now);
            }
            Step::Answer(head) => {
                journal.record(&format!("> refused {}", head.lines().next().unwrap()));
                self.closed(now, Close::OpenFailed);
            }
            Step::Text(text) => {
                journal.record(&format!("> in {text}"));
                self.message(now, text.as_bytes().to_vec(), journal);
            }
            Step::Binary(bytes) => {
                journal.record(&format!("> in binary frame of {} bytes", bytes.len()));
                self.message(now, bytes.to_vec(), journal);
            }
            Step::Ping(_) | Step::Pong(_) => {
                journal.record(if matches!(step, Step::Ping(_)) { "> WebSocket ping" } else { "> WebSocket pong" });
                self.client.handle_activity(now);
            }
            Step::Close(code, reason) => {
                journal.record(&format!("> close {} {reason}", code.map_or("-".into(), |code| code.to_string())));
                self.closed(now, code.map_or(Close::Abnormal, Close::Code));
            }
            Step::End => {
                journal.record("> end of the stream");
                self.closed(now, Close::Abnormal);
            }
            Step::Sent(_) | Step::Skipped(_) | Step::Disconnected => unreachable!("not the server's"),
        }
    }
}

impl Transport for Messages {
    fn client(&self) -> &TestClient {
        &self.client
    }

    fn commands(&mut self) -> &mut dyn Commands {
        &mut *self.client
    }

    fn handle_timeout(&mut self, now: Instant) {
        self.client.handle_timeout(now);
    }

    fn deliver(&mut self, now: Instant, steps: &[(u64, Step)], journal: &mut Journal) {
        for (_, step) in steps {
            if self.up {
                self.step(now, step, journal);
                self.drain(now, journal);
            }
        }
    }

    fn trigger(&mut self, now: Instant, channel: Channel, event: &str, data: &str, journal: &mut Journal) {
        let data = if data.is_empty() { Payload::Absent } else { Payload::Json(data) };
        match self.client.trigger(now, channel, event, data, &mut vec![0; 200_000]) {
            Ok(message) => journal.out(message),
            Err(error) => journal.record(&format!("< error {error}")),
        }
    }

    fn drain(&mut self, now: Instant, journal: &mut Journal) {
        let mut out = vec![0; 20_000];
        // In the order of `Connection`: the end of a transport, notices, requests, messages.
        loop {
            self.client.handle_timeout(now);
            let notices: Vec<_> = std::iter::from_fn(|| self.client.poll_notice()).collect();
            let request = self.client.poll_request();
            if let Some(Request::Close(code)) = request {
                journal.record(&format!("< request close {code}"));
                self.up = false;
            }
            for notice in notices {
                let line = describe_notice(&|channel| journal.name(channel), notice);
                journal.record(&format!("< notice {line}"));
            }
            if let Some(request) = request {
                self.request(now, request, &mut out, journal);
                continue;
            }
            match self.client.poll_transmit(now, &mut out).unwrap() {
                Some(message) => journal.out(message),
                None => return,
            }
        }
    }

    fn is_up(&self) -> bool {
        self.up
    }
}

impl Messages {
    fn request(&mut self, now: Instant, request: Request, out: &mut [u8], journal: &mut Journal) {
        match request {
            Request::Open { secure } => journal.record(if secure { "< request open secure" } else { "< request open" }),
            Request::Close(_) => {} // done by `drain`
            Request::Authorize(ticket) => {
                let name = self.client.authorization_request(ticket).unwrap().channel_name.to_string();
                let answer = journal.answer(&name);
                match answer.and_then(|answer| self.client.authorize(now, ticket, &answer, out).ok()) {
                    Some(message) => journal.out(message),
                    None => self.client.deny(now, ticket).unwrap(),
                }
            }
            Request::SignIn(ticket) => {
                let answer = journal.answer_user();
                match answer.and_then(|answer| self.client.authenticate(now, ticket, &answer, out).ok()) {
                    Some(message) => journal.out(message),
                    None => self.client.deny(now, ticket).unwrap(),
                }
            }
            Request::Rekey(ticket) => {
                let name = self.client.authorization_request(ticket).unwrap().channel_name.to_string();
                let answer = journal.answer(&name);
                if answer.is_none_or(|answer| self.client.rekey(now, ticket, &answer).is_err()) {
                    self.client.deny(now, ticket).unwrap();
                }
            }
            other => panic!("{other:?} is new"),
        }
    }
}
