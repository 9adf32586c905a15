//! Runs a client against the model server of the tests; the bytes decide what is late, lost or refused.
//!
//! The run is that of `tests/random/weather`, with its invariants. docs/testing.md describes both.

#![cfg(all(feature = "users", feature = "websocket"))]

#[path = "../../../tests/random/weather/harness.rs"]
#[allow(dead_code, reason = "the rest is for the tests")]
mod harness;

use std::fmt;

use arbitrary::{Arbitrary, Unstructured};

use super::super::units::{below, pick, rest};
use harness::model_server::weather::WEATHERS;
use harness::model_server::{Random, Weather};
use harness::runner::{Level, Source, run as run_once};
use harness::transcript::Transcript;

/// A run of 31 steps, with the answers of the server.
pub const MAX_LEN: usize = 1024;

/// One byte for the level, one for the weather, then the decisions of the run, one byte for most.
pub struct Input<'a> {
    level: Level,
    weather: Weather,
    decisions: &'a [u8],
}

impl<'a> Arbitrary<'a> for Input<'a> {
    fn arbitrary(input: &mut Unstructured<'a>) -> arbitrary::Result<Self> {
        let level = if below(input, 2) == 0 { Level::Client } else { Level::Connection };
        Ok(Self { level, weather: pick(input, WEATHERS), decisions: rest(input) })
    }
}

impl Input<'_> {
    fn source(&self) -> Source {
        Source::Bytes(Random::from_bytes(self.decisions))
    }
}

/// The transcript of the run, a script.
impl fmt::Debug for Input<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (result, lines) = run_once(self.level, self.weather, &self.source(), Transcript::recorded());
        writeln!(f, "{:?}, {}: {result:?}", self.level, self.weather.name)?;
        lines.iter().try_for_each(|line| writeln!(f, "{line}"))
    }
}

pub fn run(input: Input<'_>) {
    let (result, _) = run_once(input.level, input.weather, &input.source(), Transcript::none());
    assert!(result.is_ok(), "{input:?}");
}
