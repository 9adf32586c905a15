//! A message and the number in its data, by the library.

#![no_std]
#![no_main]

use pusher_proto::frame::{Frame, FrameError};

fn decode(text: &mut [u8]) -> Result<Frame<'_>, FrameError> {
    Frame::decode(text)
}

alternatives::image!(decode => for<'t> fn(&'t mut [u8]) -> Result<Frame<'t>, FrameError>);
