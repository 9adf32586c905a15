//! Checks the sizes in the README and in the docs of the types.

use std::mem::size_of;

use pusher_proto::Client;

/// Returns the documented size of a client: 312 bytes (320 on a 64-bit machine), and for each channel `NAME + 31`
/// rounded up to a multiple of 8, plus 1, plus 48 with `encrypted`. The sum is rounded up to a multiple of 8.
fn documented(channels: usize, name: usize) -> usize {
    let encrypted = if cfg!(feature = "encrypted") { 48 } else { 0 };
    let slot = (name + 31).next_multiple_of(8) + encrypted;
    let base = if cfg!(target_pointer_width = "64") { 320 } else { 312 };
    (channels * (slot + 1) + base).next_multiple_of(8)
}

#[test]
fn a_client_has_its_documented_size() {
    assert_eq!(size_of::<Client<8, 64>>(), documented(8, 64));
    assert_eq!(size_of::<Client<4, 32>>(), documented(4, 32));
    assert_eq!(size_of::<Client<16, 200>>(), documented(16, 200));
    assert_eq!(size_of::<Client<1, 20>>(), documented(1, 20));
    assert_eq!(size_of::<Client<3, 33>>(), documented(3, 33));
}

#[test]
fn credentials_have_their_documented_size() {
    use pusher_proto::auth::Credentials;

    let documented = if cfg!(target_pointer_width = "64") { 96 } else { 88 };
    assert_eq!(size_of::<Credentials<'_>>(), documented);
}

#[test]
fn a_roster_is_no_larger_than_documented() {
    use pusher_proto::event::Roster;

    let within = |size: usize, members: usize, id: usize| {
        // A 64-bit processor also stores a hash of each id.
        let tags = if cfg!(target_pointer_width = "64") { members } else { 0 };
        let least = (members + 1) * (id + 1) + tags;
        assert!((least..=least + 32).contains(&size), "{size}");
    };
    within(size_of::<Roster<100, 32>>(), 100, 32);
    within(size_of::<Roster<3, 4>>(), 3, 4);
    within(size_of::<Roster<8, 255>>(), 8, 255);
}

#[cfg(feature = "websocket")]
#[test]
fn the_handshake_request_has_the_documented_length() {
    use pusher_proto::Endpoint;
    use pusher_proto::websocket::Handshake;

    let endpoint = Endpoint::cluster("eu", "278d425bdf160c739803").unwrap();
    let (mut target, mut host, mut out) = ([0; 128], [0; 64], [0; 512]);
    let target = endpoint.request_target(&mut target).unwrap();
    let host = endpoint.host_header(&mut host).unwrap();
    let request = Handshake::new([0; 16]).write_request(target, host, &[], &mut out).unwrap();
    let fixed = request.len() - host.len() - endpoint.key().len();
    assert_eq!(fixed, 193);
}

#[cfg(feature = "users")]
#[test]
fn messages_need_the_documented_buffer_sizes() {
    use pusher_proto::client::{Authorization, Config, Request, UserAuthentication};
    use pusher_proto::{Instant, Payload};

    let now = Instant::ZERO;
    let mut client: Client<2, 10> = Client::new(Config::new(1));
    let room = client.subscribe(now, "presence-a").unwrap();
    let news = client.subscribe(now, "0123456789").unwrap();
    client.sign_in(now);
    client.connect(now);
    assert_eq!(client.poll_request(), Some(Request::Open { secure: false }));
    client.handle_open(now);
    let message = |client: &mut Client<2, 10>, text: &str| {
        client.handle_text(now, &mut text.as_bytes().to_vec()).unwrap();
    };
    message(&mut client, r#"{"event":"pusher:connection_established","data":{"socket_id":"1.1"}}"#);
    let Some(Request::SignIn(user)) = client.poll_request() else { panic!() };
    let reply = UserAuthentication::from_token("token", r#"{"id":1}"#);
    let error = client.authenticate(now, user, &reply, &mut []).unwrap_err();
    assert!(error.to_string().contains(&format!(" {} bytes", 59 + 5 + 8 + 2)), "{error}");
    client.deny(now, user).unwrap();
    let Some(Request::Authorize(ticket)) = client.poll_request() else { panic!() };
    let reply = Authorization::from_token("token").with_channel_data(r#"{"user_id":1}"#);
    let error = client.authorize(now, ticket, &reply, &mut []).unwrap_err();
    assert!(error.to_string().contains(&format!(" {} bytes", 60 + 10 + 5 + 18 + 13 + 2)), "{error}");
    client.authorize(now, ticket, &reply, &mut [0; 128]).unwrap();
    message(&mut client, r#"{"event":"pusher_internal:subscription_succeeded","channel":"presence-a"}"#);
    let needed = |client: &mut Client<2, 10>, data| {
        client.trigger(now, room, "client-x", data, &mut []).unwrap_err().to_string()
    };
    assert!(needed(&mut client, Payload::Json("{}")).contains(&format!(" {} bytes", 33 + 8 + 10 + 2)));
    assert!(needed(&mut client, Payload::Text("a\"")).contains(&format!(" {} bytes", 33 + 8 + 10 + 2 + 2 + 1)));

    // The longest message that `poll_transmit` writes.
    while client.poll_transmit(now, &mut [0; 10 + 52]).unwrap().is_some() {}
    message(&mut client, r#"{"event":"pusher_internal:subscription_succeeded","channel":"0123456789"}"#);
    client.unsubscribe(now, news).unwrap();
    assert_eq!(client.poll_transmit(now, &mut []).unwrap_err().needed(), 10 + 52);
}
