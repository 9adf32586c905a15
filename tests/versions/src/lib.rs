//! The driver over each crate of the table in docs/guide.md. It compiles, or the table is wrong.

mod adapter;
// The programs of the guide are called by nothing here.
#[allow(dead_code)]
mod edge_nal;
#[allow(dead_code)]
mod esp_idf;
#[allow(dead_code)]
mod tls;

use core::net::SocketAddr;

use pusher_proto::connection::DenyAll;
use pusher_proto::io::Step;
use pusher_proto::{Connection, Instant};

type App<'b> = Connection<'b, fn(&mut [u8]), 4, 32>;

/// A step over a blocking socket.
pub fn step<'c, S: embedded_io::Read + embedded_io::Write>(connection: &'c mut App<'_>, socket: &mut S) -> Step<'c> {
    connection.step(Instant::ZERO, Some(socket), &mut DenyAll)
}

/// A step over an asynchronous socket.
pub async fn step_async<'c, S: embedded_io_async::Read + embedded_io_async::Write>(
    connection: &'c mut App<'_>,
    socket: &mut S,
) -> Step<'c> {
    connection.step_async(Instant::ZERO, Some(socket), &mut DenyAll).await
}

/// A step over a socket of each stack that has the asynchronous traits.
pub async fn stacks(
    connection: &mut App<'_>,
    embassy_net_08: &mut embassy_net_08::tcp::TcpSocket<'_>,
    embassy_net_09: &mut embassy_net_09::tcp::TcpSocket<'_>,
    tokio: &mut embedded_io_adapters::tokio_1::FromTokio<tokio::net::TcpStream>,
) {
    let _ = step_async(connection, embassy_net_08).await;
    let _ = step_async(connection, embassy_net_09).await;
    let _ = step_async(connection, tokio).await;
}

/// A step over a TLS session, blocking and asynchronous.
pub async fn sessions<S, A>(
    connection: &mut App<'_>,
    blocking_18: &mut embedded_tls_18::blocking::TlsConnection<'_, S, embedded_tls_18::Aes128GcmSha256>,
    blocking_19: &mut embedded_tls_19::blocking::TlsConnection<'_, S, embedded_tls_19::Aes128GcmSha256>,
    session_18: &mut embedded_tls_18::TlsConnection<'_, A, embedded_tls_18::Aes128GcmSha256>,
    session_19: &mut embedded_tls_19::TlsConnection<'_, A, embedded_tls_19::Aes128GcmSha256>,
) where
    S: embedded_io::Read + embedded_io::Write,
    A: embedded_io_async::Read + embedded_io_async::Write,
{
    let _ = step(connection, blocking_18);
    let _ = step(connection, blocking_19);
    let _ = step_async(connection, session_18).await;
    let _ = step_async(connection, session_19).await;
}

/// A step over a socket of the standard library.
pub fn standard(connection: &mut App<'_>, socket: &mut embedded_io_adapters::std::FromStd<std::net::TcpStream>) {
    let _ = step(connection, socket);
}

/// A step over a socket of embedded-nal-async.
pub async fn nal<N: embedded_nal_async::TcpConnect>(connection: &mut App<'_>, stack: &N, server: SocketAddr) {
    let Ok(mut socket) = stack.connect(server).await else { return };
    let _ = step_async(connection, &mut socket).await;
}

/// A request by reqwless over a session of the caller.
pub async fn auth_server<S: embedded_io_async::Read + embedded_io_async::Write>(session: S) {
    let request = reqwless::request::Request::post("/pusher/auth");
    let request = reqwless::request::RequestBuilder::build(request);
    let mut client = reqwless::client::HttpConnection::<S>::Plain(session);
    let _ = client.send(request, &mut [0; 512]).await;
}

/// A step over the guide's adapter for smoltcp.
pub fn smoltcp(connection: &mut App<'_>, socket: &mut adapter::Socket<'_>) {
    let _ = step(connection, socket);
}
