//! `Debug` for the connection: its server and its client. The buffers contain messages and signatures and are not
//! printed.

use core::fmt;

use super::Connection;

impl<R, const CHANNELS: usize, const NAME: usize, B> fmt::Debug for Connection<'_, R, CHANNELS, NAME, B> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection")
            .field("endpoint", &self.endpoint)
            .field("client", &self.client)
            .finish_non_exhaustive()
    }
}
