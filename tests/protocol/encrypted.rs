//! Encrypted channels: the vectors of the official library, and the renewal of keys.
#![cfg(feature = "encrypted")]

#[path = "../support/script.rs"]
mod script;
#[path = "../support/vectors.rs"]
mod vectors;

use pusher_proto::Payload;
use pusher_proto::encryption::{DecryptError, SharedSecret};
use script::connected;
use vectors::{must_fail, vectors};

const SECRET: &str = "/fXNISfW5oYPsxk0w2Unhmf4ryxyOUewExp5ih8r70k=";
const HELLO: &str = r#"{\"nonce\":\"WXMM5CYEQO1ZQ0syj/zd3QkYyJA+hCNf\",\"ciphertext\":\"olr598e2CEkWxSDtctesxIMLVP7dgXRVO4SFMFZ74dubnSg=\"}"#;

#[test]
fn every_payload_of_the_official_library_is_decrypted() {
    for vector in vectors("encrypted_event_payloads", 24) {
        let secret = SharedSecret::from_base64(vector.text("shared_secret")).unwrap();
        let mut data = vector.text("data").as_bytes().to_vec();
        let payload = secret.decrypt(&mut data).unwrap();
        let plaintext = vector.text("plaintext_utf8");
        match serde_json::from_str::<serde_json::Value>(plaintext) {
            Ok(serde_json::Value::String(text)) => assert_eq!(payload, Payload::Text(&text)),
            Ok(_) => assert_eq!(payload, Payload::Json(plaintext)),
            Err(_) => assert_eq!(payload, Payload::Text(plaintext)),
        }
        assert!(!format!("{secret:?}").contains("0x"));
    }
}

#[test]
fn payloads_are_encrypted_as_the_official_library_does() {
    for vector in vectors("encrypted_event_payloads", 24) {
        let secret = SharedSecret::from_base64(vector.text("shared_secret")).unwrap();
        let nonce = base64(vector.text("nonce"));
        let expected = vector.text("data");
        let mut out = vec![0; expected.len()];
        let made = secret.encrypt(vector.text("plaintext_utf8"), nonce[..].try_into().unwrap(), &mut out);
        assert_eq!(made, Ok(expected));
        out.pop();
        let made = secret.encrypt(vector.text("plaintext_utf8"), nonce[..].try_into().unwrap(), &mut out);
        assert_eq!(made.unwrap_err().needed(), expected.len());
    }
}

#[test]
fn keys_are_derived_as_the_official_library_does() {
    for vector in vectors("encrypted_channel_auth", 28) {
        let master: [u8; 32] = base64(vector.text("encryption_master_key_base64")).try_into().unwrap();
        let secret = SharedSecret::derive(vector.text("channel"), &master);
        assert_eq!(secret.to_base64(&mut [0; 44]), Ok(vector.text("shared_secret")));
        assert_eq!(secret.to_base64(&mut [0; 43]).unwrap_err().needed(), 44);
    }
}

#[test]
fn vectors_that_must_fail_are_refused() {
    for vector in must_fail("encrypted_event_payloads", 7) {
        let secret = SharedSecret::from_base64(vector.text("shared_secret")).unwrap();
        let (nonce, ciphertext) = (vector.text("nonce"), vector.text("ciphertext"));
        let mut data = format!(r#"{{"nonce":"{nonce}","ciphertext":"{ciphertext}"}}"#).into_bytes();
        let expected = match vector.text("why") {
            "ciphertext bit flipped" | "nonce bit flipped" | "wrong shared secret" => DecryptError::NotAuthentic,
            _ => DecryptError::Malformed,
        };
        assert_eq!(secret.decrypt(&mut data), Err(expected), "{}", vector.text("why"));
    }
    let secret = SharedSecret::from_base64(SECRET).unwrap();
    for data in ["", "{}", "[]", "7", r#"{"nonce":7,"ciphertext":[]}"#, r#"{"ciphertext":"AAAA"}"#] {
        assert_eq!(secret.decrypt(&mut data.as_bytes().to_vec()), Err(DecryptError::Malformed), "{data}");
    }
}

#[test]
fn an_encrypted_channel_needs_a_key_and_its_events_arrive_in_the_clear() {
    connected(&format!(
        r#"
        > subscribe private-encrypted-foobar
        < request authorize 1.1 private-encrypted-foobar
        > authorize private-encrypted-foobar key:1
        < error the authorization of an encrypted channel needs a shared_secret of 32 bytes in base64; add it
        > authorize private-encrypted-foobar key:1 AAAA=
        < error the authorization of an encrypted channel needs a shared_secret of 32 bytes in base64; add it
        > authorize private-encrypted-foobar key:1 {SECRET}
        < out {{"event":"pusher:subscribe","data":{{"channel":"private-encrypted-foobar","auth":"key:1"}}}}
        > in {{"event":"pusher_internal:subscription_succeeded","channel":"private-encrypted-foobar"}}
        < event subscribed private-encrypted-foobar
        > in {{"event":"my-event","channel":"private-encrypted-foobar","data":"{HELLO}"}}
        < event message private-encrypted-foobar my-event json {{"message":"hello"}}
        > in {{"event":"plain","channel":"private-encrypted-foobar","data":"{{}}"}}
        < event not decrypted private-encrypted-foobar plain: the data of the event is not encrypted in the expected format
        > trigger private-encrypted-foobar client-x {{}}
        < error clients may send events on private and presence channels only
    "#
    ));
}

#[test]
fn a_key_that_does_not_fit_is_renewed_once_at_a_time() {
    // protocol checklist 12: key rotation
    let wrong = "1YNCHw+2TqKTfNPF8S+alunK8oHoxXi3v20SREecGnE=";
    connected(&format!(
        r#"
        > subscribe private-encrypted-foobar
        < request authorize 1.1 private-encrypted-foobar
        > authorize private-encrypted-foobar key:1 {wrong}
        < out {{"event":"pusher:subscribe","data":{{"channel":"private-encrypted-foobar","auth":"key:1"}}}}
        > in {{"event":"pusher_internal:subscription_succeeded","channel":"private-encrypted-foobar"}}
        < event subscribed private-encrypted-foobar
        > in {{"event":"one","channel":"private-encrypted-foobar","data":"{HELLO}"}}
        < event not decrypted private-encrypted-foobar one: the data of the event is encrypted with another key, or was changed
        < request rekey private-encrypted-foobar
        > in {{"event":"two","channel":"private-encrypted-foobar","data":"{HELLO}"}}
        < event not decrypted private-encrypted-foobar two: the data of the event is encrypted with another key, or was changed
        > rekey private-encrypted-foobar AAAA=
        < error the authorization of an encrypted channel needs a shared_secret of 32 bytes in base64; add it
        > rekey private-encrypted-foobar {SECRET}
        > rekey private-encrypted-foobar {SECRET}
        < error the ticket is stale; ignore it, the client issues a new one if needed
        > in {{"event":"three","channel":"private-encrypted-foobar","data":"{HELLO}"}}
        < event message private-encrypted-foobar three json {{"message":"hello"}}
    "#
    ));
}

#[test]
fn a_publisher_with_a_wrong_key_causes_no_flood_of_requests() {
    let wrong = "1YNCHw+2TqKTfNPF8S+alunK8oHoxXi3v20SREecGnE=";
    let failed = "event not decrypted private-encrypted-foobar e: the data of the event is encrypted with another key, or was changed";
    connected(&format!(
        r#"
        > subscribe private-encrypted-foobar
        < request authorize 1.1 private-encrypted-foobar
        > authorize private-encrypted-foobar key:1 {wrong}
        < out {{"event":"pusher:subscribe","data":{{"channel":"private-encrypted-foobar","auth":"key:1"}}}}
        > in {{"event":"pusher_internal:subscription_succeeded","channel":"private-encrypted-foobar"}}
        < event subscribed private-encrypted-foobar
        > in {{"event":"e","channel":"private-encrypted-foobar","data":"{HELLO}"}}
        < {failed}
        < request rekey private-encrypted-foobar
        > rekey private-encrypted-foobar {wrong}
        > at 9999
        > in {{"event":"e","channel":"private-encrypted-foobar","data":"{HELLO}"}}
        < {failed}
        > at 10000
        > in {{"event":"e","channel":"private-encrypted-foobar","data":"{HELLO}"}}
        < {failed}
        < request rekey private-encrypted-foobar
        > deny private-encrypted-foobar
        > rekey private-encrypted-foobar {SECRET}
        < error the ticket is stale; ignore it, the client issues a new one if needed
    "#
    ));
}

/// Compares the crate's XSalsa20-Poly1305 with `crypto_secretbox` for every length of up to several blocks, and for
/// changed data.
#[test]
fn the_cipher_is_that_of_crypto_secretbox() {
    use crypto_secretbox::aead::{AeadInPlace, KeyInit};
    use crypto_secretbox::{Key, Nonce, XSalsa20Poly1305};

    let mut random = 0x2545_f491_4f6c_dd1d_u64;
    let mut fill = |bytes: &mut [u8]| {
        for byte in bytes {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            *byte = random as u8;
        }
    };
    for length in 0..300 {
        let (mut key, mut nonce, mut text) = ([0; 32], [0; 24], vec![0; length]);
        fill(&mut key);
        fill(&mut nonce);
        fill(&mut text);
        text.iter_mut().for_each(|byte| *byte = b' ' + *byte % 95);
        let plaintext = String::from_utf8(text.clone()).unwrap();
        let cipher = XSalsa20Poly1305::new(Key::from_slice(&key));
        let tag = cipher.encrypt_in_place_detached(Nonce::from_slice(&nonce), &[], &mut text).unwrap();

        let secret = SharedSecret::new(key);
        let mut out = vec![0; 1024];
        let made = secret.encrypt(&plaintext, &nonce, &mut out).unwrap();
        let made: serde_json::Value = serde_json::from_str(made).unwrap();
        let sealed = base64(made["ciphertext"].as_str().unwrap());
        assert_eq!(sealed, [&tag[..], &text[..]].concat(), "{length}");

        // Both detect every changed bit.
        let mut wrong = sealed.clone();
        let at = length % wrong.len();
        wrong[at] ^= 1 << (length % 8);
        let mut data = made.clone();
        data["ciphertext"] = encoded(&wrong).into();
        assert_eq!(secret.decrypt(&mut data.to_string().into_bytes()), Err(DecryptError::NotAuthentic));
        assert!(secret.decrypt(&mut made.to_string().into_bytes()).is_ok());
    }
}

/// A nonce is chosen by the publisher, or by a server that pretends to be one. Half of it is a counter in the cipher.
#[test]
fn every_counter_in_a_nonce_is_as_good_as_any_other() {
    use crypto_secretbox::aead::{AeadInPlace, KeyInit};
    use crypto_secretbox::{Key, Nonce, XSalsa20Poly1305};

    let largest = u64::MAX;
    for counter in [0, 1, 0x7fff_ffff, 0xffff_ffff, 0x7fff_ffff_7fff_ffff, largest >> 1, 1 << 63, largest - 1, largest]
    {
        for (key, rest) in [([0x5a; 32], 0x22), ([0xff; 32], 0xff), ([0; 32], 0)] {
            let mut nonce = [rest; 24];
            nonce[8..16].copy_from_slice(&counter.to_le_bytes());
            let mut text = *b"{}";
            let cipher = XSalsa20Poly1305::new(Key::from_slice(&key));
            let tag = cipher.encrypt_in_place_detached(Nonce::from_slice(&nonce), &[], &mut text).unwrap();

            let secret = SharedSecret::new(key);
            let mut out = [0; 256];
            let made = secret.encrypt("{}", &nonce, &mut out).unwrap();
            let json: serde_json::Value = serde_json::from_str(made).unwrap();
            assert_eq!(base64(json["ciphertext"].as_str().unwrap()), [&tag[..], &text[..]].concat(), "{counter:#x}");
            assert_eq!(secret.decrypt(&mut made.as_bytes().to_vec()), Ok(Payload::Json("{}")), "{counter:#x}");
        }
    }
}

fn encoded(bytes: &[u8]) -> String {
    use base64ct::{Base64, Encoding};
    let mut out = vec![0; bytes.len() * 2 + 4];
    Base64::encode(bytes, &mut out).unwrap().into()
}

fn base64(text: &str) -> Vec<u8> {
    use base64ct::{Base64, Encoding};
    let mut out = vec![0; text.len()];
    Base64::decode(text, &mut out).unwrap().to_vec()
}
