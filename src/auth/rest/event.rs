//! What is published, and what may be asked about a channel.

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
    /// The event `name` with the text `data`, which subscribers receive as it is. JSON by convention; encrypted by the
    /// caller for a channel whose name starts `private-encrypted-`.
    ///
    /// Pusher takes names of up to 200 bytes and data of up to 10 KB, other servers as they are configured.
    pub const fn new(name: &'a str, data: &'a str) -> Self {
        Self { name, data, socket_id: None, info: &[] }
    }

    /// Not to the connection `socket_id`, which mostly is the one that caused the event.
    #[must_use]
    pub const fn exclude_socket(mut self, socket_id: &'a str) -> Self {
        self.socket_id = Some(socket_id);
        self
    }

    /// Have the server answer with these attributes of each channel.
    #[must_use]
    pub const fn with_info(mut self, info: &'a [Attribute]) -> Self {
        self.info = info;
        self
    }

    /// `{"name":..,"data":..,"channels":[..]}`. Fields stand in the order of the official libraries, so that a
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

    /// The same for the channel that reaches one user on all connections.
    pub(super) fn write_to_user(&self, writer: &mut Writer<'_>, user_id: &str) {
        writer.raw("{");
        self.write_content(writer);
        writer.raw(",\"channels\":[\"#server-to-user-");
        writer.escaped(user_id);
        writer.raw("\"]");
        self.write_options(writer);
        writer.raw("}");
    }

    /// `{"channel":..,"name":..,"data":..}`, an element of a batch.
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

/// What a server can tell about a channel, where it applies. Asking for more than that is refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum Attribute {
    /// How many different users are in a presence channel.
    UserCount,
    /// How many connections are subscribed to a channel, presence channels excepted at Pusher, and only if the app's
    /// settings allow it.
    SubscriptionCount,
    /// The last event of a cache channel; for [`channel`](super::Api::channel) alone.
    Cache,
}

impl Attribute {
    /// The length of the longest list, which names each of them.
    pub(super) const LIST: usize = "user_count,subscription_count,cache".len();

    const fn as_str(self) -> &'static str {
        match self {
            Self::UserCount => "user_count",
            Self::SubscriptionCount => "subscription_count",
            Self::Cache => "cache",
        }
    }
}

/// Writes the names of `attributes` with commas between them, each once.
pub(super) fn write_list(writer: &mut Writer<'_>, attributes: &[Attribute]) {
    for (index, attribute) in attributes.iter().enumerate() {
        if !attributes.iter().take(index).any(|earlier| earlier == attribute) {
            writer.raw(if index == 0 { "" } else { "," });
            writer.raw(attribute.as_str());
        }
    }
}
