//! Serves the client of a detached stack, from a process of its own.

use std::fs;
use std::net::{Ipv4Addr, TcpStream};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use super::config::WebConfig;
use super::listener::{WebListener, WebPort};
use super::server::{Site, WebServer};
use crate::description::Description;
use crate::directory::Directory;
use crate::error::{Error, IoContext};
use crate::stack::Stack;

/// Time limit for the first answer of the server's process.
const START: Duration = Duration::from_secs(10);

/// Hands the port over to a process that serves these files until the engine ends. `serve` is a command that calls
/// [`serve_detached`] with the three arguments that this function adds: the port, the folder, and `stack.json`.
pub fn start_detached(mut serve: Command, listener: WebListener, files: &Path, stack: &Stack) -> Result<String, Error> {
    let (port, url) = (listener.port(), listener.url());
    drop(listener);
    let program = serve.get_program().to_owned();
    serve.arg(port.to_string()).arg(files).arg(stack.description_path());
    serve.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
    // In the engine's process group, which `cargo dev --stop` ends.
    let group = i32::try_from(stack.process_group()).unwrap_or_default();
    let mut process = serve.process_group(group).spawn().context("run", program)?;
    let deadline = Instant::now() + START;
    while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
        let has_ended = !matches!(process.try_wait(), Ok(None));
        if has_ended || Instant::now() > deadline {
            return Err(Error::Web(format!("the process that serves it at port {port} did not start")));
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Ok(url)
}

/// Serves these files for the stack that `stack.json` describes, until its engine has ended.
pub fn serve_detached(port: u16, files: &Path, description: &Path) -> Result<(), Error> {
    let json = fs::read(description).context("read", description)?;
    let stack: Description = serde_json::from_slice(&json)
        .map_err(|error| Error::Web(format!("{} cannot be read: {error}", description.display())))?;
    let listener = WebListener::bind(WebPort::Exactly(port))?;
    let site = Site { files: files.to_owned(), config: WebConfig::from(&stack), reloads: None };
    let _server = WebServer::start(listener, site)?;
    let directory = description.parent().unwrap_or(Path::new("/")).to_owned();
    Directory { path: directory, port }.wait_until_dead();
    Ok(())
}
