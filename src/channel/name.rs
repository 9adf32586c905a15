//! The name of a channel as a slot keeps it.

use crate::envelope::str_of;
use crate::output::Writer;

/// A text of up to `NAME` bytes, 255 at most. All zeros when empty.
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

    #[inline(never)] // size
    pub(crate) fn as_str(&self) -> &str {
        str_of(self.bytes.get(..self.length.into()).unwrap_or_default())
    }

    /// Whether it is `name`.
    pub(crate) fn is(&self, name: &[u8]) -> bool {
        usize::from(self.length) == name.len() && self.bytes.starts_with(name)
    }

    /// Becomes `name`; `false` if that is too long.
    pub(crate) fn set(&mut self, name: &str) -> bool {
        let fits = name.len() <= NAME;
        if fits {
            Writer::new(&mut self.bytes).raw(name); // a loop of its own would be compiled to a call of memcpy, 700 bytes of it
            self.length = name.len() as u8; // at most `NAME`
        }
        fits
    }

    /// Whether it begins with `first`, an ASCII character.
    pub(crate) fn begins_with(&self, first: u8) -> bool {
        self.length != 0 && self.bytes.first() == Some(&first)
    }
}
