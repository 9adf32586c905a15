//! Many runs, and the report of a failure.

use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};

use pusher_proto::Duration;
use pusher_proto::client::Config;

use super::model_server::weather::WEATHERS;
use super::model_server::wording::DIALECTS;
use super::model_server::{Random, Weather};
use super::text::TextEnd;
use super::transcript::Transcript;
use super::world::{Violation, World};

#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Level {
    Client,
    Connection,
}

/// The number of runs per weather without `WEATHER_RUNS`.
const RUNS: u64 = 2_000;

/// A run that violated a rule.
struct Failure {
    seed: u64,
    violation: Violation,
    lines: Vec<String>,
}

/// Runs a weather with many seeds. Panics with the shortest transcript for each violated rule.
#[track_caller]
pub fn hold(level: Level, name: &str) {
    let weather = WEATHERS.iter().find(|weather| weather.name == name).expect("a weather of this name");
    if let Ok(seed) = std::env::var("WEATHER_SEED") {
        let seed = seed.parse().expect("WEATHER_SEED is a number");
        let failure = run(level, *weather, seed, Transcript::recorded());
        let (result, lines) = failure;
        panic!("{name}, seed {seed}: {result:?}\n{}", lines.join("\n"));
    }
    let runs = std::env::var("WEATHER_RUNS").map_or(RUNS, |runs| runs.parse().expect("WEATHER_RUNS is a number"));
    let mut failures: BTreeMap<&'static str, (u64, Option<Failure>)> = BTreeMap::new();
    for seed in 0..runs {
        let (Err(_), _) = run(level, *weather, seed, Transcript::none()) else { continue };
        let (Err(violation), lines) = run(level, *weather, seed, Transcript::recorded()) else {
            panic!("{name}, seed {seed}: it fails only without a transcript");
        };
        let failure = Failure { seed, violation, lines };
        let (count, shortest) = failures.entry(failure.violation.rule).or_insert((0, None));
        *count += 1;
        if shortest.as_ref().is_none_or(|shortest: &Failure| failure.lines.len() < shortest.lines.len()) {
            *shortest = Some(failure);
        }
    }
    assert!(failures.is_empty(), "{}", report(level, name, runs, &failures));
}

fn report(level: Level, name: &str, runs: u64, failures: &BTreeMap<&'static str, (u64, Option<Failure>)>) -> String {
    let mut text = String::new();
    for (rule, (count, failure)) in failures {
        let Some(failure) = failure else { continue };
        text += &format!(
            "\n== {level:?}, {name}: {count} of {runs} runs break the rule: {rule}\n   seed {}: {}\n",
            failure.seed, failure.violation.particulars
        );
        for line in &failure.lines {
            text += &format!("    {line}\n");
        }
    }
    text
}

/// Runs one seed.
fn run(level: Level, weather: Weather, seed: u64, transcript: Transcript) -> (Result<(), Violation>, Vec<String>) {
    let mut random = Random::new(seed ^ 0x5ca1_ab1e);
    let dialect = random.pick(&DIALECTS);
    let mut config = Config::new(seed as u32);
    config.subscription_retries = random.pick(&[0, 1, 5]);
    config.reconnect.cap = Duration::from_secs(20);
    match level {
        Level::Client => {
            let end = TextEnd::new(config, seed, weather.tiny);
            finish(World::new(end, seed, weather, dialect, transcript))
        }
        Level::Connection => {
            // The largest message is the success of a presence channel.
            let (mut rx, mut tx) = (vec![0; if weather.tiny { 300 } else { 1_000 }], vec![0; 320]);
            let end = super::bytes::ByteEnd::new(config, seed, weather.tiny, &mut rx, &mut tx);
            finish(World::new(end, seed, weather, dialect, transcript))
        }
    }
}

fn finish<E: super::end::End>(mut world: World<E>) -> (Result<(), Violation>, Vec<String>) {
    let result = catch_unwind(AssertUnwindSafe(|| world.run()))
        .unwrap_or_else(|_| Err(Violation { rule: "nothing panics", particulars: "see above".into() }));
    (result, world.transcript.lines().to_vec())
}
