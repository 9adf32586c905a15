//! Tests of the explorer itself: each rule can be violated, and states with different futures have different
//! fingerprints.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::string::String;
use std::vec::Vec;

use super::actions::Action::{self, Authorize, Establish, Lose, NextTimer, SignIn, Subscribe, ToClient, ToServer};
use super::actions::{ACTIONS, Of};
use super::server::{Answer::Accept, Manner, TO_USER};
use super::world::{Link, World};
use crate::Instant;
use crate::client::Close;
use crate::client::user::User;

/// Subscribed to both channels and signed in.
const EVERYTHING: [Action; 15] = [
    Subscribe(0),
    ToServer(Accept),
    ToClient,
    Subscribe(1),
    Authorize(Of::Channel(1)),
    ToServer(Accept),
    ToClient,
    SignIn,
    Authorize(Of::User),
    ToServer(Accept),
    ToClient,
    ToServer(Accept),
    ToClient,
    NextTimer,
    NextTimer,
];

fn after(actions: &[Action]) -> World {
    let mut world = World::new(["a", "private-b"], Manner::Lenient);
    for &action in actions {
        assert_eq!(world.apply(action, &mut None), Ok(true), "{action:?}");
    }
    world
}

type Fault = fn(&mut World);

/// Returns the violation that `fault` causes in a correct world.
fn broken(fault: impl FnOnce(&mut World)) -> String {
    let mut world = after(&EVERYTHING);
    assert_eq!(world.check(), Ok(()));
    assert_eq!(world.check_fair_weather(&mut None), Ok(()));
    fault(&mut world);
    world.check().unwrap_err()
}

#[test]
fn every_rule_of_quiet_states_can_be_broken() {
    let now = Instant::from_millis(2_000_000);
    let cases: [(&str, Fault); 9] = [
        ("a: shown as subscribed, and the server does not have it", |world| world.server.subscribed[0] = false),
        ("private-b: the server has it, and the application does not want it", |world| {
            let channel = world.subscriptions[1].channel.take().unwrap();
            world.client.unsubscribe(world.now, channel).unwrap();
        }),
        ("a: the status is Some(Subscribed), which contradicts the events", |world| {
            world.subscriptions[0].is_shown = false;
        }),
        ("signed in here, and not there", |world| world.server.user = None),
        ("signed in, and the application does not want it", |world| world.user = None),
        ("the user contradicts the events", |world| world.shown_user = None),
        ("the user is to be signed in, and nothing is pending", |world| {
            world.client.user = User::new();
            world.shown_user = None;
            world.server.user = None;
        }),
        ("a: the handle is stale", |world| {
            world.client.unsubscribe(world.now, world.subscriptions[0].channel.unwrap()).unwrap();
        }),
        ("user events arrive, but no user is signed in", |world| {
            world.server.user = None;
            world.client.user = User::new();
            world.user = None;
            world.shown_user = None;
        }),
    ];
    for (rule, fault) in cases {
        assert_eq!(broken(fault), rule);
    }
    assert_eq!(
        broken(|world| world.client.handle_close(now, Close::Code(4001))),
        "the client gives up, but the server never required it"
    );
    assert!(after(&EVERYTHING).server.subscribed[TO_USER]);
}

#[test]
fn a_gap_that_begins_after_the_last_byte_is_found() {
    let lost = [&EVERYTHING[..], &[Lose, NextTimer, NextTimer, Establish, ToServer(Accept)]].concat();
    let mut world = after(&lost);
    assert_eq!(world.clone().apply(ToClient, &mut None), Ok(true));
    world.subscriptions[0].lost_since = Some(Instant::ZERO);
    let found = world.apply(ToClient, &mut None);
    assert_eq!(found, Err("`gap_since` is later than the last byte received before the loss".into()));
}

#[test]
fn a_state_that_does_not_recover_without_faults_is_found() {
    let close = |world: &mut World, code| {
        world.cut(Link::None);
        world.client.handle_close(world.now, Close::Code(code));
    };
    let mended = |fault: &dyn Fn(&mut World)| {
        let mut world = after(&EVERYTHING);
        fault(&mut world);
        world.check_fair_weather(&mut None)
    };
    assert_eq!(mended(&|world| close(world, 1001)), Ok(()));
    assert!(mended(&|world| close(world, 4001)).is_err());
    assert!(mended(&|world| world.subscriptions[0].is_shown = false).is_err());
}

/// Returns, for every action, the fingerprint of the next state, or the rule that it violates.
fn successors(world: &World) -> Vec<Option<Result<u64, String>>> {
    let after = |&action: &Action| {
        let mut next = world.clone();
        match next.apply(action, &mut None) {
            Ok(true) => Some(Ok(next.fingerprint())),
            Ok(false) => None,
            Err(violation) => Some(Err(violation)),
        }
    };
    ACTIONS.iter().map(after).collect()
}

#[test]
fn states_with_the_same_fingerprint_behave_alike() {
    let depth = std::env::var("EXPLORE_DEPTH").map_or(5, |depth| depth.parse::<usize>().expect("a number").min(9));
    for (names, manner) in [(["a", "presence-b"], Manner::Lenient), (["private-a", "private-b"], Manner::Strict)] {
        let mut known: HashMap<u64, Vec<_>> = HashMap::new();
        let mut worlds = vec![World::new(names, manner)];
        for _ in 0..depth {
            let mut onward = Vec::new();
            for world in &worlds {
                let next = successors(world);
                match known.entry(world.fingerprint()) {
                    Entry::Occupied(entry) => assert_eq!(entry.get(), &next),
                    Entry::Vacant(entry) => {
                        entry.insert(next);
                        for &action in ACTIONS {
                            let mut next = world.clone();
                            if next.apply(action, &mut None) == Ok(true) {
                                onward.push(next);
                            }
                        }
                    }
                }
            }
            worlds = onward;
        }
    }
}
