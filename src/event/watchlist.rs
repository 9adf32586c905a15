//! Watchlist events: online and offline changes of the users that the signed-in user watches.

use core::fmt;

use crate::envelope::fields;
use crate::envelope::items::Items;

/// The changes in a watchlist event, read from the message in place: an iterator over [`WatchlistChange`]s.
///
/// Pusher sends several changes in one event (documentation, "Watchlist events"), sockudo sends one.
#[must_use = "an iterator does nothing unless it is used"]
pub struct Watchlist<'f> {
    events: Items<'f>,
    /// The single change of a server that sends one per event.
    only: Option<WatchlistChange<'f>>,
}

/// A change: some users went online or offline.
pub struct WatchlistChange<'f> {
    status: &'f str,
    user_ids: UserIds<'f>,
}

/// An iterator over user ids.
#[must_use = "an iterator does nothing unless it is used"]
pub struct UserIds<'f>(Items<'f>);

impl<'f> Watchlist<'f> {
    /// Decodes `{"events": [{"name": "online", "user_ids": [..]}, ..]}`.
    pub(crate) fn decode(data: &'f mut [u8]) -> Self {
        let [events] = fields(data, ["events"]);
        Self { events: Items::of_array(events.json()), only: None }
    }

    /// Decodes `{"user_ids": [..]}`, with the name of the event as the status.
    pub(crate) fn decode_one(status: &'f str, data: &'f mut [u8]) -> Self {
        let [user_ids] = fields(data, ["user_ids"]);
        let user_ids = UserIds(Items::of_array(user_ids.json()));
        Self { events: Items::default(), only: Some(WatchlistChange { status, user_ids }) }
    }
}

impl<'f> Iterator for Watchlist<'f> {
    type Item = WatchlistChange<'f>;

    fn next(&mut self) -> Option<WatchlistChange<'f>> {
        if let Some(only) = self.only.take() {
            return Some(only);
        }
        let (_, event) = self.events.next()?;
        let [name, user_ids] = fields(event.json(), ["name", "user_ids"]);
        let user_ids = UserIds(Items::of_array(user_ids.json()));
        Some(WatchlistChange { status: name.text().unwrap_or_default(), user_ids })
    }
}

impl<'f> WatchlistChange<'f> {
    /// Returns the new status, `online` or `offline`, as the server sent it.
    pub const fn status(&self) -> &'f str {
        self.status
    }

    /// Returns the users that changed.
    pub fn user_ids(self) -> UserIds<'f> {
        self.user_ids
    }
}

impl<'f> Iterator for UserIds<'f> {
    type Item = &'f str;

    fn next(&mut self) -> Option<&'f str> {
        self.0.next().map(|(_, id)| id.text().unwrap_or_default())
    }
}

impl fmt::Debug for Watchlist<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watchlist").finish_non_exhaustive()
    }
}

impl fmt::Debug for WatchlistChange<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WatchlistChange").field("status", &self.status).finish_non_exhaustive()
    }
}

impl fmt::Debug for UserIds<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("UserIds").finish_non_exhaustive()
    }
}
