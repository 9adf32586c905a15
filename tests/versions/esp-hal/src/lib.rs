//! The driver over esp-hal, whose feature `unstable` has the traits of embedded-io 0.7. It compiles, or the table of
//! the guide is wrong. A UART is the socket of a modem that is in its transparent mode.

#![no_std]

use esp_hal::uart::Uart;
use esp_hal::usb_serial_jtag::UsbSerialJtag;
use esp_hal::{Async, Blocking};
use pusher_proto::connection::DenyAll;
use pusher_proto::{Connection, Instant};

type App<'b> = Connection<'b, fn(&mut [u8]), 4, 32>;

/// A step over each blocking device.
pub fn blocking(connection: &mut App<'_>, uart: &mut Uart<'_, Blocking>, usb: &mut UsbSerialJtag<'_, Blocking>) {
    let _ = connection.step(Instant::ZERO, Some(uart), &mut DenyAll);
    let _ = connection.step(Instant::ZERO, Some(usb), &mut DenyAll);
}

/// A step over each asynchronous device.
pub async fn asynchronous(connection: &mut App<'_>, uart: &mut Uart<'_, Async>, usb: &mut UsbSerialJtag<'_, Async>) {
    let _ = connection.step_async(Instant::ZERO, Some(uart), &mut DenyAll).await;
    let _ = connection.step_async(Instant::ZERO, Some(usb), &mut DenyAll).await;
}
