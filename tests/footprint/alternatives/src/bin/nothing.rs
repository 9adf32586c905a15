//! An image of nothing, which is taken off all others.

#![no_std]
#![no_main]

alternatives::image!();
