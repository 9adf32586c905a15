//! Changes that no message reports.

use pusher_proto::channel::SubscriptionFailure;
use pusher_proto::client::{Notice, Reason};
use pusher_proto::{Instant, State};

use crate::event::pusher_channel;
use crate::time::{PUSHER_NEVER, until};

/// The kind of a notice.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum pusher_notice_kind {
    /// No notice.
    PUSHER_NOTICE_NONE = 0,
    /// The connection is lost or an attempt failed: `reason`, `code`, `retry_in_ms`. PUSHER_NEVER: the client has given
    /// up.
    PUSHER_NOTICE_DISCONNECTED,
    /// There has been no connection for pusher_config.unavailable_after_ms. The client keeps trying.
    PUSHER_NOTICE_UNAVAILABLE,
    /// A subscription was not answered in time, or the application refused it: `channel`, `failure`, `code`,
    /// `retry_in_ms`.
    PUSHER_NOTICE_SUBSCRIPTION_FAILED,
    /// There is no new key for an encrypted channel, which keeps the old one: `channel`, `failure`, `code`.
    PUSHER_NOTICE_REKEY_FAILED,
    /// A sign-in was not answered in time, or the application refused it: `failure`, `code`, `retry_in_ms`.
    PUSHER_NOTICE_SIGN_IN_FAILED,
}

pub use pusher_notice_kind::*;

/// Why there is no connection.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum pusher_reason {
    /// No reason: there is a connection, or the application has not requested one.
    PUSHER_REASON_NONE = 0,
    /// The server closed with the code in `code`, or sent an error with it just before.
    PUSHER_REASON_CODE,
    /// The transport ended without a code.
    PUSHER_REASON_ABNORMAL,
    /// The transport could not be opened.
    PUSHER_REASON_CONNECT_FAILED,
    /// The transmit buffer is too small for the handshake request. The client does not retry.
    PUSHER_REASON_MISCONFIGURED,
    /// The server did not establish the connection in time.
    PUSHER_REASON_HANDSHAKE_TIMEOUT,
    /// The server did not answer a ping.
    PUSHER_REASON_PONG_TIMEOUT,
}

pub use pusher_reason::*;

/// Why a subscription or a sign-in failed.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum pusher_failure {
    /// It did not fail.
    PUSHER_FAILURE_NONE = 0,
    /// The application denied it.
    PUSHER_FAILURE_DENIED,
    /// A presence channel needs `channel_data`, and no user is signed in.
    PUSHER_FAILURE_CHANNEL_DATA,
    /// An encrypted channel needs a shared secret.
    PUSHER_FAILURE_SHARED_SECRET,
    /// A sign-in needs user data.
    PUSHER_FAILURE_USER_DATA,
    /// The auth server of the application answered with the HTTP status in `code`.
    PUSHER_FAILURE_AUTHORIZATION,
    /// The application did not answer the ticket in time.
    PUSHER_FAILURE_AUTHORIZATION_TIMEOUT,
    /// The server did not answer in time.
    PUSHER_FAILURE_SUBSCRIPTION_TIMEOUT,
    /// The server refused, with the code in `code` if it is not 0.
    PUSHER_FAILURE_REJECTED,
}

pub use pusher_failure::*;

/// A change caused by the clock, the transport or the application. It holds no pointers.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct pusher_notice {
    /// The kind.
    pub kind: pusher_notice_kind,
    /// Why there is no connection.
    pub reason: pusher_reason,
    /// Why a subscription or a sign-in failed.
    pub failure: pusher_failure,
    /// The code of `reason` or `failure`; 0 if there is none.
    pub code: u16,
    /// Milliseconds until the client tries again; PUSHER_NEVER if it does not.
    pub retry_in_ms: u32,
    /// The channel.
    pub channel: pusher_channel,
}

/// Writes a notice as C receives it, in place.
#[inline(never)] // size
pub(crate) fn write(notice: Option<&Notice>, now: Instant, c: &mut pusher_notice) {
    *c = pusher_notice {
        kind: PUSHER_NOTICE_NONE,
        reason: PUSHER_REASON_NONE,
        failure: PUSHER_FAILURE_NONE,
        code: 0,
        retry_in_ms: PUSHER_NEVER,
        channel: pusher_channel { id: u32::MAX },
    };
    let Some(notice) = notice else { return };
    let mut failed = None;
    let retry_at;
    (c.kind, retry_at) = match notice {
        Notice::Disconnected { reason, retry_at } => {
            (c.reason, c.code) = split_reason(Some(*reason));
            (PUSHER_NOTICE_DISCONNECTED, retry_at)
        }
        Notice::Unavailable => (PUSHER_NOTICE_UNAVAILABLE, &None),
        Notice::SubscriptionFailed { channel, failure, retry_at } => {
            c.channel = (*channel).into();
            failed = Some(*failure);
            (PUSHER_NOTICE_SUBSCRIPTION_FAILED, retry_at)
        }
        #[cfg(feature = "encrypted")]
        Notice::RekeyFailed { channel, failure } => {
            c.channel = (*channel).into();
            failed = Some(*failure);
            (PUSHER_NOTICE_REKEY_FAILED, &None)
        }
        Notice::SignInFailed { failure, retry_at } => {
            failed = Some(*failure);
            (PUSHER_NOTICE_SIGN_IN_FAILED, retry_at)
        }
        _ => (PUSHER_NOTICE_NONE, &None),
    };
    if let Some(failure) = failed {
        (c.failure, c.code) = split_failure(failure);
    }
    c.retry_in_ms = until(now, retry_at);
}

/// Returns a reason and its code. The kinds are numbered as in Rust, so that this is an addition.
pub(crate) fn split_reason(reason: Option<Reason>) -> (pusher_reason, u16) {
    let kind = match reason {
        None => PUSHER_REASON_NONE,
        Some(Reason::Code(_)) => PUSHER_REASON_CODE,
        Some(Reason::Abnormal) => PUSHER_REASON_ABNORMAL,
        Some(Reason::ConnectFailed) => PUSHER_REASON_CONNECT_FAILED,
        Some(Reason::Misconfigured) => PUSHER_REASON_MISCONFIGURED,
        Some(Reason::HandshakeTimeout) => PUSHER_REASON_HANDSHAKE_TIMEOUT,
        Some(_) => PUSHER_REASON_PONG_TIMEOUT,
    };
    (kind, if let Some(Reason::Code(code)) = reason { code } else { 0 })
}

/// The same for a failure.
fn split_failure(failure: SubscriptionFailure) -> (pusher_failure, u16) {
    let code = match failure {
        SubscriptionFailure::AuthorizationFailed(code) | SubscriptionFailure::Rejected(Some(code)) => code,
        _ => 0,
    };
    (failure_kind(&failure), code)
}

#[inline(never)] // size
fn failure_kind(failure: &SubscriptionFailure) -> pusher_failure {
    match failure {
        SubscriptionFailure::Denied => PUSHER_FAILURE_DENIED,
        SubscriptionFailure::MissingChannelData => PUSHER_FAILURE_CHANNEL_DATA,
        SubscriptionFailure::MissingSharedSecret => PUSHER_FAILURE_SHARED_SECRET,
        SubscriptionFailure::MissingUserData => PUSHER_FAILURE_USER_DATA,
        SubscriptionFailure::AuthorizationFailed(_) => PUSHER_FAILURE_AUTHORIZATION,
        SubscriptionFailure::AuthorizationTimeout => PUSHER_FAILURE_AUTHORIZATION_TIMEOUT,
        SubscriptionFailure::SubscriptionTimeout => PUSHER_FAILURE_SUBSCRIPTION_TIMEOUT,
        _ => PUSHER_FAILURE_REJECTED,
    }
}

/// The state of the connection.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum pusher_state {
    /// The application has not requested a connection. Also for a handle that is not valid.
    PUSHER_STATE_DISCONNECTED = 0,
    /// An attempt is in progress.
    PUSHER_STATE_CONNECTING,
    /// The connection is established.
    PUSHER_STATE_CONNECTED,
    /// The connection is lost; another attempt will follow.
    PUSHER_STATE_WAITING,
    /// The client has given up: an unchanged attempt would fail the same way.
    PUSHER_STATE_FAILED,
}

pub use pusher_state::*;

impl From<State> for pusher_state {
    fn from(state: State) -> Self {
        match state {
            State::Connecting => PUSHER_STATE_CONNECTING,
            State::Connected => PUSHER_STATE_CONNECTED,
            State::Waiting { .. } => PUSHER_STATE_WAITING,
            State::Failed => PUSHER_STATE_FAILED,
            _ => PUSHER_STATE_DISCONNECTED,
        }
    }
}

/// The status of a subscription.
#[repr(u8)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum pusher_channel_status {
    /// The channel was unsubscribed, or the handle is not valid.
    PUSHER_CHANNEL_STALE = 0,
    /// The subscription waits for a connection, or for its turn on it.
    PUSHER_CHANNEL_WAITING,
    /// The application holds a ticket.
    PUSHER_CHANNEL_AUTHORIZING,
    /// The server has not confirmed the subscription yet.
    PUSHER_CHANNEL_PENDING,
    /// The server has confirmed the subscription.
    PUSHER_CHANNEL_SUBSCRIBED,
    /// The subscription failed and is retried.
    PUSHER_CHANNEL_RETRYING,
    /// The subscription failed. It is retried after a reconnect or by another pusher_connection_subscribe.
    PUSHER_CHANNEL_FAILED,
}

pub use pusher_channel_status::*;

impl From<Option<pusher_proto::ChannelStatus>> for pusher_channel_status {
    fn from(status: Option<pusher_proto::ChannelStatus>) -> Self {
        use pusher_proto::ChannelStatus as Status;
        match status {
            Some(Status::Waiting) => PUSHER_CHANNEL_WAITING,
            Some(Status::Authorizing) => PUSHER_CHANNEL_AUTHORIZING,
            Some(Status::Pending) => PUSHER_CHANNEL_PENDING,
            Some(Status::Subscribed) => PUSHER_CHANNEL_SUBSCRIBED,
            Some(Status::Retrying(_)) => PUSHER_CHANNEL_RETRYING,
            Some(Status::Failed(_)) => PUSHER_CHANNEL_FAILED,
            _ => PUSHER_CHANNEL_STALE,
        }
    }
}
