//! Compares the encryption of events with crypto_secretbox, in both directions and for data that was changed.

#![cfg(feature = "encrypted")]

use arbitrary::{Arbitrary, Unstructured};
use base64ct::{Base64, Encoding};
use crypto_secretbox::aead::{AeadInPlace, KeyInit};
use crypto_secretbox::{Key, Nonce, Tag, XSalsa20Poly1305};
use pusher_proto::Payload;
use pusher_proto::encryption::{DecryptError, SharedSecret};

use super::super::json::{Judgement, fields, judge, paired, text, unwrapped};
use super::super::units::{Bytes, byte, pick, rest};

pub const MAX_LEN: usize = 512;

#[derive(Debug)]
pub struct Input<'a> {
    /// Each byte of the key.
    key: u8,
    /// Each byte of the nonce.
    nonce: u8,
    action: Action<'a>,
}

#[derive(Debug)]
enum Action<'a> {
    /// Decrypts any data.
    Decrypt(Bytes<'a>),
    /// Encrypts a plaintext with the reference and decrypts it.
    Seal { plaintext: Bytes<'a>, form: Form },
    /// The same, after the bits of `mask` were changed in one byte of the nonce, the tag or the text.
    Damage { plaintext: Bytes<'a>, at: u8, mask: u8 },
}

/// How the data of the event is written.
#[derive(Clone, Copy, Debug)]
enum Form {
    Plain,
    OtherOrder,
    /// As PHP writes it: `\/`.
    EscapedSlashes,
    /// White space, and a field that is not known.
    Spaced,
}

impl<'a> Arbitrary<'a> for Input<'a> {
    fn arbitrary(input: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        let (key, nonce) = (byte(input), byte(input));
        let action = match byte(input) % 8 {
            0 => Action::Decrypt(Bytes(rest(input))),
            1 => {
                let (at, mask) = (byte(input), byte(input));
                Action::Damage { plaintext: Bytes(rest(input)), at, mask }
            }
            _ => {
                let form = pick(input, &[Form::Plain, Form::OtherOrder, Form::EscapedSlashes, Form::Spaced]);
                Action::Seal { plaintext: Bytes(rest(input)), form }
            }
        };
        Ok(Self { key, nonce, action })
    }
}

pub fn run(input: Input<'_>) {
    let (key, nonce) = ([input.key; 32], [input.nonce; 24]);
    let secret = SharedSecret::new(key);
    match input.action {
        Action::Decrypt(Bytes(data)) => {
            let expected = decrypt(&key, data);
            let mut copy = data.to_vec();
            match (secret.decrypt(&mut copy), expected) {
                // The data of a message is UTF-8. Where it is not read, other bytes are not noticed.
                (_, None) if std::str::from_utf8(data).is_err() => {}
                // A field nested too deeply hides nothing here, and everything in the reference.
                (found, None) => {
                    let depth = data.iter().filter(|byte| matches!(byte, b'[' | b'{')).count();
                    assert!(found == Err(DecryptError::Malformed) || depth > 60, "{found:?}");
                }
                (Ok(found), Some(Some(plaintext))) => check(found, &plaintext),
                (found, Some(plaintext)) => {
                    let text = plaintext.map(|plaintext| std::str::from_utf8(&plaintext).is_ok());
                    let error = match text {
                        None => DecryptError::NotAuthentic,
                        Some(is_text) => {
                            assert!(!is_text);
                            DecryptError::NotText
                        }
                    };
                    assert_eq!(found, Err(error));
                }
            }
        }
        Action::Seal { plaintext: Bytes(plaintext), form } => {
            let sealed = seal(&key, &nonce, plaintext);
            let mut data = written(&nonce, &sealed, form).into_bytes();
            match secret.decrypt(&mut data) {
                Ok(found) => check(found, plaintext),
                Err(error) => {
                    assert_eq!(error, DecryptError::NotText);
                    assert!(std::str::from_utf8(plaintext).is_err());
                }
            }
            let Ok(plaintext) = std::str::from_utf8(plaintext) else { return };
            let expected = written(&nonce, &sealed, Form::Plain);
            let mut out = vec![0; expected.len()];
            assert_eq!(secret.encrypt(plaintext, &nonce, &mut out), Ok(&*expected));
            let short = out.len() - 1;
            assert_eq!(secret.encrypt(plaintext, &nonce, &mut out[..short]).unwrap_err().needed(), expected.len());
        }
        Action::Damage { plaintext: Bytes(plaintext), at, mask } => {
            let mut whole = [&nonce[..], &seal(&key, &nonce, plaintext)].concat();
            let at = usize::from(at) % whole.len();
            whole[at] ^= mask;
            let (nonce, sealed) = whole.split_at(24);
            let result = secret.decrypt(&mut written(nonce, sealed, Form::Plain).into_bytes()).map(drop);
            assert_eq!(result == Err(DecryptError::NotAuthentic), mask != 0, "{result:?}");
        }
    }
}

/// Checks the payload of a decrypted event.
fn check(found: Payload<'_>, plaintext: &[u8]) {
    let plaintext = std::str::from_utf8(plaintext).expect("a payload that is not text");
    let json = plaintext.trim_matches([' ', '\t', '\n', '\r']);
    match (found, judge(plaintext.as_bytes())) {
        // Python's publishers encrypt a text that is not JSON.
        (Payload::Text(found), Judgement::Refused) => assert_eq!(found, plaintext),
        (Payload::Text(found), _) => assert_eq!(Some(found.into()), text(json)),
        (Payload::Json(found), Judgement::Object(_) | Judgement::NotAnObject) => {
            assert!(!json.starts_with('"'));
            assert_eq!(paired(found.trim_ascii()), paired(json));
        }
        (payload, judgement) => panic!("{payload:?}, but it is {judgement:?}"),
    }
}

/// Returns the plaintext of `data`: `None` if it has no nonce and ciphertext, `Some(None)` if it is not authentic.
fn decrypt(key: &[u8; 32], data: &[u8]) -> Option<Option<Vec<u8>>> {
    let Judgement::Object(_) = judge(data) else { return None };
    let fields = fields(std::str::from_utf8(data).ok()?);
    let bytes = |name: &str| {
        let mut text = unwrapped(fields.get(name)?).into_bytes();
        // In place, base64ct accepts bits behind the last byte that are not zero. The tag covers the decoded bytes.
        Base64::decode_in_place(&mut text).ok().map(<[u8]>::to_vec)
    };
    let (nonce, sealed) = (bytes("nonce")?, bytes("ciphertext")?);
    if nonce.len() != 24 || sealed.len() < 16 {
        return None;
    }
    let (tag, ciphertext) = sealed.split_at(16);
    let mut plaintext = ciphertext.to_vec();
    let cipher = XSalsa20Poly1305::new(Key::from_slice(key));
    let nonce = Nonce::from_slice(&nonce);
    let opened = cipher.decrypt_in_place_detached(nonce, &[], &mut plaintext, Tag::from_slice(tag));
    Some(opened.ok().map(|()| plaintext))
}

/// Returns the tag and the ciphertext.
fn seal(key: &[u8; 32], nonce: &[u8; 24], plaintext: &[u8]) -> Vec<u8> {
    let mut text = plaintext.to_vec();
    let cipher = XSalsa20Poly1305::new(Key::from_slice(key));
    let tag = cipher.encrypt_in_place_detached(Nonce::from_slice(nonce), &[], &mut text).unwrap();
    [&tag[..], &text].concat()
}

fn written(nonce: &[u8], sealed: &[u8], form: Form) -> String {
    let encoded = |bytes: &[u8]| {
        let mut out = vec![0; bytes.len().div_ceil(3) * 4];
        Base64::encode(bytes, &mut out).unwrap().to_owned()
    };
    let (nonce, sealed) = (encoded(nonce), encoded(sealed));
    match form {
        Form::Plain => format!(r#"{{"nonce":"{nonce}","ciphertext":"{sealed}"}}"#),
        Form::OtherOrder => format!(r#"{{"ciphertext":"{sealed}","nonce":"{nonce}"}}"#),
        Form::EscapedSlashes => {
            let (nonce, sealed) = (nonce.replace('/', "\\/"), sealed.replace('/', "\\/"));
            format!(r#"{{"nonce":"{nonce}","ciphertext":"{sealed}"}}"#)
        }
        Form::Spaced => format!("{{ \"nonce\" : \"{nonce}\" ,\n\"other\":[1],\t\"ciphertext\": \"{sealed}\" }}"),
    }
}
