//! Error codes.

use pusher_proto::channel::SubscribeError;
use pusher_proto::client::{AuthorizeError, ReplyError, TriggerError};
use pusher_proto::connection::SendError;
use pusher_proto::envelope::EnvelopeError;

/// The result of a function. An error leaves the state as it was before the call.
#[repr(i32)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum pusher_status {
    /// Success.
    PUSHER_OK = 0,
    /// A pointer that must not be NULL is NULL.
    PUSHER_ERROR_NULL = -1,
    /// The handle is of the other type, was never initialised, or is not initialised any more.
    PUSHER_ERROR_HANDLE = -2,
    /// The memory for the handle is too small, or not aligned to 8 bytes. Use PUSHER_CLIENT or PUSHER_CONNECTION.
    PUSHER_ERROR_MEMORY = -3,
    /// The library was built without this capacity.
    PUSHER_ERROR_CAPACITY = -4,
    /// A text is not UTF-8.
    PUSHER_ERROR_TEXT = -5,
    /// The URL or the key is not valid. See pusher_options.
    PUSHER_ERROR_URL = -6,
    /// The channel name is empty, too long, has a character other than `A-Z a-z 0-9 _ - = @ , . ;`, or begins with
    /// `#server-to-user-`.
    PUSHER_ERROR_NAME = -7,
    /// All channels of the client are in use.
    PUSHER_ERROR_FULL = -8,
    /// The library was built without encrypted channels.
    PUSHER_ERROR_NOT_BUILT = -9,
    /// The channel was unsubscribed, or the ticket is no longer valid. Do nothing: the client issues a new ticket if it
    /// needs one.
    PUSHER_ERROR_STALE = -10,
    /// A message is being sent. Try again after the next PUSHER_ACTION_READ.
    PUSHER_ERROR_BUSY = -11,
    /// The output buffer or the transmit buffer is too small. The documentation of each function
    /// names the place of the needed size.
    PUSHER_ERROR_TOO_SMALL = -12,
    /// A presence channel needs `channel_data`, and no user is signed in. Or the `channel_data` is not valid.
    PUSHER_ERROR_CHANNEL_DATA = -13,
    /// An encrypted channel needs a `shared_secret` of 32 bytes in base64.
    PUSHER_ERROR_SHARED_SECRET = -14,
    /// The server has not confirmed the subscription, or there is no connection.
    PUSHER_ERROR_NOT_SUBSCRIBED = -15,
    /// Clients may send events only on private and presence channels.
    PUSHER_ERROR_NOT_ALLOWED = -16,
    /// The name of a client event must begin with `client-` and have at most 200 bytes.
    PUSHER_ERROR_EVENT_NAME = -17,
    /// The data is larger than pusher_config.client_event_limit.
    PUSHER_ERROR_TOO_LARGE = -18,
    /// The data was passed as JSON and is not JSON.
    PUSHER_ERROR_NOT_JSON = -19,
    /// The limit of events or messages per time is reached. Try again later.
    PUSHER_ERROR_RATE_LIMITED = -20,
    /// The id of the connection or the name of the channel cannot be signed.
    PUSHER_ERROR_SIGN = -21,
    /// The reply of the auth server is not a JSON object, or a field is missing.
    PUSHER_ERROR_REPLY = -22,
    /// The server sent a message that cannot be decoded. The connection continues.
    PUSHER_ERROR_MESSAGE = -23,
    /// A message arrived while no WebSocket is open.
    PUSHER_ERROR_NOT_OPEN = -24,
}

pub use pusher_status::*;

/// Returns `Ok` as `PUSHER_OK`.
pub(crate) fn status(result: Result<(), pusher_status>) -> pusher_status {
    match result {
        Ok(()) => PUSHER_OK,
        Err(error) => error,
    }
}

impl From<SubscribeError> for pusher_status {
    fn from(error: SubscribeError) -> Self {
        match error {
            SubscribeError::TooManyChannels => PUSHER_ERROR_FULL,
            SubscribeError::EncryptionNotBuilt => PUSHER_ERROR_NOT_BUILT,
            _ => PUSHER_ERROR_NAME,
        }
    }
}

impl From<ReplyError> for pusher_status {
    fn from(_: ReplyError) -> Self {
        PUSHER_ERROR_REPLY
    }
}

impl From<EnvelopeError> for pusher_status {
    fn from(error: EnvelopeError) -> Self {
        if error == EnvelopeError::NotOpen { PUSHER_ERROR_NOT_OPEN } else { PUSHER_ERROR_MESSAGE }
    }
}

/// An error with the size that a buffer needs; 0 for other errors.
pub(crate) struct Sized(pub(crate) pusher_status, pub(crate) usize);

impl From<AuthorizeError> for Sized {
    fn from(error: AuthorizeError) -> Self {
        match error {
            AuthorizeError::MissingChannelData => Self(PUSHER_ERROR_CHANNEL_DATA, 0),
            AuthorizeError::MissingSharedSecret => Self(PUSHER_ERROR_SHARED_SECRET, 0),
            AuthorizeError::OutputTooSmall(error) => Self(PUSHER_ERROR_TOO_SMALL, error.needed()),
            _ => Self(PUSHER_ERROR_STALE, 0),
        }
    }
}

impl From<TriggerError> for Sized {
    fn from(error: TriggerError) -> Self {
        Self(
            match error {
                TriggerError::NotSubscribed => PUSHER_ERROR_NOT_SUBSCRIBED,
                TriggerError::NotAllowed => PUSHER_ERROR_NOT_ALLOWED,
                TriggerError::InvalidEventName => PUSHER_ERROR_EVENT_NAME,
                TriggerError::DataTooLarge { .. } => PUSHER_ERROR_TOO_LARGE,
                TriggerError::NotJson => PUSHER_ERROR_NOT_JSON,
                TriggerError::RateLimited { .. } => PUSHER_ERROR_RATE_LIMITED,
                TriggerError::OutputTooSmall(error) => return Self(PUSHER_ERROR_TOO_SMALL, error.needed()),
                _ => PUSHER_ERROR_STALE,
            },
            0,
        )
    }
}

impl<E: Into<Self>> From<SendError<E>> for Sized {
    fn from(error: SendError<E>) -> Self {
        match error {
            SendError::Client(error) => error.into(),
            _ => Self(PUSHER_ERROR_BUSY, 0),
        }
    }
}

/// Returns a name for a status, such as "PUSHER_ERROR_BUSY".
///
/// The name ends with NUL and is constant.
/// Interrupt: may be called, it has no state.
#[unsafe(no_mangle)]
pub extern "C" fn pusher_status_name(status: i32) -> *const core::ffi::c_char {
    const NAMES: [&core::ffi::CStr; 25] = [
        c"PUSHER_OK",
        c"PUSHER_ERROR_NULL",
        c"PUSHER_ERROR_HANDLE",
        c"PUSHER_ERROR_MEMORY",
        c"PUSHER_ERROR_CAPACITY",
        c"PUSHER_ERROR_TEXT",
        c"PUSHER_ERROR_URL",
        c"PUSHER_ERROR_NAME",
        c"PUSHER_ERROR_FULL",
        c"PUSHER_ERROR_NOT_BUILT",
        c"PUSHER_ERROR_STALE",
        c"PUSHER_ERROR_BUSY",
        c"PUSHER_ERROR_TOO_SMALL",
        c"PUSHER_ERROR_CHANNEL_DATA",
        c"PUSHER_ERROR_SHARED_SECRET",
        c"PUSHER_ERROR_NOT_SUBSCRIBED",
        c"PUSHER_ERROR_NOT_ALLOWED",
        c"PUSHER_ERROR_EVENT_NAME",
        c"PUSHER_ERROR_TOO_LARGE",
        c"PUSHER_ERROR_NOT_JSON",
        c"PUSHER_ERROR_RATE_LIMITED",
        c"PUSHER_ERROR_SIGN",
        c"PUSHER_ERROR_REPLY",
        c"PUSHER_ERROR_MESSAGE",
        c"PUSHER_ERROR_NOT_OPEN",
    ];
    NAMES.get(0_usize.wrapping_sub(status as usize)).map_or(c"?".as_ptr(), |name| name.as_ptr())
}
