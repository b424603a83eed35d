//! The web server answers as CloudFront does: the same headers, the same rule for the client's addresses.

use std::fs;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::path::{Path, PathBuf};

use paloma_local::Error;
use paloma_local::web::{Reloads, Site, WebConfig, WebListener, WebPort, WebServer};

type Failure = Box<dyn std::error::Error>;

/// A server with a small client, in a folder that is deleted with it.
struct Client {
    _server: WebServer,
    port: u16,
    files: PathBuf,
}

impl Client {
    fn start(name: &str) -> Result<Self, Failure> {
        Self::start_with(name, |_| Ok(None))
    }

    fn start_with(name: &str, reloads: impl Fn(&Path) -> Result<Option<Reloads>, Error>) -> Result<Self, Failure> {
        let files = std::env::temp_dir().join(format!("paloma-web-{name}-{}", std::process::id()));
        fs::create_dir_all(&files)?;
        fs::write(files.join("index.html"), "<html><head></head><body>Paloma</body></html>")?;
        fs::write(files.join("main-ABCD2345.js"), "'use strict';\n".repeat(100))?;
        let config = WebConfig {
            api_url: "http://127.0.0.1:4566/_aws/api".to_owned(),
            web_socket_url: "ws://127.0.0.1:4566/_aws/socket".to_owned(),
            user_pool_id: None,
            user_pool_client_id: None,
            demo_users: Vec::new(),
        };
        let listener = WebListener::bind(WebPort::Any)?;
        let port = listener.port();
        let server = WebServer::start(listener, Site { reloads: reloads(&files)?, files: files.clone(), config })?;
        assert_eq!(server.url(), format!("http://localhost:{port}"));
        Ok(Self { _server: server, port, files })
    }

    fn connect(&self, path: &str, headers: &str) -> Result<BufReader<TcpStream>, Failure> {
        let mut socket = TcpStream::connect(("127.0.0.1", self.port))?;
        write!(socket, "GET {path} HTTP/1.1\r\nconnection: close\r\n{headers}\r\n")?;
        Ok(BufReader::new(socket))
    }

    /// The status line with the headers, and the body.
    fn get_with(&self, path: &str, headers: &str) -> Result<(String, Vec<u8>), Failure> {
        let mut answer = Vec::new();
        self.connect(path, headers)?.read_to_end(&mut answer)?;
        let end = answer.windows(4).position(|bytes| bytes == b"\r\n\r\n").ok_or("no end of headers")?;
        Ok((String::from_utf8(answer[..end].to_vec())?, answer[end + 4..].to_vec()))
    }

    fn get(&self, path: &str) -> Result<(String, String), Failure> {
        let (head, body) = self.get_with(path, "host: localhost\r\n")?;
        Ok((head, String::from_utf8(body)?))
    }
}

fn watched(files: &Path) -> Result<Option<Reloads>, Error> {
    Reloads::watch(files).map(Some)
}

impl Drop for Client {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.files);
    }
}

#[test]
fn every_address_of_the_client_is_its_page() -> Result<(), Failure> {
    let client = Client::start("pages")?;
    for path in ["/", "/index.html", "/chats/1b2c3d4e-5f60", "/settings/devices?tab=1"] {
        let (head, body) = client.get(path)?;
        assert!(head.starts_with("HTTP/1.1 200") && head.contains("content-type: text/html; charset=utf-8"), "{head}");
        assert!(head.contains("cache-control: no-cache"), "{head}");
        assert!(body.contains("Paloma") && !body.contains("script"), "{body}");
    }
    for path in ["/chunk-GONE2345.js", "/../Cargo.toml", "/__reload.js"] {
        assert!(client.get(path)?.0.starts_with("HTTP/1.1 404"), "{path}");
    }
    Ok(())
}

#[test]
fn files_are_compressed_and_kept_and_have_their_type() -> Result<(), Failure> {
    let client = Client::start("files")?;
    let (head, body) = client.get_with("/main-ABCD2345.js", "host: localhost\r\naccept-encoding: br, gzip\r\n")?;
    assert!(head.contains("content-type: text/javascript") && head.contains("content-encoding: gzip"), "{head}");
    assert!(head.contains("cache-control: public, max-age=31536000, immutable"), "{head}");
    assert!(body.len() < 200, "{} bytes", body.len());
    Ok(())
}

#[test]
fn every_answer_has_the_security_headers() -> Result<(), Failure> {
    let client = Client::start("headers")?;
    for path in ["/", "/main-ABCD2345.js", "/config.json", "/missing.js"] {
        let (head, _) = client.get(path)?;
        assert!(head.contains("connect-src 'self' http://127.0.0.1:4566 ws://127.0.0.1:4566;"), "{head}");
        assert!(head.contains("x-content-type-options: nosniff"), "{head}");
    }
    Ok(())
}

#[test]
fn the_configuration_has_the_addresses_of_the_deployment() -> Result<(), Failure> {
    let client = Client::start("config")?;
    let (head, body) = client.get("/config.json")?;
    assert!(head.contains("application/json") && head.contains("cache-control: no-cache"), "{head}");
    let addresses = r#"{"apiUrl":"http://127.0.0.1:4566/_aws/api","webSocketUrl":"ws://127.0.0.1:4566/_aws/socket"}"#;
    assert!(body.contains(addresses), "{body}");
    Ok(())
}

#[test]
fn a_page_of_another_host_name_gets_nothing() -> Result<(), Failure> {
    let client = Client::start("hosts")?;
    let (head, body) = client.get_with("/config.json", "host: elsewhere.example\r\n")?;
    assert!(head.starts_with("HTTP/1.1 421") && body.is_empty(), "{head}");
    Ok(())
}

#[test]
fn an_open_page_learns_of_each_build() -> Result<(), Failure> {
    let client = Client::start_with("reloads", watched)?;
    assert!(client.get("/")?.1.contains("<script src=\"/__reload.js\" defer></script></head>"));
    assert!(client.get("/__reload.js")?.1.contains("EventSource"));

    let events = client.connect("/__reload", "host: localhost\r\n")?;
    let mut versions =
        events.lines().map_while(Result::ok).filter_map(|line| line.strip_prefix("data: ")?.parse().ok());
    let first: u64 = versions.next().ok_or("no first version")?;
    fs::write(client.files.join("main-ABCD2345.js"), "'use strict';")?;
    assert_eq!(versions.next(), Some(first + 1));
    Ok(())
}

#[test]
fn the_port_is_free_after_the_server() -> Result<(), Failure> {
    let client = Client::start_with("ends", watched)?;
    let port = client.port;
    let _open = client.connect("/__reload", "host: localhost\r\n")?;
    drop(client);
    WebListener::bind(WebPort::Exactly(port))?;
    Ok(())
}
