//! A signature in the form that is sent: 64 hexadecimal digits.

use core::fmt;

use ctutils::CtEq;

/// An HMAC-SHA256 in lower-case hexadecimal.
///
/// Its size is 64 bytes, all of them ASCII digits. `==` takes the same time wherever the two differ. A signature is
/// sent in the clear and does not reveal the secret, but it is valid for the message it was made for. Therefore `Debug`
/// does not print it; [`as_str`](Self::as_str) and `Display` do.
///
/// Source: Pusher docs, "Generating the authentication string".
#[derive(Clone, Copy, Eq)]
pub struct Signature([u8; Self::LEN]);

impl Signature {
    /// The length in bytes of the text.
    pub const LEN: usize = 64;

    /// Creates a signature from the 32 bytes of an HMAC-SHA256, such as a secure element computes of a
    /// [`TextToSign`](super::TextToSign).
    pub fn from_bytes(code: &[u8; 32]) -> Self {
        let mut digits = [0; Self::LEN];
        // The only error is a wrong buffer size. The encoder has no table look-ups, because a code that is compared
        // with a peer's signature is still secret at this point.
        let _ = base16ct::lower::encode(code, &mut digits);
        Self(digits)
    }

    /// Parses the text of a signature.
    ///
    /// The text must be exactly 64 digits of `0-9a-f`: servers refuse capital letters, so this function does too.
    ///
    /// # Errors
    /// [`InvalidSignature`] for anything else.
    pub fn from_hex(text: &str) -> Result<Self, InvalidSignature> {
        let digits: &[u8; Self::LEN] = text.as_bytes().try_into().map_err(|_| InvalidSignature)?;
        if digits.iter().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f')) {
            Ok(Self(*digits))
        } else {
            Err(InvalidSignature)
        }
    }

    /// Returns the 64 digits.
    pub fn as_str(&self) -> &str {
        core::str::from_utf8(&self.0).unwrap_or_default() // always ASCII, see the constructors
    }
}

impl PartialEq for Signature {
    /// Compares all digits, even after a difference.
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).to_bool()
    }
}

impl AsRef<str> for Signature {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl fmt::Display for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Signature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signature(..)")
    }
}

#[cfg(feature = "defmt")]
impl defmt::Format for Signature {
    fn format(&self, f: defmt::Formatter<'_>) {
        defmt::write!(f, "Signature(..)");
    }
}

/// The text is not a signature: not 64 lower-case hexadecimal digits. Caused by its sender.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct InvalidSignature;

impl fmt::Display for InvalidSignature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the signature that was received is not 64 lower-case hexadecimal digits")
    }
}

impl core::error::Error for InvalidSignature {}

#[cfg(test)]
mod tests {
    use std::string::ToString;

    use super::*;

    #[test]
    fn a_signature_survives_a_round_trip_through_hex() {
        let code: [u8; 32] = core::array::from_fn(|n| (n * 37) as u8);
        let signature = Signature::from_bytes(&code);
        let expected = code.iter().fold(std::string::String::new(), |text, byte| text + &format!("{byte:02x}"));
        assert_eq!(signature.as_str(), expected);
        assert_eq!(signature.to_string(), expected);
        assert_eq!(format!("{signature:?}"), "Signature(..)");
        assert_eq!(Signature::from_hex(&expected), Ok(signature));
    }

    #[test]
    fn only_64_lower_case_digits_are_a_signature() {
        let good = "0123456789abcdef".repeat(4);
        assert!(Signature::from_hex(&good).is_ok());
        let (short, long, upper) = (&good[1..], format!("{good}0"), good.to_uppercase());
        let (letter, accent, space) = (good.replace('f', "g"), good.replace("ef", "é"), good.replace('0', " "));
        for text in ["", short, &long, &upper, &letter, &accent, &space] {
            assert_eq!(Signature::from_hex(text), Err(InvalidSignature), "{text:?}");
        }
    }

    #[test]
    fn one_changed_bit_anywhere_makes_it_another_signature() {
        let signature = Signature::from_bytes(&[0x5a; 32]);
        for bit in 0..256 {
            let mut code = [0x5a; 32];
            code[bit / 8] ^= 1 << (bit % 8);
            assert_ne!(Signature::from_bytes(&code), signature, "bit {bit}");
        }
        assert_eq!(Signature::from_bytes(&[0x5a; 32]), signature);
    }
}
