//! The faults of a run, and their probabilities.

/// Probabilities in per mille, and ranges in milliseconds from which each delay is drawn.
#[derive(Clone, Copy, Debug)]
pub struct Weather {
    pub name: &'static str,

    // Drawn for each step of a run.
    /// The latency of a message.
    pub latency: &'static [u64],
    /// The time that the application takes for an authorization.
    pub thinking: &'static [u64],
    /// The time that the server takes to check a signature in the background. 0 means in the foreground.
    pub checking: &'static [u64],
    /// The time between two steps.
    pub wait: &'static [u64],

    // Per 1,000 requests to the server.
    /// The server is busy before it processes the request, and all that follow wait too.
    pub busy: u16,
    pub busy_for: &'static [u64],
    /// The server neither processes nor answers the request.
    pub swallow: u16,
    /// The server processes the request and does not answer.
    pub mute: u16,
    /// The server answers the request twice.
    pub twice: u16,
    /// The server refuses the request.
    pub refuse: u16,
    /// The server refuses the request for its rate limit, with 4301.
    pub limit: u16,

    // Per 1,000 requests to the application.
    /// The application denies.
    pub deny: u16,
    /// The auth server fails: 503 or 403.
    pub fail: u16,
    /// The application never answers.
    pub forget: u16,

    // Per 1,000 steps.
    /// The application signs in, out, or in as another user.
    pub sign: u16,
    /// The server replaces its key. The application receives it some steps later.
    pub rotate: u16,
    /// The server closes the connection: with a code, without, or with a reset.
    pub close: u16,
    /// The link dies: messages vanish. The client's transport notices late or never.
    pub dead: u16,
    /// The server stops or starts to accept connections.
    pub down: u16,
    /// The clock of the device is set forward or back.
    pub jump: u16,
    /// The device sleeps.
    pub sleep: u16,
    /// The application disconnects.
    pub disconnect: u16,
    /// An event for a user who is not signed in here.
    pub stray: u16,

    /// Buffers have their minimum size, and the socket transfers single bytes.
    pub tiny: bool,
}

/// A run without faults.
pub const FAIR: Weather = Weather {
    name: "fair",
    latency: &[10],
    thinking: &[10],
    checking: &[0, 5],
    wait: &[0, 0, 1, 20, 500, 9_000, 130_000],
    busy: 0,
    busy_for: &[12_000],
    swallow: 0,
    mute: 0,
    twice: 0,
    refuse: 0,
    limit: 0,
    deny: 0,
    fail: 0,
    forget: 0,
    sign: 60,
    rotate: 0,
    close: 0,
    dead: 0,
    down: 0,
    jump: 0,
    sleep: 0,
    disconnect: 0,
    stray: 0,
    tiny: false,
};

/// Delays near most deadlines of the client, on either side.
const RESTLESS: &[u64] = &[0, 0, 0, 1, 5, 20, 500, 1_500, 9_990, 10_010, 12_000, 40_000, 200_000];

pub const WEATHERS: &[Weather] = &[
    FAIR,
    Weather {
        name: "delays",
        latency: &[0, 1, 10, 1_000, 4_000],
        thinking: &[0, 10, 3_000, 9_000, 20_000],
        checking: &[0, 5, 50, 2_000, 9_000, 15_000],
        wait: RESTLESS,
        busy: 80,
        busy_for: &[100, 3_000, 11_000, 25_000],
        ..FAIR
    },
    Weather {
        name: "silence",
        latency: &[0, 10, 1_000],
        checking: &[0, 5, 9_000, 15_000],
        wait: RESTLESS,
        swallow: 120,
        mute: 120,
        forget: 60,
        ..FAIR
    },
    Weather {
        name: "refusals",
        latency: &[0, 10, 1_000],
        checking: &[0, 5, 50, 2_000, 12_000],
        wait: RESTLESS,
        refuse: 250,
        deny: 80,
        fail: 80,
        busy: 30,
        busy_for: &[3_000, 12_000],
        ..FAIR
    },
    Weather {
        name: "key rotation",
        latency: &[0, 10, 1_000],
        checking: &[0, 5, 2_000, 12_000],
        wait: RESTLESS,
        rotate: 150,
        ..FAIR
    },
    Weather {
        name: "sign-in and out",
        latency: &[0, 10, 1_000],
        thinking: &[0, 10, 3_000],
        checking: &[0, 5, 2_000, 12_000],
        wait: RESTLESS,
        sign: 400,
        swallow: 60,
        mute: 60,
        refuse: 60,
        stray: 40,
        close: 20,
        ..FAIR
    },
    Weather {
        name: "clock jumps",
        latency: &[0, 10, 100],
        wait: RESTLESS,
        jump: 120,
        sleep: 120,
        dead: 60,
        close: 60,
        ..FAIR
    },
    Weather {
        name: "tiny buffers",
        latency: &[0, 10, 1_000],
        wait: RESTLESS,
        busy: 50,
        busy_for: &[3_000, 12_000],
        close: 40,
        dead: 20,
        tiny: true,
        ..FAIR
    },
    Weather {
        name: "storms",
        latency: &[0, 10, 1_000],
        thinking: &[0, 10, 3_000],
        wait: RESTLESS,
        close: 300,
        dead: 120,
        down: 60,
        disconnect: 30,
        ..FAIR
    },
    // A duplicate answer looks like an answer to a second request, so nothing is refused here.
    Weather { name: "echoes", latency: &[0, 10, 1_000], wait: RESTLESS, twice: 300, close: 30, ..FAIR },
    Weather {
        name: "rate limits",
        latency: &[0, 10, 1_000],
        checking: &[0, 5, 2_000],
        wait: RESTLESS,
        limit: 250,
        close: 20,
        ..FAIR
    },
    Weather {
        name: "everything",
        latency: &[0, 1, 10, 1_000, 4_000],
        thinking: &[0, 10, 3_000, 9_000, 20_000],
        checking: &[0, 5, 50, 2_000, 9_000, 15_000],
        wait: RESTLESS,
        busy: 40,
        busy_for: &[100, 3_000, 11_000, 25_000],
        swallow: 40,
        mute: 40,
        refuse: 80,
        limit: 40,
        deny: 40,
        fail: 40,
        forget: 30,
        sign: 120,
        rotate: 30,
        close: 60,
        dead: 30,
        down: 20,
        jump: 20,
        sleep: 20,
        disconnect: 20,
        stray: 20,
        ..FAIR
    },
];
