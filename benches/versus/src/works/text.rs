//! From the text of a frame to an event: [`Client`](pusher_proto::Client) against the JSON crates, which do not handle
//! channels.
//!
//! This crate and simd-json decode in place, so the text is first copied into a buffer each time. The others copy it
//! too, because every application copies it from somewhere.

use std::hint::black_box;

use pusher_proto::{Event, Instant};

use crate::frames::{CHANNEL, EVENT, Frame, KINDS, Kind, SIZES, frame};
use crate::json::{Envelopes, JiterOnes, SerdeJson, SimdJson, SonicRs};
use crate::measure::Row;
use crate::memory::placed;
use crate::ours;

pub fn rows() -> Vec<Row> {
    KINDS.into_iter().flat_map(|kind| SIZES.map(|size| row(kind, size))).collect()
}

fn row(kind: Kind, size: usize) -> Row {
    let frame = frame(kind, size);
    let is_object = kind == Kind::Object;
    let simd_json = if is_object { "a tape of the object, and no text of it" } else { "" };
    Row::new("text", kind.name(), size)
        .with("pusher-proto", ours(&frame))
        .with("serde_json", theirs(&frame, SerdeJson(is_object)))
        .with("sonic-rs", theirs(&frame, SonicRs(is_object)))
        .noted("simd-json", simd_json, theirs(&frame, SimdJson::new(size)))
        .with("jiter", theirs(&frame, JiterOnes::default()))
        .bound("one copy and `from_utf8`", bound(&frame))
}

fn ours(frame: &Frame) -> impl FnMut() + use<> {
    let (mut client, _) = ours::client::<8>(&[CHANNEL.into()]);
    let (text, data) = (placed(&frame.text), frame.data.clone());
    let mut buffer = frame.text.clone();
    let mut read = move |check: bool| {
        buffer.copy_from_slice(black_box(&text));
        let Ok(Some(Event::Channel(message))) = client.handle_text(Instant::ZERO, &mut buffer) else {
            panic!("no event");
        };
        if check {
            assert_eq!((message.event, message.payload.as_str()), (EVENT, &*data));
        }
        black_box(message);
    };
    read(true);
    move || read(false)
}

fn theirs<P: Envelopes>(frame: &Frame, mut peer: P) -> impl FnMut() + use<P> {
    let (text, data) = (placed(&frame.text), frame.data.clone());
    let mut buffer = frame.text.clone();
    buffer.copy_from_slice(&text);
    peer.take_apart(&mut buffer, |parts| {
        assert!(parts == (EVENT, CHANNEL, &data) || parts == (EVENT, CHANNEL, ""), "{parts:?}");
    });
    move || {
        buffer.copy_from_slice(black_box(&text));
        peer.take_apart(&mut buffer, |parts| {
            black_box(parts);
        });
    }
}

fn bound(frame: &Frame) -> impl FnMut() + use<> {
    let text = placed(&frame.text);
    let mut buffer = frame.text.clone();
    move || {
        buffer.copy_from_slice(black_box(&text));
        black_box(str::from_utf8(&buffer).unwrap());
    }
}
