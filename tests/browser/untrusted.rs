//! The stack behind a certificate that no browser trusts: it is for another name, and its own issuer.

use std::sync::Arc;

use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::pki_types::PrivatePkcs8KeyDer;

/// The only name in the certificate.
const NAME: &str = "another.example";

/// Serves the stack at this port of 127.0.0.1 until the process ends. Returns the port for HTTPS.
pub async fn serve(stack: u16) -> u16 {
    let acceptor = acceptor();
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("an address").port();
    tokio::spawn(async move {
        while let Ok((browser, _)) = listener.accept().await {
            tokio::spawn(pass(acceptor.clone(), browser, stack));
        }
    });
    port
}

fn acceptor() -> TlsAcceptor {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed([NAME.to_owned()]).expect("a certificate");
    let key = PrivatePkcs8KeyDer::from(signing_key.serialize_der()).into();
    let config = ServerConfig::builder().with_no_client_auth().with_single_cert(vec![cert.der().clone()], key);
    TlsAcceptor::from(Arc::new(config.expect("a TLS configuration")))
}

/// A browser ends the handshake when it has seen the certificate. A client that accepts it reaches the stack.
async fn pass(acceptor: TlsAcceptor, browser: TcpStream, stack: u16) {
    let Ok(mut browser) = acceptor.accept(browser).await else { return };
    let Ok(mut stack) = TcpStream::connect(("127.0.0.1", stack)).await else { return };
    let _ = copy_bidirectional(&mut browser, &mut stack).await;
}
