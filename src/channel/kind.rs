//! The eight kinds of channel, and the names that the protocol allows.

use core::fmt;

/// The longest channel name that servers accept, in bytes, including the prefix (soketi, sockudo, the HTTP libraries).
pub const MAX_NAME: usize = 200;
/// The longest name that Pusher itself accepts; see [`Config::strict_names`](crate::client::Config::strict_names).
pub const STRICT_MAX_NAME: usize = 164;

/// The kind of a channel, given by its name (Pusher documentation, "Channels" and "Cache channels").
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
pub enum ChannelKind {
    /// No prefix: open to everyone.
    Public,
    /// `private-`: needs an authorization; clients may send events to each other.
    Private,
    /// `presence-`: private, and all members see the list of members.
    Presence,
    /// `private-encrypted-`: private, and the data is encrypted end to end.
    Encrypted,
    /// `cache-`: public, and the server sends the last event to new subscribers.
    Cache,
    /// `private-cache-`.
    PrivateCache,
    /// `presence-cache-`.
    PresenceCache,
    /// `private-encrypted-cache-`.
    EncryptedCache,
}

/// Longest prefix first, because the long ones begin with the short ones.
const PREFIXES: [(&str, ChannelKind); 7] = [
    ("private-encrypted-cache-", ChannelKind::EncryptedCache),
    ("private-encrypted-", ChannelKind::Encrypted),
    ("private-cache-", ChannelKind::PrivateCache),
    ("private-", ChannelKind::Private),
    ("presence-cache-", ChannelKind::PresenceCache),
    ("presence-", ChannelKind::Presence),
    ("cache-", ChannelKind::Cache),
];

/// Whether users can sign in and have a channel. Without the feature the compiler drops the code that depends on it.
pub(crate) const USERS: bool = cfg!(feature = "users");

/// The prefix of the channels that a server opens for each signed-in user; an application never subscribes to them.
pub(crate) const SERVER_TO_USER: &str = "#server-to-user-";

impl ChannelKind {
    /// Returns the kind of the channel called `name`. Every name has one, valid or not.
    pub fn of(name: &str) -> Self {
        PREFIXES.iter().find(|(prefix, _)| name.starts_with(prefix)).map_or(Self::Public, |&(_, kind)| kind)
    }

    /// Returns whether a subscription needs an authorization.
    pub const fn needs_authorization(self) -> bool {
        !matches!(self, Self::Public | Self::Cache)
    }

    /// Returns whether the server lists the members, and an authorization needs `channel_data`.
    pub const fn is_presence(self) -> bool {
        matches!(self, Self::Presence | Self::PresenceCache)
    }

    /// Returns whether the data of events is encrypted end to end.
    pub const fn is_encrypted(self) -> bool {
        matches!(self, Self::Encrypted | Self::EncryptedCache)
    }

    /// Returns whether the server sends the last event to new subscribers.
    pub const fn is_cache(self) -> bool {
        matches!(self, Self::Cache | Self::PrivateCache | Self::PresenceCache | Self::EncryptedCache)
    }

    /// Returns whether clients may trigger events: on private and presence channels that are not encrypted.
    pub const fn allows_client_events(self) -> bool {
        self.needs_authorization() && !self.is_encrypted()
    }
}

/// A channel name that no server accepts. Caused by the application.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub enum NameError {
    /// The name is empty.
    Empty,
    /// The name is too long.
    TooLong {
        /// Its length in bytes.
        length: usize,
        /// The maximum in bytes.
        limit: usize,
    },
    /// The name has a character other than `A-Z a-z 0-9 _ - = @ , . ;`.
    BadCharacter {
        /// Its offset in bytes.
        at: usize,
    },
    /// The name begins with `#server-to-user-`: the server opens these channels itself at sign-in.
    Reserved,
}

/// Checks `name` against the character set and a length limit in bytes.
pub(crate) fn check(name: &str, limit: usize) -> Result<(), NameError> {
    if name.is_empty() {
        return Err(NameError::Empty);
    }
    if name.starts_with(SERVER_TO_USER) {
        return Err(NameError::Reserved);
    }
    let at = leading_name(name.as_bytes()).len();
    if at != name.len() {
        return Err(NameError::BadCharacter { at });
    }
    if name.len() > limit {
        return Err(NameError::TooLong { length: name.len(), limit });
    }
    Ok(())
}

/// Returns the leading bytes of `text` that a channel name may contain.
#[inline(never)] // size
pub(crate) fn leading_name(text: &[u8]) -> &[u8] {
    let is_allowed =
        |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'=' | b'@' | b',' | b'.' | b';');
    let end = text.iter().position(|&byte| !is_allowed(byte)).unwrap_or(text.len());
    text.get(..end).unwrap_or_default()
}

impl fmt::Display for NameError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Empty => f.write_str("the channel name is empty"),
            Self::TooLong { length, limit } => write!(f, "the channel name has {length} bytes, more than {limit}"),
            Self::BadCharacter { at } => {
                write!(f, "the channel name has a character at byte {at} other than A-Z a-z 0-9 _ - = @ , . ;")
            }
            Self::Reserved => f.write_str("channel names that begin with #server-to-user- belong to the server"),
        }
    }
}

impl core::error::Error for NameError {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_prefix_decides() {
        let cases = [
            ("news", ChannelKind::Public),
            ("private", ChannelKind::Public),
            ("private-x", ChannelKind::Private),
            ("private-", ChannelKind::Private),
            ("private-encrypted", ChannelKind::Private),
            ("private-encrypted-x", ChannelKind::Encrypted),
            ("private-encrypted-cache-x", ChannelKind::EncryptedCache),
            ("private-cache-x", ChannelKind::PrivateCache),
            ("private-cache", ChannelKind::Private),
            ("presence-x", ChannelKind::Presence),
            ("presence-cache-x", ChannelKind::PresenceCache),
            ("presence-encrypted-x", ChannelKind::Presence),
            ("cache-x", ChannelKind::Cache),
            ("cache-private-x", ChannelKind::Cache),
            ("Private-x", ChannelKind::Public),
            ("", ChannelKind::Public),
        ];
        for (name, kind) in cases {
            assert_eq!(ChannelKind::of(name), kind, "{name}");
        }
    }

    #[test]
    fn cache_channels_are_those_with_cache_in_their_prefix() {
        let names = ["cache-x", "private-cache-x", "presence-cache-x", "private-encrypted-cache-x"];
        assert!(names.iter().all(|name| ChannelKind::of(name).is_cache()));
        let names = ["x", "private-x", "presence-x", "private-encrypted-x"];
        assert!(!names.iter().any(|name| ChannelKind::of(name).is_cache()));
    }

    #[test]
    fn invalid_names_are_refused_with_the_reason_and_the_position() {
        let cases = [
            ("", Err(NameError::Empty)),
            ("a", Ok(())),
            ("Az09_-=@,.;", Ok(())),
            ("a b", Err(NameError::BadCharacter { at: 1 })),
            ("a:b", Err(NameError::BadCharacter { at: 1 })),
            ("é", Err(NameError::BadCharacter { at: 0 })),
            ("a\"", Err(NameError::BadCharacter { at: 1 })),
            ("#a", Err(NameError::BadCharacter { at: 0 })),
            ("#server-to-user-1", Err(NameError::Reserved)),
        ];
        for (name, expected) in cases {
            assert_eq!(check(name, MAX_NAME), expected, "{name:?}");
        }
        assert_eq!(check(&"n".repeat(200), MAX_NAME), Ok(()));
        assert_eq!(check(&"n".repeat(201), MAX_NAME), Err(NameError::TooLong { length: 201, limit: 200 }));
        assert_eq!(check(&"n".repeat(165), STRICT_MAX_NAME), Err(NameError::TooLong { length: 165, limit: 164 }));
    }
}
