//! What an application may set, with the defaults that the protocol recommends.

use crate::time::Duration;

/// Settings of a [`Client`](crate::Client). All fields are public; start from [`Config::new`] and change what differs.
/// No timer waits longer than 12 days, whatever is set.
///
/// ```
/// use pusher_proto::{Duration, client::Config};
///
/// let mut config = Config::new(0x5eed);
/// config.activity_timeout = Duration::from_secs(20);
/// ```
#[derive(Clone, Debug)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Config {
    /// Seed of the generator that spreads reconnects over time. Give each device another one, or thousands of them
    /// come back in the same second after an outage. It protects nothing: any number that differs will do.
    pub seed: u32,
    /// How long the line may be silent, in either direction, before a `pusher:ping` is sent. The server's own value
    /// counts when it is shorter. 120 s (protocol, "Ping and pong messages").
    pub activity_timeout: Duration,
    /// How long a ping may stay unanswered before the connection is given up. 30 s (same section).
    pub pong_timeout: Duration,
    /// How long the server may take to say `pusher:connection_established`, counted once from the request to open and
    /// once more from the open WebSocket. 15 s.
    pub handshake_timeout: Duration,
    /// How long the application may keep a ticket. 10 s.
    pub authorization_timeout: Duration,
    /// How long the server may take to answer a subscription. 10 s.
    pub subscription_timeout: Duration,
    /// How often a subscription that failed for a reason that may pass is tried again on one connection, 1 s, 2 s,
    /// 4 s .. 64 s apart. Refusals of the application and wrong signatures are not tried again. 5.
    pub subscription_retries: u8,
    /// How to come back after a connection is lost.
    pub reconnect: Reconnect,
    /// Without a connection for so long, [`Notice::Unavailable`](crate::client::Notice::Unavailable) is given. 10 s.
    pub unavailable_after: Duration,
    /// How many client events the server takes in a second before it refuses them with 4301. So many may be sent at
    /// once, and never more in any second, however the server counts; a client that sends all the time sends eight
    /// ninths of it. 10 (Pusher documentation, "Events"). 0 is no limit.
    pub client_events_per_second: u8,
    /// How many frames the server takes from one connection, of whatever kind. Subscriptions, unsubscriptions and the
    /// sign-in wait until they may be sent, authorized ones before the application is asked, and client events are
    /// refused with [`TriggerError::RateLimited`](crate::client::TriggerError::RateLimited). Channels are served in turn.
    /// [`Pacing::NONE`], because most servers take any number.
    pub pacing: Pacing,
    /// The largest data of a client event in bytes. 10,240 (Pusher documentation, "Events").
    pub client_event_limit: usize,
    /// Whether channel names longer than the 164 bytes that Pusher takes are refused, rather than those longer than
    /// the 200 that other servers take. `false`.
    pub strict_names: bool,
}

/// At most so many frames in any window of a given length.
///
/// Laravel Reverb can be set to count every frame of a connection, subscriptions too, and to end the connection when
/// there are more. With its recommended 60 in 60 s:
///
/// ```
/// use pusher_proto::{Duration, client::{Config, Pacing}};
///
/// let mut config = Config::new(0x5eed);
/// config.pacing = Pacing { frames: 60, per: Duration::from_secs(60) };
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Pacing {
    /// The most frames in a window; 0 is no limit. Two of them are kept for pings and pongs, which are never held back,
    /// if there are more than two.
    pub frames: u8,
    /// The length of a window.
    pub per: Duration,
}

impl Pacing {
    /// No limit.
    pub const NONE: Self = Self { frames: 0, per: Duration::ZERO };
}

/// How to come back: at random within a span that doubles with each failure ("full jitter").
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Reconnect {
    /// The span of the first attempt. 1 s.
    pub base: Duration,
    /// The longest span. 120 s.
    pub cap: Duration,
    /// How many attempts in a row may fail before the client gives up; `None` is never. `None`.
    pub limit: Option<u16>,
    /// How long a connection must have held for the span to start from `base` again. 30 s.
    pub stable_after: Duration,
}

impl Config {
    /// The recommended settings, with `seed` for the jitter.
    pub const fn new(seed: u32) -> Self {
        Self {
            seed,
            activity_timeout: Duration::from_secs(120),
            pong_timeout: Duration::from_secs(30),
            handshake_timeout: Duration::from_secs(15),
            authorization_timeout: Duration::from_secs(10),
            subscription_timeout: Duration::from_secs(10),
            subscription_retries: 5,
            reconnect: Reconnect {
                base: Duration::from_secs(1),
                cap: Duration::from_secs(120),
                limit: None,
                stable_after: Duration::from_secs(30),
            },
            unavailable_after: Duration::from_secs(10),
            client_events_per_second: 10,
            pacing: Pacing::NONE,
            client_event_limit: 10_240,
            strict_names: false,
        }
    }
}
