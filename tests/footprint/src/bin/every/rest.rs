//! The HTTP API.

use footprint::keep;
use pusher_proto::auth::rest::reply::{self, ApiError, Batch, Cache, ChannelInfo, Channels, Users};
use pusher_proto::auth::rest::{self, ApiRequest, ApiRequestError, Method, NewEvent};

use crate::keep_texts;

/// An API whose secret is at hand.
type Api = rest::Api<'static>;
/// An API whose secret is elsewhere.
type Unsigned = rest::Api<'static, str>;

pub fn keep() {
    keep! {
        Api::new(_, _);
        Api::trigger(_, _, _, _, _);
        Api::trigger_batch(_, _, _, _);
        Api::send_to_user(_, _, _, _, _);
        Api::terminate_user_connections(_, _, _, _);
        Api::channels(_, _, _, _, _);
        Api::channel(_, _, _, _, _);
        Api::users(_, _, _, _);
        Api::get(_, _, _, _, _);
        Api::post(_, _, _, _, _);
        Unsigned::unsigned(_, _);
        Unsigned::trigger(_, _, _, _, _);
        Unsigned::get(_, _, _, _, _);
        NewEvent::new(_, _);
        NewEvent::exclude_socket(_, _);
        NewEvent::with_info(_, _);
        Method::as_str(_);
        ApiRequest::method(_);
        ApiRequest::target(_);
        ApiRequest::body(_);
        ApiRequest::headers(_);
        ApiRequest::text_to_sign(_);
        ApiRequest::with_signature(_, _, _);
        reply::accepted(_, _);
        reply::channels(_, _);
        reply::channel(_, _);
        reply::batch(_, _);
        reply::users(_, _);
        Channels::next(_);
        Batch::next(_);
        Users::next(_);
        ChannelInfo::occupied(_);
        ChannelInfo::user_count(_);
        ChannelInfo::subscription_count(_);
        ChannelInfo::cache(_);
        Cache::data(_);
        Cache::ttl(_);
    }
    keep_texts!(ApiError, ApiRequestError);
}
