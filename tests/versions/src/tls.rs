//! The program of the guide's section on TLS, down to its loop, which the guide shows whole.

use std::cell::RefCell;

use embassy_net_09::tcp::TcpSocket;
use embedded_io_async::{Read, Write};
use embedded_tls_19::{Aes128GcmSha256, CryptoProvider, TlsConfig, TlsConnection, TlsContext, TlsError};
use pusher_proto::io::Shared;
use pusher_proto::{Connection, Instant};

async fn session<R: FnMut(&mut [u8]), S: Future<Output = ()>>(
    _: &mut Connection<'_, R>,
    (_reader, _writer): (impl Read, impl Write),
    _now: impl Fn() -> Instant,
    _sleep_until: impl Fn(Option<Instant>) -> S,
) {
}

async fn tls<R: FnMut(&mut [u8]), S: Future<Output = ()>>(
    connection: &mut Connection<'_, R>,
    tcp_socket: TcpSocket<'_>,
    provider: impl CryptoProvider<CipherSuite = Aes128GcmSha256>,
    now: impl Fn() -> Instant,
    sleep_until: impl Fn(Option<Instant>) -> S,
) -> Result<(), TlsError> {
    let config = TlsConfig::new();
    let (mut record_rx, mut record_tx) = ([0; 16_640], [0; 1024]);
    let tcp = RefCell::new(tcp_socket);
    let mut tls = TlsConnection::new(Shared::new(&tcp), &mut record_rx, &mut record_tx);
    tls.open(TlsContext::new(&config, provider)).await?;
    session(connection, tls.split(), now, sleep_until).await;
    Ok(())
}
