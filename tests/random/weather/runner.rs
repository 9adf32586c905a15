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
        let failure = run(level, *weather, &Source::Seed(seed), Transcript::recorded());
        let (result, lines) = failure;
        panic!("{name}, seed {seed}: {result:?}\n{}", lines.join("\n"));
    }
    let runs = std::env::var("WEATHER_RUNS").map_or(RUNS, |runs| runs.parse().expect("WEATHER_RUNS is a number"));
    let mut failures: BTreeMap<&'static str, (u64, Option<Failure>)> = BTreeMap::new();
    for seed in 0..runs {
        let (Err(_), _) = run(level, *weather, &Source::Seed(seed), Transcript::none()) else { continue };
        let (Err(violation), lines) = run(level, *weather, &Source::Seed(seed), Transcript::recorded()) else {
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

/// Where a run takes its random numbers from.
#[derive(Clone)]
pub enum Source {
    Seed(u64),
    /// The bytes of a fuzzer.
    #[allow(dead_code, reason = "the tests of the weathers have seeds")]
    Bytes(Random),
}

impl Source {
    /// Returns the generator for the settings of a run.
    fn settings(&self) -> Random {
        match self {
            Self::Seed(seed) => Random::new(seed ^ 0x5ca1_ab1e),
            Self::Bytes(random) => random.clone(),
        }
    }

    /// Returns the seed of the client.
    fn client(&self) -> u32 {
        match self {
            Self::Seed(seed) => *seed as u32,
            Self::Bytes(random) => random.clone().next() as u32,
        }
    }

    /// Returns the generator for the run itself.
    fn run(&self) -> Random {
        match self {
            Self::Seed(seed) => Random::new(*seed),
            Self::Bytes(random) => random.clone(),
        }
    }
}

/// Runs one weather once. Returns the violated rule, if any, and the transcript, if recorded.
pub fn run(
    level: Level,
    weather: Weather,
    source: &Source,
    transcript: Transcript,
) -> (Result<(), Violation>, Vec<String>) {
    let mut random = source.settings();
    let dialect = random.pick(&DIALECTS);
    let mut config = Config::new(source.client());
    config.subscription_retries = random.pick(&[0, 1, 5]);
    config.reconnect.cap = Duration::from_secs(20);
    match level {
        Level::Client => {
            let end = TextEnd::new(config, source.run(), weather.tiny);
            finish(World::new(end, source.run(), weather, dialect, transcript))
        }
        Level::Connection => {
            // The largest message is the success of a presence channel.
            let (mut rx, mut tx) = (vec![0; if weather.tiny { 300 } else { 1_000 }], vec![0; 320]);
            let end = super::bytes::ByteEnd::new(config, source.run(), weather.tiny, &mut rx, &mut tx);
            finish(World::new(end, source.run(), weather, dialect, transcript))
        }
    }
}

fn finish<E: super::end::End>(mut world: World<E>) -> (Result<(), Violation>, Vec<String>) {
    let result = catch_unwind(AssertUnwindSafe(|| world.run()))
        .unwrap_or_else(|_| Err(Violation { rule: "nothing panics", particulars: "see above".into() }));
    (result, world.transcript.lines().to_vec())
}
