//! Events to publish, and attributes to query of a channel.

use crate::output::Writer;

/// An event to publish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub struct NewEvent<'a> {
    name: &'a str,
    data: &'a str,
    socket_id: Option<&'a str>,
    info: &'a [Attribute],
}

impl<'a> NewEvent<'a> {
    /// Creates the event `name` with the text `data`, which subscribers receive unchanged. It is usually JSON. For a
    /// channel whose name starts with `private-encrypted-`, the caller must encrypt it.
    ///
    /// Pusher accepts names of up to 200 bytes and data of up to 10 KB; the limits of other servers are configurable.
    pub const fn new(name: &'a str, data: &'a str) -> Self {
        Self { name, data, socket_id: None, info: &[] }
    }

    /// Excludes the connection `socket_id` from the recipients, usually the one that caused the event.
    #[must_use]
    pub const fn exclude_socket(mut self, socket_id: &'a str) -> Self {
        self.socket_id = Some(socket_id);
        self
    }

    /// Requests these attributes of each channel in the response.
    #[must_use]
    pub const fn with_info(mut self, info: &'a [Attribute]) -> Self {
        self.info = info;
        self
    }

    /// Writes `{"name":..,"data":..,"channels":[..]}`. The fields are in the order of the official libraries, so that a
    /// recorded request can be compared byte by byte.
    pub(super) fn write(&self, writer: &mut Writer<'_>, channels: &[&str]) {
        writer.raw("{");
        self.write_content(writer);
        writer.raw(",\"channels\":[");
        for (index, channel) in channels.iter().enumerate() {
            writer.raw(if index == 0 { "" } else { "," });
            writer.string(channel);
        }
        writer.raw("]");
        self.write_options(writer);
        writer.raw("}");
    }

    /// Writes the event for the channel that reaches one user on all connections.
    pub(super) fn write_to_user(&self, writer: &mut Writer<'_>, user_id: &str) {
        writer.raw("{");
        self.write_content(writer);
        writer.raw(",\"channels\":[\"#server-to-user-");
        writer.escaped(user_id);
        writer.raw("\"]");
        self.write_options(writer);
        writer.raw("}");
    }

    /// Writes `{"channel":..,"name":..,"data":..}`, an element of a batch.
    pub(super) fn write_element(&self, writer: &mut Writer<'_>, channel: &str) {
        writer.raw("{\"channel\":");
        writer.string(channel);
        writer.raw(",");
        self.write_content(writer);
        self.write_options(writer);
        writer.raw("}");
    }

    fn write_content(&self, writer: &mut Writer<'_>) {
        writer.raw("\"name\":");
        writer.string(self.name);
        writer.raw(",\"data\":");
        writer.string(self.data);
    }

    fn write_options(&self, writer: &mut Writer<'_>) {
        if let Some(socket_id) = self.socket_id {
            writer.raw(",\"socket_id\":");
            writer.string(socket_id);
        }
        if !self.info.is_empty() {
            writer.raw(",\"info\":\"");
            write_list(writer, self.info);
            writer.raw("\"");
        }
    }
}

/// An attribute of a channel that a server can return. The server refuses attributes that do not apply to the channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Attribute {
    /// The number of distinct users in a presence channel.
    UserCount,
    /// The number of connections subscribed to a channel. Pusher omits presence channels, and requires that the app's
    /// settings allow it.
    SubscriptionCount,
    /// The last event of a cache channel; for [`channel`](super::Api::channel) only.
    Cache,
}

impl Attribute {
    /// The length of the longest list, which contains each name.
    pub(super) const LIST: usize = "user_count,subscription_count,cache".len();

    const fn as_str(self) -> &'static str {
        match self {
            Self::UserCount => "user_count",
            Self::SubscriptionCount => "subscription_count",
            Self::Cache => "cache",
        }
    }
}

/// Writes the names of `attributes` separated by commas, each once.
pub(super) fn write_list(writer: &mut Writer<'_>, attributes: &[Attribute]) {
    for (index, attribute) in attributes.iter().enumerate() {
        if !attributes.iter().take(index).any(|earlier| earlier == attribute) {
            writer.raw(if index == 0 { "" } else { "," });
            writer.raw(attribute.as_str());
        }
    }
}
