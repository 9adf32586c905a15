//! A device that has no secret: an auth server signs for it, over the same stack as the connection.
//!
//! ```sh
//! PUSHER_SECRET=app-secret cargo run --example auth_server --features encrypted -- app-key 8080 &
//! cd examples/remote_auth
//! cargo run -- ws://127.0.0.1:6001 app-key 'http://127.0.0.1:8080/pusher/auth?user_id=7' private-orders presence-room
//! ```
//!
//! `wss` and `https` go through embedded-tls, with the authority of the file that `TLS_AUTHORITY` names (DER). `BATCH` is
//! the number of channels in one request, 1 by default. `SIGN_IN=1` signs the user in. An event `end` ends the program.
//! With `MEMORY=1`, it prints the sizes of its futures and the stack that was used (Linux only).
//!
//! The modules `remote`, `http` and `tls` run on a device as they are; replace what comes from tokio. A request for a
//! signature needs the socket id, which lives as long as the connection. So its TLS session is always a second one.

mod http;
mod remote;
mod tls;

use std::cell::RefCell;
use std::error::Error;
use std::future::poll_fn;
use std::pin::{Pin, pin};
use std::task::Poll;
use std::time::Duration;

use embedded_io_adapters::tokio_1::FromTokio;
use embedded_io_async::{Read, Write};
use heapless::Vec as Buffer;
use pusher_proto::io::{Pipe, Shared, Step};
use pusher_proto::{Client, Config, Connection, Endpoint, Event, Instant};
use remote::{Later, Remote};
use tokio::net::TcpStream;
use tokio::time::{self, timeout};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// A request to the auth server that takes longer has failed.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(10);

type App<'b, R> = Connection<'b, R, 8>;

/// Where the auth server is.
struct Server<'a> {
    is_secure: bool,
    authority: &'a str,
    target: &'a str,
}

impl<'a> Server<'a> {
    fn parse(url: &'a str) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let (authority, target) = rest.split_at(rest.find('/')?);
        Some(Self { is_secure: scheme == "https", authority, target })
    }

    /// Returns the status, and the body in `body`.
    async fn post<const N: usize>(
        &self,
        ca: &[u8],
        is_user: bool,
        form: &str,
        body: &mut Buffer<u8, N>,
    ) -> Result<u16, Box<dyn Error>> {
        // As pusher-js does, by default.
        let target = if is_user { self.target.replace("/auth", "/user-auth") } else { self.target.to_owned() };
        let mut stream = FromTokio::new(TcpStream::connect(self.authority).await?);
        if !self.is_secure {
            return http::post(&mut stream, self.authority, &target, form, body)
                .await
                .map_err(|error| format!("{error:?}").into());
        }
        // The second TLS session: these buffers, beside those of the connection.
        let (mut rx, mut tx) = (vec![0; tls::RECORD], vec![0; 1024]);
        let host = self.authority.split(':').next().unwrap_or_default();
        let session = tls::open(stream, (&mut rx, &mut tx), host, ca).await;
        let mut session = session.map_err(|error| format!("{error:?}"))?;
        let posted = http::post(&mut session, self.authority, &target, form, body).await;
        let _ = session.close().await;
        posted.map_err(|error| format!("{error:?}").into())
    }
}

async fn run(arguments: &[String]) -> Result<(), Box<dyn Error>> {
    let [url, key, auth_url, channels @ ..] = arguments else { return Err("needs URL KEY AUTH_URL CHANNEL..".into()) };
    let server = Server::parse(auth_url).ok_or("AUTH_URL must be http[s]://HOST:PORT/PATH")?;
    let ca = std::env::var("TLS_AUTHORITY").map(std::fs::read).unwrap_or(Ok(Vec::new()))?;
    let batch = std::env::var("BATCH").map_or(Ok(1), |batch| batch.parse())?;
    let endpoint = Endpoint::from_url(url, key)?;

    let started = time::Instant::now();
    let now = || Instant::from_millis(started.elapsed().as_millis() as u64);
    let random = |bytes: &mut [u8]| getrandom::fill(bytes).expect("the system has random numbers");
    let (mut rx, mut tx) = ([0; 4096], [0; 1024]);
    let mut connection = App::new(Client::new(Config::new(getrandom::u32()?)), endpoint, random, &mut rx, &mut tx);
    for channel in channels {
        connection.subscribe(now(), channel)?;
    }
    if std::env::var("SIGN_IN").is_ok() {
        connection.sign_in(now());
    }
    connection.connect(now());

    let remote = Remote::new(batch);
    let mut requests = pin!(remote.serve(async |is_user, form: &str, body: &mut _| {
        let posted = timeout(REQUEST_TIMEOUT, server.post(&ca, is_user, form, body)).await;
        let status = match posted {
            Ok(Ok(status)) => status,
            Ok(Err(error)) => {
                println!("the auth server: {error}");
                503
            }
            Err(_) => 503,
        };
        println!(
            "request: {}, {status}",
            if is_user { "user".into() } else { format!("{} channels", form.matches("channel_name=").count()) }
        );
        status
    }));

    if std::env::var("MEMORY").is_ok() {
        println!("memory: requests {} B", size_of_val(&*requests));
    }

    let (mut record_rx, mut record_tx) = (vec![0; tls::RECORD], vec![0; 1024]);
    loop {
        let step = connection.step_async(now(), None::<&mut FromTokio<TcpStream>>, &mut Later(&remote)).await;
        match step {
            Step::Open { secure, attempt } => {
                let mut host = [0; 256];
                let host = endpoint.host(&mut host)?;
                let opened = timeout(CONNECT_TIMEOUT, async {
                    let tcp = RefCell::new(FromTokio::new(TcpStream::connect((host, endpoint.port())).await?));
                    Ok::<_, Box<dyn Error>>(tcp)
                });
                let Ok(Ok(tcp)) = opened.await else {
                    connection.handle_open_failed(now(), attempt);
                    continue;
                };
                if !(secure || endpoint.is_secure()) {
                    let halves = (Shared::new(&tcp), Shared::new(&tcp));
                    session(&mut connection, halves, &remote, requests.as_mut(), now).await;
                    continue;
                }
                let buffers = (&mut record_rx[..], &mut record_tx[..]);
                match timeout(CONNECT_TIMEOUT, tls::open(Shared::new(&tcp), buffers, host, &ca)).await {
                    Ok(Ok(mut tls)) => {
                        session(&mut connection, tls.split(), &remote, requests.as_mut(), now).await;
                        let _ = timeout(CONNECT_TIMEOUT, tls.close()).await;
                    }
                    error => {
                        println!("no TLS: {:?}", error.map(|result| result.err()));
                        connection.handle_open_failed(now(), attempt);
                    }
                }
            }
            Step::Notice(notice) => println!("{notice:?}"),
            Step::Wait { until: Some(until) } => time::sleep(until.saturating_duration_since(now()).into()).await,
            Step::Wait { until: None } => return Ok(()),
            _ => {}
        }
    }
}

/// Runs the connection and the auth requests concurrently until the socket must be closed.
async fn session<R: FnMut(&mut [u8])>(
    connection: &mut App<'_, R>,
    (reader, writer): (impl Read, impl Write),
    remote: &Remote,
    mut requests: Pin<&mut impl Future<Output = ()>>,
    now: impl Fn() -> Instant,
) {
    let (mut rx, mut tx) = ([0; 64], [0; 256]);
    let pipe = Pipe::new(&mut rx, &mut tx);
    let run = pin!(pipe.run(reader, writer));
    let mut socket = pipe.socket(run);
    let mut later = Later(remote);
    let (mut is_over, mut is_connected) = (false, false);
    loop {
        // What a device without a clock needs for requests to the HTTP API.
        if std::mem::take(&mut is_connected) {
            println!("server date: {:?}", connection.server_date());
        }
        if is_over {
            connection.disconnect(now());
        }
        remote.deliver(connection, now());
        let due = connection.poll_timeout().map_or(Duration::MAX, |due| due.saturating_duration_since(now()).into());
        let mut timer = pin!(time::sleep(due));
        let mut step = pin!(connection.step_async(now(), Some(&mut socket), &mut later));
        let step = poll_fn(|context| {
            if let Poll::Ready(step) = step.as_mut().poll(context) {
                return Poll::Ready(Some(step));
            }
            // A request is not dropped when the step is: it has a future of its own.
            let _ = requests.as_mut().poll(context);
            if remote.has_news() { Poll::Ready(None) } else { timer.as_mut().poll(context).map(|()| None) }
        });
        match step.await {
            Some(Step::Close(reason)) => return println!("closed: {reason}"),
            Some(Step::Event(event)) => {
                is_connected = matches!(event, Event::Connected { .. });
                is_over |= matches!(&event, Event::Channel(message) if message.event == "end");
                print(&event);
            }
            Some(Step::Notice(notice)) => println!("{notice:?}"),
            Some(Step::BadEnvelope(error)) => println!("{error}"),
            Some(Step::OutputTooSmall(error)) => println!("{error}"),
            _ => {}
        }
    }
}

fn print(event: &Event<'_>) {
    match event {
        Event::Subscribed { channel_name, .. } => println!("subscribed {channel_name}"),
        Event::Channel(message) => {
            println!("event {} {} {}", message.channel_name, message.event, message.payload.as_str())
        }
        other => println!("{other:?}"),
    }
}

/// Returns the KB of this thread's stack that were ever used, in pages. Linux gives a page at its first use.
fn stack_used() -> Option<u32> {
    let local = 0u8;
    let here = &raw const local as usize;
    let maps = std::fs::read_to_string("/proc/self/smaps").ok()?;
    let mut is_stack = false;
    for line in maps.lines() {
        let words: Vec<_> = line.split_whitespace().collect();
        match words[..] {
            ["Rss:", size, "kB"] if is_stack => return size.parse().ok(),
            [range, _, _, _, "0", ..] => {
                let (start, end) = range.split_once('-')?;
                let number = |text| usize::from_str_radix(text, 16).ok();
                is_stack = (number(start)?..number(end)?).contains(&here);
            }
            _ => {}
        }
    }
    None
}

fn main() -> Result<(), Box<dyn Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let thread = move || {
        // On the heap, so that the stack is that of one poll.
        let future = Box::pin(run(&arguments));
        let size = size_of_val(&*future);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        let result = runtime.map_err(Into::into).and_then(|runtime| runtime.block_on(future));
        if std::env::var("MEMORY").is_ok() {
            println!("memory: all futures {size} B, stack {} KB", stack_used().unwrap_or_default());
        }
        result.map_err(|error| error.to_string())
    };
    // A stack of its own, whose use can be seen.
    let thread = std::thread::Builder::new().stack_size(1 << 20).spawn(thread)?;
    Ok(thread.join().map_err(|_| "panicked")??)
}
