//! The HTTP API: publish events and query channels without a connection.
//!
//! This module does no I/O: [`Api`] writes a signed [`ApiRequest`] into the caller's buffer, any HTTP client sends it,
//! and [`reply`] decodes the response. The only clock is the timestamp passed to each call.
//!
//! | file | contents |
//! |---|---|
//! | `mod.rs` | [`Api`], with one method per endpoint |
//! | `event.rs` | [`NewEvent`] and [`Attribute`] |
//! | `request.rs` | [`ApiRequest`] and its signature |
//! | `signing.rs` | who signs: the credentials, or a secure element |
//! | `reply.rs` | the responses |
//!
//! ```
//! use pusher_proto::auth::Credentials;
//! use pusher_proto::auth::rest::{Api, NewEvent, reply};
//!
//! let credentials = Credentials::new("278d425bdf160c739803", b"7ad3773142a6692b25b8");
//! let api = Api::new("3", &credentials);
//! let mut out = [0; 512];
//! let event = NewEvent::new("posted", r#"{"id":7}"#).exclude_socket("1234.5678");
//! let request = api.trigger(1_700_000_000, &event, &["news"], &mut out)?;
//! assert_eq!(request.method().as_str(), "POST");
//! assert!(request.target().starts_with("/apps/3/events?auth_key=278d425bdf160c739803&"));
//! assert_eq!(
//!     request.body(),
//!     r#"{"name":"posted","data":"{\"id\":7}","channels":["news"],"socket_id":"1234.5678"}"#
//! );
//! // ... send it to https://api-CLUSTER.pusher.com with request.headers(), then:
//! assert_eq!(reply::accepted(200, &mut *b"{}".to_vec()), Ok(()));
//! # Ok::<(), pusher_proto::auth::rest::ApiRequestError>(())
//! ```
//!
//! Source: Pusher docs, "HTTP API reference".

pub mod reply;

mod event;
mod request;
mod signing;

use event::write_list;
pub use event::{Attribute, NewEvent};
use request::Call;
pub use request::{ApiRequest, ApiRequestError, Method};
use signing::Signing;

use super::Credentials;
use crate::envelope::str_of;
use crate::output::{OutputTooSmall, Writer};

/// The maximum number of channels that one event can be published to.
pub const MAX_CHANNELS: usize = 100;
/// The maximum number of events in one batch at Pusher.
pub const MAX_BATCH: usize = 10;

/// A writer of the signed requests of one app.
///
/// In all methods, `timestamp` is the time in seconds since 1970; the server accepts it if it is within 600 seconds of
/// its own clock. `out` receives the body, followed by the target. It needs about 200 bytes more than the length of all
/// names and data, which may grow by escapes. After [`OutputTooSmall`] nothing is lost: call again with a buffer of the
/// reported size.
#[derive(Debug)]
pub struct Api<'a, S: ?Sized = Credentials<'a>> {
    app_id: &'a str,
    signing: &'a S,
}

impl<S: ?Sized> Clone for Api<'_, S> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<S: ?Sized> Copy for Api<'_, S> {}

impl<'a> Api<'a> {
    /// Creates the API for the app `app_id`, which is not the app's key.
    pub const fn new(app_id: &'a str, credentials: &'a Credentials<'a>) -> Self {
        Self { app_id, signing: credentials }
    }
}

impl<'a> Api<'a, str> {
    /// Creates the API for the app `app_id` with the key `key`, for a secret that is in a secure element. The requests
    /// have no signature yet, and a server refuses them: pass [`text_to_sign`](ApiRequest::text_to_sign) to the
    /// element, then call [`with_signature`](ApiRequest::with_signature).
    pub const fn unsigned(app_id: &'a str, key: &'a str) -> Self {
        Self { app_id, signing: key }
    }
}

#[expect(private_bounds, reason = "only the two types of this module can sign")]
impl<S: Signing + ?Sized> Api<'_, S> {
    /// Publishes `event` to `channels`, 1 to 100 of them. `POST /events`.
    ///
    /// # Errors
    /// [`ApiRequestError::Channels`] or [`ApiRequestError::Output`].
    pub fn trigger<'o>(
        &self,
        timestamp: u64,
        event: &NewEvent<'_>,
        channels: &[&str],
        out: &'o mut [u8],
    ) -> Result<ApiRequest<'o>, ApiRequestError> {
        if channels.is_empty() || channels.len() > MAX_CHANNELS {
            return Err(ApiRequestError::Channels);
        }
        Ok(self.post_written(timestamp, &["events"], |writer| event.write(writer, channels), out)?)
    }

    /// Publishes 1 to 10 events, each to a channel of its own. `POST /batch_events`.
    ///
    /// # Errors
    /// [`ApiRequestError::Batch`] or [`ApiRequestError::Output`].
    pub fn trigger_batch<'o>(
        &self,
        timestamp: u64,
        batch: &[(&str, NewEvent<'_>)],
        out: &'o mut [u8],
    ) -> Result<ApiRequest<'o>, ApiRequestError> {
        if batch.is_empty() || batch.len() > MAX_BATCH {
            return Err(ApiRequestError::Batch);
        }
        let write = |writer: &mut Writer<'_>| {
            writer.raw("{\"batch\":[");
            for (index, (channel, event)) in batch.iter().enumerate() {
                writer.raw(if index == 0 { "" } else { "," });
                event.write_element(writer, channel);
            }
            writer.raw("]}");
        };
        Ok(self.post_written(timestamp, &["batch_events"], write, out)?)
    }

    /// Sends `event` to all connections that are signed in as `user_id`. `POST /events`.
    ///
    /// # Errors
    /// [`OutputTooSmall`].
    pub fn send_to_user<'o>(
        &self,
        timestamp: u64,
        user_id: &str,
        event: &NewEvent<'_>,
        out: &'o mut [u8],
    ) -> Result<ApiRequest<'o>, OutputTooSmall> {
        self.post_written(timestamp, &["events"], |writer| event.write_to_user(writer, user_id), out)
    }

    /// Closes all connections that are signed in as `user_id`; they may reconnect. `POST
    /// /users/USER/terminate_connections`.
    ///
    /// # Errors
    /// [`OutputTooSmall`].
    pub fn terminate_user_connections<'o>(
        &self,
        timestamp: u64,
        user_id: &str,
        out: &'o mut [u8],
    ) -> Result<ApiRequest<'o>, OutputTooSmall> {
        self.post(timestamp, &["users", user_id, "terminate_connections"], "{}", out)
    }

    /// Queries the occupied channels, all of them or those whose name starts with `filter_by_prefix`. `GET /channels`.
    ///
    /// [`Attribute::UserCount`] is available only for presence channels: the filter must begin with `presence-`.
    ///
    /// # Errors
    /// [`OutputTooSmall`].
    pub fn channels<'o>(
        &self,
        timestamp: u64,
        filter_by_prefix: Option<&str>,
        info: &[Attribute],
        out: &'o mut [u8],
    ) -> Result<ApiRequest<'o>, OutputTooSmall> {
        let filter = filter_by_prefix.map(|prefix| ("filter_by_prefix", prefix));
        self.get_info(timestamp, &["channels"], filter, info, out)
    }

    /// Queries whether the channel `name` is occupied, and its attributes `info`. `GET /channels/NAME`.
    ///
    /// # Errors
    /// [`OutputTooSmall`].
    pub fn channel<'o>(
        &self,
        timestamp: u64,
        name: &str,
        info: &[Attribute],
        out: &'o mut [u8],
    ) -> Result<ApiRequest<'o>, OutputTooSmall> {
        self.get_info(timestamp, &["channels", name], None, info, out)
    }

    /// Queries the members of the presence channel `channel`. `GET /channels/CHANNEL/users`.
    ///
    /// # Errors
    /// [`OutputTooSmall`].
    pub fn users<'o>(
        &self,
        timestamp: u64,
        channel: &str,
        out: &'o mut [u8],
    ) -> Result<ApiRequest<'o>, OutputTooSmall> {
        self.get(timestamp, &["channels", channel, "users"], &[], out)
    }

    /// Queries an endpoint without a method here. `path` is the part after `/apps/ID`, as segments without slashes. The
    /// names of `parameters` must be in lower case.
    ///
    /// # Errors
    /// [`OutputTooSmall`].
    pub fn get<'o>(
        &self,
        timestamp: u64,
        path: &[&str],
        parameters: &[(&str, &str)],
        out: &'o mut [u8],
    ) -> Result<ApiRequest<'o>, OutputTooSmall> {
        let call = Call { method: Method::Get, timestamp, app_id: self.app_id, path, parameters, body: "" };
        Ok(ApiRequest { method: Method::Get, target: call.write(self.signing, out)?, body: "" })
    }

    /// Posts a JSON `body` of the caller's to an endpoint without a method here, or a body that was written before.
    /// `path` is the part after `/apps/ID`, as segments without slashes. `out` receives only the target.
    ///
    /// # Errors
    /// [`OutputTooSmall`].
    pub fn post<'o>(
        &self,
        timestamp: u64,
        path: &[&str],
        body: &'o str,
        out: &'o mut [u8],
    ) -> Result<ApiRequest<'o>, OutputTooSmall> {
        let call = Call { method: Method::Post, timestamp, app_id: self.app_id, path, parameters: &[], body };
        Ok(ApiRequest { method: Method::Post, target: call.write(self.signing, out)?, body })
    }

    fn get_info<'o>(
        &self,
        timestamp: u64,
        path: &[&str],
        filter: Option<(&str, &str)>,
        info: &[Attribute],
        out: &'o mut [u8],
    ) -> Result<ApiRequest<'o>, OutputTooSmall> {
        let mut list = [0; Attribute::LIST];
        let mut writer = Writer::new(&mut list);
        write_list(&mut writer, info);
        let info = Some(("info", writer.finish().unwrap_or_default())).filter(|(_, list)| !list.is_empty());
        match (filter, info) {
            (None, None) => self.get(timestamp, path, &[], out),
            (Some(one), None) | (None, Some(one)) => self.get(timestamp, path, &[one], out),
            (Some(filter), Some(info)) => self.get(timestamp, path, &[filter, info], out),
        }
    }

    /// Writes the body to the front of `out` and the target after it.
    fn post_written<'o>(
        &self,
        timestamp: u64,
        path: &[&str],
        write: impl FnOnce(&mut Writer<'_>),
        out: &'o mut [u8],
    ) -> Result<ApiRequest<'o>, OutputTooSmall> {
        let mut writer = Writer::new(&mut *out);
        write(&mut writer);
        let length = match writer.finish() {
            Ok(body) => body.len(),
            Err(error) => error.needed(),
        };
        // If the body does not fit, a placeholder determines the size of the target, which is the same for any body.
        let (body, rest) = match out.split_at_mut_checked(length) {
            Some((body, rest)) => (str_of(body), rest),
            None => ("{}", Default::default()),
        };
        self.post(timestamp, path, body, rest)
            .map_err(|error| OutputTooSmall { needed: length.saturating_add(error.needed()) })
    }
}
