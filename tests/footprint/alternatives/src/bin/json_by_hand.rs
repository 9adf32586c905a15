//! A message and the number in its data, by the library.

#![no_std]
#![no_main]

use pusher_proto::envelope::{Envelope, EnvelopeError};

fn decode(text: &mut [u8]) -> Result<Envelope<'_>, EnvelopeError> {
    Envelope::decode(text)
}

alternatives::image!(decode => for<'t> fn(&'t mut [u8]) -> Result<Envelope<'t>, EnvelopeError>);
