//! What embedded-tls needs: random numbers, and the verification of the server's certificate. Without a heap.

use embedded_io_async::{Read, Write};
use embedded_tls::pki::CertVerifier;
use embedded_tls::{
    Aes128GcmSha256, Certificate, CryptoProvider, CryptoRngCore, NoClock, TlsConfig, TlsConnection, TlsContext,
    TlsError, TlsVerifier,
};
use rand_core::OsRng;

/// The largest record that a server may send. A server of your own may limit them.
pub const RECORD: usize = 16_640;

struct Provider<'a> {
    random: OsRng,
    /// Without a clock that the device trusts, dates are not checked. `Connection::server_date` is not such a clock: it
    /// is as trustworthy as the server that this certificate is for.
    verifier: CertVerifier<'a, Aes128GcmSha256, NoClock, 1024>,
}

impl CryptoProvider for Provider<'_> {
    type CipherSuite = Aes128GcmSha256;
    type Signature = [u8; 0]; // the client has no certificate

    fn rng(&mut self) -> impl CryptoRngCore {
        &mut self.random
    }

    fn verifier(&mut self) -> Result<&mut impl TlsVerifier<Aes128GcmSha256>, TlsError> {
        Ok(&mut self.verifier)
    }
}

/// Opens a session with `host`, whose certificate `authority` (DER) has signed.
pub async fn open<'b, S: Read + Write + 'b>(
    socket: S,
    (rx, tx): (&'b mut [u8], &'b mut [u8]),
    host: &str,
    authority: &[u8],
) -> Result<TlsConnection<'b, S, Aes128GcmSha256>, TlsError> {
    let mut session = TlsConnection::new(socket, rx, tx);
    let config = TlsConfig::new().with_server_name(host);
    let verifier = CertVerifier::new(Certificate::X509(authority));
    session.open(TlsContext::new(&config, Provider { random: OsRng, verifier })).await?;
    Ok(session)
}
