//! A set of names of channels.

use super::NAMES;

/// A set of names of channels: those in [`NAMES`] as bits, and others.
#[derive(Clone, Default)]
pub struct Names {
    pub known: u8,
    pub others: Vec<String>,
}

impl Names {
    /// Returns the bit of a name in [`NAMES`].
    fn bit(name: &str) -> Option<u8> {
        NAMES.iter().position(|known| *known == name).map(|index| 1 << index)
    }

    pub fn contains(&self, name: &str) -> bool {
        match Self::bit(name) {
            Some(bit) => self.known & bit != 0,
            None => self.others.iter().any(|other| other == name),
        }
    }

    /// Adds a name. Returns whether it is new.
    pub fn insert(&mut self, name: &str) -> bool {
        let is_new = !self.contains(name);
        match Self::bit(name) {
            Some(bit) => self.known |= bit,
            None if is_new => self.others.push(name.into()),
            None => {}
        }
        is_new
    }

    /// Removes a name. Returns whether it was there.
    pub fn remove(&mut self, name: &str) -> bool {
        let was_there = self.contains(name);
        self.known &= !Self::bit(name).unwrap_or_default();
        self.others.retain(|other| other != name);
        was_there
    }

    pub fn clear(&mut self) {
        self.known = 0;
        self.others.clear();
    }
}
