//! The percent-encoding of a key, by `percent-encoding`.

#![no_std]
#![no_main]

#[path = "../../../../../src/output.rs"]
mod output;
#[path = "../../../../../src/percent.rs"]
mod percent;
#[path = "../../../../../src/text.rs"]
mod text;

use output::{OutputTooSmall, Writer};
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

fn encode<'o>(text: &str, out: &'o mut [u8]) -> Result<&'o str, OutputTooSmall> {
    let mut writer = Writer::new(out);
    for piece in utf8_percent_encode(text, ESCAPED) {
        writer.raw(piece);
    }
    writer.finish()
}

alternatives::image!(encode => for<'o> fn(&str, &'o mut [u8]) -> Result<&'o str, OutputTooSmall>);
