//! A polling driver for the LAN9118, a 10/100 Ethernet controller, as a device of smoltcp.

use core::ptr;

use smoltcp::phy::{self, Device, DeviceCapabilities, Medium};
use smoltcp::time::Instant;

/// Its address on mps2-an386.
const BASE: usize = 0x4020_0000;
/// The registers, with the names of the data sheet.
const RX_DATA_FIFO: usize = 0x00;
const TX_DATA_FIFO: usize = 0x20;
const RX_STATUS_FIFO: usize = 0x40;
const TX_STATUS_FIFO: usize = 0x48;
const BYTE_TEST: usize = 0x64;
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

/// The controller, with a buffer for one frame in each direction.
pub struct Lan9118 {
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
        write(TX_CFG, 1 << 1); // transmitter on
        write_mac(MAC_CR, 1 << 20 | 1 << 3 | 1 << 2); // full duplex, both directions on
        Some(Self { rx: [0; FRAME], tx: [0; FRAME] })
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
    /// retransmits.
    fn has_room() -> bool {
        while read(TX_FIFO_INF) >> 16 & 0xff > 0 {
            read(TX_STATUS_FIFO);
        }
        (read(TX_FIFO_INF) & 0xffff) as usize >= FRAME + 16
    }
}

impl Device for Lan9118 {
    type RxToken<'a> = RxToken<'a>;
    type TxToken<'a> = TxToken<'a>;

    fn receive(&mut self, _: Instant) -> Option<(RxToken<'_>, TxToken<'_>)> {
        if !Self::has_room() {
            return None; // so that it can be answered
        }
        let length = self.next_frame()?;
        Some((RxToken(&self.rx[..length]), TxToken(&mut self.tx)))
    }

    fn transmit(&mut self, _: Instant) -> Option<TxToken<'_>> {
        Self::has_room().then_some(TxToken(&mut self.tx))
    }

    fn capabilities(&self) -> DeviceCapabilities {
        let mut capabilities = DeviceCapabilities::default();
        capabilities.medium = Medium::Ethernet;
        capabilities.max_transmission_unit = FRAME;
        capabilities
    }
}

pub struct RxToken<'a>(&'a [u8]);

impl phy::RxToken for RxToken<'_> {
    fn consume<R, F: FnOnce(&[u8]) -> R>(self, f: F) -> R {
        f(self.0)
    }
}

pub struct TxToken<'a>(&'a mut [u8; FRAME]);

impl phy::TxToken for TxToken<'_> {
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
