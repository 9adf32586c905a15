//! The tasks of `examples/embassy` on an ESP32-C3: the same `app`, over the radio.
//!
//! The tests compile it and do not run it. Set the server in `board`.
//!
//! ```sh
//! rustup target add riscv32imc-unknown-none-elf
//! cargo install espflash
//! cd examples/embassy/esp32c3
//! SSID=... PASSWORD=... cargo build --release --target riscv32imc-unknown-none-elf
//! espflash flash --monitor target/riscv32imc-unknown-none-elf/release/embassy-esp32c3
//! ```

#![no_std]
#![no_main]

#[path = "../../src/app.rs"]
mod app;
mod board;

use board::{entropy, println};
use embassy_executor::Spawner;
use embassy_net::{Runner, StackResources};
use embassy_time::{Duration, Timer};
use esp_hal::interrupt::software::SoftwareInterruptControl;
use esp_hal::timer::timg::TimerGroup;
use esp_radio::wifi::sta::StationConfig;
use esp_radio::wifi::{Config, Interface, WifiController};
use static_cell::StaticCell;

esp_bootloader_esp_idf::esp_app_desc!();

const SSID: Option<&str> = option_env!("SSID");
const PASSWORD: Option<&str> = option_env!("PASSWORD");
/// The heap of the driver of the radio. This crate allocates nothing.
const RADIO_HEAP: usize = 96 * 1024;

#[embassy_executor::task]
async fn network(mut runner: Runner<'static, Interface<'static>>) {
    runner.run().await
}

/// Joins the network, again whenever it is lost.
#[embassy_executor::task]
async fn radio(mut controller: WifiController<'static>) {
    loop {
        match controller.connect_async().await {
            Ok(_) => {
                let _ = controller.wait_for_disconnect_async().await;
                println!("radio: disconnected");
            }
            Err(error) => println!("radio: {error}"),
        }
        Timer::after_secs(1).await;
    }
}

#[esp_rtos::main]
async fn main(spawner: Spawner) {
    let peripherals = esp_hal::init(esp_hal::Config::default());
    esp_alloc::heap_allocator!(size: RADIO_HEAP);
    let interrupts = SoftwareInterruptControl::new(peripherals.SW_INTERRUPT);
    esp_rtos::start(TimerGroup::new(peripherals.TIMG0).timer0, interrupts.software_interrupt0);

    let Ok((mut controller, interfaces)) = esp_radio::wifi::new(peripherals.WIFI, Default::default()) else {
        panic!("the radio does not start")
    };
    let station = StationConfig::default().with_ssid(SSID.unwrap_or_default());
    let station = station.with_password(PASSWORD.unwrap_or_default().into());
    let Ok(()) = controller.set_config(&Config::Station(station)) else { panic!("invalid SSID or password") };

    static RESOURCES: StaticCell<StackResources<2>> = StaticCell::new(); // DHCP and one connection
    let seed = u64::from(entropy()) << 32 | u64::from(entropy());
    let config = embassy_net::Config::dhcpv4(Default::default());
    let resources = RESOURCES.init(StackResources::new());
    let (stack, runner) = embassy_net::new(interfaces.station, config, resources, seed);

    let (Ok(radio), Ok(network), Ok(connection), Ok(temperature), Ok(humidity)) = (
        radio(controller),
        network(runner),
        app::connection(stack),
        app::sensor("client-temperature", Duration::from_millis(300)),
        app::sensor("client-humidity", Duration::from_millis(700)),
    ) else {
        panic!("a task was started too often")
    };
    spawner.spawn(radio);
    spawner.spawn(network);
    stack.wait_config_up().await;
    spawner.spawn(connection);
    spawner.spawn(temperature);
    spawner.spawn(humidity);
}
