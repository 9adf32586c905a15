//! The percent-encoding of a key, by the library.

#![no_std]
#![no_main]

#[path = "../../../../../src/output.rs"]
mod output;
#[path = "../../../../../src/percent.rs"]
mod percent;
#[path = "../../../../../src/text.rs"]
mod text;

use output::{OutputTooSmall, Writer};

fn encode<'o>(text: &str, out: &'o mut [u8]) -> Result<&'o str, OutputTooSmall> {
    let mut writer = Writer::new(out);
    writer.percent_encoded(text);
    writer.finish()
}

alternatives::image!(encode => for<'o> fn(&str, &'o mut [u8]) -> Result<&'o str, OutputTooSmall>);
