//! Pusher with embassy: the connection is a task over embassy-net, and two other tasks publish through it.
//!
//! It runs on mps2-an386, a board with a Cortex-M4 and Ethernet that QEMU emulates. `app` is the same on any board:
//! `esp32c3` is a crate that runs it on another chip.
//!
//! ```sh
//! rustup target add thumbv7em-none-eabi
//! cd examples/embassy
//! cargo build --release --target thumbv7em-none-eabi
//! qemu-system-arm -machine mps2-an386 -display none -semihosting-config enable=on,target=native \
//!     -nic "user,restrict=on,guestfwd=tcp:10.0.2.100:6001-tcp:127.0.0.1:6001" \
//!     -kernel target/thumbv7em-none-eabi/release/embassy
//! ```

#![no_std]
#![no_main]

mod app;
mod board;
mod clock;
mod lan9118;

use cortex_m::Peripherals;
use embassy_executor::Spawner;
use embassy_net::{Ipv4Address, Ipv4Cidr, Runner, StackResources, StaticConfigV4};
use embassy_time::Duration;
use lan9118::Lan9118;
use static_cell::StaticCell;

/// A locally administered address.
const MAC: [u8; 6] = [2, 0, 0, 0, 0, 1];
/// The address that QEMU's user network gives its first guest. A product uses DHCP.
const ADDRESS: Ipv4Cidr = Ipv4Cidr::new(Ipv4Address::new(10, 0, 2, 15), 24);

#[embassy_executor::task]
async fn network(mut runner: Runner<'static, Lan9118>) {
    runner.run().await
}

#[embassy_executor::main]
async fn main(spawner: Spawner) {
    let Some(peripherals) = Peripherals::take() else { panic!("taken twice") };
    clock::start(peripherals.SYST);
    let Some(device) = Lan9118::start(MAC) else { panic!("no Ethernet controller") };
    board::enable_ethernet();

    static RESOURCES: StaticCell<StackResources<1>> = StaticCell::new();
    let config = StaticConfigV4 { address: ADDRESS, gateway: None, dns_servers: Default::default() };
    let seed = u64::from(board::entropy()) << 32 | u64::from(board::entropy());
    let config = embassy_net::Config::ipv4_static(config);
    let (stack, runner) = embassy_net::new(device, config, RESOURCES.init(StackResources::new()), seed);

    let (Ok(network), Ok(connection), Ok(temperature), Ok(humidity)) = (
        network(runner),
        app::connection(stack),
        app::sensor("client-temperature", Duration::from_millis(300)),
        app::sensor("client-humidity", Duration::from_millis(700)),
    ) else {
        panic!("a task was started too often")
    };
    spawner.spawn(network);
    spawner.spawn(connection);
    spawner.spawn(temperature);
    spawner.spawn(humidity);
}
