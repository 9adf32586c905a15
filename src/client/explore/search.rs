//! The search: breadth first, so that the first violation found is one of the shortest.
//!
//! A pending state is stored as the actions that lead to it, 24 bytes. Neighbours share most of them, so few steps are
//! needed to rebuild it.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasherDefault, Hasher};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::string::String;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Instant;
use std::vec::Vec;
use std::{format, println, thread};

use super::actions::ACTIONS;
use super::world::{Log, Violation, World};

/// The longest path.
const LONGEST: usize = 23;
/// The number of paths that a thread takes at a time.
const PORTION: usize = 256;
/// Once the search is deeper than `FAIR_DEPTH`, fair weather is tried from one in this many states.
const FAIR_ONE_OF: u64 = 16;
const FAIR_DEPTH: usize = 6;

/// The actions that lead to a state, as indices of `ACTIONS`.
#[derive(Clone, Copy)]
struct Path {
    length: u8,
    actions: [u8; LONGEST],
}

impl Path {
    const EMPTY: Self = Self { length: 0, actions: [0; LONGEST] };

    fn actions(&self) -> &[u8] {
        &self.actions[..self.length.into()]
    }

    fn and(mut self, action: u8) -> Self {
        self.actions[usize::from(self.length)] = action;
        self.length += 1;
        self
    }
}

/// A hasher that returns the fingerprint, which is a hash already.
#[derive(Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, _: &[u8]) {
        unreachable!("only fingerprints are hashed");
    }

    fn write_u64(&mut self, number: u64) {
        self.0 = number;
    }
}

/// The fingerprints seen, in parts, so that threads rarely wait for each other.
struct Seen([Mutex<HashSet<u64, BuildHasherDefault<AsItIs>>>; 64]);

impl Seen {
    fn new() -> Self {
        Self(std::array::from_fn(|_| Mutex::default()))
    }

    /// Returns whether the fingerprint is new.
    fn insert(&self, fingerprint: u64) -> bool {
        self.0[(fingerprint % 64) as usize].lock().unwrap().insert(fingerprint.rotate_right(6))
    }

    fn len(&self) -> usize {
        self.0.iter().map(|part| part.lock().unwrap().len()).sum()
    }
}

/// The worlds along one path, which allow moving to another path without starting over.
struct Walker {
    path: Vec<u8>,
    worlds: Vec<World>,
}

impl Walker {
    fn new(start: World) -> Self {
        Self { path: Vec::new(), worlds: vec![start] }
    }

    fn go(&mut self, path: &Path) -> &World {
        let shared = self.path.iter().zip(path.actions()).take_while(|(here, there)| here == there).count();
        self.path.truncate(shared);
        self.worlds.truncate(shared + 1);
        for &action in &path.actions()[shared..] {
            let mut world = self.worlds[self.worlds.len() - 1].clone();
            assert_eq!(world.apply(ACTIONS[usize::from(action)], &mut None), Ok(true), "it did so before");
            self.path.push(action);
            self.worlds.push(world);
        }
        &self.worlds[self.worlds.len() - 1]
    }
}

/// The violations found, and whether fair weather after the path is needed to show them.
type Found = Mutex<HashMap<Violation, (Path, bool)>>;

/// One level of the search.
struct Level<'a> {
    start: &'a World,
    paths: &'a [Path],
    is_last: bool,
    tries_fair_weather_always: bool,
    seen: &'a Seen,
    found: &'a Found,
    next: AtomicUsize,
    steps: AtomicUsize,
}

impl Level<'_> {
    /// Takes paths, a portion at a time, and returns those that continue from them.
    fn work(&self) -> Vec<Path> {
        let mut walker = Walker::new(self.start.clone());
        let mut onward = Vec::new();
        let mut steps = 0;
        loop {
            let from = self.next.fetch_add(PORTION, Ordering::Relaxed);
            let Some(rest) = self.paths.get(from..).filter(|rest| !rest.is_empty()) else { break };
            for path in &rest[..rest.len().min(PORTION)] {
                let here = walker.go(path);
                for (index, &action) in ACTIONS.iter().enumerate() {
                    let there = path.and(index as u8);
                    let mut world = here.clone();
                    match without_panic(|| world.apply(action, &mut None)) {
                        Ok(false) => continue,
                        Ok(true) => steps += 1,
                        Err(violation) => {
                            self.report(violation, there, false);
                            continue;
                        }
                    }
                    let fingerprint = world.fingerprint();
                    if !self.seen.insert(fingerprint) {
                        continue;
                    }
                    if (self.tries_fair_weather_always || fingerprint.is_multiple_of(FAIR_ONE_OF))
                        && let Err(violation) = without_panic(|| world.check_fair_weather(&mut None))
                    {
                        self.report(violation, there, true);
                        continue;
                    }
                    if !self.is_last {
                        onward.push(there);
                    }
                }
            }
        }
        self.steps.fetch_add(steps, Ordering::Relaxed);
        onward
    }

    fn report(&self, violation: Violation, path: Path, in_fair_weather: bool) {
        if let Entry::Vacant(entry) = self.found.lock().unwrap().entry(violation) {
            entry.insert((path, in_fair_weather));
        }
    }
}

/// Explores all behaviour of a client from `start` in up to `depth` actions, and prints the number of states. Fails
/// with the shortest transcript for each violated rule.
pub(super) fn explore(start: &World, depth: usize) {
    assert!(depth <= LONGEST, "{depth} actions are more than a path holds");
    let (seen, found) = (Seen::new(), Found::default());
    seen.insert(start.fingerprint());
    let began = Instant::now();
    let mut paths = vec![Path::EMPTY];
    let threads = thread::available_parallelism().map_or(1, usize::from);
    for level in 1..=depth {
        let this = Level {
            start,
            paths: &paths,
            is_last: level == depth,
            tries_fair_weather_always: level <= FAIR_DEPTH,
            seen: &seen,
            found: &found,
            next: AtomicUsize::new(0),
            steps: AtomicUsize::new(0),
        };
        let onward = thread::scope(|scope| {
            let workers: Vec<_> = (0..threads).map(|_| scope.spawn(|| this.work())).collect();
            workers.into_iter().flat_map(|worker| worker.join().unwrap()).collect()
        });
        let (states, steps) = (seen.len(), this.steps.into_inner());
        println!("{:?}: depth {level}: {states} states, {steps} steps, {:?}", start.names, began.elapsed());
        paths = onward;
    }
    let mut found: Vec<_> = found.into_inner().unwrap().into_iter().collect();
    found.sort_by_key(|(_, (path, _))| path.length);
    let transcripts: Vec<_> =
        found.iter().map(|(violation, (path, fair))| transcript(start, violation, path, *fair)).collect();
    assert!(transcripts.is_empty(), "{} rules do not hold\n\n{}", transcripts.len(), transcripts.join("\n\n"));
}

/// Turns a panic into a violation. The state is not used after one.
fn without_panic<T>(step: impl FnOnce() -> Result<T, Violation>) -> Result<T, Violation> {
    catch_unwind(AssertUnwindSafe(step)).unwrap_or_else(|_| Err("a panic".into()))
}

/// Returns the transcript of `path`, with every message.
fn transcript(start: &World, violation: &str, path: &Path, in_fair_weather: bool) -> String {
    let mut text = format!("{violation}\n({} actions)\n", path.length);
    let mut world = start.clone();
    for &action in path.actions() {
        let _ = without_panic(|| world.apply(ACTIONS[usize::from(action)], &mut Log::Some(&mut text)));
    }
    if in_fair_weather {
        text.push_str("-- fair weather\n");
        let _ = without_panic(|| world.check_fair_weather(&mut Log::Some(&mut text)));
    }
    text
}
