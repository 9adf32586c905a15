//! Rows of works that are compared, and how they are measured: in turn, round after round, in one process.
//!
//! The clock is that of the CPU time of this thread, so that other work of the machine counts as little as can be.

use std::hint::black_box;
use std::time::Duration;

use rustix::time::{ClockId, clock_gettime};

/// One way to do the work of a row.
pub struct Entry {
    pub who: &'static str,
    /// What it does differently from the others, if anything.
    pub note: &'static str,
    pub stands: Stands,
    run: Box<dyn FnMut()>,
}

/// How an entry stands to the others of its row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stands {
    /// It is compared.
    Compared,
    /// It does less, so it is shown and not compared.
    Less,
    /// What nothing can be faster than, more or less.
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
    /// Bytes, channels or members.
    pub size: usize,
    pub entries: Vec<Entry>,
}

impl Row {
    pub fn new(group: &'static str, name: impl Into<String>, size: usize) -> Self {
        Self { group, name: name.into(), size, entries: Vec::new() }
    }

    /// Adds one that does the same as the others.
    pub fn with(self, who: &'static str, run: impl FnMut() + 'static) -> Self {
        self.add(who, Stands::Compared, "", run)
    }

    /// Adds one that does it differently.
    pub fn noted(self, who: &'static str, note: &'static str, run: impl FnMut() + 'static) -> Self {
        self.add(who, Stands::Compared, note, run)
    }

    /// Adds one that does less.
    pub fn less(self, who: &'static str, note: &'static str, run: impl FnMut() + 'static) -> Self {
        self.add(who, Stands::Less, note, run)
    }

    /// Adds what bounds the others.
    pub fn bound(self, note: &'static str, run: impl FnMut() + 'static) -> Self {
        self.add("bound", Stands::Bound, note, run)
    }

    fn add(mut self, who: &'static str, stands: Stands, note: &'static str, run: impl FnMut() + 'static) -> Self {
        self.entries.push(Entry { who, note, stands, run: Box::new(run) });
        self
    }

    /// What a line about an entry begins with, with tabs between: group, row, size, entry, how it stands, note.
    pub fn label(&self, entry: &Entry) -> String {
        let Self { group, name, size, .. } = self;
        format!("{group}\t{name}\t{size}\t{}\t{}\t{}", entry.who, entry.stands.name(), entry.note)
    }
}

/// How long and how often each entry runs.
#[derive(Clone, Copy)]
pub struct Effort {
    pub rounds: usize,
    pub slice: Duration,
}

impl Effort {
    pub const FULL: Self = Self { rounds: 100, slice: Duration::from_micros(600) };
    /// Only shows that everything works.
    pub const SMOKE: Self = Self { rounds: 2, slice: Duration::from_micros(50) };
}

/// Measures the entries of a row in turn (A B C A B C ..) and prints the least and the median time of each in nanoseconds.
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

/// Does the work once, to warm it up, and once more where callgrind looks at it.
pub fn count(entry: &mut Entry) {
    (entry.run)();
    versus_counted(black_box(&mut *entry.run));
}

/// What `--toggle-collect` of callgrind names.
#[inline(never)]
fn versus_counted(run: &mut dyn FnMut()) {
    run();
    black_box(());
}
