//! Settings of a client, with the defaults that the protocol recommends.

use crate::time::Duration;

/// Settings of a [`Client`](crate::Client). All fields are public. Start from [`Config::new`] and change what differs.
/// All timers are limited to 12 days.
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
    /// Seed of the random generator for reconnect jitter. Give each device a different seed; otherwise thousands of
    /// devices reconnect in the same second after an outage. The seed is not a secret.
    pub seed: u32,
    /// How long the connection may be idle, in either direction, before the client sends a `pusher:ping`. If the
    /// server's own value is shorter, it is used instead. Default: 120 s (protocol, "Ping and pong messages").
    pub activity_timeout: Duration,
    /// How long to wait for the answer to a ping before the connection is closed. Default: 30 s (same section).
    pub pong_timeout: Duration,
    /// How long the server may take to send `pusher:connection_established`. The timeout runs once from the open
    /// request and once more from the open WebSocket. Default: 15 s.
    pub handshake_timeout: Duration,
    /// How long the application may take to answer a ticket. Default: 10 s.
    pub authorization_timeout: Duration,
    /// How long the server may take to answer a subscription. Default: 10 s.
    pub subscription_timeout: Duration,
    /// Retries per connection after a transient subscription failure, 1 s, 2 s, 4 s .. 64 s apart. Refusals by the
    /// application and wrong signatures are not retried. Default: 5.
    pub subscription_retries: u8,
    /// The reconnection policy.
    pub reconnect: Reconnect,
    /// How long a connection may be missing before the client reports
    /// [`Notice::Unavailable`](crate::client::Notice::Unavailable). Default: 10 s.
    pub unavailable_after: Duration,
    /// How many client events per second the server accepts before it refuses them with 4301. The client may send this
    /// many in a burst and never exceeds the limit in any window of one second. Continuous sending reaches eight ninths
    /// of it. Default: 10 (Pusher documentation, "Events"). 0 means no limit.
    pub client_events_per_second: u8,
    /// How many messages of all kinds the server accepts from one connection. Subscriptions, unsubscriptions and the
    /// sign-in wait until they may be sent; those that need an authorization wait before it is requested. Client events
    /// are refused with [`TriggerError::RateLimited`](crate::client::TriggerError::RateLimited). Channels are served in
    /// turn. Default: [`Pacing::NONE`], because most servers have no such limit.
    pub pacing: Pacing,
    /// The maximum size of a client event's data in bytes. Default: 10,240 (Pusher documentation, "Events").
    pub client_event_limit: usize,
    /// Whether to refuse channel names longer than Pusher's limit of 164 bytes. If `false`, the limit is the 200 bytes
    /// of other servers. Default: `false`.
    pub strict_names: bool,
}

/// A limit on the number of messages in any window of a given length.
///
/// Laravel Reverb can be configured to count every message of a connection, subscriptions included, and to close the
/// connection above a limit. With its recommended limit of 60 in 60 s:
///
/// ```
/// use pusher_proto::{Duration, client::{Config, Pacing}};
///
/// let mut config = Config::new(0x5eed);
/// config.pacing = Pacing { messages: 60, per: Duration::from_secs(60) };
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct Pacing {
    /// The maximum number of messages in a window; 0 means no limit. If it is more than two, two are reserved for pings
    /// and pongs, which are never held back.
    pub messages: u8,
    /// The length of a window.
    pub per: Duration,
}

impl Pacing {
    /// No limit.
    pub const NONE: Self = Self { messages: 0, per: Duration::ZERO };
}

/// No limit.
impl Default for Pacing {
    fn default() -> Self {
        Self::NONE
    }
}

/// Reconnection policy: exponential backoff with jitter. The first wait is random, at most `base`. The second is `base`
/// plus the first, and each further one twice the last, at most `cap`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Reconnect {
    /// The longest first wait. Default: 1 s. If a server that returns at once can accept a limited number of
    /// connections per second, use at least 1.5 times the number of devices divided by that limit.
    pub base: Duration,
    /// The longest wait. Default: 120 s.
    pub cap: Duration,
    /// How many attempts in a row may fail before the client gives up; `None` means it never does. Default: `None`.
    pub limit: Option<u16>,
    /// How long a connection must last before the backoff is reset. Default: 30 s.
    pub stable_after: Duration,
}

impl Reconnect {
    const RECOMMENDED: Self = Self {
        base: Duration::from_secs(1),
        cap: Duration::from_secs(120),
        limit: None,
        stable_after: Duration::from_secs(30),
    };
}

/// Returns the recommended policy, which [`Config::new`] sets.
impl Default for Reconnect {
    fn default() -> Self {
        Self::RECOMMENDED
    }
}

impl Config {
    /// Creates the recommended settings, with `seed` for the jitter.
    pub const fn new(seed: u32) -> Self {
        Self {
            seed,
            activity_timeout: Duration::from_secs(120),
            pong_timeout: Duration::from_secs(30),
            handshake_timeout: Duration::from_secs(15),
            authorization_timeout: Duration::from_secs(10),
            subscription_timeout: Duration::from_secs(10),
            subscription_retries: 5,
            reconnect: Reconnect::RECOMMENDED,
            unavailable_after: Duration::from_secs(10),
            client_events_per_second: 10,
            pacing: Pacing::NONE,
            client_event_limit: 10_240,
            strict_names: false,
        }
    }
}
