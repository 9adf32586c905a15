//! The log of a run, line by line, in the format of scripts (`support/script.rs`).

#[derive(Default)]
pub struct Transcript {
    lines: Option<Vec<String>>,
    now: u64,
}

impl Transcript {
    /// Creates a transcript that discards its lines: most runs need none, and it takes time.
    pub fn none() -> Self {
        Self::default()
    }

    pub fn recorded() -> Self {
        Self { lines: Some(Vec::new()), now: 0 }
    }

    /// Adds a line at time `now`.
    pub fn line(&mut self, now: u64, line: impl FnOnce() -> String) {
        let Some(lines) = &mut self.lines else { return };
        if now != self.now {
            self.now = now;
            lines.push(format!("> at {now}"));
        }
        lines.push(line());
    }

    pub fn lines(&self) -> &[String] {
        self.lines.as_deref().unwrap_or_default()
    }
}
