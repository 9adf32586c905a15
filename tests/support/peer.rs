//! Starts, kills and restarts a real server.

use std::ffi::OsString;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use rustls::ClientConfig;

use super::certificate::Certificate;
use super::http::{Api, App};
use super::process::{Scratch, end, free_address, wait_until};
use super::stream::try_connect;

const STARTUP: Duration = Duration::from_secs(30);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Soketi,
    Sockudo,
}

/// The options of a server.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Setup {
    /// TLS, with a certificate for `localhost` and `127.0.0.1` by [`Server::certificate_authority`].
    pub tls: bool,
    /// Timeouts of a few seconds: sockudo pings after 2 s of silence, and both servers close the connection of a user
    /// who has not signed in after 3 s. The two differ: TCP answers a ping to a closed socket with a reset, which loses
    /// the server's last messages.
    pub impatient: bool,
}

/// A running server. Dropping it kills the process.
pub struct Server {
    kind: Kind,
    program: PathBuf,
    address: SocketAddr,
    setup: Setup,
    certificate: Option<Certificate>,
    child: Child,
    scratch: Scratch,
}

impl Server {
    /// Starts a server without TLS. Prints a note and returns `None` if it is not installed.
    pub fn start(kind: Kind) -> Option<Self> {
        Self::start_with(kind, Setup::default())
    }

    /// Starts a server behind TLS.
    pub fn start_tls(kind: Kind) -> Option<Self> {
        Self::start_with(kind, Setup { tls: true, ..Setup::default() })
    }

    pub fn start_with(kind: Kind, setup: Setup) -> Option<Self> {
        let Some(program) = kind.program() else {
            super::left_out(kind.name());
            return None;
        };
        let scratch = Scratch::new();
        let certificate = setup.tls.then(|| Certificate::create(scratch.path()));
        let address = free_address();
        let child = launch(kind, &program, address, setup, certificate.as_ref(), scratch.path());
        let mut server = Self { kind, program, address, setup, certificate, child, scratch };
        server.wait_until_it_answers();
        Some(server)
    }

    pub fn address(&self) -> SocketAddr {
        self.address
    }

    pub fn port(&self) -> u16 {
        self.address.port()
    }

    /// Returns the PEM file of the authority that signed a TLS server's certificate.
    pub fn certificate_authority(&self) -> Option<&Path> {
        self.certificate.as_ref().map(|certificate| certificate.authority.as_path())
    }

    /// Returns the TLS configuration for clients of a TLS server.
    pub fn client_tls(&self) -> Option<Arc<ClientConfig>> {
        self.certificate.as_ref().map(Certificate::client)
    }

    /// Returns the server's HTTP API, as an application's backend uses it.
    pub fn api(&self, app: App) -> Api {
        Api::new(self.address, app, self.client_tls())
    }

    /// Requests a shutdown by SIGTERM. sockudo ends after a while; soketi keeps running.
    pub fn shut_down(&mut self) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
    }

    /// Ends the server at once by SIGKILL, without close frames. On return, its port is free.
    ///
    /// SIGKILL because soketi keeps running after a SIGTERM.
    pub fn kill(&mut self) {
        end(&mut self.child);
        // soketi listens with SO_REUSEPORT: a leftover process would keep answering in place of its successor.
        assert!(
            wait_until(Duration::from_secs(5), || TcpStream::connect(self.address).is_err()),
            "a process still listens on {}",
            self.address
        );
    }

    /// Restarts the server on the same port, killing it first if it still runs. It keeps no state.
    pub fn restart(&mut self) {
        self.kill();
        let certificate = self.certificate.as_ref();
        self.child = launch(self.kind, &self.program, self.address, self.setup, certificate, self.scratch.path());
        self.wait_until_it_answers();
    }

    /// Returns the server's output since its last start.
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.scratch.path().join("log")).unwrap_or_default()
    }

    /// Waits for a response, because an accepted connection proves nothing: a process that another thread starts holds
    /// copies of this one's listeners until it executes its program. Connections to these are accepted and then reset.
    fn wait_until_it_answers(&mut self) {
        let tls = self.client_tls();
        let mut exit = None;
        let answers = wait_until(STARTUP, || {
            exit = self.child.try_wait().unwrap();
            exit.is_some() || answers_a_request(self.address, tls.as_ref()).is_ok()
        });
        assert!(answers && exit.is_none(), "{} did not start ({exit:?}):\n{}", self.kind.name(), self.log());
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        end(&mut self.child);
    }
}

impl Kind {
    pub fn is_installed(self) -> bool {
        self.program().is_some()
    }

    /// The path set by tests/run.sh.
    fn program(self) -> Option<PathBuf> {
        let variable = match self {
            Kind::Soketi => "SOKETI_DIR",
            Kind::Sockudo => "SOCKUDO_BIN",
        };
        std::env::var_os(variable).filter(|path| !path.is_empty()).map(PathBuf::from)
    }

    pub fn name(self) -> &'static str {
        match self {
            Kind::Soketi => "soketi",
            Kind::Sockudo => "sockudo",
        }
    }
}

/// Requests `/` and reads the first byte of the response, whatever its status.
fn answers_a_request(address: SocketAddr, tls: Option<&Arc<ClientConfig>>) -> std::io::Result<()> {
    let mut stream = try_connect(address, tls)?;
    stream.write_all(b"GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n")?;
    stream.read_exact(&mut [0])
}

fn launch(
    kind: Kind,
    program: &Path,
    address: SocketAddr,
    setup: Setup,
    certificate: Option<&Certificate>,
    scratch: &Path,
) -> Child {
    let mut command = match kind {
        Kind::Soketi => soketi(program, address, setup, certificate, scratch),
        Kind::Sockudo => sockudo(program, address, setup, certificate),
    };
    let log = File::create(scratch.join("log")).unwrap();
    command
        .current_dir(scratch)
        .stdin(Stdio::null())
        .stdout(log.try_clone().unwrap())
        .stderr(log)
        .spawn()
        .unwrap_or_else(|error| panic!("{} does not start: {error}", kind.name()))
}

fn soketi(
    directory: &Path,
    address: SocketAddr,
    setup: Setup,
    certificate: Option<&Certificate>,
    scratch: &Path,
) -> Command {
    let template = include_str!("../peers/soketi/config.json");
    let mut config: serde_json::Value = serde_json::from_str(template).unwrap();
    config["port"] = address.port().into();
    if setup.impatient {
        config["userAuthenticationTimeout"] = 3000.into(); // milliseconds
    }
    if let Some(certificate) = certificate {
        config["ssl"] = serde_json::json!({ "certPath": certificate.certificate, "keyPath": certificate.key });
    }
    let file = scratch.join("config.json");
    std::fs::write(&file, config.to_string()).unwrap();
    let mut option = OsString::from("--config=");
    option.push(file);
    let mut command = Command::new("node");
    command.arg(directory.join("node_modules/@soketi/soketi/bin/server.js")).arg("start").arg(option);
    command
}

fn sockudo(binary: &Path, address: SocketAddr, setup: Setup, certificate: Option<&Certificate>) -> Command {
    let mut command = Command::new(binary);
    command
        .arg("--config")
        .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/peers/sockudo/sockudo.toml"))
        .env("HOST", address.ip().to_string())
        .env("PORT", address.port().to_string());
    if setup.impatient {
        command.env("ACTIVITY_TIMEOUT", "2").env("USER_AUTHENTICATION_TIMEOUT", "3"); // seconds
    }
    if let Some(certificate) = certificate {
        command
            .env("SSL_ENABLED", "true")
            .env("SSL_CERT_PATH", &certificate.certificate)
            .env("SSL_KEY_PATH", &certificate.key);
    }
    command
}
