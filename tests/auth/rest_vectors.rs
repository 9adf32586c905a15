//! Checks that requests for the HTTP API equal those of the official server library, byte for byte.
#![cfg(feature = "rest")]

#[path = "../support/vectors.rs"]
mod vectors;

use hmac::{Hmac, KeyInit, Mac};
use pusher_proto::auth::Credentials;
use pusher_proto::auth::rest::{Api, ApiRequest, ApiRequestError, Attribute, NewEvent};
use serde_json::Value;
use vectors::{Vector, vectors};

/// The clock of the vectors.
const NOW: u64 = 1_700_000_000;

/// Creates the request of each vector in `file` with `make` and compares it.
fn check(
    file: &str,
    make: impl for<'o> Fn(&Api<'_>, &Vector, &'o mut [u8]) -> Result<ApiRequest<'o>, ApiRequestError>,
) {
    for vector in vectors(file, 24) {
        let credentials = Credentials::new(vector.text("key"), vector.text("secret").as_bytes());
        let api = Api::new(vector.text("app_id"), &credentials);
        let mut out = vec![0; 20_000];
        let request = make(&api, &vector, &mut out).unwrap();
        assert_eq!(request.method().as_str(), vector.text("method"));
        assert_eq!(request.body(), vector.text("body"));
        assert_eq!(request.target(), vector.text("path_and_query"));
        let header = |wanted| request.headers().iter().find(|(name, _)| *name == wanted).map(|(_, value)| *value);
        assert_eq!(header("Content-Type"), vector.optional_text("content_type"));
        assert!(header("X-Pusher-Library").unwrap().starts_with("pusher-proto "));

        let same = (request.target().to_owned(), request.body().to_owned());
        let needed = make(&api, &vector, &mut []).map_err(too_small).unwrap_err();
        for size in [1, 2, same.0.len() - 1, same.1.len(), same.1.len() + 1, needed - 1] {
            let mut out = vec![0; size.min(needed - 1)];
            let error = make(&api, &vector, &mut out).map_err(too_small);
            assert_eq!(error, Err(needed), "in a buffer of {size} bytes for {vector:?}");
        }
        let mut out = vec![0; needed];
        let request = make(&api, &vector, &mut out).unwrap();
        assert_eq!((request.target(), request.body()), (same.0.as_str(), same.1.as_str()));
    }
}

/// Returns the required size.
fn too_small(error: ApiRequestError) -> usize {
    match error {
        ApiRequestError::Output(error) => error.needed(),
        other => panic!("{other:?}"),
    }
}

fn attributes(list: &str) -> Vec<Attribute> {
    list.split(',')
        .map(|name| match name {
            "user_count" => Attribute::UserCount,
            "subscription_count" => Attribute::SubscriptionCount,
            "cache" => Attribute::Cache,
            other => panic!("unknown attribute {other}"),
        })
        .collect()
}

fn info(fields: &Value) -> Vec<Attribute> {
    fields["info"].as_str().map(attributes).unwrap_or_default()
}

fn event<'v>(fields: &'v Value, info: &'v [Attribute]) -> NewEvent<'v> {
    let event = NewEvent::new(fields["name"].as_str().unwrap(), fields["data"].as_str().unwrap()).with_info(info);
    fields["socket_id"].as_str().map_or(event, |socket_id| event.exclude_socket(socket_id))
}

fn body(vector: &Vector) -> Value {
    serde_json::from_str(vector.text("body")).unwrap()
}

fn channels(body: &Value) -> Vec<&str> {
    body["channels"].as_array().unwrap().iter().map(|name| name.as_str().unwrap()).collect()
}

/// Returns the path after `/apps/ID/`, and the query.
fn target(vector: &Vector) -> (Vec<&str>, Vec<(&str, &str)>) {
    let (path, query) = vector.text("path_and_query").split_once('?').unwrap();
    let parameters = query.split('&').map(|pair| pair.split_once('=').unwrap());
    (path.split('/').skip(3).collect(), parameters.filter(|(name, _)| !name.starts_with("auth_")).collect())
}

fn value<'v>(parameters: &[(&'v str, &'v str)], wanted: &str) -> Option<&'v str> {
    parameters.iter().find(|(name, _)| *name == wanted).map(|(_, value)| *value)
}

#[test]
fn an_event_is_published_as_the_node_library_does() {
    check("http_trigger", |api, vector, out| {
        let body = body(vector);
        api.trigger(NOW, &event(&body, &info(&body)), &channels(&body), out)
    });
}

/// The caller provides the ciphertext: the vectors contain it as data.
#[test]
fn an_encrypted_event_is_published_as_the_node_library_does() {
    check("http_encrypted_trigger", |api, vector, out| {
        let body = body(vector);
        api.trigger(NOW, &event(&body, &info(&body)), &channels(&body), out)
    });
}

#[test]
fn a_batch_is_published_as_the_node_library_does() {
    check("http_batch", |api, vector, out| {
        let body = body(vector);
        let elements = body["batch"].as_array().unwrap();
        let infos: Vec<_> = elements.iter().map(info).collect();
        let batch: Vec<_> = elements
            .iter()
            .zip(&infos)
            .map(|(fields, info)| (fields["channel"].as_str().unwrap(), event(fields, info)))
            .collect();
        api.trigger_batch(NOW, &batch, out)
    });
}

#[test]
fn channels_are_requested_as_the_node_library_does() {
    check("http_get_channels", |api, vector, out| {
        let (path, parameters) = target(vector);
        assert_eq!(path, ["channels"]);
        let info = value(&parameters, "info").map(attributes).unwrap_or_default();
        Ok(api.channels(NOW, value(&parameters, "filter_by_prefix"), &info, out)?)
    });
}

#[test]
fn a_channel_is_requested_as_the_node_library_does() {
    check("http_get_channel", |api, vector, out| {
        let (path, parameters) = target(vector);
        let info = value(&parameters, "info").map(attributes).unwrap_or_default();
        Ok(api.channel(NOW, path[1], &info, out)?)
    });
}

#[test]
fn members_are_requested_as_the_node_library_does() {
    check("http_get_users", |api, vector, out| match target(vector) {
        (path, parameters) if parameters.is_empty() => Ok(api.users(NOW, path[1], out)?),
        (path, parameters) => Ok(api.get(NOW, &path, &parameters, out)?),
    });
}

#[test]
fn events_to_users_and_terminations_are_sent_as_the_node_library_does() {
    check("http_user_actions", |api, vector, out| match target(vector).0[..] {
        ["users", user_id, "terminate_connections"] => Ok(api.terminate_user_connections(NOW, user_id, out)?),
        _ => {
            let body = body(vector);
            let user_id = channels(&body)[0].strip_prefix("#server-to-user-").unwrap();
            Ok(api.send_to_user(NOW, user_id, &event(&body, &[]), out)?)
        }
    });
}

/// The worked example of the documentation.
#[test]
fn documented_request_vector_holds() {
    let credentials = Credentials::new("278d425bdf160c739803", b"7ad3773142a6692b25b8");
    let body = r#"{"name":"foo","channels":["project-3"],"data":"{\"some\":\"data\"}"}"#;
    let mut out = [0; 300];
    let request = Api::new("3", &credentials).post(1_353_088_179, &["events"], body, &mut out).unwrap();
    assert_eq!(
        request.target(),
        concat!(
            "/apps/3/events?auth_key=278d425bdf160c739803&auth_timestamp=1353088179&auth_version=1.0",
            "&body_md5=ec365a775a4cd0599faeb73354201b6f",
            "&auth_signature=da454824c97ba181a32ccc17a72625ba02771f50b50e1e7430e47a1f3f457e6c",
        )
    );
    assert_eq!(request.body(), body);
}

/// A name can neither leave its path segment nor its parameter. The signature covers the encoded path, but the decoded
/// query.
#[test]
fn names_and_values_are_escaped_in_the_request_target() {
    let credentials = Credentials::new("k&é", b"s");
    let mut out = [0; 400];
    let parameters = [("b", "x&y=z +%#\u{e9}/?"), ("a", "1")];
    let request = Api::new("a/b", &credentials).get(1, &["channels", "../é?#% &+"], &parameters, &mut out).unwrap();
    let path = "/apps/a%2Fb/channels/..%2F%C3%A9%3F%23%25%20&+";
    let signed = format!("GET\n{path}\na=1&auth_key=k&é&auth_timestamp=1&auth_version=1.0&b=x&y=z +%#é/?");
    let mut hmac = <Hmac<sha2::Sha256> as KeyInit>::new_from_slice(b"s").unwrap();
    hmac.update(signed.as_bytes());
    let signature: String = hmac.finalize().into_bytes().iter().map(|byte| format!("{byte:02x}")).collect();
    let query = "a=1&auth_key=k%26%C3%A9&auth_timestamp=1&auth_version=1.0&b=x%26y=z%20%2B%25%23%C3%A9/?";
    assert_eq!(request.target(), format!("{path}?{query}&auth_signature={signature}"));
}

#[test]
fn counts_are_checked_and_attributes_named_once() {
    let credentials = Credentials::new("k", b"s");
    let (api, event) = (Api::new("1", &credentials), NewEvent::new("e", ""));
    let mut out = vec![0; 10_000];
    assert_eq!(api.trigger(NOW, &event, &[], &mut out), Err(ApiRequestError::Channels));
    assert_eq!(api.trigger(NOW, &event, &["c"; 101], &mut out), Err(ApiRequestError::Channels));
    assert!(api.trigger(NOW, &event, &["c"; 100], &mut out).is_ok());
    assert_eq!(api.trigger_batch(NOW, &[], &mut out), Err(ApiRequestError::Batch));
    assert_eq!(api.trigger_batch(NOW, &[("c", event); 11], &mut out), Err(ApiRequestError::Batch));
    assert!(api.trigger_batch(NOW, &[("c", event); 10], &mut out).is_ok());
    let twice = [Attribute::UserCount, Attribute::UserCount, Attribute::Cache, Attribute::SubscriptionCount];
    let twice = twice.repeat(9);
    let request = api.channels(NOW, None, &twice, &mut out).unwrap();
    assert!(request.target().contains("&info=user_count,cache,subscription_count&auth_signature="), "{request:?}");
    let request = api.trigger(NOW, &event.with_info(&twice), &["c"], &mut out).unwrap();
    assert!(request.body().ends_with(r#","info":"user_count,cache,subscription_count"}"#), "{request:?}");
}
