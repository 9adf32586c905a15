//! Runs every fuzz target with deterministic random bytes.

#[path = "../../fuzz/src/lib.rs"]
#[allow(dead_code, reason = "the rest is for the fuzz targets and tests/random/fuzz_seeds.rs")]
mod harness;

use harness::Target;
use harness::random::Random;
use harness::targets::TARGETS;

/// Runs a target on `runs` random inputs of up to `len` bytes.
fn random_runs(target: &Target, runs: u64, len: usize) {
    for seed in 0..runs {
        let mut random = Random::new(seed);
        let len = 1 + random.next() as usize % len;
        let input = random.bytes(len);
        if std::panic::catch_unwind(|| (target.run)(&input)).is_err() {
            panic!("{}, seed {seed}, {len} bytes:\n{}", target.name, (target.show)(&input));
        }
    }
}

/// Returns the target of this name; its features may be off.
fn target(name: &str) -> Option<&'static Target> {
    TARGETS.iter().find(|target| target.name == name)
}

#[test]
fn every_target_holds_for_random_bytes() {
    for target in TARGETS {
        random_runs(target, 200, target.max_len);
    }
}

#[test]
fn a_client_stays_consistent_under_any_sequence_of_inputs() {
    random_runs(target("client").unwrap(), 300, 4000);
}

#[test]
fn once_the_network_is_good_the_server_has_exactly_the_subscriptions_that_are_wanted() {
    random_runs(target("pair").unwrap(), 400, 1000);
}

#[cfg(feature = "websocket")]
#[test]
fn a_connection_becomes_idle_after_each_step_and_writes_whole_frames() {
    random_runs(target("connection").unwrap(), 1500, 1000);
}
