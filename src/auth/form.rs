//! Request forms for an auth server that holds the app's secret.
//!
//! Send the auth server a POST with one of these forms as its body and [`CONTENT_TYPE`]. It answers 200 with JSON, or
//! 403 to refuse. Pusher's own client uses `/pusher/auth` for channels and `/pusher/user-auth` for users.
//!
//! Source: Pusher docs, "Authorizing users" and "Authenticating users".

use crate::output::{OutputTooSmall, Writer};

/// The `Content-Type` of the forms.
pub const CONTENT_TYPE: &str = "application/x-www-form-urlencoded";

/// Writes the form that requests the authorization of the connection `socket_id` for `channel`:
/// `socket_id=..&channel_name=..`, then the pairs of `extra`, as agreed between the application and its auth server.
///
/// It needs at most 24 bytes, plus three times the length of the two names, plus two bytes and three times its length
/// for each pair.
///
/// ```
/// use pusher_proto::auth::form;
///
/// let mut out = [0; 128];
/// let form = form::channel_form("1.1", "private-a@b", &[("device", "no. 7")], &mut out)?;
/// assert_eq!(form, "socket_id=1.1&channel_name=private-a%40b&device=no.%207");
/// # Ok::<(), pusher_proto::OutputTooSmall>(())
/// ```
///
/// # Errors
/// [`OutputTooSmall`] with the size that this form needs.
pub fn channel_form<'o>(
    socket_id: &str,
    channel: &str,
    extra: &[(&str, &str)],
    out: &'o mut [u8],
) -> Result<&'o str, OutputTooSmall> {
    form(&[("socket_id", socket_id), ("channel_name", channel)], extra, out)
}

/// Writes the form that requests the authentication of the user on the connection `socket_id`: `socket_id=..`, then the
/// pairs of `extra`.
///
/// # Errors
/// [`OutputTooSmall`] with the size that this form needs.
pub fn user_form<'o>(socket_id: &str, extra: &[(&str, &str)], out: &'o mut [u8]) -> Result<&'o str, OutputTooSmall> {
    form(&[("socket_id", socket_id)], extra, out)
}

fn form<'o>(fixed: &[(&str, &str)], extra: &[(&str, &str)], out: &'o mut [u8]) -> Result<&'o str, OutputTooSmall> {
    let mut writer = Writer::new(out);
    let mut separator = "";
    for (name, value) in fixed.iter().chain(extra) {
        writer.raw(separator);
        writer.percent_encoded(name);
        writer.byte(b'=');
        writer.percent_encoded(value);
        separator = "&";
    }
    writer.finish()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_value_can_add_or_change_a_parameter() {
        let mut out = [0; 512];
        let extra = [("a=b", "1&socket_id=2"), ("", ""), ("é", "+ %\0\r\n")];
        assert_eq!(
            channel_form("1.1&x=y", "presence-a_b=c@d,e.f;g", &extra, &mut out),
            Ok(concat!(
                "socket_id=1.1%26x%3Dy&channel_name=presence-a_b%3Dc%40d%2Ce.f%3Bg",
                "&a%3Db=1%26socket_id%3D2&=&%C3%A9=%2B%20%25%00%0D%0A"
            ))
        );
        assert_eq!(user_form("123.456", &[], &mut out), Ok("socket_id=123.456"));
    }

    #[test]
    fn a_buffer_that_is_too_small_is_an_error_with_the_required_size() {
        let needed = "socket_id=1.1&channel_name=x".len();
        for size in 0..needed {
            let mut out = vec![0; size];
            assert_eq!(channel_form("1.1", "x", &[], &mut out).unwrap_err().needed(), needed);
        }
        assert!(channel_form("1.1", "x", &[], &mut vec![0; needed]).is_ok());
    }
}
