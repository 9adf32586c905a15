//! Functions of the library under names and with arguments that a symbolic executor can call.
//!
//! The modules are those of the library, compiled as part of this image: their functions are private.

#![no_std]
#![no_main]
#![allow(dead_code, unused_imports)] // most of what the modules hold

#[path = "../../../src/envelope/mod.rs"]
mod envelope;
#[path = "../../../src/output.rs"]
mod output;
#[path = "../../../src/percent.rs"]
mod percent;
#[path = "../../../src/text.rs"]
mod text;
#[path = "../../../src/websocket/mod.rs"]
mod websocket;

use core::hint::black_box;
use core::panic::PanicInfo;
use core::slice;

use envelope::json::Scanner;
use websocket::{Decoder, Message, ProtocolError};

/// Keeps the functions in the image.
#[unsafe(no_mangle)]
pub extern "C" fn _start() {
    black_box::<unsafe extern "C" fn(_, _, _) -> _>(number);
    black_box::<unsafe extern "C" fn(_, _, _) -> _>(whole_number);
    black_box::<unsafe extern "C" fn(_, _, _) -> _>(unescape);
    black_box::<unsafe extern "C" fn(_, _, &_, &mut _)>(frame);
}

/// `text::number`: returns 1 and stores the number, or returns 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn number(bytes: *const u8, len: usize, out: &mut u32) -> u32 {
    // SAFETY: the caller owns these bytes.
    let text = unsafe { slice::from_raw_parts(bytes, len) };
    let found = store(text::number(text), out);
    planted_in_number(text, out);
    found
}

/// Faults that only the text `042` sets off.
fn planted_in_number(text: &[u8], out: &mut u32) {
    if text != b"042" {
        return;
    }
    if cfg!(feature = "planted_read") {
        // SAFETY: unsound on purpose: one byte past the end.
        *out ^= u32::from(unsafe { text.as_ptr().add(3).read_volatile() });
    }
    if cfg!(feature = "planted_alignment") {
        // SAFETY: unsound on purpose: the address is not aligned.
        *out ^= unsafe { (&raw mut *out).byte_add(2).read_volatile() };
    }
    if cfg!(feature = "planted_result") {
        *out += 1;
    }
}

/// `text::whole_number`, in the same way.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn whole_number(bytes: *const u8, len: usize, out: &mut u32) -> u32 {
    // SAFETY: the caller owns these bytes.
    store(text::whole_number(unsafe { slice::from_raw_parts(bytes, len) }), out)
}

fn store(number: Option<u32>, out: &mut u32) -> u32 {
    number.map_or(0, |number| {
        *out = number;
        1
    })
}

/// Reads the JSON string at the start of the bytes and unescapes it in place. Returns 1 and stores the start and the
/// length of the text, and the number of bytes behind the string; or returns 0 and stores the position of the error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn unescape(bytes: *mut u8, len: usize, out: &mut [usize; 3]) -> u32 {
    // SAFETY: the caller owns these bytes.
    let json = unsafe { slice::from_raw_parts_mut(bytes, len) };
    let mut scanner = Scanner::new(json, true);
    match scanner.take_item(b']', true) {
        Some((_, field)) => {
            let text = field.json();
            if cfg!(feature = "planted_write") && *text == *b"]" {
                // SAFETY: unsound on purpose: one byte past the end.
                unsafe { bytes.add(len).write_volatile(0) };
            }
            *out = [text.as_ptr().addr().wrapping_sub(bytes.addr()), text.len(), scanner.rest.len()];
            1
        }
        None => {
            *out = [scanner.at, 0, 0];
            0
        }
    }
}

/// The bytes that a server sends, the first `len` of them.
#[repr(C)]
pub struct Input {
    len: usize,
    bytes: [u8; 16],
}

/// The first result of a decoder: its number, two values and the payload of a control frame.
#[repr(C)]
pub struct Outcome {
    kind: u32,
    unread: usize,
    value: u64,
    payload: [u8; 16],
}

/// Decodes the bytes until the first result, each time with as many as the buffer has room for.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn frame(buffer: *mut u8, capacity: usize, input: &Input, out: &mut Outcome) {
    // SAFETY: the caller owns these bytes.
    let buffer = unsafe { slice::from_raw_parts_mut(buffer, capacity) };
    let mut decoder = Decoder::new();
    let mut unread = input.bytes.get(..input.len).unwrap_or_default();
    while !unread.is_empty() {
        let space = decoder.receive_space(buffer);
        let taken = space.iter_mut().zip(unread).map(|(slot, byte)| *slot = *byte).count();
        unread = unread.get(taken..).unwrap_or_default();
        decoder.handle_received(taken);
        let (kind, value, payload): (u32, u64, &[u8]) = match decoder.poll(buffer) {
            Ok(None) => continue,
            Ok(Some(Message::Text(text))) => (1, text.len() as u64, text),
            Ok(Some(Message::Binary(bytes))) => (2, bytes.len() as u64, bytes),
            Ok(Some(Message::Ping(bytes))) => (3, bytes.len() as u64, bytes),
            Ok(Some(Message::Pong(bytes))) => (4, bytes.len() as u64, bytes),
            Ok(Some(Message::Close { code, reason })) => {
                (5, code.map_or(0, |code| code.as_u16().into()), reason.as_bytes())
            }
            Ok(Some(Message::Open)) => (6, 0, &[]),
            Err(error) => (0x10 | error_number(error), detail(error), &[]),
        };
        *out = Outcome { kind, unread: unread.len(), value, payload: [0; 16] };
        out.payload.iter_mut().zip(payload).for_each(|(slot, byte)| *slot = *byte);
        return;
    }
    out.kind = 0;
}

fn error_number(error: ProtocolError) -> u32 {
    match error {
        ProtocolError::ReservedBits => 0,
        ProtocolError::UnknownOpcode(_) => 1,
        ProtocolError::Masked => 2,
        ProtocolError::ControlFragmented => 3,
        ProtocolError::ControlTooLong => 4,
        ProtocolError::UnexpectedContinuation => 5,
        ProtocolError::MessageInterrupted => 6,
        ProtocolError::LengthNotMinimal => 7,
        ProtocolError::LengthOutOfRange => 8,
        ProtocolError::TooBig { .. } => 9,
        ProtocolError::InvalidUtf8 => 10,
        ProtocolError::CloseTooShort => 11,
        ProtocolError::InvalidCloseCode(_) => 12,
    }
}

fn detail(error: ProtocolError) -> u64 {
    match error {
        ProtocolError::UnknownOpcode(opcode) => opcode.into(),
        ProtocolError::TooBig { size, .. } => size,
        ProtocolError::InvalidCloseCode(code) => code.into(),
        _ => 0,
    }
}

#[panic_handler]
fn panic(_: &PanicInfo<'_>) -> ! {
    unsafe extern "C" {
        /// Exists nowhere: an image from which a panic can be reached does not link.
        fn a_panic_can_be_reached() -> !;
    }
    // SAFETY: never executed, for it never links.
    unsafe { a_panic_can_be_reached() }
}
