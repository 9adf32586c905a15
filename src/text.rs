//! Text functions that replace general ones of `core::str`, which cost a device kilobytes and leave panic paths.

/// Parses a decimal number: digits only, up to 4,294,967,289.
#[inline(never)] // size
pub(crate) fn number(text: &[u8]) -> Option<u32> {
    let mut number = None;
    for digit in text.iter().map(|byte| byte.wrapping_sub(b'0')) {
        let tens = number.unwrap_or(0);
        if digit > 9 || tens >= u32::MAX / 10 {
            return None;
        }
        number = Some(u32::wrapping_add(u32::wrapping_mul(tens, 10), digit.into()));
    }
    number
}

/// Returns the whole part of `json`, which is a JSON number (RFC 8259 §6), up to the same limit; `None` if it is
/// negative. Some encoders write 30 as `30.0` or `3e1`.
pub(crate) fn whole_number(json: &[u8]) -> Option<u32> {
    if json.first() == Some(&b'-') {
        return None;
    }
    let end = json.iter().position(|byte| byte | 0x20 == b'e').unwrap_or(json.len());
    let (mantissa, exponent) = json.split_at_checked(end)?;
    let point = mantissa.iter().position(|&byte| byte == b'.').unwrap_or(end);
    // The number of digits in the whole part, including zeros after the mantissa.
    let mut whole = point;
    if let [_, exponent @ ..] = exponent {
        let ([b'-' | b'+', digits @ ..] | digits) = exponent;
        let by = number(digits).unwrap_or(u32::MAX) as usize;
        whole = if exponent.first() == Some(&b'-') { whole.saturating_sub(by) } else { whole.saturating_add(by) };
    }
    let mut number = 0u32;
    for at in 0..whole {
        let digit = match mantissa.get(at.wrapping_add(usize::from(at >= point))) {
            Some(byte) => byte.wrapping_sub(b'0'),
            None if number == 0 => break, // zeros change nothing
            None => 0,
        };
        if number >= u32::MAX / 10 {
            return None;
        }
        number = number.wrapping_mul(10).wrapping_add(digit.into()); // cannot overflow, see above
    }
    Some(number)
}

/// Returns the text after the first `marker` in `text`.
#[inline(never)] // size
pub(crate) fn after<'t>(mut text: &'t [u8], marker: &str) -> Option<&'t [u8]> {
    loop {
        if let Some(rest) = text.strip_prefix(marker.as_bytes()) {
            return Some(rest);
        }
        (_, text) = text.split_first()?;
    }
}

/// Copies the bytes of `from` to the beginning of `to`, as many as fit.
#[inline(always)] // size
pub(crate) fn copy(to: &mut [u8], from: &[u8]) {
    to.iter_mut().zip(from).for_each(|(slot, byte)| *slot = *byte);
}

/// Returns `0..=15` as a hexadecimal digit; `ten` is the digit for ten.
pub(crate) fn hex_digit(nibble: u8, ten: u8) -> u8 {
    nibble.wrapping_add(if nibble < 10 { b'0' } else { ten.wrapping_sub(10) })
}

/// Returns whether `name` is a token, such as the name of a header (RFC 9110 §5.6.2).
#[inline(never)] // size
pub(crate) fn is_token(name: &[u8]) -> bool {
    let is_token = |byte: &u8| matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'0'..=b'9' | b'A'..=b'Z' | b'^'..=b'z' | b'|' | b'~');
    !name.is_empty() && name.iter().all(is_token)
}

/// Returns whether `value` is a valid header value: visible ASCII and spaces (RFC 9110 §5.5, without the obsolete
/// forms).
pub(crate) fn is_header_value(value: &str) -> bool {
    value.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// Returns whether `query` is valid in the target of a request: visible ASCII except `#`, which begins a fragment.
pub(crate) const fn is_query(query: &str) -> bool {
    let mut rest = query.as_bytes();
    while let [byte, after @ ..] = rest {
        if !matches!(byte, b'!'..=b'~') || *byte == b'#' {
            return false;
        }
        rest = after;
    }
    true
}

/// Returns whether `name` is valid as a host name or a part of it: letters, digits, hyphens, dots and underscores.
pub(crate) const fn is_host_name(name: &str) -> bool {
    let mut rest = name.as_bytes();
    while let [byte, after @ ..] = rest {
        if !matches!(byte, b'-' | b'.' | b'0'..=b'9' | b'A'..=b'Z' | b'_' | b'a'..=b'z') {
            return false;
        }
        rest = after;
    }
    !name.is_empty()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_digits_alone() {
        let cases = [
            ("0", Some(0)),
            ("007", Some(7)),
            ("65536", Some(65_536)),
            ("4294967289", Some(4_294_967_289)),
            ("4294967290", None),
            ("42949672960", None),
            ("", None),
            ("+1", None),
            ("-1", None),
            ("1.0", None),
            ("1e3", None),
            ("é", None),
        ];
        for (text, expected) in cases {
            assert_eq!(number(text.as_bytes()), expected, "{text}");
        }
    }

    #[test]
    fn numbers_with_fractions_and_exponents_are_the_numbers_that_a_json_library_reads() {
        let cases = [
            "0",
            "30",
            "30.0",
            "3e1",
            "3E+1",
            "0.3e2",
            "300e-1",
            "305e-1",
            "30.99",
            "0.5",
            "5e-1",
            "1.5e1",
            "0e0",
            "0e99999999999999999999",
            "0.0",
            "4294967289",
            "4.294967289e9",
            "0.00000005e9",
            "12e-99999999999",
            "-0",
            "-1",
            "-1e-9",
            "1e9",
            "100e-3",
            "123456789.987654321",
        ];
        for text in cases {
            let value: f64 = serde_json::from_str::<f64>(text).unwrap_or(0.0); // rejects endless exponents of 0
            let expected = (!text.starts_with('-')).then_some(value as u32);
            assert_eq!(whole_number(text.as_bytes()), expected, "{text}");
        }
        for text in ["4294967290", "4294967299", "42949672960.5", "1e10", "1e99999999999", "0.001e99", "9e2147483648"] {
            assert_eq!(whole_number(text.as_bytes()), None, "{text}");
        }
    }

    #[test]
    fn a_text_is_split_after_the_first_match() {
        assert_eq!(after(b"a to b to c", "to "), Some(b"b to c".as_slice()));
        assert_eq!(after("é to".as_bytes(), "to"), Some(b"".as_slice()));
        assert_eq!(after(b"a t", "to"), None);
        assert_eq!(after(b"", "to"), None);
    }
}
