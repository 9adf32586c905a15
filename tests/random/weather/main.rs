//! Random runs of a client against a model of a server, from no faults to all faults at once.
//!
//! `docs/testing.md` describes the invariants and how to replay a run. `WEATHER_RUNS` sets the runs per weather.
//!
//! | file | contents |
//! |---|---|
//! | `main.rs` | the tests: every weather at both levels |
//! | `harness.rs` | the modules below, which the fuzz target `weather` runs too |
//! | `runner.rs` | many runs, and the report of a failure |
//! | `steps.rs` | a run: random actions, then a period without faults |
//! | `world.rs` | their consequences: messages arrive, timers expire, the server answers |
//! | `invariants.rs` | the invariants at every idle moment and at the end |
//! | `application.rs`, `ledger.rs` | the wanted subscriptions, and the missed events |
//! | `end.rs`, `text.rs`, `bytes.rs` | the client's end: a `Client`, or a `Connection` on a socket |
//! | `transcript.rs` | the log of a run, as a script |

#[path = "harness.rs"]
mod harness;

use harness::model_server;
use harness::runner::{Level, hold};

macro_rules! weathers {
    ($($test:ident: $name:literal,)*) => {
        mod client {
            $(
                #[test]
                fn $test() {
                    super::hold(super::Level::Client, $name);
                }
            )*
        }

        mod connection {
            $(
                #[test]
                fn $test() {
                    super::hold(super::Level::Connection, $name);
                }
            )*
        }

        #[test]
        fn every_weather_has_a_test() {
            let tested = [$($name),*];
            let weathers: Vec<&str> = model_server::weather::WEATHERS.iter().map(|weather| weather.name).collect();
            assert_eq!(weathers, tested);
        }
    };
}

weathers! {
    both_sides_agree_in_fair_weather: "fair",
    both_sides_agree_after_delays: "delays",
    both_sides_agree_after_silence: "silence",
    both_sides_agree_after_refusals: "refusals",
    both_sides_agree_after_key_rotations: "key rotation",
    both_sides_agree_after_signing_in_and_out: "sign-in and out",
    both_sides_agree_after_jumps_of_the_clock_and_sleeps: "clock jumps",
    both_sides_agree_with_tiny_buffers: "tiny buffers",
    both_sides_agree_after_frequent_disconnects: "storms",
    both_sides_agree_after_duplicate_answers: "echoes",
    both_sides_agree_after_rate_limits: "rate limits",
    both_sides_agree_after_everything_at_once: "everything",
}
