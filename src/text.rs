//! What little is needed of `core::str`, whose general functions cost a device kilobytes and leave panic paths.

/// The decimal number that `text` is: digits alone, up to 4,294,967,289.
#[inline(never)] // for one copy of it in an image
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

/// What follows the first `marker` in `text`.
pub(crate) fn behind<'t>(text: &'t str, marker: &str) -> Option<&'t str> {
    let mut at = 0usize;
    while !text.as_bytes().get(at..)?.starts_with(marker.as_bytes()) {
        at = at.wrapping_add(1); // at most the length of the text
    }
    text.get(at.wrapping_add(marker.len())..)
}

/// Whether `name` is a token, such as the name of a header (RFC 9110 §5.6.2).
pub(crate) fn is_token(name: &[u8]) -> bool {
    let is_token = |byte: &u8| matches!(byte, b'!' | b'#'..=b'\'' | b'*' | b'+' | b'-' | b'.' | b'0'..=b'9' | b'A'..=b'Z' | b'^'..=b'z' | b'|' | b'~');
    !name.is_empty() && name.iter().all(is_token)
}

/// Whether `value` can be that of a header: visible ASCII and spaces (RFC 9110 §5.5, without what is obsolete).
pub(crate) fn is_header_value(value: &str) -> bool {
    value.bytes().all(|byte| matches!(byte, b' '..=b'~'))
}

/// Whether `query` can stand in the target of a request: visible ASCII but `#`, which begins what is never sent.
pub(crate) const fn is_query(query: &str) -> bool {
    let mut rest = query.as_bytes();
    while let [byte, behind @ ..] = rest {
        if !matches!(byte, b'!'..=b'~') || *byte == b'#' {
            return false;
        }
        rest = behind;
    }
    true
}

/// Whether `name` can be the name of a host, or a part of it: letters, digits, hyphens, dots and underscores.
pub(crate) const fn is_host_name(name: &str) -> bool {
    let mut rest = name.as_bytes();
    while let [byte, behind @ ..] = rest {
        if !matches!(byte, b'-' | b'.' | b'0'..=b'9' | b'A'..=b'Z' | b'_' | b'a'..=b'z') {
            return false;
        }
        rest = behind;
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
    fn texts_are_cut_at_the_first_of_what_is_sought() {
        assert_eq!(behind("a to b to c", "to "), Some("b to c"));
        assert_eq!(behind("é to", "to"), Some(""));
        assert_eq!(behind("a t", "to"), None);
        assert_eq!(behind("", "to"), None);
    }
}
