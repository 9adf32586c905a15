//! Checks that signatures agree with the official server library and with the documentation.

#[path = "../support/vectors.rs"]
mod vectors;

use pusher_proto::auth::{Credentials, InvalidSignature, SignError, Signature};
use vectors::{Vector, vectors};

/// Returns the signature in `KEY:signature`.
fn signature(vector: &Vector) -> Result<Signature, InvalidSignature> {
    let auth = vector.text("auth");
    let signature = auth.strip_prefix(vector.text("key")).and_then(|rest| rest.strip_prefix(':'));
    Signature::from_hex(signature.expect("auth starts with the key"))
}

fn credentials(vector: &Vector) -> Credentials<'_> {
    Credentials::new(vector.text("key"), vector.text("secret").as_bytes())
}

/// Checks one file of channel authorizations.
fn check_channels(file: &str, count: usize) {
    for vector in vectors(file, count) {
        let (socket_id, channel) = (vector.text("socket_id"), vector.text("channel"));
        let (credentials, channel_data) = (credentials(&vector), vector.optional_text("channel_data"));
        let expected = signature(&vector).unwrap();
        assert_eq!(credentials.sign_channel(socket_id, channel, channel_data), Ok(expected), "{vector:?}");
        assert!(credentials.verify_channel(socket_id, channel, channel_data, &expected), "{vector:?}");
        assert!(!credentials.verify_channel(channel, socket_id, channel_data, &expected), "{vector:?}");
    }
}

#[test]
fn private_channels_are_signed_as_the_node_library_does() {
    check_channels("private_channel_auth", 40);
}

#[test]
fn presence_channels_are_signed_as_the_node_library_does() {
    check_channels("presence_channel_auth", 24);
}

#[test]
fn encrypted_channels_are_signed_as_the_node_library_does() {
    check_channels("encrypted_channel_auth", 28);
}

#[test]
fn users_are_signed_in_as_the_node_library_does() {
    for vector in vectors("user_authentication", 22) {
        let (socket_id, user_data) = (vector.text("socket_id"), vector.text("user_data"));
        let (credentials, expected) = (credentials(&vector), signature(&vector).unwrap());
        assert_eq!(credentials.sign_user(socket_id, user_data), Ok(expected), "{vector:?}");
        assert!(credentials.verify_user(socket_id, user_data, &expected), "{vector:?}");
    }
}

/// The app of the documentation's examples.
fn documented() -> Credentials<'static> {
    Credentials::new("278d425bdf160c739803", b"7ad3773142a6692b25b8")
}

#[test]
fn documented_private_vector_holds() {
    assert_eq!(
        documented().sign_channel("1234.1234", "private-foobar", None),
        Ok(Signature::from_hex("58df8b0c36d6982b82c3ecf6b4662e34fe8c25bba48f5369f135bf843651c3a4").unwrap())
    );
}

#[test]
fn documented_user_vector_holds() {
    assert_eq!(
        documented().sign_user("1234.1234", r#"{"id":"12345"}"#),
        Ok(Signature::from_hex("4708d583dada6a56435fb8bc611c77c359a31eebde13337c16ab43aa6de336ba").unwrap())
    );
}

/// The documentation signs a presence channel for "Mr. Channels" but prints the signature for "Mr. Pusher".
#[test]
fn documented_presence_vector_is_stale() {
    let sign = |name: &str| -> Result<Signature, SignError> {
        let channel_data = format!(r#"{{"user_id":10,"user_info":{{"name":"{name}"}}}}"#);
        documented().sign_channel("1234.1234", "presence-foobar", Some(&channel_data))
    };
    let right = Signature::from_hex("31935e7d86dba64c2a90aed31fdc61869f9b22ba9d8863bba239c03ca481bc80").unwrap();
    assert_eq!(sign("Mr. Channels"), Ok(right));
    let printed = sign("Mr. Pusher").unwrap();
    assert!(printed.as_str().starts_with("afaed3695da2") && printed.as_str().ends_with("6304c"), "{printed}");
}
