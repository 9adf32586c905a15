//! Deterministic random operations, checked against reference models. The bodies are those of the fuzz targets.

#[path = "../../fuzz/src/lib.rs"]
#[allow(dead_code, reason = "the rest is for the fuzz targets and tests/random/fuzz_seeds.rs")]
mod bodies;

use bodies::bytes::Random;

/// Runs `body` on `runs` random inputs of up to `len` bytes.
fn random_runs(body: bodies::Body, runs: u64, len: usize) {
    for seed in 0..runs {
        let mut random = Random::new(seed);
        let len = 1 + random.next() as usize % len;
        let input = random.bytes(len);
        if std::panic::catch_unwind(|| body(&input)).is_err() {
            panic!("seed {seed}, {len} bytes");
        }
    }
}

#[test]
fn a_client_stays_consistent_under_any_sequence_of_inputs() {
    random_runs(bodies::client::run, 300, 4000);
}

#[test]
fn once_the_network_is_good_the_server_has_exactly_the_subscriptions_that_are_wanted() {
    random_runs(bodies::pair::run, 400, 1000);
}

#[cfg(feature = "websocket")]
#[test]
fn a_connection_becomes_idle_after_each_step_and_writes_whole_frames() {
    random_runs(bodies::connection::run, 1500, 1000);
}
