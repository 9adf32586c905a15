//! embedded-websocket: the same calls as pusher-proto's image of the WebSocket alone.

#![no_std]
#![no_main]

use embedded_websocket::{
    Error, WebSocketClient, WebSocketCloseStatusCode, WebSocketKey, WebSocketOptions, WebSocketReadResult,
    WebSocketSendMessageType,
};
use peers as _; // the panic handler

/// Random numbers that are opaque to the compiler.
struct Random(fn(&mut [u8]));

impl rand_core::RngCore for Random {
    fn next_u32(&mut self) -> u32 {
        let mut bytes = [0; 4];
        (self.0)(&mut bytes);
        u32::from_ne_bytes(bytes)
    }

    fn next_u64(&mut self) -> u64 {
        let mut bytes = [0; 8];
        (self.0)(&mut bytes);
        u64::from_ne_bytes(bytes)
    }

    fn fill_bytes(&mut self, bytes: &mut [u8]) {
        (self.0)(bytes);
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), rand_core::Error> {
        (self.0)(bytes);
        Ok(())
    }
}

type Client = WebSocketClient<Random>;

fn new(random: fn(&mut [u8])) -> Client {
    Client::new_client(Random(random))
}

fn connect(
    client: &mut Client,
    options: &WebSocketOptions<'_>,
    out: &mut [u8],
) -> Result<(usize, WebSocketKey), Error> {
    client.client_connect(options, out)
}

fn accept(client: &mut Client, key: &WebSocketKey, from: &[u8]) -> Result<usize, Error> {
    client.client_accept(key, from).map(|(length, _)| length)
}

fn read(client: &mut Client, from: &[u8], to: &mut [u8]) -> Result<WebSocketReadResult, Error> {
    client.read(from, to)
}

fn write(client: &mut Client, kind: WebSocketSendMessageType, from: &[u8], to: &mut [u8]) -> Result<usize, Error> {
    client.write(kind, true, from, to)
}

fn close(client: &mut Client, code: WebSocketCloseStatusCode, to: &mut [u8]) -> Result<usize, Error> {
    client.close(code, None, to)
}

#[unsafe(no_mangle)]
pub extern "C" fn _start() {
    core::hint::black_box::<fn(_) -> _>(new);
    core::hint::black_box::<fn(_, _, _) -> _>(connect);
    core::hint::black_box::<fn(_, _, _) -> _>(accept);
    core::hint::black_box::<fn(_, _, _) -> _>(read);
    core::hint::black_box::<fn(_, _, _, _) -> _>(write);
    core::hint::black_box::<fn(_, _, _) -> _>(close);
}
