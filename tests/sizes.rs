//! The sizes that the README and the docs of the types give.

use std::mem::size_of;

use pusher_proto::Client;

/// `CHANNELS * (NAME + 32) + 304` bytes, rounded up to eights, and 48 more for each channel with `encrypted`.
fn documented(channels: usize, name: usize) -> usize {
    let encrypted = if cfg!(feature = "encrypted") { 48 } else { 0 };
    let slot = (name + 32).next_multiple_of(8) + encrypted;
    channels * slot + 304
}

#[test]
fn a_client_is_as_large_as_its_documentation_says() {
    assert_eq!(size_of::<Client<8, 64>>(), documented(8, 64));
    assert_eq!(size_of::<Client<4, 32>>(), documented(4, 32));
    assert_eq!(size_of::<Client<16, 200>>(), documented(16, 200));
    assert_eq!(size_of::<Client<1, 20>>(), documented(1, 20));
    assert_eq!(size_of::<Client<3, 33>>(), documented(3, 33));
}

#[cfg(feature = "websocket")]
#[test]
fn the_handshake_needs_what_the_readme_says() {
    use pusher_proto::Endpoint;
    use pusher_proto::websocket::Handshake;

    let endpoint = Endpoint::cluster("eu", "278d425bdf160c739803");
    let (mut target, mut host, mut out) = ([0; 128], [0; 64], [0; 512]);
    let target = endpoint.request_target(&mut target).unwrap();
    let host = endpoint.host_header(&mut host).unwrap();
    let request = Handshake::new([0; 16]).write_request(target, host, &[], &mut out).unwrap();
    let fixed = request.len() - host.len() - endpoint.key().len();
    assert_eq!(fixed, 193);
}
