//! Members of presence channels, changes of a watchlist.

use core::mem::{MaybeUninit, align_of, size_of};

use pusher_proto::event::{Members, UserIds, Watchlist};

use crate::event::pusher_member;

use crate::text::{pusher_text, put};

/// Marks an initialised iterator.
const FULL: usize = 0x5075_c300;

macro_rules! iterator {
    ($(#[$docs:meta])* $name:ident, $inner:ident, $words:literal) => {
        impl $name {
            #[inline]
            #[allow(dead_code, reason = "one without the feature `users`")]
            pub(crate) fn set(&mut self, items: $inner<'_>) {
                const {
                    assert!(
                        size_of::<$inner<'_>>() <= $words * size_of::<usize>()
                            && align_of::<$inner<'_>>() <= align_of::<usize>()
                    )
                };
                self.mark = FULL;
                // SAFETY: it fits, as asserted. Its lifetime has no bound: the C program uses it until the next call.
                unsafe { self.state.as_mut_ptr().cast::<$inner<'_>>().write(items) };
            }

            unsafe fn get<'a>(iterator: *mut Self) -> Option<&'a mut $inner<'a>> {
                // SAFETY: the caller passes NULL or a pointer to an iterator that an event holds.
                let iterator = unsafe { iterator.as_mut() }?;
                // SAFETY: `set` has put it there.
                (iterator.mark == FULL).then(|| unsafe { &mut *iterator.state.as_mut_ptr().cast() })
            }
        }
    };
}

/// The members of a presence channel, for pusher_members_next. Do not copy it: it reads the receive buffer in place.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct pusher_members {
    /// Not 0 if the server listed the members.
    pub mark: usize,
    /// Private.
    pub state: [MaybeUninit<usize>; 7],
}

iterator!(pusher_members, Members, 7);

/// The changes in a watchlist event, for pusher_watchlist_next. Do not copy it.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct pusher_watchlist {
    /// Not 0 if there may be changes.
    pub mark: usize,
    /// Private.
    pub state: [MaybeUninit<usize>; 8],
}

iterator!(pusher_watchlist, Watchlist, 8);

/// The users of one change, for pusher_user_ids_next. Do not copy it.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct pusher_user_ids {
    /// Not 0 if there may be users.
    pub mark: usize,
    /// Private.
    pub state: [MaybeUninit<usize>; 3],
}

iterator!(pusher_user_ids, UserIds, 3);

/// Reads the next member of a presence channel.
///
/// `members` is that of a PUSHER_EVENT_SUBSCRIBED, before the next call with the handle of the event; an empty one has
/// no members. A member may be reported twice: once with its information, once without. The texts of `member` are valid
/// as long as the event. Returns whether there was a member, and has set `member` to it. False for a NULL pointer.
/// Interrupt: no, if the interrupted code uses the event or its handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_members_next(members: *mut pusher_members, member: *mut pusher_member) -> bool {
    // SAFETY: the caller passes NULL or pointers to such variables.
    unsafe {
        let next = pusher_members::get(members).and_then(Iterator::next);
        next.is_some_and(|next| put(member, pusher_member::from(next)).is_ok())
    }
}

/// Reads the next change of a watchlist: some users went online or offline.
///
/// `watchlist` is that of a PUSHER_EVENT_WATCHLIST, before the next call with the handle of the event. `status` is set
/// to "online" or "offline", as the server sent it, and is valid as long as the event. Read `user_ids` before the next
/// change. Returns whether there was a change. False for a NULL pointer.
/// Interrupt: no, if the interrupted code uses the event or its handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_watchlist_next(
    watchlist: *mut pusher_watchlist,
    status: *mut pusher_text,
    user_ids: *mut pusher_user_ids,
) -> bool {
    if status.is_null() || user_ids.is_null() {
        return false;
    }
    // SAFETY: the caller passes NULL or pointers to such variables.
    unsafe {
        let Some(change) = pusher_watchlist::get(watchlist).and_then(Iterator::next) else { return false };
        status.write(change.status().into());
        (*user_ids).set(change.user_ids());
    }
    true
}

/// Reads the next user of a change of a watchlist.
///
/// `user_ids` is that of pusher_watchlist_next. `user_id` is valid as long as the event.
/// Returns whether there was a user, and has set `user_id`. False for a NULL pointer.
/// Interrupt: no, if the interrupted code uses the event or its handle.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pusher_user_ids_next(user_ids: *mut pusher_user_ids, user_id: *mut pusher_text) -> bool {
    // SAFETY: the caller passes NULL or pointers to such variables.
    unsafe {
        let next = pusher_user_ids::get(user_ids).and_then(Iterator::next);
        next.is_some_and(|next| put(user_id, next.into()).is_ok())
    }
}
