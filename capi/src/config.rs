//! The settings.

use core::ffi::{c_char, c_void};

use pusher_proto::client::{Config, Pacing};
use pusher_proto::{Endpoint, endpoint};

use crate::status::*;
use crate::text::{Buffer, at, c_text, put};
use crate::time::ms;

/// Settings of a client. pusher_config_init sets the defaults; change what differs. All spans are in milliseconds, at
/// most 12 days.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct pusher_config {
    /// Seed of the random waits before a reconnect. Give each device its own, or all reconnect in the same second after
    /// an outage. Not a secret: a serial number is enough.
    pub seed: u32,
    /// How long the connection may be idle before the client sends a ping. A shorter value of the server takes
    /// precedence. Default: 120000.
    pub activity_timeout_ms: u32,
    /// How long to wait for the answer to a ping. Default: 30000.
    pub pong_timeout_ms: u32,
    /// How long the server may take to establish the connection; counted for the socket and again for the WebSocket.
    /// Default: 15000.
    pub handshake_timeout_ms: u32,
    /// How long the application may take to answer a ticket. Default: 10000.
    pub authorization_timeout_ms: u32,
    /// How long the server may take to answer a subscription. Default: 10000.
    pub subscription_timeout_ms: u32,
    /// How long a connection may be missing before PUSHER_NOTICE_UNAVAILABLE. Default: 10000.
    pub unavailable_after_ms: u32,
    /// The longest first wait before a reconnect. The second is this plus the first, and each further one twice the
    /// last. Default: 1000.
    pub reconnect_base_ms: u32,
    /// The longest wait. Default: 120000.
    pub reconnect_cap_ms: u32,
    /// How long a connection must last before the waits are reset. Default: 30000.
    pub reconnect_stable_after_ms: u32,
    /// How many attempts in a row may fail before the client gives up; PUSHER_NEVER: it never does. Default:
    /// PUSHER_NEVER.
    pub reconnect_limit: u32,
    /// The window of `pacing_messages`. Default: 0.
    pub pacing_per_ms: u32,
    /// The largest data of a client event in bytes. Default: 10240.
    pub client_event_limit: u32,
    /// How many messages the server accepts in `pacing_per_ms`; 0: no limit. Default: 0.
    pub pacing_messages: u8,
    /// How many client events the server accepts in a second; 0: no limit. Default: 10.
    pub client_events_per_second: u8,
    /// Retries of a subscription on one connection after a transient failure. Default: 5.
    pub subscription_retries: u8,
    /// Not 0: refuse channel names of more than 164 bytes, as Pusher does. Default: 0.
    pub strict_names: u8,
}

/// Sets all settings to their defaults.
///
/// `config` must not be NULL. `seed`: see pusher_config.
/// Errors: PUSHER_ERROR_NULL.
/// Interrupt: may be called, it has no state.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_config_init(config: *mut pusher_config, seed: u32) -> pusher_status {
    let defaults = Config::new(seed);
    let value = pusher_config {
        seed,
        activity_timeout_ms: defaults.activity_timeout.as_millis(),
        pong_timeout_ms: defaults.pong_timeout.as_millis(),
        handshake_timeout_ms: defaults.handshake_timeout.as_millis(),
        authorization_timeout_ms: defaults.authorization_timeout.as_millis(),
        subscription_timeout_ms: defaults.subscription_timeout.as_millis(),
        unavailable_after_ms: defaults.unavailable_after.as_millis(),
        reconnect_base_ms: defaults.reconnect.base.as_millis(),
        reconnect_cap_ms: defaults.reconnect.cap.as_millis(),
        reconnect_stable_after_ms: defaults.reconnect.stable_after.as_millis(),
        reconnect_limit: defaults.reconnect.limit.map_or(u32::MAX, u32::from),
        pacing_per_ms: defaults.pacing.per.as_millis(),
        client_event_limit: defaults.client_event_limit as u32,
        pacing_messages: defaults.pacing.messages,
        client_events_per_second: defaults.client_events_per_second,
        subscription_retries: defaults.subscription_retries,
        strict_names: defaults.strict_names.into(),
    };
    // SAFETY: the caller passes NULL or a pointer to a pusher_config.
    status(unsafe { put(config, value) })
}

/// Returns the settings as the library takes them.
fn settings(config: &pusher_config) -> Config {
    let mut settings = Config::new(config.seed);
    settings.activity_timeout = ms(config.activity_timeout_ms);
    settings.pong_timeout = ms(config.pong_timeout_ms);
    settings.handshake_timeout = ms(config.handshake_timeout_ms);
    settings.authorization_timeout = ms(config.authorization_timeout_ms);
    settings.subscription_timeout = ms(config.subscription_timeout_ms);
    settings.unavailable_after = ms(config.unavailable_after_ms);
    settings.reconnect.base = ms(config.reconnect_base_ms);
    settings.reconnect.cap = ms(config.reconnect_cap_ms);
    settings.reconnect.stable_after = ms(config.reconnect_stable_after_ms);
    settings.reconnect.limit = u16::try_from(config.reconnect_limit).ok();
    settings.pacing = Pacing { messages: config.pacing_messages, per: ms(config.pacing_per_ms) };
    settings.client_event_limit = config.client_event_limit as usize;
    settings.client_events_per_second = config.client_events_per_second;
    settings.subscription_retries = config.subscription_retries;
    settings.strict_names = config.strict_names != 0;
    settings
}

/// Fills `length` bytes with random numbers that the server cannot predict (RFC 6455 section 10.3): 16 bytes for each
/// connection, 4 for each frame. Called from within pusher_connection_poll and the commands that send. It must return,
/// and must not call the library with the same handle.
pub type pusher_random = Option<unsafe extern "C" fn(context: *mut c_void, bytes: *mut u8, length: usize)>;

/// The parameters of a connection. Everything here except `config` must stay valid and unchanged until
/// pusher_connection_deinit.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct pusher_options {
    /// The server: `ws://host`, `wss://host:port` or `ws://host/prefix`, at most with a port and a path. Ends with NUL.
    /// It is not resolved: you open the socket. Or NULL, with a `cluster`.
    pub url: *const c_char,
    /// The cluster of Pusher Channels, such as "eu", if `url` is NULL. Ends with NUL. The socket must be one with TLS
    /// to `ws-CLUSTER.pusher.com`, port 443.
    pub cluster: *const c_char,
    /// The key of the application. Ends with NUL.
    pub key: *const c_char,
    /// Your random numbers.
    pub random: pusher_random,
    /// Passed to `random`; may be NULL.
    pub random_context: *mut c_void,
    /// The receive buffer: the largest message and 1 byte, and at least the handshake answer of the server, 200 to 500
    /// bytes. The connection owns it. Events point into it.
    pub receive_buffer: *mut u8,
    /// Its size in bytes.
    pub receive_size: usize,
    /// The transmit buffer: the largest message and 14 bytes, and at least the handshake request: 193 bytes, the host
    /// and port, the path and the key. 512 bytes are enough for most. The connection owns it.
    pub transmit_buffer: *mut u8,
    /// Its size in bytes.
    pub transmit_size: usize,
    /// The settings, needed only during the call. NULL is not allowed: the seed has no default.
    pub config: *const pusher_config,
}

/// The random numbers of the caller.
#[derive(Clone, Copy)]
pub(crate) struct Random {
    function: unsafe extern "C" fn(*mut c_void, *mut u8, usize),
    context: *mut c_void,
}

impl Random {
    /// Returns the function as the library takes it.
    pub(crate) fn into_closure(self) -> impl FnMut(&mut [u8]) {
        move |bytes: &mut [u8]| {
            // SAFETY: the caller of pusher_connection_init promises that the function may be called with this context.
            unsafe { (self.function)(self.context, bytes.as_mut_ptr(), bytes.len()) }
        }
    }
}

/// The checked parameters of a connection.
pub(crate) struct Parts {
    pub(crate) random: Random,
    pub(crate) rx: Buffer,
    pub(crate) tx: Buffer,
    pub(crate) endpoint: Endpoint<'static>,
    pub(crate) config: Config,
}

impl Parts {
    /// Checks the options.
    pub(crate) unsafe fn of(options: &pusher_options) -> Result<Self, pusher_status> {
        // SAFETY: the caller of pusher_connection_init passes what its documentation demands.
        unsafe {
            let function = options.random.ok_or(PUSHER_ERROR_NULL)?;
            Ok(Self {
                random: Random { function, context: options.random_context },
                rx: Buffer::new(options.receive_buffer, options.receive_size)?,
                tx: Buffer::new(options.transmit_buffer, options.transmit_size)?,
                endpoint: endpoint(options)?,
                config: config(options.config)?,
            })
        }
    }
}

/// Returns the endpoint that the options name.
unsafe fn endpoint(options: &pusher_options) -> Result<Endpoint<'static>, pusher_status> {
    let wrong = |_: endpoint::UrlError| PUSHER_ERROR_URL;
    // SAFETY: the caller passes texts that end with NUL and stay until the end of the connection.
    unsafe {
        let key = c_text(options.key)?;
        if options.url.is_null() {
            Endpoint::cluster(c_text(options.cluster)?, key).map_err(wrong)
        } else {
            Endpoint::from_url(c_text(options.url)?, key).map_err(wrong)
        }
    }
}

/// Returns the settings of the caller.
pub(crate) unsafe fn config(config: *const pusher_config) -> Result<Config, pusher_status> {
    // SAFETY: the caller passes NULL or a pointer to a pusher_config.
    unsafe { at(config) }.map(settings)
}
