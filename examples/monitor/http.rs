//! HTTP requests over TCP or TLS.

use std::sync::Arc;

use rustls::ClientConfig;

use crate::Failure;
pub use crate::common::http::Url;
use crate::common::http::exchange;
use crate::socket::Stream;

/// Posts `body` and returns the status and the body of the answer, within the timeout for opening a socket.
pub fn post(
    url: &Url,
    headers: &[(&str, &str)],
    body: &str,
    tls: &Arc<ClientConfig>,
) -> Result<(u16, Vec<u8>), Failure> {
    let stream = Stream::connect(&url.host, url.port, url.secure.then_some(tls))?;
    exchange(stream, url, "POST", headers.iter().copied(), body)
}
