//! `Debug` for the client: its state and its channels, no keys and no user data.

use core::fmt;

use super::Client;

impl<const CHANNELS: usize, const NAME: usize> fmt::Debug for Client<CHANNELS, NAME> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("state", &self.state())
            .field("reason", &self.reason())
            .field("socket_id", &self.socket_id())
            .field("channels", &Channels(self))
            .finish_non_exhaustive()
    }
}

/// A map from channel names to their status.
struct Channels<'c, const CHANNELS: usize, const NAME: usize>(&'c Client<CHANNELS, NAME>);

impl<const CHANNELS: usize, const NAME: usize> fmt::Debug for Channels<'_, CHANNELS, NAME> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let client = self.0;
        let named =
            client.channels().filter_map(|channel| client.channel_name(channel).zip(client.channel_status(channel)));
        f.debug_map().entries(named).finish()
    }
}
