//! Thirty virtual days with a reconnect every hour: the state afterwards is that of a fresh client.
//!
//! `SOAK_EVENTS=10000000 cargo test --release --all-features --test soak` takes the events of the long run.

use pusher_proto::client::{Authorization, Client, Close, Config, Request};
use pusher_proto::event::{Event, Roster};
use pusher_proto::{Channel, ChannelStatus, Duration, Instant};

const HOUR: u64 = 3_600_000;
const HOURS: u64 = 30 * 24;
const NAMES: [&str; 3] = ["news", "private-a", "presence-b"];

struct Device {
    client: Client<4, 32>,
    channels: Vec<Channel>,
    roster: Roster<8, 16>,
    now: u64,
    messages: Vec<String>,
}

impl Device {
    fn new(now: u64) -> Self {
        let mut config = Config::new(1);
        // The waits of the backoff are drawn, so those of two clients differ.
        config.reconnect.base = Duration::ZERO;
        let mut client = Client::new(config);
        // The clock of a client advances by at most 12 days at once.
        (0..=now).step_by(1 << 30).for_each(|at| client.handle_timeout(Instant::from_millis(at)));
        let channels: Vec<_> =
            NAMES.iter().map(|name| client.subscribe(Instant::from_millis(now), name).unwrap()).collect();
        let mut this = Self { client, roster: Roster::new(channels[2]), channels, now, messages: Vec::new() };
        let time = this.time();
        this.client.connect(time);
        this.establish();
        this
    }

    fn time(&self) -> Instant {
        Instant::from_millis(self.now)
    }

    /// Handles one message and everything that follows from it.
    fn text(&mut self, text: &str) {
        let (time, mut buffer) = (self.time(), [0; 256]);
        let buffer = &mut buffer[..text.len()];
        buffer.copy_from_slice(text.as_bytes());
        if let Some(mut event) = self.client.handle_text(time, buffer).unwrap() {
            assert!(!matches!(event, Event::Other(_) | Event::Error(_)), "{event:?}");
            self.roster.update(&mut event);
        }
    }

    /// Establishes the connection that the client asks for, and subscribes all channels.
    fn establish(&mut self) {
        let time = self.time();
        self.client.handle_timeout(time);
        assert_eq!(self.client.poll_request(), Some(Request::Open { secure: false }));
        self.client.handle_open(time);
        self.text(r#"{"event":"pusher:connection_established","data":{"socket_id":"1.1","activity_timeout":120}}"#);
        self.send();
        for name in NAMES {
            let data = r#"{"presence":{"ids":["1","2"],"hash":{"1":null,"2":null},"count":2}}"#;
            self.text(&format!(
                r#"{{"event":"pusher_internal:subscription_succeeded","channel":"{name}","data":{data}}}"#
            ));
        }
        self.send();
        assert!(self.channels.iter().all(|&it| self.client.channel_status(it) == Some(ChannelStatus::Subscribed)));
    }

    /// Sends what is due, and answers pings.
    fn send(&mut self) {
        let (time, mut out) = (self.time(), [0; 256]);
        while let Some(request) = self.client.poll_request() {
            let Request::Authorize(ticket) = request else { panic!("{request:?}") };
            let reply = Authorization::from_token("k:1").with_channel_data(r#"{"user_id":"1"}"#);
            let message = self.client.authorize(time, ticket, &reply, &mut out).unwrap().to_owned();
            self.messages.push(message);
        }
        while let Some(message) = self.client.poll_transmit(time, &mut out).unwrap().map(str::to_owned) {
            if message.contains("pusher:ping") {
                self.text(r#"{"event":"pusher:pong","data":{}}"#);
            }
            self.messages.push(message);
        }
        while self.client.poll_notice().is_some() {}
    }

    /// Lets the time pass up to `end`, with all timers on the way.
    fn pass(&mut self, end: u64) {
        while let Some((at, _)) = self.client.poll_timeout().filter(|(at, _)| at.as_millis() <= end) {
            self.now = at.as_millis().max(self.now);
            let time = self.time();
            self.client.handle_timeout(time);
            self.send();
        }
        self.now = end;
    }

    fn lose(&mut self, close: Close) {
        let time = self.time();
        self.client.handle_close(time, close);
        self.send();
        self.establish();
    }

    /// Everything that can be seen of a client; times count from `origin`.
    fn state(&self, origin: u64) -> String {
        let since = |at: Option<Instant>| at.map(|at| at.as_millis().wrapping_sub(origin));
        let statuses: Vec<_> = self.channels.iter().map(|&it| self.client.channel_status(it)).collect();
        let timeout = self.client.poll_timeout().map(|(at, reason)| (at.as_millis() - origin, reason));
        let members: Vec<_> = self.roster.ids().collect();
        format!(
            "{:?} {statuses:?} {timeout:?} {:?} {:?} {:?} {members:?} {}",
            self.client,
            since(self.client.last_activity()),
            self.client.round_trip(),
            self.client.reason(),
            self.roster.is_complete(),
        )
    }
}

/// What a client does in the hour after `device.now`, and how it looks at each step.
fn next_hour(device: &mut Device) -> Vec<String> {
    let origin = device.now;
    let mut seen = vec![device.state(origin)];
    device.messages.clear();
    device.pass(origin + HOUR / 2);
    seen.push(device.state(origin));
    for close in [Close::Code(4200), Close::Abnormal, Close::Code(4100), Close::Code(4200)] {
        let now = device.now + 10_000;
        device.pass(now);
        let time = device.time();
        device.client.handle_close(time, close);
        device.send();
        seen.push(device.state(origin));
        // 4100 waits for one to two seconds, at random.
        let after = device.now + 3000;
        device.now = after;
        device.establish();
        seen.push(device.state(origin));
    }
    device.pass(origin + HOUR);
    seen.push(device.state(origin));
    seen.append(&mut device.messages);
    seen
}

#[test]
fn after_thirty_days_of_events_and_hourly_reconnects_a_client_is_as_a_fresh_one() {
    let events = std::env::var("SOAK_EVENTS").map_or(100_000, |count| count.parse::<u64>().unwrap());
    let mut old = Device::new(0);
    let closes = [Close::Abnormal, Close::Code(4200), Close::Code(1001), Close::Abnormal];
    for hour in 0..HOURS {
        let each = events / HOURS + u64::from(hour < events % HOURS);
        for number in 0..each {
            old.pass(hour * HOUR + number * (HOUR - 1) / each);
            let (event, channel) = match number % 5 {
                0 => ("pusher_internal:member_added", NAMES[2]),
                1 => ("pusher_internal:member_removed", NAMES[2]),
                other => ("price", NAMES[other as usize - 2]),
            };
            old.text(&format!(r#"{{"event":"{event}","channel":"{channel}","data":"{{\"user_id\":\"3\"}}"}}"#));
        }
        old.pass((hour + 1) * HOUR);
        old.messages.clear();
        old.lose(closes[hour as usize % closes.len()]);
    }
    let mut fresh = Device::new(old.now);
    let expected = next_hour(&mut fresh);
    assert_eq!(next_hour(&mut old), expected);
    // The comparison finds a single member too many.
    let mut other = Device::new(old.now);
    let now = other.now;
    other.text(r#"{"event":"pusher_internal:member_added","channel":"presence-b","data":{"user_id":"3"}}"#);
    assert_ne!(other.state(now), Device::new(now).state(now));
}
