//! The authorizers that the library brings: what each answers to which request.
#![cfg(all(feature = "websocket", feature = "encrypted"))]

use pusher_proto::auth::Credentials;
use pusher_proto::connection::{
    Answer, Authorizer, DenyAll, EncryptedCredentials, SignInRequest, SubscriptionRequest, UserAnswer,
};
use pusher_proto::encryption::SharedSecret;

const MASTER_KEY: [u8; 32] = [7; 32];

fn credentials() -> Credentials<'static> {
    Credentials::new("key", b"secret")
}

/// Returns the signature of an answer that has one.
fn signature(answer: Answer<'_>) -> String {
    match answer {
        Answer::Signature { key: "key", signature } => signature.as_str().to_owned(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn encrypted_credentials_derive_the_key_of_an_encrypted_channel() {
    let mut authorizer = EncryptedCredentials::new(credentials(), MASTER_KEY);
    for name in ["private-encrypted-a", "private-encrypted-cache-b"] {
        let Answer::Authorization(authorization) = authorizer.authorize(&SubscriptionRequest::new("1.1", name)) else {
            panic!("{name} is not authorized");
        };
        let mut key = [0; 44];
        let key = SharedSecret::derive(name, &MASTER_KEY).to_base64(&mut key).unwrap().to_owned();
        assert_eq!(authorization.shared_secret(), Some(key.as_str()));
    }
    // The name of a channel must be signed, and the socket id is a part of it.
    assert!(matches!(authorizer.authorize(&SubscriptionRequest::new("", "private-encrypted-a")), Answer::Deny));
}

#[test]
fn encrypted_credentials_sign_everything_else_as_credentials_do() {
    let mut authorizer = EncryptedCredentials::new(credentials(), MASTER_KEY);
    let request = SubscriptionRequest::new("1.1", "private-a");
    assert_eq!(signature(authorizer.authorize(&request)), signature(credentials().authorize(&request)));
    let presence = SubscriptionRequest::new("1.1", "presence-a").with_channel_data(r#"{"user_id":"1"}"#);
    assert_eq!(signature(authorizer.authorize(&presence)), signature(credentials().authorize(&presence)));
    assert_ne!(signature(authorizer.authorize(&presence)), signature(authorizer.authorize(&request)));

    let signed = |answer| match answer {
        UserAnswer::Signature { key: "key", signature } => signature.as_str().to_owned(),
        other => panic!("{other:?}"),
    };
    let request = SignInRequest::new("1.1", Some(r#"{"id":"1"}"#));
    let expected = credentials().sign_user("1.1", r#"{"id":"1"}"#).unwrap();
    assert_eq!(signed(authorizer.authenticate(&request)), expected.as_str());
    assert_eq!(signed(credentials().authenticate(&request)), expected.as_str());
    assert_eq!(expected.as_ref(), expected.to_string());
}

#[test]
fn credentials_deny_what_they_cannot_sign() {
    let request = SubscriptionRequest::new("", "private-a");
    assert!(matches!(credentials().authorize(&request), Answer::Deny));
    assert!(matches!(credentials().authenticate(&SignInRequest::new("", Some("{}"))), UserAnswer::Deny));
}

#[test]
fn a_closure_answers_subscriptions_and_denies_a_sign_in() {
    let signer = credentials();
    let mut authorizer = |request: &SubscriptionRequest<'_>| match request.channel_name {
        "private-admin" => Answer::Deny,
        _ => Answer::sign(&signer, request),
    };
    let admin = SubscriptionRequest::new("1.1", "private-admin");
    assert!(matches!(Authorizer::authorize(&mut authorizer, &admin), Answer::Deny));
    let news = SubscriptionRequest::new("1.1", "private-news");
    assert_eq!(signature(Authorizer::authorize(&mut authorizer, &news)), signature(credentials().authorize(&news)));
    assert!(matches!(authorizer.authenticate(&SignInRequest::new("1.1", Some("{}"))), UserAnswer::Deny));
}

#[test]
fn deny_all_denies_a_subscription_and_a_sign_in() {
    assert!(matches!(DenyAll.authorize(&SubscriptionRequest::new("1.1", "private-a")), Answer::Deny));
    assert!(matches!(DenyAll.authenticate(&SignInRequest::new("1.1", Some("{}"))), UserAnswer::Deny));
}

#[test]
fn what_an_encrypted_authorizer_shows_holds_no_key() {
    let mut authorizer = EncryptedCredentials::new(credentials(), MASTER_KEY);
    let _ = authorizer.authorize(&SubscriptionRequest::new("1.1", "private-encrypted-a"));
    let mut key = [0; 44];
    let key = SharedSecret::derive("private-encrypted-a", &MASTER_KEY).to_base64(&mut key).unwrap().to_owned();
    let shown = format!("{authorizer:?}");
    assert!(shown.contains("key") && !shown.contains(&key) && !shown.contains("7, 7"), "{shown}");
}
