//! The time driver of embassy: milliseconds since the start, counted by SysTick.

use core::cell::{Cell, RefCell};
use core::task::Waker;

use cortex_m::peripheral::SYST;
use cortex_m::peripheral::syst::SystClkSource;
use cortex_m_rt::exception;
use critical_section::Mutex;
use embassy_time_driver::{Driver, time_driver_impl};
use embassy_time_queue_utils::Queue;

/// The clock frequency of mps2-an386 is 25 MHz.
const TICKS_PER_MS: u32 = 25_000;

struct Clock {
    milliseconds: Mutex<Cell<u64>>,
    queue: Mutex<RefCell<Queue>>,
}

time_driver_impl!(static CLOCK: Clock = Clock {
    milliseconds: Mutex::new(Cell::new(0)),
    queue: Mutex::new(RefCell::new(Queue::new())),
});

/// Starts the clock.
pub fn start(mut timer: SYST) {
    timer.set_clock_source(SystClkSource::Core);
    timer.set_reload(TICKS_PER_MS - 1);
    timer.clear_current();
    timer.enable_counter();
    timer.enable_interrupt();
}

#[exception]
fn SysTick() {
    critical_section::with(|section| {
        let milliseconds = CLOCK.milliseconds.borrow(section);
        milliseconds.set(milliseconds.get() + 1);
        // The next tick comes in any case, so the next expiration is not needed.
        CLOCK.queue.borrow_ref_mut(section).next_expiration(milliseconds.get());
    });
}

impl Driver for Clock {
    fn now(&self) -> u64 {
        critical_section::with(|section| self.milliseconds.borrow(section).get())
    }

    fn schedule_wake(&self, at: u64, waker: &Waker) {
        critical_section::with(|section| self.queue.borrow_ref_mut(section).schedule_wake(at, waker));
    }
}
