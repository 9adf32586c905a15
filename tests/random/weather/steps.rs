//! A run: random actions of the application, the server and the network, then a period without faults.

use pusher_proto::{Channel, State};

use super::application::NAMES;
use super::end::{End, at};
use super::model_server::Weather;
use super::model_server::weather::FAIR;
use super::world::{Verdict, World};

/// The fault-free period: enough for a client to detect a dead link, reconnect, and retry everything once.
const CALM: u64 = 300_000;

impl<E: End> World<E> {
    /// Runs the random actions, then stops all faults and compares.
    pub fn run(&mut self) -> Verdict {
        let steps = 4 + self.random.below(28);
        for _ in 0..steps {
            self.step()?;
            self.handle_pending_outputs()?;
            let wait = self.random.pick(self.weather.wait);
            self.drive(self.real + wait)?;
        }
        self.calm()
    }

    fn step(&mut self) -> Verdict {
        let weather = self.weather;
        self.latency = self.random.pick(weather.latency);
        self.thinking = self.random.pick(weather.thinking);
        self.network(&weather);
        self.other_clients(&weather);
        if self.real >= self.asleep_until {
            self.command(&weather)?;
        }
        Ok(())
    }

    /// Takes random actions of the server, the link and the clock.
    fn network(&mut self, weather: &Weather) {
        if self.random.chance(weather.rotate) {
            self.server_key += 1;
            self.note(|| "# the server has a new key".into());
        } else if self.random.chance(weather.rotate.saturating_mul(3)) {
            self.application.key = self.server_key;
        }
        if self.random.chance(weather.down) {
            self.is_down = !self.is_down;
        }
        if self.random.chance(weather.close) {
            let code = self.random.pick(&[None, None, Some(1001), Some(4100), Some(4200), Some(4201), Some(4004)]);
            let reset = code.is_none() && self.random.chance(500);
            self.note(|| format!("# the server closes: {code:?}"));
            self.server_closes(code, reset);
        }
        if self.random.chance(weather.dead) {
            self.note(|| "# the link dies".into());
            let notice = self.random.pick(&[None, Some(0), Some(1_000), Some(20_000), Some(100_000)]);
            self.kill_link(notice);
        }
        if self.random.chance(weather.sleep) {
            let span = self.random.pick(&[100, 20_000, 160_000, 3_600_000]);
            self.note(|| format!("# the device sleeps for {span} ms"));
            self.asleep_until = self.real + span;
        }
        if self.random.chance(weather.jump) && self.real >= self.asleep_until {
            let span = self.random.pick(&[-40_000, -500, 100, 9_000, 130_000, 3_600_000, 86_400_000]);
            self.note(|| format!("# the clock of the device is set by {span} ms"));
            self.latest_clock();
            self.offset = self.offset.max(-(self.real as i64)).saturating_add(span).max(-(self.real as i64));
        }
    }

    /// Other clients publish events, join and leave.
    fn other_clients(&mut self, weather: &Weather) {
        if self.random.chance(500) {
            let name = self.pick_name();
            self.publish(name);
        }
        if self.random.chance(100) {
            let name = self.random.pick(&["presence-f", "presence-g"]);
            let id = self.random.pick(&["u1", "u2", "u3"]);
            let room = self.rooms.entry(name.into()).or_default();
            let came = room.insert(id.into()) || !room.remove(id);
            if self.is_subscribed(name) {
                self.send(super::end::Arrival::Text(self.dialect.member(name, id, came)));
            }
        }
        if self.random.chance(100) {
            self.send_if_established(r#"{"event":"pusher:ping","data":{}}"#.into());
        }
        let user = self.link.as_ref().and_then(|link| link.session.as_ref()?.user.clone());
        if let Some(user) = user.filter(|_| self.random.chance(200)) {
            self.send_if_established(self.dialect.user_event(&user));
        }
        if self.random.chance(weather.stray) {
            self.send_if_established(self.dialect.user_event("9"));
        }
    }

    fn is_subscribed(&self, name: &str) -> bool {
        let session = self.link.as_ref().and_then(|link| link.session.as_ref());
        session.is_some_and(|session| session.subscriptions.contains_key(name))
    }

    fn send_if_established(&mut self, text: String) {
        if self.link.as_ref().is_some_and(|link| link.is_established) {
            self.send(super::end::Arrival::Text(text));
        }
    }

    pub fn publish(&mut self, name: &'static str) {
        self.published += 1;
        let number = self.published;
        let is_subscribed = self.is_subscribed(name);
        // When only the server has closed the link, an event counts as lost with the link.
        let is_closing = self.link.as_ref().is_some_and(|link| link.session.is_none());
        let held = self.latest_clock();
        if let Some(wanted) = self.application.wanted.get_mut(name) {
            wanted.ledger.publish(number, held, is_subscribed || is_closing);
        }
        if is_subscribed {
            self.send(super::end::Arrival::Text(self.dialect.event(name, number)));
        }
    }

    /// Sends one command from the application.
    fn command(&mut self, weather: &Weather) -> Verdict {
        let signer = self.random.chance(500).then_some(self.application.key);
        self.end.set_signer(signer, self.application.user);
        if self.random.chance(weather.sign) {
            self.change_user();
            return Ok(());
        }
        if self.random.chance(weather.disconnect) {
            self.note(|| "> disconnect".into());
            let clock = self.clock();
            self.end.commands().disconnect(at(clock));
            self.record_command();
            return Ok(());
        }
        match self.random.below(12) {
            0 | 1 => self.connect(),
            2..6 => {
                let name = self.pick_name();
                self.subscribe(name);
            }
            6..9 => {
                let name = self.pick_name();
                let clock = self.clock();
                let client = self.end.client();
                let is_it = |channel: &Channel| client.channel_name(*channel) == Some(name);
                let Some(channel) = client.channels().find(is_it) else { return Ok(()) };
                let result = self.end.commands().unsubscribe(at(clock), channel);
                self.note(|| format!("> unsubscribe {name}"));
                self.record_command();
                self.application.wanted.remove(name);
                if result.is_err() {
                    return super::world::violation("a shown channel can be unsubscribed", name);
                }
            }
            9 => {
                self.note(|| "> check".into());
                let clock = self.clock();
                self.end.commands().ping_now(at(clock));
                self.record_command();
            }
            10 => {
                let clock = self.clock();
                let index = self.random.below(5) as usize;
                let channel = self.end.client().channels().nth(index);
                if let Some(channel) = channel {
                    let mut outputs = Vec::new();
                    self.end.trigger(clock, channel, &mut outputs);
                    self.handle_outputs(outputs)?;
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Records a command from the application.
    fn record_command(&mut self) {
        self.last_move = self.real;
        if !self.end.client().is_signed_in() {
            self.application.reported_user = None;
        }
    }

    fn pick_name(&mut self) -> &'static str {
        if self.random.chance(700) { self.random.pick(&self.focus) } else { self.random.pick(&NAMES) }
    }

    fn connect(&mut self) {
        self.note(|| "> connect".into());
        let clock = self.clock();
        self.end.commands().connect(at(clock));
        self.record_command();
    }

    fn subscribe(&mut self, name: &'static str) {
        self.note(|| format!("> subscribe {name}"));
        let clock = self.clock();
        let result = self.end.commands().subscribe(at(clock), name);
        self.record_command();
        match result {
            Ok(_) => drop(self.application.wanted.entry(name).or_default()),
            Err(error) => self.note(|| format!("< error {error}")),
        }
    }

    fn change_user(&mut self) {
        let clock = self.clock();
        let was_in = self.application.user.is_some();
        let next = self.random.pick(&[None, Some("7"), Some("7"), Some("8")]);
        if was_in && next != self.application.user || self.random.chance(100) {
            self.note(|| "> sign_out".into());
            self.application.user = None;
            self.end.set_signer(None, None);
            self.end.commands().sign_out(at(clock));
            self.record_command();
        }
        if let Some(user) = next {
            self.note(|| format!("> sign_in # as {user}"));
            self.application.user = Some(user);
            self.end.commands().sign_in(at(clock));
            self.record_command();
        }
    }

    /// Stops all faults. The application retries what failed, twice.
    fn calm(&mut self) -> Verdict {
        self.note(|| "# no more faults".into());
        self.random.use_up();
        self.weather = Weather { tiny: self.weather.tiny, ..FAIR };
        (self.latency, self.thinking, self.is_down) = (10, 10, false);
        self.application.key = self.server_key;
        self.end.set_signer(None, None);
        let end = self.asleep_until.max(self.real) + CALM;
        self.drive(end)?;
        for _ in 0..2 {
            if !matches!(self.end.client().state(), State::Connected | State::Connecting) {
                self.connect();
            }
            let wanted: Vec<&'static str> = self.application.wanted.keys().copied().collect();
            for name in wanted {
                self.subscribe(name);
            }
            if self.application.user.is_some() {
                let clock = self.clock();
                self.note(|| "> sign_in".into());
                self.end.commands().sign_in(at(clock));
            }
            self.drive(self.real + CALM)?;
        }
        let names: Vec<&'static str> = self.application.wanted.keys().copied().collect();
        for name in names {
            self.publish(name);
        }
        self.drive(self.real + 5_000)?;
        // A ping may be in flight.
        for _ in 0..20 {
            if self.is_quiet() {
                break;
            }
            self.drive(self.real + 50)?;
        }
        self.agree()
    }
}
