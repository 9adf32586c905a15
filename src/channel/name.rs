//! The name of a channel as stored in a slot.

use crate::envelope::str_of;
use crate::output::Writer;

/// A text of up to `NAME` bytes, 255 at most. It is all zeros when empty, as a new client is, so that an image needs no
/// copy of one.
#[derive(Clone)]
pub(crate) struct Name<const NAME: usize> {
    length: u8,
    bytes: [u8; NAME],
}

impl<const NAME: usize> Name<NAME> {
    pub(crate) const EMPTY: Self = {
        assert!(NAME <= u8::MAX as usize, "names of channels have 255 bytes at most");
        Self { length: 0, bytes: [0; NAME] }
    };

    #[inline(never)] // for one copy of it in an image
    pub(crate) fn as_str(&self) -> &str {
        str_of(self.bytes.get(..self.length.into()).unwrap_or_default())
    }

    /// Returns whether the text is `name`.
    pub(crate) fn is(&self, name: &[u8]) -> bool {
        usize::from(self.length) == name.len() && self.bytes.starts_with(name)
    }

    /// Sets the text to `name`; returns `false` if it is too long.
    pub(crate) fn set(&mut self, name: &str) -> bool {
        let fits = name.len() <= NAME;
        if fits {
            Writer::new(&mut self.bytes).raw(name); // a loop here would become a call of memcpy, which has 700 bytes
            self.length = name.len() as u8; // at most `NAME`
        }
        fits
    }

    /// Returns whether the text begins with `first`, an ASCII character.
    pub(crate) fn begins_with(&self, first: u8) -> bool {
        self.length != 0 && self.bytes.first() == Some(&first)
    }
}
