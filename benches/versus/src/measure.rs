//! Rows of comparable works, measured in turn, round after round, in one process.
//!
//! The clock is the CPU time of this thread, to minimize the influence of other processes.

use std::hint::black_box;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// An implementation of a row's work.
pub struct Entry {
    pub who: &'static str,
    /// Its difference from the others, if any.
    pub note: &'static str,
    pub stands: Stands,
    run: Box<dyn FnMut()>,
}

/// The role of an entry in its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stands {
    /// Compared with the others.
    Compared,
    /// Does less work, so it is shown but not compared.
    Less,
    /// An approximate lower bound.
    Bound,
}

impl Stands {
    const fn name(self) -> &'static str {
        match self {
            Self::Compared => "compared",
            Self::Less => "less",
            Self::Bound => "bound",
        }
    }
}

/// Works that are compared with each other.
pub struct Row {
    pub group: &'static str,
    pub name: String,
    /// The number of bytes, channels or members.
    pub size: usize,
    pub entries: Vec<Entry>,
}

impl Row {
    pub fn new(group: &'static str, name: impl Into<String>, size: usize) -> Self {
        Self { group, name: name.into(), size, entries: Vec::new() }
    }

    /// Adds an entry that does the same work as the others.
    pub fn with(self, who: &'static str, run: impl FnMut() + 'static) -> Self {
        self.add(who, Stands::Compared, "", run)
    }

    /// Adds an entry that does the work differently.
    pub fn noted(self, who: &'static str, note: &'static str, run: impl FnMut() + 'static) -> Self {
        self.add(who, Stands::Compared, note, run)
    }

    /// Adds an entry that does less work.
    pub fn less(self, who: &'static str, note: &'static str, run: impl FnMut() + 'static) -> Self {
        self.add(who, Stands::Less, note, run)
    }

    /// Adds a lower bound for the others.
    pub fn bound(self, note: &'static str, run: impl FnMut() + 'static) -> Self {
        self.add("bound", Stands::Bound, note, run)
    }

    fn add(mut self, who: &'static str, stands: Stands, note: &'static str, run: impl FnMut() + 'static) -> Self {
        self.entries.push(Entry { who, note, stands, run: Box::new(run) });
        self
    }

    /// Returns the prefix of an entry's line, separated by tabs: group, row, size, entry, role, note.
    pub fn label(&self, entry: &Entry) -> String {
        let Self { group, name, size, .. } = self;
        format!("{group}\t{name}\t{size}\t{}\t{}\t{}", entry.who, entry.stands.name(), entry.note)
    }
}

/// The duration and number of runs of each entry.
#[derive(Clone, Copy)]
pub struct Effort {
    pub rounds: usize,
    pub slice: Duration,
}

impl Effort {
    pub const FULL: Self = Self { rounds: 100, slice: Duration::from_micros(600) };
    /// Only checks that every entry works.
    pub const SMOKE: Self = Self { rounds: 2, slice: Duration::from_micros(50) };
}

/// Measures the entries of a row in turn (A B C A B C ..). Prints the minimum and median time of each in nanoseconds.
pub fn time(row: &mut Row, effort: Effort) {
    let counts: Vec<u32> = row.entries.iter_mut().map(|entry| calibrate(entry, effort.slice)).collect();
    let mut times = vec![Vec::new(); row.entries.len()];
    for _ in 0..effort.rounds {
        for ((entry, &count), times) in row.entries.iter_mut().zip(&counts).zip(&mut times) {
            times.push(slice(entry, count).as_nanos() as f64 / f64::from(count));
        }
    }
    for (entry, times) in row.entries.iter().zip(&mut times) {
        times.sort_by(f64::total_cmp);
        println!("{}\ttime\t{:.1}\t{:.1}", row.label(entry), times[0], times[times.len() / 2]);
    }
}

fn calibrate(entry: &mut Entry, slice_time: Duration) -> u32 {
    let mut count = 1;
    loop {
        let elapsed = slice(entry, count);
        if elapsed >= slice_time || count >= 1 << 24 {
            return count;
        }
        let wanted = slice_time.as_nanos() as f64 / elapsed.as_nanos().max(1) as f64;
        count = (f64::from(count) * wanted.clamp(1.2, 8.0)).ceil() as u32;
    }
}

fn slice(entry: &mut Entry, count: u32) -> Duration {
    let start = clock_gettime(ClockId::ThreadCPUTime);
    for _ in 0..count {
        (entry.run)();
    }
    let end = clock_gettime(ClockId::ThreadCPUTime);
    let nanoseconds = (end.tv_sec - start.tv_sec) * 1_000_000_000 + end.tv_nsec - start.tv_nsec;
    Duration::from_nanos(nanoseconds.try_into().unwrap_or_default())
}

/// Does the work once as a warm-up, and once more for callgrind.
pub fn count(entry: &mut Entry) {
    (entry.run)();
    versus_counted(black_box(&mut *entry.run));
}

/// The function for callgrind's `--toggle-collect`.
#[inline(never)]
fn versus_counted(run: &mut dyn FnMut()) {
    run();
    black_box(());
}
