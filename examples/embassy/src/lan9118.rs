//! The LAN9118, a 10/100 Ethernet controller, as a driver of embassy-net. Its interrupt wakes the network task.

use core::ptr;
use core::task::Context;

use embassy_net_driver::{Capabilities, Driver, HardwareAddress, LinkState};
use embassy_sync::waitqueue::AtomicWaker;

/// Its address on mps2-an386.
const BASE: usize = 0x4020_0000;
/// The registers, with the names of the data sheet.
const RX_DATA_FIFO: usize = 0x00;
const TX_DATA_FIFO: usize = 0x20;
const RX_STATUS_FIFO: usize = 0x40;
const TX_STATUS_FIFO: usize = 0x48;
const INT_CFG: usize = 0x54;
const INT_STS: usize = 0x58;
const INT_EN: usize = 0x5c;
const BYTE_TEST: usize = 0x64;
const FIFO_INT: usize = 0x68;
const TX_CFG: usize = 0x70;
const HW_CFG: usize = 0x74;
const RX_FIFO_INF: usize = 0x7c;
const TX_FIFO_INF: usize = 0x80;
const MAC_CSR_CMD: usize = 0xa4;
const MAC_CSR_DATA: usize = 0xa8;

/// The registers of the MAC, accessed through `MAC_CSR_CMD`.
const MAC_CR: u32 = 1;
const ADDRH: u32 = 2;
const ADDRL: u32 = 3;

/// The largest frame, without its checksum.
const FRAME: usize = 1514;
const CHECKSUM: usize = 4;
const RX_ERROR: u32 = 1 << 15;
/// The interrupt for a frame that was received.
const FRAME_RECEIVED: u32 = 1 << 3;

static WAKER: AtomicWaker = AtomicWaker::new();

/// The controller, with a buffer for one frame in each direction.
pub struct Lan9118 {
    address: [u8; 6],
    rx: [u8; FRAME],
    tx: [u8; FRAME],
}

impl Lan9118 {
    /// Starts the controller. Returns `None` if there is none.
    pub fn start(address: [u8; 6]) -> Option<Self> {
        if read(BYTE_TEST) != 0x8765_4321 {
            return None;
        }
        let [a, b, c, d, e, f] = address;
        write_mac(ADDRL, u32::from_le_bytes([a, b, c, d]));
        write_mac(ADDRH, u32::from_le_bytes([e, f, 0, 0]));
        write(HW_CFG, 5 << 16 | 1 << 20); // 5 KiB for transmission, and whole frames only
        write(FIFO_INT, 0); // an interrupt for each frame
        write(INT_CFG, 1 << 8 | 1 << 4 | 1); // on, active high, push-pull
        write(TX_CFG, 1 << 1); // transmitter on
        write_mac(MAC_CR, 1 << 20 | 1 << 3 | 1 << 2); // full duplex, both directions on
        Some(Self { address, rx: [0; FRAME], tx: [0; FRAME] })
    }

    /// Reads the next error-free frame from the FIFO. Returns its length without the checksum.
    fn next_frame(&mut self) -> Option<usize> {
        while read(RX_FIFO_INF) >> 16 & 0xff > 0 {
            let status = read(RX_STATUS_FIFO);
            let length = (status >> 16 & 0x3fff) as usize;
            let payload = length.saturating_sub(CHECKSUM);
            let fits = payload <= FRAME;
            for at in (0..length).step_by(4) {
                let word = read(RX_DATA_FIFO).to_le_bytes();
                if fits && at < payload {
                    let room = &mut self.rx[at..payload.min(at + 4)];
                    room.copy_from_slice(&word[..room.len()]);
                }
            }
            if fits && status & RX_ERROR == 0 {
                return Some(payload);
            }
        }
        None
    }

    /// Returns whether the FIFO has space for a frame of any length. Ignores the status of earlier frames: TCP
    /// retransmits. Without space, the task polls again, because a frame leaves within about a millisecond.
    fn has_room(context: &Context<'_>) -> bool {
        while read(TX_FIFO_INF) >> 16 & 0xff > 0 {
            read(TX_STATUS_FIFO);
        }
        let has_room = (read(TX_FIFO_INF) & 0xffff) as usize >= FRAME + 16;
        if !has_room {
            context.waker().wake_by_ref();
        }
        has_room
    }
}

/// Wakes the network task. It enables the interrupt again once it has read every frame.
pub fn handle_interrupt() {
    write(INT_EN, 0);
    WAKER.wake();
}

impl Driver for Lan9118 {
    type RxToken<'a> = RxToken<'a>;
    type TxToken<'a> = TxToken<'a>;

    fn receive(&mut self, context: &mut Context<'_>) -> Option<(RxToken<'_>, TxToken<'_>)> {
        if !Self::has_room(context) {
            return None; // so that it can be answered
        }
        // Before the FIFO is read: a frame that comes after that raises the interrupt.
        WAKER.register(context.waker());
        write(INT_STS, FRAME_RECEIVED);
        write(INT_EN, FRAME_RECEIVED);
        let length = self.next_frame()?;
        Some((RxToken(&mut self.rx[..length]), TxToken(&mut self.tx)))
    }

    fn transmit(&mut self, context: &mut Context<'_>) -> Option<TxToken<'_>> {
        Self::has_room(context).then_some(TxToken(&mut self.tx))
    }

    /// The cable of an emulated board is never pulled out. Another driver asks its PHY.
    fn link_state(&mut self, _: &mut Context<'_>) -> LinkState {
        LinkState::Up
    }

    fn capabilities(&self) -> Capabilities {
        let mut capabilities = Capabilities::default();
        capabilities.max_transmission_unit = FRAME;
        capabilities
    }

    fn hardware_address(&self) -> HardwareAddress {
        HardwareAddress::Ethernet(self.address)
    }
}

pub struct RxToken<'a>(&'a mut [u8]);

impl embassy_net_driver::RxToken for RxToken<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, f: F) -> R {
        f(self.0)
    }
}

pub struct TxToken<'a>(&'a mut [u8; FRAME]);

impl embassy_net_driver::TxToken for TxToken<'_> {
    fn consume<R, F: FnOnce(&mut [u8]) -> R>(self, length: usize, f: F) -> R {
        let frame = &mut self.0[..length];
        let result = f(frame);
        write(TX_DATA_FIFO, 1 << 13 | 1 << 12 | length as u32); // first and last part of a frame
        write(TX_DATA_FIFO, (length as u32) << 16 | length as u32);
        for part in frame.chunks(4) {
            let mut word = [0; 4];
            word[..part.len()].copy_from_slice(part);
            write(TX_DATA_FIFO, u32::from_le_bytes(word));
        }
        result
    }
}

fn read(register: usize) -> u32 {
    // SAFETY: the registers of the controller, which no other module uses.
    unsafe { ptr::read_volatile((BASE + register) as *const u32) }
}

fn write(register: usize, value: u32) {
    // SAFETY: as above.
    unsafe { ptr::write_volatile((BASE + register) as *mut u32, value) }
}

fn write_mac(register: u32, value: u32) {
    write(MAC_CSR_DATA, value);
    write(MAC_CSR_CMD, 1 << 31 | register);
    while read(MAC_CSR_CMD) & 1 << 31 != 0 {}
}
