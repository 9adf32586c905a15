//! A TCP socket of smoltcp with the traits of embedded-io.

use embedded_io::{ErrorKind, ErrorType, Read, Write};
use smoltcp::iface::{Config, Interface, SocketHandle, SocketSet};
use smoltcp::socket::tcp;
use smoltcp::time::Instant;
use smoltcp::wire::{EthernetAddress, IpAddress, IpCidr};

use crate::clock;
use crate::lan9118::Lan9118;

/// A locally administered address.
pub const MAC: [u8; 6] = [2, 0, 0, 0, 0, 1];
/// The addresses that QEMU's user network gives its first guest and the relay to the server.
const OWN: IpCidr = IpCidr::new(IpAddress::v4(10, 0, 2, 15), 24);
const SERVER: (IpAddress, u16) = (IpAddress::v4(10, 0, 2, 100), 6001);
const CONNECT_MS: u32 = 3000;

/// The network: an interface with one socket.
pub struct Socket<'a> {
    device: Lan9118,
    interface: Interface,
    sockets: SocketSet<'a>,
    handle: SocketHandle,
    port: u16,
}

impl<'a> Socket<'a> {
    /// Creates the network with `socket`, for which `sockets` must have space. `seed` makes ports and sequence numbers
    /// unpredictable.
    pub fn new(mut device: Lan9118, mut sockets: SocketSet<'a>, socket: tcp::Socket<'a>, seed: u64) -> Self {
        let mut config = Config::new(EthernetAddress(MAC).into());
        config.random_seed = seed;
        let mut interface = Interface::new(config, &mut device, Instant::ZERO);
        interface.update_ip_addrs(|addresses| {
            let _ = addresses.push(OWN); // an interface has space for at least one
        });
        let handle = sockets.add(socket);
        Self { device, interface, sockets, handle, port: 49152 }
    }

    /// Receives and sends all pending packets.
    pub fn poll(&mut self) {
        let now = Instant::from_millis(clock::milliseconds());
        self.interface.poll(now, &mut self.device, &mut self.sockets);
    }

    /// Connects to the server. Returns `false` if that fails.
    pub fn connect(&mut self) -> bool {
        self.tcp().abort(); // an earlier connection whose end was never acknowledged
        self.poll();
        self.port = self.port.checked_add(1).unwrap_or(49152);
        let socket = self.sockets.get_mut::<tcp::Socket<'_>>(self.handle);
        if socket.connect(self.interface.context(), SERVER, self.port).is_err() {
            return false;
        }
        // The driver writes whole frames, so delaying them gains nothing.
        socket.set_nagle_enabled(false);
        let start = clock::milliseconds();
        while self.tcp().state() == tcp::State::SynSent {
            if clock::milliseconds() - start > CONNECT_MS {
                self.tcp().abort();
                return false;
            }
            clock::wait();
            self.poll();
        }
        self.tcp().may_send()
    }

    /// Closes the connection once everything is sent.
    pub fn close(&mut self) {
        self.tcp().close();
        self.poll();
    }

    fn tcp(&mut self) -> &mut tcp::Socket<'a> {
        self.sockets.get_mut(self.handle)
    }
}

impl ErrorType for Socket<'_> {
    type Error = ErrorKind;
}

impl Read for Socket<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
        self.poll();
        match self.tcp().recv_slice(buffer) {
            Ok(0) => Err(ErrorKind::TimedOut),
            Ok(length) => Ok(length),
            Err(tcp::RecvError::Finished) => Ok(0),
            Err(tcp::RecvError::InvalidState) => Err(ErrorKind::ConnectionReset),
        }
    }
}

impl Write for Socket<'_> {
    fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
        let sent = self.tcp().send_slice(bytes);
        self.poll();
        match sent {
            Ok(0) => Err(ErrorKind::TimedOut),
            Ok(length) => Ok(length),
            Err(tcp::SendError::InvalidState) => Err(ErrorKind::ConnectionReset),
        }
    }

    /// Polls once. Each poll sends as much as the window of the peer accepts.
    fn flush(&mut self) -> Result<(), ErrorKind> {
        self.poll();
        Ok(())
    }
}

/// The same for the asynchronous driver. It does not wake: the program polls it each millisecond.
#[cfg(feature = "tls")]
mod asynchronous {
    use core::future::poll_fn;
    use core::task::Poll;

    use embedded_io::{ErrorKind, Read, Write};

    use super::Socket;

    fn polled(result: Result<usize, ErrorKind>) -> Poll<Result<usize, ErrorKind>> {
        if result == Err(ErrorKind::TimedOut) { Poll::Pending } else { Poll::Ready(result) }
    }

    impl embedded_io_async::Read for Socket<'_> {
        async fn read(&mut self, buffer: &mut [u8]) -> Result<usize, ErrorKind> {
            poll_fn(|_| polled(Read::read(self, buffer))).await
        }
    }

    impl embedded_io_async::Write for Socket<'_> {
        async fn write(&mut self, bytes: &[u8]) -> Result<usize, ErrorKind> {
            poll_fn(|_| polled(Write::write(self, bytes))).await
        }

        async fn flush(&mut self) -> Result<(), ErrorKind> {
            Write::flush(self)
        }
    }
}
