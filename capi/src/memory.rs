//! Handles in the memory of the caller.
//!
//! A handle is a [`Head`], then a client or a connection. The magic word in the head names the type and the capacity,
//! so a function finds a wrong, an old or an uninitialised handle before it touches what follows.

use core::ffi::c_void;
use core::mem::{align_of, offset_of, size_of};

use pusher_proto::{Client, Connection, Instant};

use crate::config::Random;
use crate::status::*;
use crate::text::Buffer;
use crate::time::Clock;

/// A client over the WebSocket of the application: texts in, texts out. The caller provides its memory, see
/// PUSHER_CLIENT.
pub struct pusher_client {
    _head: Head,
}

/// A connection over a byte stream, with a client inside. The caller provides its memory, see PUSHER_CONNECTION.
pub struct pusher_connection {
    _head: Head,
}

/// The beginning of every handle: 16 bytes.
#[repr(C)]
pub(crate) struct Head {
    magic: u32,
    /// The size that the last PUSHER_ERROR_TOO_SMALL requires.
    needed: u32,
    clock: Clock,
}

/// The contents of the memory of a handle.
#[repr(C, align(8))]
pub(crate) struct Held<T> {
    pub(crate) head: Head,
    pub(crate) inner: T,
}

/// A connection for C. The C program keeps the strings alive, so their lifetime has no bound.
pub(crate) type Inner<R, const CHANNELS: usize, const NAME: usize> = Connection<'static, R, CHANNELS, NAME, Buffer>;

/// The largest number of a capacity.
const CAPACITIES: u32 = 4;

/// The magic words: "Pu", the type, the capacity.
#[cfg(feature = "client")]
pub(crate) const CLIENT: u32 = 0x5075_c100;
pub(crate) const CONNECTION: u32 = 0x5075_c200;

impl Head {
    pub(crate) const fn new(magic: u32) -> Self {
        Self { magic, needed: 0, clock: Clock::new() }
    }
}

/// Returns the number of the capacity of a handle; 0 for a pointer that is not a handle of this type.
unsafe fn number(handle: *const c_void, kind: u32) -> u32 {
    let head = handle.cast::<Head>();
    if head.is_null() || !head.cast::<Held<()>>().is_aligned() {
        return 0;
    }
    // SAFETY: aligned, not NULL; the caller passes memory of at least the size of a head.
    let number = unsafe { (&raw const (*head).magic).read() }.wrapping_sub(kind);
    if number > CAPACITIES { 0 } else { number }
}

/// Checks a handle and sets its clock. Returns the number of its capacity; 0 for a pointer that is not a handle.
unsafe fn enter(handle: *mut c_void, kind: u32, now_ms: u32) -> u32 {
    // SAFETY: as there.
    let number = unsafe { number(handle, kind) };
    if number != 0 {
        // SAFETY: `number` has found a head there.
        unsafe { (*handle.cast::<Head>()).clock.advance(now_ms) };
    }
    number
}

/// Returns the time that `enter` has set.
pub(crate) unsafe fn now(handle: *mut c_void) -> Instant {
    // SAFETY: `enter` has found a head there.
    unsafe { (*handle.cast::<Head>()).clock.now() }
}

/// Returns the size that the last PUSHER_ERROR_TOO_SMALL requires.
pub(crate) unsafe fn needed(handle: *const c_void) -> usize {
    // SAFETY: the caller has found a head there.
    unsafe { (*handle.cast::<Head>()).needed as usize }
}

pub(crate) unsafe fn set_needed(handle: *mut c_void, needed: usize) {
    // SAFETY: the caller has found a head there.
    unsafe { (*handle.cast::<Head>()).needed = needed as u32 };
}

/// Ends a handle. The rest of its memory is not used any more.
pub(crate) unsafe fn forget(handle: *mut c_void) {
    // SAFETY: the caller has found a head there.
    unsafe { (&raw mut (*handle.cast::<Head>()).magic).write_volatile(0) };
}

/// Checks the memory for a `T`.
pub(crate) fn check<T>(memory: *mut c_void, size: usize) -> Result<(), pusher_status> {
    if memory.is_null() {
        return Err(PUSHER_ERROR_NULL);
    }
    if size < size_of::<Held<T>>() || !memory.cast::<Held<T>>().is_aligned() {
        return Err(PUSHER_ERROR_MEMORY);
    }
    Ok(())
}

/// The number of a capacity in a magic word.
pub(crate) const fn capacity(channels: u16, name: u16) -> u32 {
    match (channels, name) {
        #[cfg(feature = "capacity-4x32")]
        (4, 32) => 1,
        #[cfg(feature = "capacity-8x64")]
        (8, 64) => 2,
        #[cfg(feature = "capacity-32x64")]
        (32, 64) => 3,
        #[cfg(feature = "capacity-64x164")]
        (64, 164) => 4,
        _ => 0,
    }
}

/// Calls a macro `$then!(number, channels, name, ..)` for the capacity whose magic word is `$magic`; else is
/// `$otherwise`.
macro_rules! by_capacity {
    ($magic:expr, $type:expr, $otherwise:expr, $then:ident $($rest:tt)*) => {{
        const TYPE: u32 = $type;
        match $magic.wrapping_sub(TYPE) {
            #[cfg(feature = "capacity-4x32")]
            1 => $then!(4, 32, $($rest)*),
            #[cfg(feature = "capacity-8x64")]
            2 => $then!(8, 64, $($rest)*),
            #[cfg(feature = "capacity-32x64")]
            3 => $then!(32, 64, $($rest)*),
            #[cfg(feature = "capacity-64x164")]
            4 => $then!(64, 164, $($rest)*),
            _ => $otherwise,
        }
    }};
}
pub(crate) use by_capacity;

/// Runs a body with the value of a handle. An expression of the type `Result<_, pusher_status>`:
///
/// ```text
/// with!(connection mut handle, now_ms, |now, inner| ..)     sets the clock
/// with!(connection mut handle, |inner| ..)
/// with!(client ref handle, |inner| ..)                      for a getter
/// ```
macro_rules! with {
    ($kind:ident mut $handle:expr, $now_ms:expr, |$now:ident, $inner:ident| $body:expr) => {{
        let handle = $handle.cast::<core::ffi::c_void>();
        // SAFETY: the caller passes NULL or memory of a handle.
        #[allow(unused_unsafe, reason = "some callers are unsafe blocks")]
        let number = unsafe { $crate::memory::$kind::enter(handle, $now_ms) };
        $crate::memory::with!(@ number, $kind, by_mut, handle, $inner, {
            // SAFETY: `enter` has found a handle.
            #[allow(unused_unsafe, reason = "as above")]
            let $now = unsafe { $crate::memory::now(handle) };
            $body
        })
    }};
    ($kind:ident mut $handle:expr, |$inner:ident| $body:expr) => {{
        let handle = $handle.cast::<core::ffi::c_void>();
        // SAFETY: the caller passes NULL or memory of a handle.
        #[allow(unused_unsafe, reason = "some callers are unsafe blocks")]
        let number = unsafe { $crate::memory::$kind::number(handle) };
        $crate::memory::with!(@ number, $kind, by_mut, handle, $inner, $body)
    }};
    ($kind:ident ref $handle:expr, |$inner:ident| $body:expr) => {{
        let handle = $handle.cast::<core::ffi::c_void>();
        // SAFETY: the caller passes NULL or memory of a handle.
        #[allow(unused_unsafe, reason = "some callers are unsafe blocks")]
        let number = unsafe { $crate::memory::$kind::number(handle) };
        $crate::memory::with!(@ number, $kind, by_ref, handle, $inner, $body)
    }};
    (@ $number:ident, $kind:ident, $access:ident, $handle:ident, $inner:ident, $body:expr) => {
        match $number {
            #[cfg(feature = "capacity-4x32")]
            1 => $crate::memory::with!(@ 4, 32, $kind, $access, $handle, $inner, $body),
            #[cfg(feature = "capacity-8x64")]
            2 => $crate::memory::with!(@ 8, 64, $kind, $access, $handle, $inner, $body),
            #[cfg(feature = "capacity-32x64")]
            3 => $crate::memory::with!(@ 32, 64, $kind, $access, $handle, $inner, $body),
            #[cfg(feature = "capacity-64x164")]
            4 => $crate::memory::with!(@ 64, 164, $kind, $access, $handle, $inner, $body),
            _ => Err($crate::status::PUSHER_ERROR_HANDLE),
        }
    };
    (@ $channels:literal, $name:literal, $kind:ident, $access:ident, $handle:ident, $inner:ident, $body:expr) => {{
                // SAFETY: the number names the type of the value, and the caller promises that no other call uses it
                // now.
        #[allow(unused_unsafe, reason = "as above")]
        let $inner = unsafe {
            let random = $crate::config::Random::into_closure;
            $crate::memory::$kind::$access::<_, $channels, $name>(random, $handle)
        };
        $body
    }};
}
pub(crate) use with;

/// The functions behind `with!` for a client.
#[cfg(feature = "client")]
pub(crate) mod client {
    use super::*;

    #[inline(never)] // size
    pub(crate) unsafe fn enter(handle: *mut c_void, now_ms: u32) -> u32 {
        // SAFETY: as there.
        unsafe { super::enter(handle, CLIENT, now_ms) }
    }

    #[inline(never)] // size
    pub(crate) unsafe fn number(handle: *const c_void) -> u32 {
        // SAFETY: as there.
        unsafe { super::number(handle, CLIENT) }
    }

    /// The first argument is that of a connection, so that the macro is the same.
    #[inline(always)]
    pub(crate) unsafe fn by_mut<'h, R, const CHANNELS: usize, const NAME: usize>(
        _: fn(Random) -> R,
        handle: *mut c_void,
    ) -> &'h mut Client<CHANNELS, NAME> {
        // SAFETY: the caller has found the number of this type.
        unsafe { &mut (*handle.cast::<Held<Client<CHANNELS, NAME>>>()).inner }
    }

    #[inline(always)]
    pub(crate) unsafe fn by_ref<'h, R, const CHANNELS: usize, const NAME: usize>(
        _: fn(Random) -> R,
        handle: *const c_void,
    ) -> &'h Client<CHANNELS, NAME> {
        // SAFETY: the caller has found the number of this type.
        unsafe { &(*handle.cast::<Held<Client<CHANNELS, NAME>>>()).inner }
    }
}

/// The functions behind `with!` for a connection.
///
/// The type of its random numbers is that of a closure, which has no name: the compiler finds it from the function that
/// returns one.
pub(crate) mod connection {
    use super::*;

    #[inline(never)] // size
    pub(crate) unsafe fn enter(handle: *mut c_void, now_ms: u32) -> u32 {
        // SAFETY: as there.
        unsafe { super::enter(handle, CONNECTION, now_ms) }
    }

    #[inline(never)] // size
    pub(crate) unsafe fn number(handle: *const c_void) -> u32 {
        // SAFETY: as there.
        unsafe { super::number(handle, CONNECTION) }
    }

    #[inline(always)]
    pub(crate) unsafe fn by_mut<'h, R, const CHANNELS: usize, const NAME: usize>(
        _: fn(Random) -> R,
        handle: *mut c_void,
    ) -> &'h mut Inner<R, CHANNELS, NAME> {
        // SAFETY: the caller has found the number of this type.
        unsafe { &mut (*handle.cast::<Held<Inner<R, CHANNELS, NAME>>>()).inner }
    }

    #[inline(always)]
    pub(crate) unsafe fn by_ref<'h, R, const CHANNELS: usize, const NAME: usize>(
        _: fn(Random) -> R,
        handle: *const c_void,
    ) -> &'h Inner<R, CHANNELS, NAME> {
        // SAFETY: the caller has found the number of this type.
        unsafe { &(*handle.cast::<Held<Inner<R, CHANNELS, NAME>>>()).inner }
    }
}

const WORD: usize = size_of::<usize>();

/// The size of a channel slot, of a client with its head, and of a connection with its head. The header has the same
/// formulas.
const fn slot_size(name: usize) -> usize {
    (name + 31).next_multiple_of(8) + 1 + if cfg!(feature = "encrypted") { 48 } else { 0 }
}

const fn client_size(channels: usize, name: usize) -> usize {
    let rest = if WORD == 8 { 336 } else { 328 };
    (rest + channels * slot_size(name)).next_multiple_of(8)
}

const fn connection_size(channels: usize, name: usize) -> usize {
    let rest = if WORD == 8 { 520 } else { 360 };
    client_size(channels, name) + rest
}

const fn size_of_connection<R, const CHANNELS: usize, const NAME: usize>(_: fn(Random) -> R) -> usize {
    size_of::<Held<Inner<R, CHANNELS, NAME>>>()
}

/// Returns whether a value fits the size of the header, and wastes at most 16 bytes of it.
const fn fits(size: usize, header: usize) -> bool {
    size <= header && header - size <= 16
}

macro_rules! assert_sizes {
    ($($feature:literal $channels:literal $name:literal;)*) => {$(
        #[cfg(feature = $feature)]
        const _: () = {
            assert!(fits(size_of::<Held<Client<$channels, $name>>>(), client_size($channels, $name)));
            let size = size_of_connection::<_, $channels, $name>(Random::into_closure);
            assert!(fits(size, connection_size($channels, $name)));
        };
    )*};
}

assert_sizes! {
    "capacity-4x32" 4 32;
    "capacity-8x64" 8 64;
    "capacity-32x64" 32 64;
    "capacity-64x164" 64 164;
}

const _: () = assert!(size_of::<Held<()>>() == 16 && align_of::<Held<()>>() == 8 && offset_of!(Held<u64>, inner) == 16);
/// The same assertions in C: `tests/sizes.c`.
const _: () = assert!(
    size_of::<crate::pusher_action>() == if WORD == 8 { 112 } else { 64 }
        && size_of::<crate::pusher_members>() == 8 * WORD
        && size_of::<crate::pusher_text>() == 2 * WORD
);
