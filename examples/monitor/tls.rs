//! Trusted certificate authorities for `wss` and `https`.

use std::path::Path;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

use crate::Failure;

/// Trusts the authorities in the PEM file `ca`, or by default those that browsers trust.
pub fn configuration(ca: Option<&Path>) -> Result<Arc<ClientConfig>, Failure> {
    let mut roots = RootCertStore::empty();
    match ca {
        Some(file) => {
            add_all(file, &mut roots).map_err(|error| format!("--ca {}: {error}", file.display()))?;
        }
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
    Ok(Arc::new(config.with_root_certificates(roots).with_no_client_auth()))
}

fn add_all(file: &Path, roots: &mut RootCertStore) -> Result<(), Failure> {
    for certificate in CertificateDer::pem_file_iter(file)? {
        roots.add(certificate?)?;
    }
    if roots.is_empty() { Err("the file contains no certificate".into()) } else { Ok(()) }
}
