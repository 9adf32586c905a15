//! A POST over any stream with the traits of embedded-io-async, by reqwless. Without a heap.

use embedded_io_async::{Read, Write};
use heapless::Vec;
use pusher_proto::auth::form::CONTENT_TYPE;
use reqwless::Error;
use reqwless::request::{Method, Request, RequestBuilder};
use reqwless::response::Response;

/// Sends `form` and reads the reply into `body`, which must have room for its head, too. Returns the status.
pub async fn post<const N: usize>(
    stream: &mut (impl Read + Write),
    host: &str,
    target: &str,
    form: &str,
    body: &mut Vec<u8, N>,
) -> Result<u16, Error> {
    let headers = [("Content-Type", CONTENT_TYPE), ("Connection", "close")];
    let request = Request::post(target).host(host).headers(&headers).body(form.as_bytes()).build();
    request.write_header(stream).await?;
    stream.write_all(form.as_bytes()).await.map_err(|error| Error::Network(embedded_io::Error::kind(&error)))?;
    stream.flush().await.map_err(|error| Error::Network(embedded_io::Error::kind(&error)))?;
    let mut head = [0; 1024];
    let response = Response::read(stream, Method::POST, &mut head).await?;
    let status = response.status.0;
    body.resize_default(N).map_err(|_| Error::BufferTooSmall)?;
    let length = response.body().reader().read_to_end(body).await?;
    body.truncate(length);
    Ok(status)
}
