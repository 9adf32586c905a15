//! Strings on processors with 64-bit registers: words and blocks of bytes that need no work are passed at once.
//!
//! Does what the loop in [`unescape`](super::unescape) does byte by byte on smaller processors; the tests here hold both to
//! each other and to serde_json. UTF-8 is not checked in advance: a byte that is not ASCII stops each loop, and then the
//! text is checked from there to its end, once.

use super::json::{Escapes, Scanner};
use super::unescape::escape;
use crate::text::copy;

/// One in each byte.
const ONES: u64 = 0x0101_0101_0101_0101;
/// The highest bit of each byte.
const HIGH: u64 = ONES << 7;
/// A backslash in each byte.
const BACKSLASHES: u64 = ONES * b'\\' as u64;
/// Bytes in a block. Loops over as many become vector instructions.
const BLOCK: usize = 64;
/// Bytes that are written at once.
const COPY: usize = 16;
/// Multiplied with the lowest bits of eight bytes, puts them in order into the highest byte.
const GATHER: u64 = 0x0102_0408_1020_4080;

/// A block, and what may be copied from behind it.
type Block = [u8; BLOCK + COPY];

impl Scanner<'_> {
    /// Reads a string, whose opening quote is at this place, undoes its escapes if it shall, and tells where its text ends now.
    #[inline(always)]
    pub(super) fn text(&mut self, escapes: Escapes) -> Option<usize> {
        let mut from = self.at.wrapping_add(1); // all sums are places in the text, or one behind it
        loop {
            from = if self.checked { plain::<true>(self.rest, from) } else { plain::<false>(self.rest, from) };
            let byte = at(self.rest, from);
            if byte == b'"' {
                self.at = from.wrapping_add(1);
                return Some(from);
            }
            if byte == b'\\' && escapes == Escapes::Undo {
                return self.undo(from);
            }
            // No method, for which the scanner would have to be in memory.
            let (place, is_good) = pass(self.rest, from);
            if !is_good {
                self.at = place;
                return None;
            }
            self.checked |= byte >= 0x80;
            from = place;
        }
    }

    /// Undoes the escapes from the first one on, whose backslash is at `from`.
    ///
    /// Block by block: what needs work in a block is found at once, so that the processor can work on several escapes at the
    /// same time.
    #[inline(never)] // speed
    fn undo(&mut self, mut from: usize) -> Option<usize> {
        let mut to = from;
        loop {
            // Near the end of the text, blocks would have to be copied.
            if self.rest.len().wrapping_sub(from) < BLOCK + COPY {
                (from, to) = self.undo_rare(from, to)?;
                match at(self.rest, from) {
                    b'"' => {
                        self.at = from.wrapping_add(1);
                        return Some(to);
                    }
                    byte if byte != b'\\' && needs_work::<false>(byte) => self.judge(from)?,
                    _ => {}
                }
                continue;
            }
            let (stop, moved) = self.undo_block(from, to);
            (from, to) = (from.wrapping_add(stop), to.wrapping_add(moved));
            match at(self.rest, from) {
                _ if stop == BLOCK => {}
                b'"' => {
                    self.at = from.wrapping_add(1);
                    return Some(to);
                }
                b'\\' => (from, to) = self.undo_rare(from, to)?,
                _ => self.judge(from)?,
            }
        }
    }

    /// Undoes the simple escapes in the block at `from`, and writes what it is then to `to`. Returns where in the block the
    /// next byte is that needs more work, and how many bytes are written.
    #[inline(always)]
    fn undo_block(&mut self, from: usize, to: usize) -> (usize, usize) {
        let Some((done, unread)) = self.rest.split_at_mut_checked(from) else { return (0, 0) };
        let Some(block) = unread.first_chunk() else {
            let (mut out, block) = (NONE, padded(unread));
            let (stop, moved) = undo_simple(&block, &mut out, self.checked);
            copy(self.rest.get_mut(to..).unwrap_or_default(), out.get(..moved).unwrap_or_default());
            return (stop, moved);
        };
        if let Some(out) = chunk_mut(done, to) {
            return undo_simple(block, out, self.checked);
        }
        // Not enough space yet between what is written and what is not read.
        let mut out = NONE;
        let (stop, moved) = undo_simple(block, &mut out, self.checked);
        let target = self.rest.get_mut(to..).unwrap_or_default();
        if stop == BLOCK
            && let (Some(target), Some(out)) = (target.first_chunk_mut::<BLOCK>(), out.first_chunk())
        {
            *target = *out;
        } else {
            copy(target, out.get(..moved).unwrap_or_default());
        }
        (stop, moved)
    }

    /// Undoes the escape at `from`, and what follows closely: a block for each would cost more. Returns where it stops and what
    /// is written ends.
    #[inline(never)] // speed
    fn undo_rare(&mut self, mut from: usize, mut to: usize) -> Option<(usize, usize)> {
        let text = &mut *self.rest;
        let mut limit = from.wrapping_add(BLOCK);
        while from < limit {
            let before = from;
            while let Some(mut code) = unit(text, from) {
                let mut passed = 6;
                if code & 0xf800 == 0xd800 {
                    match unit(text, from.wrapping_add(passed)) {
                        Some(low @ 0xdc00..0xe000) if code < 0xdc00 => {
                            code = u32::wrapping_add(0x1_0000, (code & 0x3ff) << 10 | low & 0x3ff); // at most U+10FFFF
                            passed = 12;
                        }
                        _ => break,
                    }
                }
                let (bytes, len) = utf8(code);
                // Never reaches what is unread: the escape has six bytes or more.
                if let Some(place) = chunk_mut(text, to) {
                    *place = bytes;
                }
                (from, to) = (from.wrapping_add(passed), to.wrapping_add(len));
            }
            if from != before {
                limit = from.wrapping_add(BLOCK);
            }
            let byte = at(text, from);
            if byte == b'\\' {
                let escaped = from.wrapping_add(1);
                let character = entry(&SIMPLE, at(text, escaped));
                if character != 0 {
                    put(text, to, character);
                    (from, to) = (escaped.wrapping_add(1), to.wrapping_add(1));
                    continue;
                }
                let rest = text.get(escaped..).unwrap_or_default();
                let (character, passed) = escape(|index| at(rest, index));
                from = escaped.wrapping_add(passed);
                let Some(character) = character else {
                    self.at = from;
                    return None;
                };
                let (bytes, len) = utf8(character.into());
                for byte in bytes.into_iter().take(len) {
                    put(text, to, byte);
                    to = to.wrapping_add(1);
                }
                limit = from.wrapping_add(BLOCK);
                continue;
            }
            if byte >= 0x80 && !self.checked || needs_work::<true>(byte) {
                break;
            }
            let mut len = 1;
            if from.wrapping_sub(to) >= 8
                && let Some(&bytes) = chunk(text, from)
                && let Some(place) = chunk_mut(text, to)
            {
                let word = u64::from_le_bytes(bytes);
                len = length(if self.checked { stops::<true>(word) } else { stops::<false>(word) });
                // What is too much lies before what is unread.
                *place = bytes;
            } else {
                put(text, to, byte);
            }
            (from, to) = (from.wrapping_add(len), to.wrapping_add(len));
        }
        Some((from, to))
    }

    /// Decides about a byte that is neither plain nor a quote or backslash.
    fn judge(&mut self, from: usize) -> Option<()> {
        self.at = from;
        if at(self.rest, from) < 0x80 { None } else { self.check_utf8() }
    }
}

/// Passes an escape over; before a character that is not ASCII, checks the text from there on. Returns the place behind, or of
/// what is wrong, and whether all is good.
#[inline(never)] // speed
fn pass(text: &[u8], from: usize) -> (usize, bool) {
    let rest = text.get(from..).unwrap_or_default();
    match *rest {
        [b'\\', b'"' | b'\\' | b'/', ..] => (from.wrapping_add(2), true),
        [b'\\', ref escaped @ ..] => {
            let (character, passed) = escape(|index| at(escaped, index));
            (from.wrapping_add(1).wrapping_add(passed), character.is_some())
        }
        [0x80..=0xff, ..] => (from, core::str::from_utf8(rest).is_ok()),
        _ => (from, false),
    }
}

/// The byte at a place; behind the end a zero, which no JSON has in it.
fn at(text: &[u8], place: usize) -> u8 {
    text.get(place).copied().unwrap_or(0)
}

/// Writes a byte, if there is such a place.
fn put(text: &mut [u8], place: usize, byte: u8) {
    if let Some(slot) = text.get_mut(place) {
        *slot = byte;
    }
}

/// What a table says of a byte.
fn entry<T: Copy + Default>(table: &[T; 256], byte: u8) -> T {
    table.get(usize::from(byte)).copied().unwrap_or_default()
}

/// The `N` bytes at a place, to be written.
fn chunk_mut<const N: usize>(text: &mut [u8], place: usize) -> Option<&mut [u8; N]> {
    text.get_mut(place..place.wrapping_add(N))?.first_chunk_mut()
}

/// The `N` bytes at a place, if there are as many.
fn chunk<const N: usize>(text: &[u8], place: usize) -> Option<&[u8; N]> {
    text.get(place..place.wrapping_add(N))?.first_chunk()
}

/// Whether a byte needs work: quotes, backslashes, control characters, and what is not ASCII unless it is known to be UTF-8.
fn needs_work<const CHECKED: bool>(byte: u8) -> bool {
    // With one bit changed, the quote and the control characters are the first 33. As signed numbers, what is not ASCII is below.
    let low = byte ^ 2;
    (if CHECKED { low < 0x21 } else { low.cast_signed() < 0x21 }) | (byte == b'\\')
}

/// The highest bit of the bytes of `word` that need work; exact up to the first one.
fn stops<const CHECKED: bool>(word: u64) -> u64 {
    let found = (word ^ (ONES * 2)).wrapping_sub(ONES * 0x21) | (word ^ BACKSLASHES).wrapping_sub(ONES);
    (if CHECKED { found & !word } else { found | word }) & HIGH
}

/// How many bytes come before the first stop; all eight without one.
fn length(stops: u64) -> usize {
    (stops.trailing_zeros() / 8) as usize
}

/// Whether no byte of a block needs work.
fn is_plain<const CHECKED: bool>(block: &[u8; BLOCK]) -> bool {
    !block.iter().fold(false, |found, &byte| found | needs_work::<CHECKED>(byte))
}

/// The place of the first byte from `place` on that needs work, or the end.
#[inline]
fn plain<const CHECKED: bool>(text: &[u8], mut place: usize) -> usize {
    // Most strings are short.
    for _ in 0..2 {
        let Some(word) = chunk(text, place) else { break };
        let stops = stops::<CHECKED>(u64::from_le_bytes(*word));
        place = place.wrapping_add(length(stops));
        if stops != 0 {
            return place;
        }
    }
    long::<CHECKED>(text, place)
}

/// The same for what is long.
#[inline(never)] // speed
fn long<const CHECKED: bool>(text: &[u8], mut place: usize) -> usize {
    let blocks = text.get(place..).unwrap_or_default().as_chunks().0;
    let plain = blocks.iter().take_while(|block| is_plain::<CHECKED>(block)).count();
    place = place.wrapping_add(plain.wrapping_mul(BLOCK));
    while let Some(word) = chunk(text, place) {
        let stops = stops::<CHECKED>(u64::from_le_bytes(*word));
        place = place.wrapping_add(length(stops));
        if stops != 0 {
            return place;
        }
    }
    while text.get(place).is_some_and(|&byte| !needs_work::<CHECKED>(byte)) {
        place = place.wrapping_add(1);
    }
    place
}

/// The end of a text, with zeros behind it, which no JSON has in it.
#[cold]
#[inline(never)] // speed
fn padded(text: &[u8]) -> Block {
    let mut block = [0; BLOCK + COPY];
    copy(&mut block, text);
    block
}

/// One bit for each byte of the block that needs work, the lowest for the first.
#[inline(always)]
fn marks(block: &Block, checked: bool) -> u64 {
    let words = || block.as_chunks::<8>().0.iter().take(BLOCK / 8).map(|word| u64::from_le_bytes(*word));
    let is_ascii = words().fold(0, |all, word| all | word) & HIGH == 0;
    let gather = |word: u64| (word & HIGH).wrapping_shr(7).wrapping_mul(GATHER) >> 56;
    // The highest bit of each byte that is plain, if it is ASCII.
    let plain = |word: u64| {
        // The control characters and the quote come together: with one bit changed, they are the first 33.
        (word ^ (ONES * 2)).wrapping_add(ONES * (0x80 - 0x21)) & (word ^ BACKSLASHES).wrapping_add(!HIGH)
    };
    let mut marks = 0;
    if is_ascii {
        for (index, word) in words().enumerate() {
            marks |= gather(!plain(word)) << index.wrapping_mul(8);
        }
    } else {
        let high = if checked { 0 } else { HIGH };
        for (index, word) in words().enumerate() {
            marks |= gather(!plain(word & !HIGH) & !word | word & high) << index.wrapping_mul(8);
        }
    }
    marks
}

/// The characters of escapes that have one letter; else 0.
#[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "the compiler runs it")]
static SIMPLE: [u8; 256] = {
    let mut table = [0; 256];
    let mut at = 0;
    while at < 8 {
        table[b"\"\\/bfnrt"[at] as usize] = b"\"\\/\x08\x0c\n\r\t"[at];
        at += 1;
    }
    table
};

/// Nothing yet.
const NONE: Block = [0; BLOCK + COPY];

/// Copies a block and undoes the escapes that have one letter. Returns where in the block it stops,
/// at the latest at its end, and how many bytes are written; behind them is garbage.
#[inline(never)] // speed
fn undo_simple(block: &Block, out: &mut Block, checked: bool) -> (usize, usize) {
    let mut marks = marks(block, checked);
    let (mut start, mut moved) = (0usize, 0usize);
    let mut first = at(block, 0);
    loop {
        let stop = marks.trailing_zeros() as usize;
        let len = stop.wrapping_sub(start); // not negative
        let mut done = 0usize;
        while done < len {
            // Never behind the block, but the compiler does not know.
            let (from, to) = (start.wrapping_add(done) % BLOCK, moved.wrapping_add(done) % BLOCK);
            if let (Some(piece), Some(place)) = (chunk::<COPY>(block, from), chunk_mut(out, to)) {
                *place = *piece;
            }
            done = done.wrapping_add(COPY);
        }
        // The second byte of an escape was copied as well.
        put(out, moved % BLOCK, first);
        moved = moved.wrapping_add(len);
        start = stop.wrapping_add(1);
        // A backslash at the end begins the next block.
        if start >= BLOCK || at(block, stop) != b'\\' {
            return (stop, moved);
        }
        first = entry(&SIMPLE, at(block, start));
        if first == 0 {
            return (stop, moved);
        }
        marks &= !(3 << stop);
    }
}

/// The code of the escape `\uXXXX` at `place`, if there is one.
#[inline(always)]
fn unit(text: &[u8], place: usize) -> Option<u32> {
    let &[backslash, u, a, b, c, d] = chunk(text, place)?;
    if u16::from_le_bytes([backslash, u]) != u16::from_le_bytes(*b"\\u") {
        return None;
    }
    let digit = |byte: u8| i32::from(entry(&HEX, byte));
    u32::try_from(digit(a) << 12 | digit(b) << 8 | digit(c) << 4 | digit(d)).ok() // negative if one is none
}

/// What a byte is as a hexadecimal digit; -1 if it is none.
#[allow(clippy::indexing_slicing, clippy::arithmetic_side_effects, reason = "the compiler runs it")]
static HEX: [i8; 256] = {
    let mut table = [-1; 256];
    let mut digit = 0;
    while digit < 16 {
        table[b"0123456789abcdef"[digit] as usize] = digit as i8;
        table[b"0123456789ABCDEF"[digit] as usize] = digit as i8;
        digit += 1;
    }
    table
};

/// The UTF-8 of a code point in the first so many bytes.
#[inline(always)]
fn utf8(code: u32) -> ([u8; 4], usize) {
    let tail = |shift: u32| code >> shift & 0x3f;
    let (bytes, len) = match code {
        0..0x80 => (code, 1),
        0x80..0x800 => (0x80c0 | code >> 6 | tail(0) << 8, 2),
        0x800..0x1_0000 => (0x80_80e0 | code >> 12 | tail(6) << 8 | tail(0) << 16, 3),
        _ => (0x8080_80f0 | code >> 18 | tail(12) << 8 | tail(6) << 16 | tail(0) << 24, 4),
    };
    (bytes.to_le_bytes(), len)
}

#[cfg(test)]
mod tests {
    use std::string::String;
    use std::vec::Vec;

    use super::super::json::{Escapes, Scanner};

    /// What a loop over strings makes of the string that begins at `start`: its text, and the place behind; or the place of
    /// the error.
    type Found = Result<(Vec<u8>, usize), usize>;

    fn read(text: &[u8], start: usize, escapes: Escapes, by_bytes: bool) -> (Found, Vec<u8>) {
        let mut copy = Vec::from(text);
        let is_utf8 = core::str::from_utf8(text).is_ok();
        let mut scanner = Scanner::new(&mut copy, is_utf8 && by_bytes);
        scanner.at = start;
        let end = if by_bytes { scanner.text_by_bytes(escapes) } else { scanner.text(escapes) };
        let at = scanner.at;
        let found = end.map(|end| (copy[start + 1..end].to_vec(), at)).ok_or(at);
        (found, copy)
    }

    /// Both loops say the same, and the same as serde_json.
    fn compare(text: &[u8], start: usize) {
        let shown = String::from_utf8_lossy(text);
        let (found, copy) = read(text, start, Escapes::Undo, false);
        assert_eq!(found, read(text, start, Escapes::Undo, true).0, "{shown}");
        if let Ok((_, end)) = &found {
            assert_eq!(copy[..=start], text[..=start], "{shown}");
            assert_eq!(copy[*end..], text[*end..], "{shown}");
        }
        let (kept, copy) = read(text, start, Escapes::Keep, false);
        assert_eq!(copy, text);
        assert_eq!(kept, read(text, start, Escapes::Keep, true).0, "{shown}");
        let mut values = serde_json::Deserializer::from_slice(&text[start..]).into_iter::<String>();
        match (values.next(), &found) {
            (Some(Ok(expected)), Ok((text, end))) => {
                assert_eq!(expected.as_bytes(), text, "{shown}");
                assert_eq!(values.byte_offset() + start, *end, "{shown}");
            }
            (Some(Err(_)), Err(_)) => {}
            // serde_json refuses surrogates without their partner.
            (Some(Err(_)), Ok((text, _))) => assert!(String::from_utf8_lossy(text).contains('\u{fffd}'), "{shown}"),
            (expected, found) => panic!("{found:?}, but it is {expected:?}: {shown}"),
        }
        assert_eq!(kept.map(|(_, end)| end), found.map(|(_, end)| end), "{shown}");
    }

    const PIECES: [&str; 12] = [
        "",
        r#"\""#,
        r"\\",
        r"\/",
        r"\n",
        r"\u0041",
        r"\u20ac",
        r"\ud83d\ude00",
        r"\ud83d",
        "\u{e9}",
        "\u{1f600}",
        " !#[]\u{7f}",
    ];

    #[test]
    fn each_piece_is_read_at_every_place_in_a_string_of_every_length_up_to_80() {
        for piece in PIECES {
            for length in 0..=80 {
                for place in 0..=length {
                    let (head, tail) = ("h".repeat(place), "t".repeat(length - place));
                    compare(format!("\"{head}{piece}{tail}\"}}").as_bytes(), 0);
                }
            }
        }
    }

    #[test]
    fn what_cannot_stand_in_a_string_is_found_at_every_place() {
        for wrong in ["\0", "\u{1f}", "\n", "\\x", "\\", r"\u12g4", r"\u"] {
            for length in 0..=80 {
                for place in 0..=length {
                    for escape in ["", "\\\""] {
                        let (head, tail) = ("h".repeat(place), "t".repeat(length - place));
                        compare(format!("\"{escape}{head}{wrong}{tail}\"").as_bytes(), 0);
                    }
                }
            }
        }
    }

    #[test]
    fn strings_of_all_pieces_are_read_at_every_alignment_and_cut_at_every_byte() {
        let mut random = 1u32;
        let mut next = |count: usize| {
            random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (random >> 16) as usize % count
        };
        for round in 0..2_000 {
            let mut text = "x".repeat(round % 16) + "\"";
            for _ in 0..next(60) {
                // Mostly short runs between escapes, sometimes long ones.
                text += &"r".repeat(if next(8) == 0 { next(200) } else { next(9) });
                text += PIECES[next(if round % 2 == 0 { 4 } else { PIECES.len() })];
            }
            text += "\",\"next\"";
            compare(text.as_bytes(), round % 16);
            let cut = next(text.len() - round % 16) + round % 16 + 1;
            if text.is_char_boundary(cut) {
                compare(&text.as_bytes()[..cut], round % 16);
            }
        }
    }

    #[test]
    fn every_byte_is_judged_alike_by_byte_word_and_block() {
        for byte in 0..=0xff {
            for place in 0..64 {
                let mut block = [b'a'; 64];
                block[place] = byte;
                let mut padded = [b'a'; 80];
                padded[..64].copy_from_slice(&block);
                let word = u64::from_le_bytes(*block[place / 8 * 8..].first_chunk().unwrap());
                let expected = byte < 0x20 || byte == b'"' || byte == b'\\';
                assert_eq!(super::needs_work::<true>(byte), expected);
                assert_eq!(super::needs_work::<false>(byte), expected || byte >= 0x80);
                for (checked, expected) in [(true, expected), (false, expected || byte >= 0x80)] {
                    let (plain, stops) = if checked {
                        (super::is_plain::<true>(&block), super::stops::<true>(word))
                    } else {
                        (super::is_plain::<false>(&block), super::stops::<false>(word))
                    };
                    assert_eq!(plain, !expected, "{byte} {checked}");
                    assert_eq!(super::length(stops), if expected { place % 8 } else { 8 }, "{byte} {checked}");
                    assert_eq!(super::marks(&padded, checked), u64::from(expected) << place, "{byte} {checked}");
                }
            }
        }
    }

    #[test]
    fn what_is_not_utf8_is_said_where_it_begins_whatever_else_is_wrong() {
        use crate::envelope::{Envelope, EnvelopeError};

        let good = br#"{"event":"e","data":"\"aa\u00e9\" plain text of some length, and still more of it, \u20ac","x":[{"y":"z"}]}"#;
        for bad in [&b"\xff"[..], b"\xc3", b"\xe2\x82", b"\xed\xa0\xbd", b"\xc0\xaf"] {
            for place in 0..=good.len() {
                for json_error in [None, Some(place / 2).filter(|&at| at < place)] {
                    let mut text = good.to_vec();
                    text.splice(place..place, bad.iter().copied());
                    if let Some(at) = json_error {
                        text[at] = 0;
                    }
                    let at = core::str::from_utf8(&text).unwrap_err().valid_up_to();
                    let shown = String::from_utf8_lossy(&text).into_owned();
                    assert_eq!(Envelope::decode(&mut text).err(), Some(EnvelopeError::NotUtf8 { at }), "{shown}");
                }
            }
        }
    }
}
