//! What little is needed of `core::str`, whose general functions cost a device kilobytes and leave panic paths.

/// The decimal number that `text` is: digits alone, up to 4,294,967,289.
pub(crate) fn number(text: &str) -> Option<u32> {
    let mut number = None;
    for digit in text.bytes().map(|byte| byte.wrapping_sub(b'0')) {
        let tens = number.unwrap_or(0);
        if digit > 9 || tens >= u32::MAX / 10 {
            return None;
        }
        number = Some(u32::wrapping_add(u32::wrapping_mul(tens, 10), digit.into()));
    }
    number
}

/// [`number`], up to 65,535.
pub(crate) fn short_number(text: &str) -> Option<u16> {
    number(text).and_then(|number| number.try_into().ok())
}

/// What follows the first `marker` in `text`.
pub(crate) fn behind<'t>(text: &'t str, marker: &str) -> Option<&'t str> {
    let mut rest = text;
    while !rest.starts_with(marker) {
        let first = rest.chars().next()?;
        rest = rest.get(first.len_utf8()..)?;
    }
    rest.get(marker.len()..)
}

/// The part of `text` before the first byte, of ASCII, that is an `end`.
pub(crate) fn before(text: &str, is_end: impl Fn(u8) -> bool) -> &str {
    let end = text.bytes().position(is_end).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}
