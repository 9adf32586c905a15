//! A presence roster: the members of a presence channel, kept up to date in fixed memory.

use heapless::String;

use super::ids::Ids;
use super::{Event, Member, Presence};
use crate::channel::Channel;
use crate::envelope::fields;

/// The members of one presence channel: up to `MEMBERS` ids of up to `ID` bytes (255 at most), in no particular order.
///
/// For applications that need the list of members at any time; [`Presence`] and [`Member`] need no memory. Pass every
/// event to [`update`](Self::update). The size is `(MEMBERS + 1) * (ID + 1)` bytes plus up to 32. On 64-bit processors
/// it is `MEMBERS` bytes more, for a hash of each id.
///
/// A lookup takes time proportional to the number of members; 64-bit processors compare 16 of them at once. A list of
/// members is stored by looking up each of them. Its cost can therefore grow with the square of their number, which is
/// at most `MEMBERS`. A server can choose ids with equal hashes, so that each is compared with all others.
///
/// ```
/// use pusher_proto::event::Roster;
/// # use pusher_proto::{Client, Config, Instant};
/// # let mut client: Client<2, 16> = Client::new(Config::new(1));
/// # let room = client.subscribe(Instant::ZERO, "presence-room").unwrap();
/// let mut roster: Roster<100, 32> = Roster::new(room);
/// roster.set_me(r#"{"user_id":"7","user_info":{"name":"Ada"}}"#);
/// // for each event: roster.update(&mut event)
/// assert_eq!(roster.own_id(), Some("7"));
/// assert_eq!(roster.len(), 0);
/// ```
#[derive(Debug)]
pub struct Roster<const MEMBERS: usize, const ID: usize> {
    channel: Channel,
    ids: Ids<MEMBERS, ID>,
    own: String<ID, u8>,
    /// The number of known members that are not in `ids`; at least 1 until the server has listed the members.
    left_out: u32,
}

/// The maximum size of `channel_data` in bytes: 1 KB of `user_info` (Pusher documentation, "Presence channels"), 128 of
/// `user_id`, and the syntax and escapes around them.
const MAX_CHANNEL_DATA: usize = 1536;

impl<const MEMBERS: usize, const ID: usize> Roster<MEMBERS, ID> {
    /// Creates an empty roster for `channel`.
    pub const fn new(channel: Channel) -> Self {
        Self { channel, ids: Ids::new(), own: String::new(), left_out: 1 }
    }

    /// Sets the local member from its `channel_data`. The local member stays unknown without a `user_id`, or if the id
    /// has more than `ID` bytes. It also stays unknown if the data has more than 1,536 bytes, the stack used for
    /// decoding. See [`set_my_id`](Self::set_my_id).
    pub fn set_me(&mut self, channel_data: &str) {
        self.own.clear();
        // Decoded in a copy, because the data belongs to the application.
        let mut copy = [0; MAX_CHANNEL_DATA];
        let Some(copy) = copy.get_mut(..channel_data.len()) else { return };
        copy.copy_from_slice(channel_data.as_bytes());
        let [id] = fields(copy, ["user_id"]);
        self.set_my_id(id.text().unwrap_or_default());
    }

    /// Sets the local member by its `user_id`. It stays unknown if the id has more than `ID` bytes.
    pub fn set_my_id(&mut self, user_id: &str) {
        self.own.clear();
        let _ = self.own.push_str(user_id); // an id that is too long leaves the string empty
    }

    /// Returns the id of the local member, if it is known.
    pub fn own_id(&self) -> Option<&str> {
        (!self.own.is_empty()).then_some(&self.own)
    }

    /// Returns the ids of the members.
    pub fn ids(&self) -> impl Iterator<Item = &str> {
        self.ids.iter()
    }

    /// Returns whether `user_id` is a member.
    pub fn contains(&self, user_id: &str) -> bool {
        self.ids.contains(user_id)
    }

    /// Returns the number of stored members.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Returns whether no member is stored.
    pub fn is_empty(&self) -> bool {
        self.ids.len() == 0
    }

    /// Returns whether all members are stored: the server has listed as many as it counts, no id was too long, and
    /// there were never more than `MEMBERS`.
    pub const fn is_complete(&self) -> bool {
        self.left_out == 0
    }

    /// Updates the roster from an event of its channel. A successful subscription replaces the members (by none, if the
    /// server does not list them). A member that joins is added, one that leaves is removed. Other events and other
    /// channels change nothing. The members of a successful subscription are taken out of the event.
    pub fn update(&mut self, event: &mut Event<'_>) {
        match event {
            Event::Subscribed { channel, presence, .. } if *channel == self.channel => {
                self.ids.clear();
                let presence = presence.take();
                // If the server does not list the members, there may be some; also if it counts more than it lists.
                let count = presence.as_ref().map_or(Some(1), Presence::count).unwrap_or_default();
                self.left_out = 0;
                presence.into_iter().flat_map(Presence::members).for_each(|member| self.add(member));
                self.left_out = self.left_out.max(count.saturating_sub(self.ids.len() as u32));
            }
            Event::MemberAdded { channel, member, .. } if *channel == self.channel => self.add(*member),
            Event::MemberRemoved { channel, user_id, .. } if *channel == self.channel => self.ids.remove(user_id),
            _ => {}
        }
    }

    fn add(&mut self, member: Member<'_>) {
        if !self.ids.insert(member.user_id) {
            self.left_out = self.left_out.saturating_add(1);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::format;

    use super::*;
    use crate::envelope::Payload;
    use crate::{Client, Config, Instant};

    type TestRoster = Roster<3, 4>;

    fn roster() -> (TestRoster, Channel, Channel) {
        let mut client: Client<2, 16> = Client::new(Config::new(1));
        let mut subscribe = |name| client.subscribe(Instant::ZERO, name).unwrap();
        let (room, other) = (subscribe("presence-a"), subscribe("presence-b"));
        (Roster::new(room), room, other)
    }

    fn succeed(roster: &mut TestRoster, channel: Channel, ids: &str) {
        let mut data = format!(r#"{{"presence":{{"ids":{ids},"hash":{{}},"count":0}}}}"#).into_bytes();
        succeed_with(roster, channel, Presence::decode(&mut data));
    }

    fn succeed_with(roster: &mut TestRoster, channel: Channel, presence: Option<Presence<'_>>) {
        roster.update(&mut Event::Subscribed { channel, channel_name: "", gap_since: None, presence });
    }

    fn sorted(roster: &TestRoster) -> std::vec::Vec<&str> {
        let mut ids: std::vec::Vec<_> = roster.ids().collect();
        ids.sort_unstable();
        ids
    }

    #[test]
    fn each_success_replaces_the_set_and_members_join_and_leave() {
        let (mut roster, room, other) = roster();
        succeed(&mut roster, room, r#"["a",10,"a"]"#);
        assert_eq!(sorted(&roster), ["10", "a"]);
        let added = |channel, user_id| Event::MemberAdded {
            channel,
            channel_name: "",
            member: Member { user_id, user_info: Payload::Absent },
        };
        roster.update(&mut added(room, "b"));
        roster.update(&mut added(room, "b"));
        roster.update(&mut added(other, "c"));
        assert_eq!(sorted(&roster), ["10", "a", "b"]);
        roster.update(&mut Event::MemberRemoved { channel: room, channel_name: "", user_id: "10" });
        roster.update(&mut Event::MemberRemoved { channel: other, channel_name: "", user_id: "a" });
        roster.update(&mut Event::MemberRemoved { channel: room, channel_name: "", user_id: "nobody" });
        assert_eq!(sorted(&roster), ["a", "b"]);
        succeed(&mut roster, room, r#"["z"]"#);
        assert_eq!((sorted(&roster), roster.len(), roster.is_complete()), (["z"].into(), 1, true));
    }

    #[test]
    fn members_that_do_not_fit_are_left_out_and_reported() {
        let (mut roster, room, _) = roster();
        succeed(&mut roster, room, r#"["a","b","c","d"]"#);
        assert_eq!((roster.len(), roster.is_complete()), (3, false));
        succeed(&mut roster, room, r#"["12345"]"#);
        assert_eq!((roster.is_empty(), roster.is_complete()), (true, false));
        succeed(&mut roster, room, r#"["1234"]"#);
        assert_eq!((roster.contains("1234"), roster.is_complete()), (true, true));
    }

    #[test]
    fn a_list_with_fewer_members_than_the_server_counts_is_not_complete() {
        let (mut roster, room, _) = roster();
        let cases = [
            (r#"{"count":31}"#, 0, false),
            (r#"{"count":31,"ids":[],"hash":{}}"#, 0, false),
            (r#"{"count":3,"ids":["a","b"]}"#, 2, false),
            // Members without an id are counted, but cannot be stored.
            (r#"{"count":2,"ids":["a",null]}"#, 1, false),
            (r#"{"count":2,"ids":["a","b"],"hash":{"a":1}}"#, 2, true),
            (r#"{"count":1,"ids":["a","b"]}"#, 2, true),
            (r#"{"ids":["a"]}"#, 1, true),
            (r#"{"count":2000000000,"ids":["a"]}"#, 1, false),
            (r#"{"count":0}"#, 0, true),
        ];
        for (presence, length, is_complete) in cases {
            let mut data = format!(r#"{{"presence":{presence}}}"#).into_bytes();
            succeed_with(&mut roster, room, Presence::decode(&mut data));
            assert_eq!((roster.len(), roster.is_complete()), (length, is_complete), "{presence}");
        }
    }

    #[test]
    fn the_id_of_the_local_member_is_parsed_from_the_channel_data() {
        let (mut roster, ..) = roster();
        let cases = [
            (r#"{"user_id":"7","user_info":{}}"#, Some("7")),
            (r#"{"user_id":42}"#, Some("42")),
            (r#"{"user_id":"\u00e9"}"#, Some("é")),
            (r#"{"user_id":"12345"}"#, None),
            ("{}", None),
            ("nonsense", None),
        ];
        for (data, expected) in cases {
            roster.set_me(data);
            assert_eq!(roster.own_id(), expected, "{data}");
        }
    }

    #[test]
    fn data_is_read_up_to_a_limit_and_an_id_can_be_given_without_it() {
        let (mut roster, ..) = roster();
        let data = |length: usize| format!(r#"{{"user_info":"{}","user_id":"7"}}"#, "x".repeat(length - 30));
        assert_eq!(data(1536).len(), 1536);
        roster.set_me(&data(1536));
        assert_eq!(roster.own_id(), Some("7"));
        roster.set_me(&data(1537));
        assert_eq!(roster.own_id(), None);
        roster.set_my_id("8");
        assert_eq!(roster.own_id(), Some("8"));
        roster.set_my_id("12345");
        assert_eq!(roster.own_id(), None);
    }
}
