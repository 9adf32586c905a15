//! User sign-in, user events, watchlists. Scripts in virtual time; see `support/script.rs`.

#[path = "../support/script.rs"]
mod script;

use script::{connected, run};

#[test]
fn signing_in_requests_an_authentication_and_subscribes_to_the_user_channel() {
    connected(
        r##"
        > sign_in
        < request sign in 1.1
        > authenticate key:abc {"id":"7"}
        < out {"event":"pusher:signin","data":{"auth":"key:abc","user_data":"{\"id\":\"7\"}"}}
        > authenticate key:abc {"id":"7"}
        < error the ticket is stale; ignore it, the client issues a new one if needed
        > in {"event":"pusher:signin_success","data":{"user_data":"{\"id\":\"7\"}"}}
        < event signed in 7
        < out {"event":"pusher:subscribe","data":{"channel":"#server-to-user-7"}}
        > in {"event":"early","channel":"#server-to-user-7","data":"{\"n\":0}"}
        < event user early text {"n":0}
        > in {"event":"pusher_internal:subscription_succeeded","channel":"#server-to-user-7"}
        > in {"event":"hello","channel":"#server-to-user-7","data":{"n":1}}
        < event user hello json {"n":1}
    "##,
    );
}

#[test]
fn success_may_be_an_object_or_a_string_and_ids_may_be_numbers() {
    for data in [
        r#"{"user_data":"{\"id\":\"7\"}"}"#,
        r#""{\"user_data\":\"{\\\"id\\\":\\\"7\\\"}\"}""#,
        r#"{"auth":"key:abc","user_data":"{\"user_info\":{\"n\":1},\"id\":7}"}"#,
        r#"{"user_data":{"id":"7"}}"#,
    ] {
        connected(&format!(
            r##"
            > sign_in
            < request sign in 1.1
            > authenticate key:abc {{}}
            < out {{"event":"pusher:signin","data":{{"auth":"key:abc","user_data":"{{}}"}}}}
            > in {{"event":"pusher:signin_success","data":{data}}}
            < event signed in 7
            < out {{"event":"pusher:subscribe","data":{{"channel":"#server-to-user-7"}}}}
        "##
        ));
    }
    connected(
        r#"
        > sign_in
        < request sign in 1.1
        > authenticate key:abc {}
        < out {"event":"pusher:signin","data":{"auth":"key:abc","user_data":"{}"}}
        > in {"event":"pusher:signin_success","data":{}}
        < error the server sent a protocol event without the data it must carry
    "#,
    );
}

#[test]
fn after_a_reconnect_the_user_is_signed_in_again_before_presence() {
    run(r##"
        > sign_in
        > subscribe presence-a
        > subscribe private-b
        > connect
        < request open
        > open
        > in {"event":"pusher:connection_established","data":{"socket_id":"1.1"}}
        < event connected 1.1
        < request sign in 1.1
        < request authorize 1.1 private-b
        > authenticate key:abc {"id":"7"}
        < out {"event":"pusher:signin","data":{"auth":"key:abc","user_data":"{\"id\":\"7\"}"}}
        > in {"event":"pusher:signin_success","data":{"user_data":"{\"id\":\"7\"}"}}
        < event signed in 7
        < request authorize 1.1 presence-a
        < out {"event":"pusher:subscribe","data":{"channel":"#server-to-user-7"}}
        > authorize presence-a key:1
        < out {"event":"pusher:subscribe","data":{"channel":"presence-a","auth":"key:1"}}
        > close
        < notice lost Abnormal retry at 0
        > authenticate key:abc {"id":"7"}
        < error the ticket is stale; ignore it, the client issues a new one if needed
        > at 1
        < request open
        > open
        > in {"event":"pusher:connection_established","data":{"socket_id":"2.2"}}
        < event connected 2.2
        < request sign in 2.2
        < request authorize 2.2 private-b
        > authenticate key:abc {"id":"7"}
        < out {"event":"pusher:signin","data":{"auth":"key:abc","user_data":"{\"id\":\"7\"}"}}
        > in {"event":"pusher:signin_success","data":{"user_data":"{\"id\":\"7\"}"}}
        < event signed in 7
        < request authorize 2.2 presence-a
        < out {"event":"pusher:subscribe","data":{"channel":"#server-to-user-7"}}
    "##);
}

#[test]
fn a_refused_sign_in_is_told_and_a_close_with_4009_ends_the_attempts() {
    connected(
        r#"
        > sign_in
        < request sign in 1.1
        > authenticate key:bad {"id":"7"}
        < out {"event":"pusher:signin","data":{"auth":"key:bad","user_data":"{\"id\":\"7\"}"}}
        > in {"event":"pusher:error","data":{"code":4009,"message":"Connection not authorized."}}
        < event sign in failed 4009 Connection not authorized. for good
        > close 4009
        < notice lost 4009 for good
        > connect
        < request open
        > open
        > in {"event":"pusher:connection_established","data":{"socket_id":"2.2"}}
        < event connected 2.2
        < request sign in 2.2
    "#,
    );
}

#[test]
fn a_refusal_while_a_subscription_is_pending_too_is_distinguished_by_its_text() {
    connected(
        r#"
        > sign_in
        < request sign in 1.1
        > subscribe private-a
        < request authorize 1.1 private-a
        > authorize private-a key:1
        < out {"event":"pusher:subscribe","data":{"channel":"private-a","auth":"key:1"}}
        > authenticate key:bad {}
        < out {"event":"pusher:signin","data":{"auth":"key:bad","user_data":"{}"}}
        > in {"event":"pusher:error","data":{"code":4009,"message":"Authentication error: Channel requires authentication"}}
        < event failed private-a 4009 Authentication error: Channel requires authentication for good
        > in {"event":"pusher:error","data":{"code":4009,"message":"Authentication error: Connection not authorized for signin."}}
        < event sign in failed 4009 Authentication error: Connection not authorized for signin. for good
    "#,
    );
}

#[test]
fn an_error_about_an_unsigned_channel_does_not_answer_the_sign_in() {
    connected(
        r#"
        > sign_in
        < request sign in 1.1
        > subscribe private-a
        < request authorize 1.1 private-a
        > authorize private-a key:1
        < out {"event":"pusher:subscribe","data":{"channel":"private-a","auth":"key:1"}}
        > authenticate key:1 {}
        < out {"event":"pusher:signin","data":{"auth":"key:1","user_data":"{}"}}
        > in {"event":"pusher:error","data":{"code":4009,"message":"Authentication error: Authentication signature required for this channel"}}
        < event failed private-a 4009 Authentication error: Authentication signature required for this channel for good
    "#,
    );
}

#[test]
fn a_user_id_that_no_channel_name_can_hold_is_reported_and_blocks_nothing() {
    connected(
        r#"
        > sign_in
        < request sign in 1.1
        > authenticate key:1 {}
        < out {"event":"pusher:signin","data":{"auth":"key:1","user_data":"{}"}}
        > in {"event":"pusher:signin_success","data":{"user_data":"{\"id\":\"a\\\"b\"}"}}
        < event signed in a"b, but the channel name has a character at byte 17 other than A-Z a-z 0-9 _ - = @ , . ;
        > subscribe news
        < out {"event":"pusher:subscribe","data":{"channel":"news"}}
    "#,
    );
}

#[test]
fn a_denied_or_late_sign_in_does_not_block_presence_channels() {
    connected(
        r#"
        > sign_in
        < request sign in 1.1
        > subscribe presence-a
        > deny user
        < request authorize 1.1 presence-a
        < notice sign in failed Denied for good
        > deny user
        < error the ticket is stale; ignore it, the client issues a new one if needed
        > sign_in
        < request sign in 1.1
        > at 10000
        < notice sign in failed AuthorizationTimeout retry at 11000
        < notice failed presence-a AuthorizationTimeout retry at 11000
        > at 11000
        < request sign in 1.1
    "#,
    );
}

#[test]
fn signing_out_reconnects_because_the_server_keeps_the_user_of_a_connection() {
    connected(
        r##"
        > sign_in
        < request sign in 1.1
        > authenticate key:abc {"id":"7"}
        < out {"event":"pusher:signin","data":{"auth":"key:abc","user_data":"{\"id\":\"7\"}"}}
        > in {"event":"pusher:signin_success","data":{"user_data":"{\"id\":\"7\"}"}}
        < event signed in 7
        < out {"event":"pusher:subscribe","data":{"channel":"#server-to-user-7"}}
        > sign_out
        < request close 1000
        > at 0
        < request open
        > open
        > in {"event":"pusher:connection_established","data":{"socket_id":"2.2"}}
        < event connected 2.2
    "##,
    );
    connected(
        r#"
        > sign_in
        < request sign in 1.1
        > sign_out
        > authenticate key:abc {}
        < error the ticket is stale; ignore it, the client issues a new one if needed
    "#,
    );
}

#[test]
fn a_user_id_that_does_not_fit_is_reported() {
    let id = "x".repeat(40);
    connected(&format!(
        r#"
        > sign_in
        < request sign in 1.1
        > authenticate key:abc {{}}
        < out {{"event":"pusher:signin","data":{{"auth":"key:abc","user_data":"{{}}"}}}}
        > in {{"event":"pusher:signin_success","data":{{"user_data":"{{\"id\":\"{id}\"}}"}}}}
        < event signed in {id}, but the channel name has 56 bytes, more than 48
    "#
    ));
}

#[test]
fn watchlists_are_parsed_in_the_forms_of_pusher_and_sockudo() {
    connected(
        r#"
        > in {"event":"pusher_internal:watchlist_events","data":"{\"events\":[{\"name\":\"online\",\"user_ids\":[\"a\",\"\\u0062\"]},{\"name\":\"offline\",\"user_ids\":[3]}]}"}
        < event watchlist online a b offline 3
        > in {"event":"pusher_internal:watchlist_events","data":{"events":[{"name":"online","user_ids":[]}]}}
        < event watchlist online
        > in {"event":"online","data":{"user_ids":["a"]}}
        < event watchlist online a
        > in {"event":"offline","data":{"user_ids":["b","c"]}}
        < event watchlist offline b c
        > in {"event":"pusher_internal:watchlist_events","data":"nonsense"}
        < event watchlist
        > in {"event":"pusher:error","data":{"code":4302,"message":"watchlist limit"}}
        < event error 4302 watchlist limit
    "#,
    );
}

#[test]
fn protocol_events_on_the_user_channel_are_not_user_events() {
    connected(
        r##"
        > sign_in
        < request sign in 1.1
        > authenticate key:abc {"id":"7"}
        < out {"event":"pusher:signin","data":{"auth":"key:abc","user_data":"{\"id\":\"7\"}"}}
        > in {"event":"pusher:signin_success","data":{"user_data":"{\"id\":\"7\"}"}}
        < event signed in 7
        < out {"event":"pusher:subscribe","data":{"channel":"#server-to-user-7"}}
        > in {"event":"pusher_internal:subscription_succeeded","channel":"#server-to-user-7"}
        > in {"event":"pusher:cache_miss","channel":"#server-to-user-7"}
        < event other pusher:cache_miss #server-to-user-7 absent
        > in {"event":"pusher_internal:subscription_count","channel":"#server-to-user-7","data":{"subscription_count":1}}
        < event other pusher_internal:subscription_count #server-to-user-7 json {"subscription_count":1}
        > in {"event":"hi","channel":"#server-to-user-7","data":1}
        < event user hi json 1
    "##,
    );
}

#[test]
fn a_watchlist_is_recognized_on_any_channel() {
    connected(
        r#"
        > subscribe a
        < out {"event":"pusher:subscribe","data":{"channel":"a"}}
        > in {"event":"pusher_internal:watchlist_events","channel":"a","data":{"events":[{"name":"online","user_ids":["1"]}]}}
        < event watchlist online 1
    "#,
    );
}

#[test]
fn no_user_is_signed_in_without_an_id() {
    // sockudo signs in a user whose id is empty.
    connected(
        r#"
        > sign_in
        < request sign in 1.1
        > authenticate key:abc {"id":""}
        < out {"event":"pusher:signin","data":{"auth":"key:abc","user_data":"{\"id\":\"\"}"}}
        > in {"event":"pusher:signin_success","data":{"user_data":"{\"id\":\"\"}"}}
        < error the server sent a protocol event without the data it must carry
    "#,
    );
}

#[test]
fn signing_out_opens_a_gap_at_the_last_byte_that_came_before_it() {
    connected(
        r##"
        > subscribe news
        < out {"event":"pusher:subscribe","data":{"channel":"news"}}
        > in {"event":"pusher_internal:subscription_succeeded","channel":"news"}
        < event subscribed news
        > sign_in
        < request sign in 1.1
        > authenticate key:abc {"id":"7"}
        < out {"event":"pusher:signin","data":{"auth":"key:abc","user_data":"{\"id\":\"7\"}"}}
        > at 3000
        > activity
        > at 9000
        > sign_out
        < request close 1000
        > at 9001
        < request open
        > open
        > in {"event":"pusher:connection_established","data":{"socket_id":"2.2"}}
        < event connected 2.2
        < out {"event":"pusher:subscribe","data":{"channel":"news"}}
        > in {"event":"pusher_internal:subscription_succeeded","channel":"news"}
        < event subscribed news gap since 3000
    "##,
    );
}

#[test]
fn a_success_that_names_a_channel_or_answers_no_sign_in_is_ignored() {
    connected(
        r##"
        > in {"event":"pusher:signin_success","data":{"user_data":"{\"id\":\"7\"}"}}
        < event other pusher:signin_success - json {"user_data":"{\"id\":\"7\"}"}
        > sign_in
        < request sign in 1.1
        > in {"event":"pusher:signin_success","data":{"user_data":"{\"id\":\"7\"}"}}
        < event other pusher:signin_success - json {"user_data":"{\"id\":\"7\"}"}
        > authenticate key:abc {"id":"7"}
        < out {"event":"pusher:signin","data":{"auth":"key:abc","user_data":"{\"id\":\"7\"}"}}
        > in {"event":"pusher:signin_success","channel":"private-a","data":{"user_data":"{\"id\":\"7\"}"}}
        < event other pusher:signin_success private-a json {"user_data":"{\"id\":\"7\"}"}
        > in {"event":"pusher:signin_success","data":{"user_data":"{\"id\":\"7\"}"}}
        < event signed in 7
        < out {"event":"pusher:subscribe","data":{"channel":"#server-to-user-7"}}
    "##,
    );
}

#[test]
fn an_error_about_the_sign_in_is_no_answer_to_a_subscription() {
    // As an object, as Pusher sends it, and also after the sign-in was given up.
    connected(
        r#"
        > subscribe news
        < out {"event":"pusher:subscribe","data":{"channel":"news"}}
        > sign_in
        < request sign in 1.1
        > authenticate key:abc {}
        < out {"event":"pusher:signin","data":{"auth":"key:abc","user_data":"{}"}}
        > in {"event":"pusher:error","data":{"code":null,"message":"Missing parameter: data.user_data"}}
        < event sign in failed - Missing parameter: data.user_data for good
        > in {"event":"pusher:error","data":{"code":4009,"message":"Connection not authorized for signin."}}
        < event error 4009 Connection not authorized for signin.
        > status news
        < status Some(Pending)
    "#,
    );
}
