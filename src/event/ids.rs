//! A set of ids in fixed memory.

use heapless::{String, Vec};

/// A set of up to `MEMBERS` ids of up to `ID` bytes, in no particular order.
#[derive(Clone, Debug)]
pub(super) struct Ids<const MEMBERS: usize, const ID: usize> {
    ids: Vec<String<ID, u8>, MEMBERS>,
    /// A hash of each id, compared before the id. On smaller processors it would save less than it costs.
    #[cfg(target_pointer_width = "64")]
    tags: [u8; MEMBERS],
}

/// The number of tags compared at once.
#[cfg(target_pointer_width = "64")]
const BLOCK: usize = 16;

impl<const MEMBERS: usize, const ID: usize> Ids<MEMBERS, ID> {
    pub(super) const fn new() -> Self {
        Self {
            ids: Vec::new(),
            #[cfg(target_pointer_width = "64")]
            tags: [0; MEMBERS],
        }
    }

    pub(super) fn iter(&self) -> impl Iterator<Item = &str> {
        self.ids.iter().map(String::as_str)
    }

    pub(super) fn len(&self) -> usize {
        self.ids.len()
    }

    pub(super) fn clear(&mut self) {
        self.ids.clear();
    }

    pub(super) fn contains(&self, id: &str) -> bool {
        self.position(id).is_some()
    }

    /// Adds an id that is not in the set yet; returns `false` if there is no room for it.
    pub(super) fn insert(&mut self, id: &str) -> bool {
        if self.contains(id) {
            return true;
        }
        let mut copy = String::new();
        if copy.push_str(id).is_err() {
            return false;
        }
        #[cfg(target_pointer_width = "64")]
        if let Some(place) = self.tags.get_mut(self.ids.len()) {
            *place = tag(id);
        }
        self.ids.push(copy).is_ok()
    }

    /// Removes an id; the last one takes its place.
    pub(super) fn remove(&mut self, id: &str) {
        let len = self.ids.len();
        // Always true, but the compiler cannot prove it.
        if let Some(at) = self.position(id).filter(|&at| at < len) {
            #[cfg(target_pointer_width = "64")]
            if let Some(&last) = self.tags.get(len.wrapping_sub(1))
                && let Some(place) = self.tags.get_mut(at)
            {
                *place = last;
            }
            self.ids.swap_remove(at);
        }
    }

    #[cfg(not(target_pointer_width = "64"))]
    fn position(&self, id: &str) -> Option<usize> {
        self.ids.iter().position(|other| other == id)
    }

    #[cfg(target_pointer_width = "64")]
    fn position(&self, id: &str) -> Option<usize> {
        let tag = tag(id);
        let mut blocks = self.tags.get(..self.ids.len())?.chunks_exact(BLOCK);
        let mut start = 0usize;
        for block in &mut blocks {
            // Without an early exit, so that it compiles to one comparison of the whole block.
            if block.iter().fold(false, |found, &other| found | (other == tag))
                && let Some(at) = self.position_in(start, block, tag, id)
            {
                return Some(at);
            }
            start = start.wrapping_add(BLOCK); // at most MEMBERS
        }
        self.position_in(start, blocks.remainder(), tag, id)
    }

    /// Returns the position of an id, from `start` on, among those with these tags.
    #[cfg(target_pointer_width = "64")]
    fn position_in(&self, start: usize, tags: &[u8], tag: u8, id: &str) -> Option<usize> {
        let ids = self.ids.get(start..)?;
        let at = tags.iter().zip(ids).position(|(&other, known)| other == tag && known == id);
        at.map(|at| at.wrapping_add(start))
    }
}

/// Hashes an id.
#[cfg(target_pointer_width = "64")]
fn tag(id: &str) -> u8 {
    let hash = id.bytes().fold(0u32, |hash, byte| hash.wrapping_mul(0x0100_0193) ^ u32::from(byte));
    (hash ^ hash >> 15) as u8
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::format;
    use std::string::String;

    use super::*;

    /// Inserts and removes random ids and compares with another implementation of the same set.
    #[test]
    fn ids_are_added_and_removed_as_in_a_set_of_the_standard_library() {
        for space in [3, 40, 300] {
            let mut ids: Ids<40, 8> = Ids::new();
            let mut set: BTreeSet<String> = BTreeSet::new();
            let mut random = 1u32;
            for _ in 0..4000 {
                random = random.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                let id = format!("u{}", (random >> 16) % space);
                if random >> 8 & 1 == 0 {
                    let fits = set.contains(&id) || set.len() < 40;
                    assert_eq!(ids.insert(&id), fits, "{id}");
                    if fits {
                        set.insert(id.clone());
                    }
                } else {
                    ids.remove(&id);
                    set.remove(&id);
                }
                assert_eq!((ids.contains(&id), ids.len()), (set.contains(&id), set.len()), "{id}");
            }
            assert!(ids.iter().eq(ids.iter().filter(|id| ids.contains(id))));
            let left: BTreeSet<String> = ids.iter().map(String::from).collect();
            assert_eq!(left, set);
            ids.clear();
            assert!(set.iter().all(|id| !ids.contains(id)));
        }
    }

    #[test]
    fn ids_with_the_same_tag_are_distinguished() {
        let mut ids: Ids<64, 8> = Ids::new();
        let names: std::vec::Vec<String> = (0..4000u32).map(|number| format!("{number}")).collect();
        #[cfg(target_pointer_width = "64")]
        let names: std::vec::Vec<String> = names.into_iter().filter(|name| tag(name) == tag("0")).take(10).collect();
        let (kept, others) = names.split_at(5);
        assert!(kept.iter().chain(kept).all(|id| ids.insert(id)));
        assert_eq!((ids.len(), kept.iter().all(|id| ids.contains(id))), (5, true));
        assert!(!others.is_empty() && others.iter().all(|id| !ids.contains(id)));
    }

    #[test]
    fn an_id_that_is_too_long_equals_no_other_id_and_changes_nothing() {
        let mut ids: Ids<2, 3> = Ids::new();
        assert!(ids.insert("") && ids.insert("abc"));
        assert!(!ids.insert("abcd") && !ids.insert("x") && ids.insert("abc"));
        assert!(ids.iter().eq(["", "abc"]));
        let mut none: Ids<0, 3> = Ids::new();
        assert!(!none.insert("a") && !none.contains("a"));
        none.remove("a");
    }
}
