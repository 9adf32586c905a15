//! The `Date` of the server's answer (RFC 9110 §5.6.7).

use super::head::part;

/// The letters of each month, added up in a byte. The year begins in March, so that the odd day is its last.
static MONTHS: [u8; 12] = [32, 35, 39, 45, 43, 29, 40, 38, 51, 12, 25, 13];

/// 1996-02-29T00:00:00Z: from the next day on, a day is added after every 4 years.
const START: u32 = 825_552_000;

/// Where each format has the year, the day, the hour, the minute and the second. Two share a byte.
static PLACES: [u8; 14] = *b"\x09\x00\x0c\x0f\x12\x04\x07\x0a\x0d\x07\x00\x0a\x0d\x10";

fn places<const FROM: usize>() -> &'static [u8; 5] {
    PLACES.get(FROM..).and_then(<[u8]>::first_chunk).unwrap_or(&[0; 5])
}

/// Returns the seconds since 1970 of a date in one of the three formats; 0 if it is none.
///
/// It is small rather than strict. It reads the fields where the formats have them, the last two digits of the year,
/// from 2000 to 2069, and refuses a field that is too large for any date. It ignores the name of the day and the
/// separators, and takes November 31 for December 1.
#[inline(never)] // size
pub(super) fn parse(mut text: &[u8]) -> u32 {
    part(&mut text, b' '); // the name of the day
    // Where the month is, and the year, the day, the hour, the minute and the second.
    let (month, fields) = match text.len() {
        24 => (3, places::<0>()), // 06 Nov 1994 08:49:37 GMT
        22 => (3, places::<9>()), // 06-Nov-94 08:49:37 GMT
        20 => (0, places::<4>()), // Nov  6 08:49:37 1994
        _ => return 0,
    };
    let Some([a, b, c, ..]) = text.get(month..) else { return 0 };
    let letters = a.wrapping_add(*b).wrapping_add(*c);
    let Some(month) = MONTHS.iter().position(|&sum| sum == letters) else { return 0 };
    let mut seconds = 0u32;
    // How many of each field the field before has, and the most that a field may be.
    let mut factors = [(0u8, 69), (1, 31), (24, 23), (60, 59), (60, 59)].iter();
    for at in fields {
        let Some(&(factor, most)) = factors.next() else { break };
        let Some([tens, ones, ..]) = text.get(usize::from(*at)..) else { return 0 };
        // A space becomes a zero, and a colon too much for any field.
        let ones = ones.wrapping_sub(b'0');
        let value = (tens & 15).wrapping_mul(10).wrapping_add(ones);
        if ones > 9 || value > most {
            return 0;
        }
        seconds = seconds.wrapping_mul(factor.into()).wrapping_add(value.into());
        if factor == 0 {
            let years = u32::from(value).wrapping_add(4).wrapping_sub((month > 9).into());
            let before = month.wrapping_mul(979).wrapping_add(15) >> 5; // 0, 31, 61, 92, ..
            seconds = (years.wrapping_mul(1461) >> 2).wrapping_add(before as u32);
        }
    }
    seconds.wrapping_add(START)
}
