//! A form that an HTTP client posts.

use std::io::{BufRead, BufReader, Read};

use super::timed::Timed;

pub const BAD_REQUEST: &str = "400 Bad Request";

/// Reads one POST to one of `paths`. Returns the path, and the form followed by the query of the URL; or the status of
/// a refusal.
pub fn read_form(stream: &mut Timed, paths: &[&str]) -> Result<(String, String), &'static str> {
    let mut reader = BufReader::new(stream.take(1 << 14)); // limits the size of a request
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        reader.read_line(&mut head).ok().filter(|&length| length > 0).ok_or(BAD_REQUEST)?;
    }
    let target = head.strip_prefix("POST ").and_then(|rest| rest.split(' ').next()).ok_or("405 Method Not Allowed")?;
    let (path, query) = target.split_once('?').unwrap_or((target, ""));
    paths.contains(&path).then_some(()).ok_or("404 Not Found")?;
    let mut headers = head.lines().filter_map(|line| line.split_once(':'));
    let length = headers.find(|(name, _)| name.eq_ignore_ascii_case("content-length")).ok_or("411 Length Required")?;
    let length = length.1.trim().parse().map_err(|_| BAD_REQUEST)?;
    let mut body = String::new();
    let read = reader.take(length).read_to_string(&mut body).unwrap_or(0) as u64;
    if read == length { Ok((path.into(), format!("{body}&{query}"))) } else { Err(BAD_REQUEST) }
}
