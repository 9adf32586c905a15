//! The log of a client, and the waits of a scenario for its lines. `live_c` uses the same.

use std::time::{Duration, Instant};

/// Long enough for a busy machine.
pub const TIMEOUT: Duration = Duration::from_secs(30);

#[derive(Default)]
pub struct Log {
    lines: Vec<String>,
    /// The number of lines that the scenario has already waited for.
    read: usize,
    /// Whether the connection was lost; the number of reconnection attempts is then random.
    is_lost: bool,
}

impl Log {
    pub fn push(&mut self, line: String) {
        self.lines.push(line);
    }

    /// Adds the lines of an event, unless the connection was lost.
    pub fn extend(&mut self, lines: impl IntoIterator<Item = String>) {
        if !self.is_lost {
            self.lines.extend(lines);
        }
    }

    pub fn connected(&mut self) {
        self.is_lost = false;
    }

    /// Adds a line for the loss of the connection, but not for each attempt after it.
    pub fn lost(&mut self, reason: pusher_proto::client::Reason, is_final: bool) {
        if !self.is_lost || is_final {
            self.lines.push(format!("lost: {reason}{}", if is_final { ", for good" } else { "" }));
        }
        self.is_lost = true;
    }
}

/// A client whose log a scenario reads.
pub trait Logged {
    fn log_ref(&self) -> &Log;

    fn log_mut(&mut self) -> &mut Log;

    /// Runs one step of the client.
    fn step(&mut self);

    /// Returns the log so far.
    fn log(&self) -> &[String] {
        &self.log_ref().lines
    }

    /// Runs until a line has this prefix; it also consumes the lines before it.
    #[track_caller]
    fn until(&mut self, beginning: &str) {
        let deadline = Instant::now() + TIMEOUT;
        loop {
            let log = self.log_mut();
            while let Some(line) = log.lines.get(log.read) {
                log.read += 1;
                if line.starts_with(beginning) {
                    return;
                }
            }
            assert!(Instant::now() < deadline, "{beginning:?} was not reported, only {:#?}", self.log());
            self.step();
        }
    }

    /// Runs until each prefix has appeared, in any order.
    #[track_caller]
    fn until_all(&mut self, beginnings: &[&str]) {
        let from = self.log_ref().read;
        for beginning in beginnings {
            self.log_mut().read = from;
            self.until(beginning);
        }
        self.log_mut().read = self.log().len();
    }

    /// Runs for `duration`.
    fn run_for(&mut self, duration: Duration) {
        let deadline = Instant::now() + duration;
        while Instant::now() < deadline {
            self.step();
        }
    }

    /// Runs until the log has the expected number of lines, and those that follow immediately. Returns the lines.
    fn run_to_the_end(&mut self, expected: usize) -> Vec<String> {
        let deadline = Instant::now() + 2 * TIMEOUT;
        while self.log().len() < expected && Instant::now() < deadline {
            self.step();
        }
        self.run_for(Duration::from_millis(50));
        std::mem::take(&mut self.log_mut().lines)
    }
}
