//! The members of a presence channel, read from the message in place and not stored.

use core::fmt;

use crate::envelope::items::{Items, find_inside};
use crate::envelope::{Field, Payload};

/// A member of a presence channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[cfg_attr(feature = "defmt", derive(defmt::Format))]
#[non_exhaustive]
pub struct Member<'f> {
    /// The user's id. Ids that a server sends as numbers are returned as text.
    pub user_id: &'f str,
    /// The information about the user from the application's auth server: any JSON. [`Payload::Absent`] if it is
    /// missing, `null`, or nested more than 64 levels deep.
    pub user_info: Payload<'f>,
}

/// The members of a presence channel at the moment of the subscription, including this client.
pub struct Presence<'f> {
    count: Option<u32>,
    members: Members<'f>,
}

impl<'f> Presence<'f> {
    /// Decodes `{"presence": {"ids": [..], "hash": {..}, "count": n}}`. Fields that are missing or of another type are
    /// empty. An object encoded once more as a string is accepted. Returns `None` if there is no such object, because
    /// the members are unknown then.
    pub(crate) fn decode(data: &'f mut [u8]) -> Option<Self> {
        let mut found = <[Field<'f>; 3]>::default();
        find_inside(data, "presence", &["count", "ids", "hash"], &mut found)?;
        let [count, ids, hash] = found;
        Some(Self { count: count.number(), members: Members::new(ids, hash) })
    }

    /// Returns the number of users as counted by the server.
    pub const fn count(&self) -> Option<u32> {
        self.count
    }

    /// Returns an iterator over the members.
    pub fn members(self) -> Members<'f> {
        self.members
    }
}

impl fmt::Debug for Presence<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Presence").field("count", &self.count).finish_non_exhaustive()
    }
}

/// An iterator over the members of a presence channel, which unescapes the ids in place.
///
/// Servers send the members twice: as `hash` with information about each, and as `ids`. The iterator returns the
/// members of `hash` first. If `ids` has more (soketi omits users without `user_info` from `hash`), all of `ids` follow
/// without information. A member may then be returned twice: the price of storing nothing in linear time. The same
/// happens if a server repeats a key. [`Roster`](super::Roster) removes the duplicates.
#[must_use = "an iterator does nothing unless it is used"]
pub struct Members<'f> {
    /// An object from ids to infos, or a list whose infos belong to the ids in order. PHP encodes an object with the
    /// keys 0 to n - 1 as a list.
    hash: Items<'f>,
    ids: Items<'f>,
    /// The number of `ids` that `hash` has not returned.
    #[cfg(target_pointer_width = "64")]
    missing: usize,
}

impl fmt::Debug for Members<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Members").finish_non_exhaustive()
    }
}

impl<'f> Members<'f> {
    #[cfg(target_pointer_width = "64")]
    fn new(ids: Field<'f>, hash: Field<'f>) -> Self {
        let (ids, missing) = Items::counted(ids.json());
        Self { hash: Items::of(hash), ids, missing }
    }

    /// Creates the iterator with one pass more over the data and a word less in [`Event`](super::Event).
    // size
    #[cfg(not(target_pointer_width = "64"))]
    fn new(ids: Field<'f>, hash: Field<'f>) -> Self {
        let (hash, described) = Items::counted(hash.json());
        let (mut ids, total) = Items::counted(ids.json());
        if hash.is_object() && described >= total {
            ids = Items::default();
        }
        Self { hash, ids }
    }
}

impl<'f> Iterator for Members<'f> {
    type Item = Member<'f>;

    fn next(&mut self) -> Option<Member<'f>> {
        loop {
            let described = self.hash.next();
            #[cfg(target_pointer_width = "64")]
            if self.hash.is_object() {
                match described {
                    Some(_) => self.missing = self.missing.saturating_sub(1),
                    // The object had all members.
                    None if self.missing == 0 => return None,
                    None => {}
                }
            }
            let (id, info) = match described {
                Some(described) if self.hash.is_object() => described,
                described => (self.ids.next()?.1, described.unwrap_or_default().1),
            };
            // soketi lists members without a `user_id` as `null`. They are counted, but have no id to return.
            if let Some(user_id) = id.text() {
                return Some(member(user_id, info));
            }
        }
    }
}

/// Returns a member. Information that is `null` or nested too deeply counts as absent.
pub(crate) fn member<'f>(user_id: &'f str, info: Field<'f>) -> Member<'f> {
    let user_info = info.payload();
    let user_info = if matches!(user_info, Payload::Json("null")) { Payload::Absent } else { user_info };
    Member { user_id, user_info }
}

#[cfg(test)]
mod tests {
    use std::string::String;
    use std::vec::Vec;

    use super::*;

    fn members(data: &str) -> (Option<u32>, Vec<(String, String)>) {
        let mut data = Vec::from(data.as_bytes());
        let Some(presence) = Presence::decode(&mut data) else { return (None, Vec::new()) };
        let count = presence.count();
        let member = |member: Member<'_>| (member.user_id.into(), member.user_info.as_str().into());
        (count, presence.members().map(member).collect())
    }

    #[test]
    fn members_are_read_in_every_shape_that_servers_send() {
        type Expected = &'static [(&'static str, &'static str)];
        let cases: [(&str, Option<u32>, Expected); 14] = [
            (
                r#"{"presence":{"ids":["a","b"],"hash":{"a":{"n":1},"b":null},"count":2}}"#,
                Some(2),
                &[("a", r#"{"n":1}"#), ("b", "")],
            ),
            // pusher-fake omits `ids`.
            (r#"{"presence":{"hash":{"a":{}},"count":1}}"#, Some(1), &[("a", "{}")]),
            // soketi omits users without information from `hash`, and sends numeric ids unchanged.
            (
                r#"{"presence":{"ids":["a",10,"c"],"hash":{"a":{"n":1}},"count":3}}"#,
                Some(3),
                &[("a", r#"{"n":1}"#), ("a", ""), ("10", ""), ("c", "")],
            ),
            // PHP encodes an empty object as `[]`, and one with the keys 0, 1, .. as a list.
            (r#"{"presence":{"ids":[],"hash":[],"count":0}}"#, Some(0), &[]),
            (r#"{"presence":{"ids":["5","6"],"hash":[],"count":2}}"#, Some(2), &[("5", ""), ("6", "")]),
            (
                r#"{"presence":{"ids":[0,1],"hash":["x",{"n":2}],"count":2}}"#,
                Some(2),
                &[("0", "x"), ("1", r#"{"n":2}"#)],
            ),
            (r#" { "presence" : { "hash" : { "\u0061" : "\u00e9" , "b" : 1 } } } "#, None, &[("a", "é"), ("b", "1")]),
            (r#"{"presence":{"count":"7"}}"#, Some(7), &[]),
            (r#"{"presence":"{\"hash\":\"{\\\"a\\\":1}\"}"}"#, None, &[("a", "1")]),
            (r#"{"presence":{"ids":[null,"a",true,{"b":1}],"hash":{},"count":4}}"#, Some(4), &[("a", "")]),
            (r#"{"presence":null}"#, None, &[]),
            (r#"{}"#, None, &[]),
            ("", None, &[]),
            ("nonsense", None, &[]),
        ];
        for (data, count, expected) in cases {
            let expected = expected.iter().map(|&(id, info)| (id.into(), info.into())).collect();
            assert_eq!(members(data), (count, expected), "{data}");
        }
    }

    #[test]
    fn a_member_whose_information_is_nested_too_deeply_hides_neither_itself_nor_others() {
        let deep = "[".repeat(100_000) + &"]".repeat(100_000);
        let data = std::format!(
            r#"{{"presence":{{"count":3,"ids":["a","b","c"],"hash":{{"a":{{"n":1}},"b":{{"x":{deep}}},"c":{{"n":3}}}}}}}}"#
        );
        let expected = [("a", r#"{"n":1}"#), ("b", ""), ("c", r#"{"n":3}"#)];
        assert_eq!(members(&data), (Some(3), expected.map(|(id, info)| (id.into(), info.into())).into()));
    }

    #[test]
    fn members_are_read_however_their_object_is_named_and_encoded() {
        let ab = [("a", "1"), ("b", "x")];
        type Expected<'a> = &'a [(&'a str, &'a str)];
        let cases: [(&str, Option<u32>, Expected<'_>); 11] = [
            // The last of duplicate keys wins, with its whole content.
            (r#"{"presence":{"hash":{"z":0},"count":9},"presence":{"hash":{"a":1,"b":"x"}}}"#, None, &ab),
            (r#"{"presence":{"hash":{"z":0},"count":9},"presence":null}"#, None, &[]),
            (r#"{"presence":"x","presence":{"hash":{"a":1,"b":"x"},"count":2}}"#, Some(2), &ab),
            (r#"{"presence":{"hash":{"z":0},"hash":{"a":1,"b":"x"}}}"#, None, &ab),
            (r#"{"presence":{"hash":{"z":0},"count":9},"presence":"{\"hash\":{\"a\":1,\"b\":\"x\"}}"}"#, None, &ab),
            (r#"{"a":[{}],"pres\u0065nce":{"x":{"hash":1},"hash":"{\"a\":1,\"b\":\"x\"}"},"b":{}}"#, None, &ab),
            // The content of a string is only read if it is complete.
            (r#"{"presence":{"ids":["a"],"hash":"{\"a\":1,\"b\""}}"#, None, &[("a", "")]),
            // A member that is listed twice is returned twice.
            (r#"{"presence":{"hash":{"a":1,"b":"x","a":1}}}"#, None, &[("a", "1"), ("b", "x"), ("a", "1")]),
            // PHP encodes a list with gaps as an object.
            (r#"{"presence":{"ids":{"0":"a","2":"b"},"hash":[1,"x"],"count":2}}"#, Some(2), &ab),
            // Some of the members that are missing in `hash` are not ids.
            (
                r#"{"presence":{"ids":["a",null,"b"],"hash":{"a":1,"b":"x"}}}"#,
                None,
                &[ab[0], ab[1], ("a", ""), ("b", "")],
            ),
            (r#"{"presence":{"hash":{"a":1,"b":"x"},"ids":["c"],"count":2}}"#, Some(2), &ab),
        ];
        for (data, count, expected) in cases {
            let expected = expected.iter().map(|&(id, info)| (id.into(), info.into())).collect();
            assert_eq!(members(data), (count, expected), "{data}");
        }
    }

    #[test]
    fn an_object_that_does_not_end_or_is_followed_by_more_lists_no_members() {
        let whole = r#"{"presence":{"ids":["a","b"],"hash":{"a":{"n":[1]},"b":"\u00e9"},"count":2},"more":[true]}"#;
        assert_eq!(members(whole).0, Some(2));
        for end in 0..whole.len() {
            assert!(Presence::decode(&mut Vec::from(&whole[..end])).is_none(), "{end}");
        }
        for more in ["}", " x", ",", "{}"] {
            assert!(Presence::decode(&mut (String::from(whole) + more).into_bytes()).is_none(), "{more}");
        }
    }

    #[test]
    fn invalid_json_below_the_deepest_level_ends_the_list_and_keeps_the_ids() {
        // The 65th level is skipped unread while the object around it is read, and is invalid.
        let broken = |levels: usize| "[".repeat(levels) + "+" + &"]".repeat(levels);
        let data = |levels| {
            let broken = broken(levels);
            let hash = std::format!(r#"{{"\u0061":1,"\u0062":{broken},"\u0063\u0064\u0065":1}}"#);
            std::format!(r#"{{"presence":{{"ids":["a","b","cde"],"hash":{hash}}}}}"#)
        };
        let names = |levels| members(&data(levels)).1.into_iter().map(|(id, _)| id).collect::<Vec<_>>();
        assert!(Presence::decode(&mut data(63).into_bytes()).is_none());
        let found = if cfg!(target_pointer_width = "64") { &["a", "a", "b", "cde"][..] } else { &["a", "b", "cde"] };
        assert_eq!(names(64), found);
        assert_eq!(names(65), ["a", "b", "cde"]);
    }

    #[test]
    fn without_an_object_the_members_are_unknown() {
        for data in ["", "{}", "nonsense", r#"{"presence":null}"#, r#"{"presence":[]}"#, r#"{"presence":{}"#] {
            assert!(Presence::decode(&mut Vec::from(data)).is_none(), "{data}");
        }
        assert!(Presence::decode(&mut Vec::from(r#"{"presence":{}}"#)).is_some());
    }

    #[test]
    fn members_outlive_each_other() {
        let mut data = *br#"{"presence":{"hash":{"\u0061":1,"\u0062":2}}}"#;
        let all: Vec<_> = Presence::decode(&mut data).unwrap().members().collect();
        assert_eq!((all[0].user_id, all[1].user_id), ("a", "b"));
    }
}
