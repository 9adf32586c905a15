//! Text passed between C and Rust.

use core::ffi::c_char;
use core::marker::PhantomData;
use core::{ptr, slice, str};

use crate::status::*;

/// A text: UTF-8, without a NUL at its end. Print it with `printf("%.*s", PUSHER_PRINT(text))`.
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct pusher_text {
    /// The first byte; NULL if there is no text.
    pub bytes: *const c_char,
    /// The length in bytes.
    pub length: usize,
}

impl pusher_text {
    pub(crate) const NONE: Self = Self { bytes: ptr::null(), length: 0 };

    /// Returns the text of the caller; `None` if there is none.
    pub(crate) unsafe fn get<'a>(self) -> Result<Option<&'a str>, pusher_status> {
        // SAFETY: as there.
        if self.bytes.is_null() { Ok(None) } else { unsafe { self.required() }.map(Some) }
    }

    /// Returns the text of the caller.
    pub(crate) unsafe fn required<'a>(self) -> Result<&'a str, pusher_status> {
        // SAFETY: the caller passes a text that it keeps during the call.
        unsafe { checked(self.bytes.cast(), self.length).result() }
    }
}

/// A text, or NULL and a status. A pair of two words is returned in registers.
struct Checked(*const u8, usize);

impl Checked {
    const fn error(status: pusher_status) -> Self {
        Self(ptr::null(), status as usize)
    }

    #[inline(always)]
    unsafe fn result<'a>(self) -> Result<&'a str, pusher_status> {
        if self.0.is_null() {
            // SAFETY: `error` has put a status there.
            return Err(unsafe { core::mem::transmute::<i32, pusher_status>(self.1 as i32) });
        }
        // SAFETY: `checked` has found UTF-8 there.
        Ok(unsafe { str::from_utf8_unchecked(slice::from_raw_parts(self.0, self.1)) })
    }
}

/// Checks a text of the caller.
#[inline(never)] // size
unsafe fn checked(bytes: *const u8, length: usize) -> Checked {
    if bytes.is_null() {
        return Checked::error(PUSHER_ERROR_NULL);
    }
    // SAFETY: the caller passes a text that it keeps as long as the function requires.
    match str::from_utf8(unsafe { slice::from_raw_parts(bytes, length) }) {
        Ok(text) => Checked(text.as_ptr(), text.len()),
        Err(_) => Checked::error(PUSHER_ERROR_TEXT),
    }
}

impl From<&str> for pusher_text {
    fn from(text: &str) -> Self {
        Self { bytes: text.as_ptr().cast(), length: text.len() }
    }
}

impl From<Option<&str>> for pusher_text {
    fn from(text: Option<&str>) -> Self {
        text.map_or(Self::NONE, Self::from)
    }
}

/// Checks a text of the caller that ends with NUL.
#[inline(never)] // size
unsafe fn checked_c(text: *const u8) -> Checked {
    let mut length = 0_usize;
    // SAFETY: the caller passes NULL or a text that ends with NUL and that it keeps as long as the function requires.
    // Volatile, because the compiler would call `strlen`, which is four times as large.
    while !text.is_null() && unsafe { text.wrapping_add(length).read_volatile() } != 0 {
        length = length.wrapping_add(1);
    }
    // SAFETY: as above.
    unsafe { checked(text, length) }
}

/// Returns a text of the caller that ends with NUL.
pub(crate) unsafe fn c_text<'a>(text: *const c_char) -> Result<&'a str, pusher_status> {
    // SAFETY: as there.
    unsafe { checked_c(text.cast()).result() }
}

/// Returns a text of the caller that ends with NUL; `None` if there is none.
pub(crate) unsafe fn optional_c_text<'a>(text: *const c_char) -> Result<Option<&'a str>, pusher_status> {
    // SAFETY: as there.
    if text.is_null() { Ok(None) } else { unsafe { c_text(text) }.map(Some) }
}

/// Returns bytes of the caller to write to. Without bytes, the pointer may be NULL.
pub(crate) unsafe fn bytes_mut<'a>(bytes: *mut u8, length: usize) -> Result<&'a mut [u8], pusher_status> {
    if bytes.is_null() {
        return if length == 0 { Ok(&mut []) } else { Err(PUSHER_ERROR_NULL) };
    }
    // SAFETY: the caller passes `length` bytes that nothing else uses during the call. Initialised or not: they are
    // written, and read only where they were written.
    Ok(unsafe { slice::from_raw_parts_mut(bytes, length) })
}

/// Returns bytes of the caller to read. Without bytes, the pointer may be NULL.
pub(crate) unsafe fn bytes<'a>(bytes: *const u8, length: usize) -> Result<&'a [u8], pusher_status> {
    if bytes.is_null() {
        return if length == 0 { Ok(&[]) } else { Err(PUSHER_ERROR_NULL) };
    }
    // SAFETY: the caller passes `length` bytes that nothing changes during the call.
    Ok(unsafe { slice::from_raw_parts(bytes, length) })
}

/// Writes a result through a pointer of the caller.
pub(crate) unsafe fn put<T>(out: *mut T, value: T) -> Result<(), pusher_status> {
    if out.is_null() {
        return Err(PUSHER_ERROR_NULL);
    }
    // SAFETY: the caller passes a pointer to a variable of this type.
    unsafe { out.write(value) };
    Ok(())
}

/// Returns what a pointer of the caller points to.
pub(crate) unsafe fn at<'a, T>(pointer: *const T) -> Result<&'a T, pusher_status> {
    // SAFETY: the caller passes NULL or a pointer to a variable of this type that nothing changes during the call.
    unsafe { pointer.as_ref() }.ok_or(PUSHER_ERROR_NULL)
}

/// A buffer of the caller, which belongs to a connection until its end.
///
/// It is not a `&mut [u8]`, because events point into the buffer while the connection rests.
#[derive(Debug)]
pub(crate) struct Buffer {
    bytes: *mut u8,
    length: usize,
    owned: PhantomData<[u8]>,
}

impl Buffer {
    /// Takes the buffer over. The caller of `pusher_connection_init` promises not to use it.
    pub(crate) unsafe fn new(bytes: *mut u8, length: usize) -> Result<Self, pusher_status> {
        if bytes.is_null() { Err(PUSHER_ERROR_NULL) } else { Ok(Self { bytes, length, owned: PhantomData }) }
    }
}

impl AsRef<[u8]> for Buffer {
    fn as_ref(&self) -> &[u8] {
        // SAFETY: the bytes belong to this connection, and texts of earlier calls are not used any more.
        unsafe { slice::from_raw_parts(self.bytes, self.length) }
    }
}

impl AsMut<[u8]> for Buffer {
    fn as_mut(&mut self) -> &mut [u8] {
        // SAFETY: as above.
        unsafe { slice::from_raw_parts_mut(self.bytes, self.length) }
    }
}

/// Copies as many bytes as fit, and returns their number.
#[inline(never)] // size
pub(crate) fn copy(from: &[u8], to: &mut [u8]) -> usize {
    let pairs = to.iter_mut().zip(from);
    let count = pairs.len();
    pairs.for_each(|(to, from)| *to = *from);
    count
}
