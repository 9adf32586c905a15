//! Handles in the memory of the caller.
//!
//! A handle is a [`Head`], then a client or a connection. The magic word in the head names the type and the capacity, so a
//! function finds a wrong, an old or an uninitialised handle before it touches what follows.

use core::ffi::c_void;
use core::mem::{align_of, offset_of, size_of};

use pusher_proto::{Client, Connection};

use crate::config::Random;
use crate::status::*;
use crate::text::Buffer;
use crate::time::Clock;

/// A client over the WebSocket of the application: texts in, texts out. Its memory is that of the caller, see PUSHER_CLIENT.
pub struct pusher_client {
    _head: Head,
}

/// A connection over a byte stream, with a client inside. Its memory is that of the caller, see PUSHER_CONNECTION.
pub struct pusher_connection {
    _head: Head,
}

/// The beginning of every handle: 16 bytes.
#[repr(C)]
pub(crate) struct Head {
    magic: u32,
    /// The size that the last PUSHER_ERROR_TOO_SMALL asks for.
    pub(crate) needed: u32,
    pub(crate) clock: Clock,
}

/// What the memory of a handle holds.
#[repr(C, align(8))]
pub(crate) struct Held<T> {
    pub(crate) head: Head,
    pub(crate) inner: T,
}

/// A connection as C sees it. Its strings live as long as the C program promises, so their lifetime has no bound.
pub(crate) type Inner<R, const CHANNELS: usize, const NAME: usize> = Connection<'static, R, CHANNELS, NAME, Buffer>;

/// The magic words: "Pu", the type, the capacity.
pub(crate) const CLIENT: u32 = 0x5075_c100;
pub(crate) const CONNECTION: u32 = 0x5075_c200;

impl Head {
    pub(crate) const fn new(magic: u32) -> Self {
        Self { magic, needed: 0, clock: Clock::new() }
    }
}

/// Returns the magic word of a handle; 0 for a pointer that cannot be one.
#[inline(never)] // size
pub(crate) unsafe fn magic(handle: *const c_void) -> u32 {
    let head = handle.cast::<Head>();
    if head.is_null() || !head.cast::<Held<()>>().is_aligned() {
        return 0;
    }
    // SAFETY: aligned, not NULL; the caller passes memory of at least the size of a head.
    unsafe { (&raw const (*head).magic).read() }
}

/// Ends a handle: what follows in its memory is not used any more.
pub(crate) unsafe fn forget(handle: *mut c_void) {
    // SAFETY: `magic` has found a head there.
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

/// Calls a macro `$then!(number, channels, name, ..)` for the capacity whose magic word is `$magic`; else is `$otherwise`.
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

/// Runs `$body` with the client behind a handle: `with_client!(mut handle, |head, client| body)`, or `ref` in place of `mut`
/// for a getter. An expression of the type `Result<_, pusher_status>`.
macro_rules! with_client {
    ($access:tt $handle:expr, |$head:ident, $client:ident| $body:expr) => {{
        let handle = ($handle as *mut pusher_client).cast::<core::ffi::c_void>();
        // SAFETY: the caller passes NULL or memory of a handle.
        match unsafe { memory::magic(handle) }.wrapping_sub(memory::CLIENT) {
            #[cfg(feature = "capacity-4x32")]
            1 => with_client!(@ $access handle, 4, 32, $head, $client, $body),
            #[cfg(feature = "capacity-8x64")]
            2 => with_client!(@ $access handle, 8, 64, $head, $client, $body),
            #[cfg(feature = "capacity-32x64")]
            3 => with_client!(@ $access handle, 32, 64, $head, $client, $body),
            #[cfg(feature = "capacity-64x164")]
            4 => with_client!(@ $access handle, 64, 164, $head, $client, $body),
            _ => Err(PUSHER_ERROR_HANDLE),
        }
    }};
    (@ mut $handle:ident, $channels:literal, $name:literal, $head:ident, $client:ident, $body:expr) => {{
        // SAFETY: the magic word says that this type is there, and the caller that nothing else uses it now.
        let held = unsafe { &mut *$handle.cast::<Held<Client<$channels, $name>>>() };
        let ($head, $client) = (&mut held.head, &mut held.inner);
        $body
    }};
    (@ ref $handle:ident, $channels:literal, $name:literal, $head:ident, $client:ident, $body:expr) => {{
        // SAFETY: the magic word says that this type is there, and the caller that nothing changes it now.
        let held = unsafe { &*$handle.cast_const().cast::<Held<Client<$channels, $name>>>() };
        let ($head, $client) = (&held.head, &held.inner);
        $body
    }};
}
pub(crate) use with_client;

/// The same for a connection.
macro_rules! with_connection {
    ($access:tt $handle:expr, |$head:ident, $connection:ident| $body:expr) => {{
        let handle = ($handle as *mut pusher_connection).cast::<core::ffi::c_void>();
        // SAFETY: the caller passes NULL or memory of a handle.
        match unsafe { memory::magic(handle) }.wrapping_sub(memory::CONNECTION) {
            #[cfg(feature = "capacity-4x32")]
            1 => with_connection!(@ $access handle, 4, 32, $head, $connection, $body),
            #[cfg(feature = "capacity-8x64")]
            2 => with_connection!(@ $access handle, 8, 64, $head, $connection, $body),
            #[cfg(feature = "capacity-32x64")]
            3 => with_connection!(@ $access handle, 32, 64, $head, $connection, $body),
            #[cfg(feature = "capacity-64x164")]
            4 => with_connection!(@ $access handle, 64, 164, $head, $connection, $body),
            _ => Err(PUSHER_ERROR_HANDLE),
        }
    }};
    (@ mut $handle:ident, $channels:literal, $name:literal, $head:ident, $connection:ident, $body:expr) => {{
        // SAFETY: the magic word says that this type is there, and the caller that nothing else uses it now.
        let held = unsafe { memory::connection_mut::<_, $channels, $name>(Random::into_closure, $handle) };
        let ($head, $connection) = (&mut held.head, &mut held.inner);
        $body
    }};
    (@ ref $handle:ident, $channels:literal, $name:literal, $head:ident, $connection:ident, $body:expr) => {{
        // SAFETY: the magic word says that this type is there, and the caller that nothing changes it now.
        let held = unsafe { memory::connection_ref::<_, $channels, $name>(Random::into_closure, $handle) };
        let ($head, $connection) = (&held.head, &held.inner);
        $body
    }};
}
pub(crate) use with_connection;

/// Returns the connection in the memory of a handle. The type of its random numbers is that of a closure, which has no name:
/// the compiler finds it from the function that returns one.
#[inline(always)]
pub(crate) unsafe fn connection_mut<'h, R, const CHANNELS: usize, const NAME: usize>(
    _: fn(Random) -> R,
    handle: *mut c_void,
) -> &'h mut Held<Inner<R, CHANNELS, NAME>> {
    // SAFETY: the caller has found the magic word of this type.
    unsafe { &mut *handle.cast() }
}

/// The same for a getter.
#[inline(always)]
pub(crate) unsafe fn connection_ref<'h, R, const CHANNELS: usize, const NAME: usize>(
    _: fn(Random) -> R,
    handle: *const c_void,
) -> &'h Held<Inner<R, CHANNELS, NAME>> {
    // SAFETY: the caller has found the magic word of this type.
    unsafe { &*handle.cast() }
}

const WORD: usize = size_of::<usize>();

/// The size of a channel slot, of a client with its head, and of a connection with its head. The header has the same formulas.
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
/// As the header has it in C: `tests/sizes.c`.
const _: () = assert!(
    size_of::<crate::pusher_action>() == if WORD == 8 { 112 } else { 64 }
        && size_of::<crate::pusher_members>() == 8 * WORD
        && size_of::<crate::pusher_text>() == 2 * WORD
);
