//! Signatures of a secure element: it holds the secret, takes texts of at most 64 bytes and returns 32.
#![cfg(all(feature = "rest", feature = "users", feature = "websocket"))]

#[path = "../support/element.rs"]
mod element;
#[path = "../support/vectors.rs"]
mod vectors;

use element::{BLOCK, Element, SecureElement};
use hmac::{Hmac, KeyInit, Mac};
use pusher_proto::auth::rest::{Api, ApiRequest};
use pusher_proto::auth::{Credentials, SignError, Signature, TextToSign};
use pusher_proto::connection::{Answer, Authorizer, SignInRequest, SubscriptionRequest, UserAnswer};
use sha2::{Digest, Sha256};
use vectors::{Vector, vectors};

/// A stand-in for an element, with the secret inside. As an ATECC608 does, it takes full blocks until the last one, and
/// its slot has a fixed size: the rest is zeros.
struct StandIn {
    secret: Hmac<Sha256>,
    running: Option<Hmac<Sha256>>,
    is_last: bool,
    is_broken: bool,
}

impl StandIn {
    fn new(secret: &str) -> Self {
        let mut slot = [0; 64];
        match slot.get_mut(..secret.len()) {
            Some(start) => start.copy_from_slice(secret.as_bytes()),
            None => slot[..32].copy_from_slice(&Sha256::digest(secret)), // RFC 2104 §2
        }
        let secret = Hmac::new_from_slice(&slot).unwrap();
        Self { secret, running: None, is_last: false, is_broken: false }
    }
}

impl Element for StandIn {
    fn start(&mut self) -> Option<()> {
        (self.running, self.is_last) = (Some(self.secret.clone()), false);
        (!self.is_broken).then_some(())
    }

    fn update(&mut self, block: &[u8]) -> Option<()> {
        assert!((1..=BLOCK).contains(&block.len()), "a command of {} bytes", block.len());
        assert!(!self.is_last, "a block after one that is not full");
        self.is_last = block.len() < BLOCK;
        self.running.as_mut()?.update(block);
        Some(())
    }

    fn finish(&mut self) -> Option<[u8; 32]> {
        Some(self.running.take()?.finalize().into_bytes().into())
    }
}

fn element(secret: &str) -> SecureElement<StandIn> {
    SecureElement { key: "the-key", element: StandIn::new(secret) }
}

/// Returns the signature in `KEY:signature`.
fn expected(vector: &Vector) -> &str {
    vector.text("auth").rsplit_once(':').unwrap().1
}

#[test]
fn subscriptions_have_the_signatures_of_the_vectors() {
    for (file, count) in [("private_channel_auth", 40), ("presence_channel_auth", 24), ("encrypted_channel_auth", 28)] {
        for vector in vectors(file, count) {
            let request = SubscriptionRequest::new(vector.text("socket_id"), vector.text("channel"));
            let data = vector.optional_text("channel_data");
            let request = data.map_or(request, |data| request.with_channel_data(data));
            match element(vector.text("secret")).authorize(&request) {
                Answer::Signature { key: "the-key", signature } => {
                    assert_eq!(signature.as_str(), expected(&vector), "{vector:?}");
                }
                other => panic!("{other:?} for {vector:?}"),
            }
        }
    }
}

#[test]
fn sign_ins_have_the_signatures_of_the_vectors() {
    for vector in vectors("user_authentication", 22) {
        let request = SignInRequest::new(vector.text("socket_id"), vector.optional_text("user_data"));
        match element(vector.text("secret")).authenticate(&request) {
            UserAnswer::Signature { key: "the-key", signature } => {
                assert_eq!(signature.as_str(), expected(&vector), "{vector:?}");
            }
            other => panic!("{other:?} for {vector:?}"),
        }
    }
}

/// Splits the target of a vector into the path after the app and the parameters of the caller. No vector has escapes.
fn parts(target: &str) -> (Vec<&str>, Vec<(&str, &str)>) {
    let (path, query) = target.split_once('?').unwrap();
    let pairs = query.split('&').map(|pair| pair.split_once('=').unwrap());
    let own = |(name, _): &(&str, &str)| !name.starts_with("auth_") && *name != "body_md5";
    (path.split('/').skip(3).collect(), pairs.filter(own).collect())
}

/// Signs an unsigned request. Checks the size that the target needs.
fn sign<'o>(element: &mut SecureElement<StandIn>, request: &ApiRequest<'o>, out: &'o mut [u8]) -> ApiRequest<'o> {
    let signature = element.sign(request.text_to_sign()).unwrap();
    let needed = request.target().len() + Signature::LEN;
    for size in [0, 1, needed - 1] {
        assert_eq!(request.with_signature(&signature, &mut vec![0; size]).unwrap_err().needed(), needed);
    }
    request.with_signature(&signature, &mut out[..needed]).unwrap()
}

#[test]
fn requests_of_the_http_api_have_the_signatures_of_the_vectors() {
    let files = [
        "http_trigger",
        "http_batch",
        "http_encrypted_trigger",
        "http_user_actions",
        "http_get_channel",
        "http_get_channels",
        "http_get_users",
    ];
    for vector in files.iter().flat_map(|file| vectors(file, 24)) {
        let (mut unsigned, mut out) = (vec![0; 2000], vec![0; 2000]);
        let api = Api::unsigned(vector.text("app_id"), vector.text("key"));
        let (path, parameters) = parts(vector.text("path_and_query"));
        let request = match vector.text("method") {
            "GET" => api.get(1_700_000_000, &path, &parameters, &mut unsigned),
            _ => api.post(1_700_000_000, &path, vector.text("body"), &mut unsigned),
        };
        let request = request.unwrap();
        assert!(request.target().ends_with("&auth_signature="), "{}", request.target());
        let signed = sign(&mut element(vector.text("secret")), &request, &mut out);
        assert_eq!(signed.target(), vector.text("path_and_query"), "{vector:?}");
        assert_eq!((signed.method(), signed.body()), (request.method(), vector.text("body")));
        // A request with a signature gives the same text.
        let again = element(vector.text("secret")).sign(signed.text_to_sign());
        assert!(signed.target().ends_with(again.unwrap().as_str()));
    }
}

#[test]
fn a_request_with_escapes_has_the_signature_of_credentials() {
    let credentials = Credentials::new("key?", b"secret");
    let parameters = [("auth_signature", "a&auth_signature=b%?\n"), ("é", " +=/%41")];
    let (mut unsigned, mut out, mut expected) = ([0; 400], [0; 400], [0; 400]);
    let path = ["channels", "a b%é"];
    let request = Api::unsigned("3/x", "key?").get(7, &path, &parameters, &mut unsigned).unwrap();
    let expected = Api::new("3/x", &credentials).get(7, &path, &parameters, &mut expected).unwrap();
    assert_eq!(sign(&mut element("secret"), &request, &mut out), expected);
    assert!(expected.target().matches('%').count() > 10);
}

/// Reads a whole text in blocks of `size` bytes.
fn read(mut text: TextToSign<'_>, size: usize) -> String {
    let (mut whole, mut block) = (Vec::new(), vec![0; size]);
    loop {
        let length = text.read(&mut block);
        whole.extend_from_slice(&block[..length]);
        if length < size {
            assert_eq!(text.read(&mut block), 0);
            return String::from_utf8(whole).unwrap();
        }
    }
}

#[test]
fn a_text_is_the_same_in_blocks_of_every_size() {
    let mut out = [0; 400];
    let parameters = [("auth_signature", "a&auth_signature=b%?\n"), ("é", " +=/")];
    let request = Api::unsigned("3/x", "key?").get(7, &["channels", "a b"], &parameters, &mut out).unwrap();
    let get = "GET\n/apps/3%2Fx/channels/a%20b\nauth_key=key?&auth_signature=a&auth_signature=b%?\n\
               &auth_timestamp=7&auth_version=1.0&é= +=/";
    let channel = TextToSign::channel("1.1", "presence-é", Some("{%41}")).unwrap();
    let user = TextToSign::user("1.1", "{%41}").unwrap();
    for size in 1..=200 {
        assert_eq!(read(request.text_to_sign(), size), get);
        assert_eq!(read(channel.clone(), size), "1.1:presence-é:{%41}");
        assert_eq!(read(user.clone(), size), "1.1::user::{%41}");
    }
}

#[test]
fn an_ambiguous_text_is_denied_and_never_reaches_the_element() {
    let mut denying = element("secret");
    denying.element.is_broken = true; // would answer 503
    for (socket_id, channel) in [("1.1::user:", "private-a"), ("", "private-a"), ("1.1", "private:a")] {
        assert!(matches!(denying.authorize(&SubscriptionRequest::new(socket_id, channel)), Answer::Deny));
    }
    assert!(matches!(denying.authenticate(&SignInRequest::new("1:1", Some("{}"))), UserAnswer::Deny));
    assert_eq!(TextToSign::user("1:1", "{}").unwrap_err(), SignError::SocketId);
    assert_eq!(TextToSign::channel("1.1", "", None).unwrap_err(), SignError::Channel);
}

#[test]
fn an_element_that_fails_is_asked_again_later() {
    let mut broken = element("secret");
    broken.element.is_broken = true;
    assert!(matches!(broken.authorize(&SubscriptionRequest::new("1.1", "private-a")), Answer::Failed(503)));
    assert!(matches!(broken.authenticate(&SignInRequest::new("1.1", Some("{}"))), UserAnswer::Failed(503)));
}
