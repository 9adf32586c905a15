//! Signatures, forms for auth servers, webhooks.

use footprint::keep;
use pusher_proto::auth::webhook::{self, Webhook, WebhookError, WebhookEvent};
use pusher_proto::auth::{Credentials, InvalidSignature, SignError, Signature, TextToSign, form};

use crate::keep_texts;

pub fn keep() {
    keep! {
        Credentials::new(_, _);
        Credentials::key(_);
        Credentials::sign_channel(_, _, _, _);
        Credentials::sign_user(_, _, _);
        Credentials::verify_channel(_, _, _, _, _);
        Credentials::verify_user(_, _, _, _);
        Signature::from_bytes(_);
        Signature::from_hex(_);
        Signature::as_str(_);
        TextToSign::channel(_, _, _);
        TextToSign::user(_, _);
        TextToSign::read(_, _);
        form::channel_form(_, _, _, _);
        form::user_form(_, _, _);
        webhook::verify(_, _, _, _);
        Webhook::open(_, _, _, _);
        Webhook::time_ms(_);
        Webhook::next(_);
        WebhookEvent::name(_);
        WebhookEvent::channel(_);
        WebhookEvent::user_id(_);
        WebhookEvent::event(_);
        WebhookEvent::data(_);
        WebhookEvent::socket_id(_);
        WebhookEvent::subscription_count(_);
    }
    core::hint::black_box::<fn(&'static Signature, &'static Signature) -> bool>(PartialEq::eq);
    keep_texts!(InvalidSignature, SignError, Signature, WebhookError);
}
