//! The HTTP API.

use footprint::keep;
use pusher_proto::auth::rest::reply::{self, Batch, Cache, ChannelInfo, Channels, ReplyError, Users};
use pusher_proto::auth::rest::{Api, Event, Method, Request, RequestError};

use crate::keep_texts;

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
        Event::new(_, _);
        Event::except(_, _);
        Event::with_info(_, _);
        Method::as_str(_);
        Request::method(_);
        Request::target(_);
        Request::body(_);
        Request::headers(_);
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
    keep_texts!(ReplyError, RequestError);
}
