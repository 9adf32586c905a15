//! Client, network, server and application in virtual time, and the consequences of each action.

use std::collections::VecDeque;
use std::sync::LazyLock;

use pusher_proto::State;
use pusher_proto::client::{Authorization, Ticket, UserAuthentication};

use super::application::{Application, CHANNEL_DATA, NAMES, channel_token, user_data, user_token};
use super::end::{Arrival, End, NotSent, Output, at};
use super::model_server::session::{Environment, Reply, Rooms};
use super::model_server::{Dialect, Random, Session, Weather};
use super::transcript::Transcript;

/// A violated rule, worded independently of the run, and the details.
#[derive(Clone, Debug)]
pub struct Violation {
    pub rule: &'static str,
    pub particulars: String,
}

pub type Verdict = Result<(), Violation>;

/// Returns a violation of `rule`, unless the rule contains a part of `WEATHER_IGNORE`: then the run continues.
pub fn violation(rule: &'static str, particulars: impl Into<String>) -> Verdict {
    static IGNORED: LazyLock<Option<String>> = LazyLock::new(|| std::env::var("WEATHER_IGNORE").ok());
    if IGNORED.as_ref().is_some_and(|ignored| ignored.split(';').any(|part| rule.contains(part))) {
        return Ok(());
    }
    Err(Violation { rule, particulars: particulars.into() })
}

pub struct World<E> {
    pub end: E,
    pub random: Random,
    pub weather: Weather,
    pub dialect: Dialect,
    pub application: Application,
    pub rooms: Rooms,
    pub link: Option<Link>,
    pub transcript: Transcript,
    /// The time of the world.
    pub real: u64,
    /// The offset of the device's clock.
    pub offset: i64,
    /// The latest time that the device's clock has shown.
    held: u64,
    pub asleep_until: u64,
    pub latency: u64,
    pub thinking: u64,
    pub server_key: u64,
    pub is_down: bool,
    /// When the requested link opens or fails.
    opening: Option<u64>,
    tickets: Vec<PendingTicket>,
    links: u64,
    pub published: u64,
    /// The channels that most commands of this run use.
    pub focus: [&'static str; 2],
    /// When a message, a command or an answer last moved.
    pub last_move: u64,
    /// Whether the server may have made the client give up for good.
    pub may_fail: bool,
}

/// One link and the server's end of it.
pub struct Link {
    /// The server's session; `None` once the server has closed it.
    pub session: Option<Session>,
    to_server: VecDeque<(u64, String)>,
    to_client: VecDeque<(u64, Arrival)>,
    /// The time before which the server processes nothing.
    busy_until: u64,
    /// Whether messages are lost in both directions.
    pub is_dead: bool,
    /// When the client's transport detects that.
    pub notice_at: Option<u64>,
    pub is_established: bool,
}

/// A ticket that the application has not answered yet.
struct PendingTicket {
    at: u64,
    ticket: Ticket,
    socket_id: String,
    /// The channel; `None` for a sign-in.
    name: Option<String>,
    /// The user at the time of the request.
    user: Option<&'static str>,
}

impl<E: End> World<E> {
    pub fn new(end: E, mut random: Random, weather: Weather, dialect: Dialect, transcript: Transcript) -> Self {
        let focus = [random.pick(&NAMES), random.pick(&NAMES)];
        Self {
            end,
            random,
            focus,
            weather,
            dialect,
            application: Application { key: 1, ..Application::default() },
            rooms: Rooms::new(),
            link: None,
            transcript,
            real: 0,
            offset: 0,
            held: 0,
            asleep_until: 0,
            latency: 10,
            thinking: 10,
            server_key: 1,
            is_down: false,
            opening: None,
            tickets: Vec::new(),
            links: 0,
            published: 0,
            last_move: 0,
            may_fail: false,
        }
    }

    /// Returns the time of the device's clock.
    pub fn clock(&self) -> u64 {
        self.real.saturating_add_signed(self.offset)
    }

    /// Returns the latest time that the device's clock has shown.
    pub fn latest_clock(&mut self) -> u64 {
        self.held = self.held.max(self.clock());
        self.held
    }

    /// Adds a line to the transcript, at the time of the client's clock.
    pub fn note(&mut self, line: impl FnOnce() -> String) {
        let clock = self.clock();
        self.transcript.line(clock, line);
    }

    /// Runs all events until `until`.
    pub fn drive(&mut self, until: u64) -> Verdict {
        for round in 0.. {
            if round == 10_000 {
                return violation("polling ends", "10,000 rounds");
            }
            self.handle_pending_outputs()?;
            self.check()?;
            match self.next_time() {
                Some(next) if next <= until => self.real = self.real.max(next),
                _ => break,
            }
            self.process_due()?;
        }
        self.real = self.real.max(until);
        self.wake()
    }

    fn wake(&mut self) -> Verdict {
        if self.real >= self.asleep_until {
            let clock = self.clock();
            self.end.handle_timeout(clock);
            self.handle_pending_outputs()?;
        }
        Ok(())
    }

    fn next_time(&mut self) -> Option<u64> {
        let (asleep_until, offset) = (self.asleep_until, self.offset);
        let awake = |at: u64| at.max(asleep_until);
        let mut next: Option<u64> = None;
        let mut sooner = |at: Option<u64>| next = next.into_iter().chain(at).min();
        sooner(self.end.timeout().map(|at| awake(at.saturating_add_signed(-offset))));
        sooner(self.opening.map(awake));
        sooner(self.tickets.iter().map(|pending| awake(pending.at)).min());
        if let Some(link) = &self.link {
            sooner(link.to_server.front().map(|&(at, _)| at.max(link.busy_until)));
            sooner(link.to_client.front().map(|&(at, _)| awake(at)));
            sooner(link.notice_at.map(awake));
            sooner(link.session.as_ref().and_then(Session::next_check).map(|at| at.max(link.busy_until)));
        }
        next
    }

    /// Processes everything that is pending at the current time.
    fn process_due(&mut self) -> Verdict {
        self.serve();
        if self.real < self.asleep_until {
            return Ok(());
        }
        let clock = self.clock();
        let timers_first = self.random.chance(500);
        if timers_first {
            self.end.handle_timeout(clock);
            self.handle_pending_outputs()?;
        }
        self.open()?;
        while let Some(arrival) = self.take_arrival() {
            let is_end = !matches!(arrival, Arrival::Text(_));
            self.note(|| match &arrival {
                Arrival::Text(text) => format!("> in {text}"),
                Arrival::Close(Some(code)) => format!("> close {code}"),
                _ => "> close".into(),
            });
            self.last_move = self.real;
            let mut outputs = Vec::new();
            self.end.arrive(clock, arrival, &mut outputs);
            if is_end {
                self.lose_link();
            }
            self.handle_outputs(outputs)?;
            if self.random.chance(300) {
                self.handle_pending_outputs()?;
            }
        }
        self.answer()?;
        if !timers_first {
            self.end.handle_timeout(clock);
        }
        Ok(())
    }

    /// Processes the server's received messages.
    fn serve(&mut self) {
        loop {
            let Some(link) = &mut self.link else { return };
            let Some(session) = &mut link.session else { return };
            if self.real < link.busy_until {
                return;
            }
            let mut environment = Environment {
                weather: &self.weather,
                random: &mut self.random,
                key: self.server_key,
                rooms: &self.rooms,
            };
            let replies = if let Some(replies) = session.finish(self.real, &mut environment) {
                self.last_move = self.real;
                replies
            } else if link.to_server.front().is_some_and(|&(at, _)| at <= self.real) {
                if environment.random.chance(self.weather.busy) {
                    link.busy_until = self.real + 1 + environment.random.pick(self.weather.busy_for);
                    return;
                }
                let (_, text) = link.to_server.pop_front().unwrap();
                self.last_move = self.real;
                session.handle(self.real, &text, &mut environment)
            } else {
                return;
            };
            for Reply { text, close } in replies {
                self.send(Arrival::Text(text));
                if let Some(code) = close {
                    self.server_closes(Some(code), false);
                }
            }
        }
    }

    /// Sends a message of the server on the current link.
    pub fn send(&mut self, arrival: Arrival) {
        let at = self.real + self.latency;
        if let Some(link) = self.link.as_mut().filter(|link| !link.is_dead && link.session.is_some()) {
            let at = link.to_client.back().map_or(at, |&(last, _)| last.max(at));
            link.to_client.push_back((at, arrival));
        }
    }

    /// Closes the link as the server; after a reset, the client does not read messages in flight.
    pub fn server_closes(&mut self, code: Option<u16>, reset: bool) {
        self.may_fail |= code.is_some_and(|code| (4000..4100).contains(&code));
        if reset && let Some(link) = &mut self.link {
            link.to_client.clear();
        }
        let arrival = match code {
            _ if reset => Arrival::Reset,
            Some(code) => Arrival::Close(Some(code)),
            None if self.random.chance(300) => Arrival::Close(None),
            None => Arrival::End,
        };
        self.send(arrival);
        if let Some(link) = &mut self.link {
            link.session = None;
            link.to_server.clear();
        }
    }

    fn open(&mut self) -> Verdict {
        if self.opening.is_none_or(|at| at > self.real) {
            return Ok(());
        }
        self.opening = None;
        let clock = self.clock();
        if self.is_down && self.random.chance(800) {
            self.note(|| "> close refused".into());
            self.end.handle_open_failed(clock);
            return self.handle_pending_outputs();
        }
        self.links += 1;
        let socket_id = format!("{}.1", self.links);
        self.link = Some(Link {
            session: Some(Session::new(socket_id, self.dialect)),
            to_server: VecDeque::new(),
            to_client: VecDeque::new(),
            busy_until: 0,
            is_dead: false,
            notice_at: None,
            is_established: false,
        });
        self.may_fail = false;
        self.note(|| "> open".into());
        let mut outputs = Vec::new();
        self.end.handle_opened(clock, &mut outputs);
        self.handle_outputs(outputs)
    }

    fn take_arrival(&mut self) -> Option<Arrival> {
        let link = self.link.as_mut()?;
        if link.notice_at.is_some_and(|at| at <= self.real) {
            link.notice_at = None;
            return Some(Arrival::Reset);
        }
        link.to_client.front().filter(|&&(at, _)| at <= self.real)?;
        link.to_client.pop_front().map(|(_, arrival)| arrival)
    }

    /// Reports the end of the link to the client's transport. With bytes, it may not have read everything yet.
    fn lose_link(&mut self) {
        if let Some(link) = &mut self.link {
            link.session = None;
        }
        if self.end.is_idle() {
            self.drop_link();
        }
    }

    fn drop_link(&mut self) {
        let last_read = self.end.last_read();
        if self.link.take().is_some() {
            for wanted in self.application.wanted.values_mut() {
                wanted.ledger.lose(last_read);
            }
        }
    }

    /// Answers tickets as the application.
    fn answer(&mut self) -> Verdict {
        let (due, later): (Vec<_>, Vec<_>) =
            std::mem::take(&mut self.tickets).into_iter().partition(|pending| pending.at <= self.real);
        self.tickets = later;
        for pending in due {
            let what = pending.name.clone().unwrap_or("user".into());
            let clock = self.clock();
            let (deny, fail) = (self.random.chance(self.weather.deny), self.random.chance(self.weather.fail));
            if deny || fail {
                let status = self.random.pick(&[503, 503, 403]);
                let client = self.end.commands();
                let result = match deny {
                    true => client.deny(at(clock), pending.ticket),
                    false => client.deny_with_status(at(clock), pending.ticket, status),
                };
                self.note(|| if deny { format!("> deny {what}") } else { format!("> fail {what} {status}") });
                if result.is_err() {
                    self.note(|| {
                        "< error the ticket is stale; ignore it, the client issues a new one if needed".into()
                    });
                }
                self.handle_pending_outputs()?;
                continue;
            }
            let mut outputs = Vec::new();
            let result = match (&pending.name, pending.user) {
                (Some(name), _) => {
                    let token = channel_token(self.application.key, &pending.socket_id, name);
                    let mut answer = Authorization::from_token(&token);
                    let is_presence = name.starts_with("presence-");
                    if is_presence {
                        answer = answer.with_channel_data(CHANNEL_DATA);
                    }
                    let data = if is_presence { format!(" {CHANNEL_DATA}") } else { String::new() };
                    self.note(|| format!("> authorize {name} {token}{data}"));
                    self.end.authorize(clock, pending.ticket, &answer, &mut outputs)
                }
                (None, Some(user)) => {
                    let (token, data) = (user_token(self.application.key, &pending.socket_id, user), user_data(user));
                    let answer = UserAuthentication::from_token(&token, &data);
                    self.note(|| format!("> authenticate {token} {data}"));
                    self.end.authenticate(clock, pending.ticket, &answer, &mut outputs)
                }
                (None, None) => return violation("a sign-in is requested only if a user is wanted", ""),
            };
            match result {
                Ok(()) => {}
                Err(NotSent::Stale) => {
                    self.note(|| "< error the ticket is stale; ignore it, the client issues a new one if needed".into())
                }
                Err(NotSent::Busy) => self.tickets.push(PendingTicket { at: self.real + 300, ..pending }),
                Err(NotSent::Wrong(error)) => return violation("a valid answer to a ticket is accepted", error),
            }
            self.handle_outputs(outputs)?;
            self.handle_pending_outputs()?;
        }
        Ok(())
    }

    /// Polls the client's end until it has no more outputs, and handles these.
    pub fn handle_pending_outputs(&mut self) -> Verdict {
        if self.real < self.asleep_until {
            return Ok(());
        }
        for round in 0.. {
            if round == 1_000 {
                return violation("polling ends", "1,000 rounds");
            }
            let clock = self.clock();
            let mut outputs = Vec::new();
            self.end.drain(clock, &mut outputs);
            if outputs.is_empty() {
                break;
            }
            self.last_move = self.real;
            self.handle_outputs(outputs)?;
        }
        let may_fail = self.may_fail;
        if self.end.client().state() == State::Failed && !may_fail {
            let reason = self.end.client().reason();
            return violation("the client gives up only if the server demands it", format!("{reason:?}"));
        }
        Ok(())
    }

    pub fn handle_outputs(&mut self, outputs: Vec<Output>) -> Verdict {
        for output in outputs {
            self.handle_output(output)?;
        }
        Ok(())
    }

    fn handle_output(&mut self, output: Output) -> Verdict {
        let held = self.latest_clock();
        let name_of = |world: &mut Self, channel| {
            let name = world.end.client().channel_name(channel).map(String::from);
            let name = name.and_then(|name| NAMES.iter().copied().find(|known| *known == name));
            name.filter(|name| world.application.wanted.contains_key(name))
        };
        match output {
            Output::Open => {
                self.note(|| "< request open".into());
                if self.opening.is_some() || self.link.is_some() {
                    return violation("there is one link at a time", "a second one is opened");
                }
                self.opening = Some(self.real + self.latency);
            }
            Output::Closed => {
                self.note(|| "< request close".into());
                self.opening = None;
                self.drop_link();
            }
            Output::Upgraded => {
                let Some(link) = &self.link else { return Ok(()) };
                let socket_id = link.session.as_ref().map(|session| session.socket_id.clone());
                // A server that is partly down accepts connections and sends nothing.
                if let Some(socket_id) = socket_id.filter(|_| !self.is_down) {
                    self.send(Arrival::Text(self.dialect.established(&socket_id)));
                    if let Some(link) = &mut self.link {
                        link.is_established = true;
                    }
                }
            }
            Output::Text(text) => {
                self.note(|| format!("< out {text}"));
                let at = self.real + self.latency;
                if let Some(link) = self.link.as_mut().filter(|link| !link.is_dead && link.session.is_some()) {
                    let at = link.to_server.back().map_or(at, |&(last, _)| last.max(at));
                    link.to_server.push_back((at, text));
                }
            }
            Output::Authorize { ticket, socket_id, name } => {
                self.note(|| format!("< request authorize {socket_id} {name}"));
                self.add_ticket(ticket, socket_id, Some(name));
            }
            Output::SignIn { ticket, socket_id } => {
                self.note(|| format!("< request sign in {socket_id}"));
                self.add_ticket(ticket, socket_id, None);
            }
            Output::Subscribed { channel, gap_since, members } => {
                let Some(name) = name_of(self, channel) else {
                    return violation("events belong to wanted channels", "a subscription");
                };
                self.note(|| {
                    let gap = gap_since.map_or(String::new(), |since| format!(" gap since {since}"));
                    format!("< event subscribed {name}{gap}")
                });
                let wanted = self.application.wanted.get_mut(name).unwrap();
                wanted.members = members.map(|members| members.into_iter().collect());
                wanted.ledger.report(gap_since)?;
            }
            Output::Message { channel, number } => {
                let Some(name) = name_of(self, channel) else {
                    return violation("events belong to wanted channels", "a message");
                };
                self.note(|| format!("< event message {name} {number}"));
                self.application.wanted.get_mut(name).unwrap().ledger.deliver(number);
            }
            Output::MemberAdded { channel, id } | Output::MemberRemoved { channel, id } if id.is_empty() => {
                return violation("events belong to wanted channels", format!("{channel:?}"));
            }
            Output::MemberAdded { channel, id } => {
                if let Some(name) = name_of(self, channel)
                    && let Some(members) = &mut self.application.wanted.get_mut(name).unwrap().members
                {
                    members.insert(id);
                }
            }
            Output::MemberRemoved { channel, id } => {
                if let Some(name) = name_of(self, channel)
                    && let Some(members) = &mut self.application.wanted.get_mut(name).unwrap().members
                {
                    members.remove(&id);
                }
            }
            Output::SignedIn(user) => {
                self.note(|| format!("< event signed in {user}"));
                if self.application.user != Some(&*user) {
                    return violation(
                        "only the wanted user is signed in",
                        format!("signed in as {user}, wanted {:?}", self.application.user),
                    );
                }
                self.application.reported_user = Some(user);
            }
            Output::UserEvent(user) => {
                self.note(|| format!("< event user {user}"));
                if self.application.user != Some(&*user) {
                    return violation("user events belong to the wanted user", user);
                }
            }
            Output::Error(code) => {
                self.note(|| format!("< event error {code:?}"));
                // The last message before the end of a connection may be its reason; see `Client::handle_close`.
                self.may_fail |= code.is_some_and(|code| (4001..4100).contains(&code));
            }
            Output::Other { number, text } => {
                self.note(|| format!("< event {text}"));
                if let Some(number) = number {
                    for wanted in self.application.wanted.values_mut() {
                        wanted.ledger.drop(number, held);
                    }
                }
            }
            Output::Notice(text) => self.note(|| format!("< notice {text}")),
            Output::Wrong(text) => return violation("the client is consistent", text),
        }
        Ok(())
    }

    fn add_ticket(&mut self, ticket: Ticket, socket_id: String, name: Option<String>) {
        if !self.random.chance(self.weather.forget) {
            let (at, user) = (self.real + self.thinking, self.application.user);
            self.tickets.push(PendingTicket { at, ticket, socket_id, name, user });
        }
    }

    /// Makes the link dead. The client's transport detects this after `notice` ms, or never.
    pub fn kill_link(&mut self, notice: Option<u64>) {
        let Some(link) = self.link.as_mut().filter(|link| !link.is_dead) else { return };
        link.is_dead = true;
        link.notice_at = notice.map(|after| self.real + after);
        link.to_server.clear();
        link.to_client.clear();
        self.end.die();
    }

    /// Returns whether no messages are in flight between client and server, and both have a connection.
    pub fn is_quiet(&mut self) -> bool {
        let is_connected = self.end.client().state() == State::Connected;
        let is_awake = self.real >= self.asleep_until;
        let Some(link) = &self.link else { return false };
        let Some(session) = &link.session else { return false };
        is_connected
            && is_awake
            && self.end.is_idle()
            && !link.is_dead
            && link.is_established
            && link.to_server.is_empty()
            && link.to_client.is_empty()
            && session.next_check().is_none()
    }

    /// Returns whether the application still has a ticket to answer.
    pub fn has_tickets(&self) -> bool {
        !self.tickets.is_empty()
    }
}
