//! The functions as a C program calls them, in Rust, so that Miri can follow every pointer.

use core::ffi::c_void;
use core::mem::MaybeUninit;
use core::ptr;
use std::boxed::Box;
use std::format;
use std::string::String;
use std::vec;

use crate::*;

unsafe extern "C" fn random(_: *mut c_void, bytes: *mut u8, length: usize) {
    // SAFETY: the library passes so many bytes.
    unsafe { bytes.write_bytes(4, length) };
}

/// The answer to a handshake whose key is 16 times the byte 4.
const HANDSHAKE: &str = "HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Accept: qxuoi6TdLAVblW3X0cuvPg6Ld2A=\r\n\r\n";

fn text(text: pusher_text) -> String {
    // SAFETY: the text of an event that is in use.
    unsafe { text.get() }.unwrap().unwrap_or_default().into()
}

struct Program {
    connection: *mut pusher_connection,
    log: String,
    /// A ticket that was answered, for a late answer.
    ticket: pusher_ticket,
}

impl Program {
    fn run(&mut self) {
        loop {
            let mut action = MaybeUninit::<pusher_action>::zeroed();
            // SAFETY: an action that C would have on its stack.
            let action = unsafe {
                assert_eq!(pusher_connection_poll(self.connection, 9, action.as_mut_ptr()), PUSHER_OK);
                &mut *action.as_mut_ptr()
            };
            // SAFETY: the kind names the member of the union that is set.
            unsafe {
                match action.kind {
                    PUSHER_ACTION_OPEN => {
                        pusher_connection_handle_opened(self.connection, 9, action.u.open.attempt);
                    }
                    PUSHER_ACTION_WRITE => {
                        let mut length = 0;
                        assert!(!pusher_connection_unsent(self.connection, &mut length).is_null());
                        pusher_connection_handle_sent(self.connection, length);
                    }
                    PUSHER_ACTION_READ | PUSHER_ACTION_WAIT => return,
                    PUSHER_ACTION_AUTHORIZE => self.authorize(&action.u.request),
                    PUSHER_ACTION_EVENT => self.event(&mut action.u.event),
                    _ => {}
                }
            }
        }
    }

    unsafe fn authorize(&mut self, request: &pusher_request) {
        let credentials = pusher_credentials { key: c"key".as_ptr(), secret: b"secret".as_ptr(), secret_length: 6 };
        let mut authorization = MaybeUninit::uninit();
        let mut token = [0; 68];
        // SAFETY: all pointers lead to variables of this function.
        unsafe {
            let (data, out) = (c"{\"user_id\":\"a\"}".as_ptr(), token.as_mut_ptr());
            let signed = pusher_sign_channel(&credentials, request, data, out, 68, authorization.as_mut_ptr());
            assert_eq!(signed, PUSHER_OK);
            self.ticket = request.ticket;
            let answered = pusher_connection_authorize(self.connection, 9, request.ticket, authorization.as_ptr());
            assert_eq!(answered, PUSHER_OK);
        }
    }

    unsafe fn event(&mut self, event: &mut pusher_event) {
        // SAFETY: the kind names the member of the union that is set.
        unsafe {
            match event.kind {
                PUSHER_EVENT_CONNECTED => self.log += &format!("connected {}\n", text(event.u.connected)),
                PUSHER_EVENT_SUBSCRIBED => {
                    self.log += &format!("subscribed {}", text(event.channel_name));
                    // A getter leaves the event as it is.
                    assert_eq!(pusher_connection_state(self.connection), PUSHER_STATE_CONNECTED);
                    let mut member = MaybeUninit::uninit();
                    while pusher_members_next(&mut event.u.subscribed.members, member.as_mut_ptr()) {
                        self.log += &format!(" {}", text(member.assume_init_ref().user_id));
                    }
                    self.log += "\n";
                }
                PUSHER_EVENT_CHANNEL => {
                    self.log += &format!("{}: {}\n", text(event.u.message.name), text(event.u.message.data));
                }
                other => self.log += &format!("{other:?}\n"),
            }
        }
    }

    fn receive(&mut self, bytes: &[u8]) {
        let mut at = 0;
        while at < bytes.len() {
            let (mut taken, rest) = (0, &bytes[at..]);
            // SAFETY: the bytes and the variable exist during the call.
            let status = unsafe { pusher_connection_recv(self.connection, rest.as_ptr(), rest.len(), &mut taken) };
            assert_eq!(status, PUSHER_OK);
            at += taken;
            self.run();
        }
    }

    fn message(&mut self, text: &str) {
        let mut frame = vec![0x81, 126, 0, u8::try_from(text.len()).unwrap()];
        if text.len() < 126 {
            frame = vec![0x81, text.len() as u8];
        }
        frame.extend_from_slice(text.as_bytes());
        self.receive(&frame);
    }
}

#[test]
fn a_connection_lives_in_memory_of_the_caller_from_its_init_to_its_deinit() {
    let mut memory = Box::new(MaybeUninit::<[u64; 1024]>::uninit());
    let (mut rx, mut tx) = ([0; 512], [0; 512]);
    let mut config = MaybeUninit::uninit();
    let mut connection = ptr::null_mut();
    // SAFETY: all pointers lead to variables of this function, which outlive the connection.
    unsafe {
        pusher_config_init(config.as_mut_ptr(), 7);
        let options = pusher_options {
            url: c"ws://h".as_ptr(),
            cluster: ptr::null(),
            key: c"key".as_ptr(),
            random: Some(random),
            random_context: ptr::null_mut(),
            receive_buffer: rx.as_mut_ptr(),
            receive_size: rx.len(),
            transmit_buffer: tx.as_mut_ptr(),
            transmit_size: tx.len(),
            config: config.as_ptr(),
        };
        let place = memory.as_mut_ptr().cast();
        assert_eq!(pusher_connection_init(&mut connection, place, 8192, 8, 64, &options), PUSHER_OK);
        let subscribed = pusher_connection_subscribe(connection, 9, c"presence-a".as_ptr(), ptr::null_mut());
        assert_eq!(subscribed, PUSHER_OK);
        assert_eq!(pusher_connection_connect(connection, 9), PUSHER_OK);
    }
    let mut program = Program { connection, log: String::new(), ticket: pusher_ticket { id: 0 } };
    program.run();
    program.receive(HANDSHAKE.as_bytes());
    program.message(r#"{"event":"pusher:connection_established","data":"{\"socket_id\":\"1.1\"}"}"#);
    program.message(
        r#"{"event":"pusher_internal:subscription_succeeded","channel":"presence-a","data":"{\"presence\":{\"ids\":[\"a\",\"b\"]}}"}"#,
    );
    program.message(r#"{"event":"placed","channel":"presence-a","data":"{\"id\":7}"}"#);
    assert_eq!(program.log, "connected 1.1\nsubscribed presence-a a b\nplaced: {\"id\":7}\n");
    // SAFETY: the connection is there; after its end, its memory is.
    unsafe {
        assert_eq!(pusher_connection_deny(connection, 9, program.ticket), PUSHER_ERROR_STALE);
        assert_eq!(pusher_connection_deinit(connection), PUSHER_OK);
        assert_eq!(pusher_connection_deinit(connection), PUSHER_ERROR_HANDLE);
        assert_eq!(pusher_connection_connect(connection, 9), PUSHER_ERROR_HANDLE);
    }
}
