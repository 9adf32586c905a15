//! An empty image, whose size is subtracted from all others.

#![no_std]
#![no_main]

alternatives::image!();
