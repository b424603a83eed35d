//! The folder of one stack, `target/local/<port>`, with its logs, the engine's files and its `stack.json`.

use std::fs::{self, File, TryLockError};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};

use crate::error::{Error, IoContext};
use crate::workspace::Workspace;

/// The port that `cargo dev` prefers, so that a frontend can keep its settings. It is the engine's own default.
pub(crate) const PREFERRED_PORT: u16 = 4566;

/// The folder of a stack. A stack that has created the folder owns the port.
#[derive(Debug)]
pub(crate) struct Directory {
    pub path: PathBuf,
    pub port: u16,
}

impl Directory {
    /// Claims a port and its folder, and removes the folders of dead stacks. Returns the engine's log, locked.
    ///
    /// The engine writes to the log and inherits its lock. So the log stays locked while the engine lives, and an
    /// unlocked log means a dead stack, no matter how it ended.
    pub fn claim(workspace: &Workspace, port: Port) -> Result<(Self, File), Error> {
        let local = workspace.local();
        fs::create_dir_all(&local).context("create", &local)?;
        let lock = local.join("directories.lock");
        let _lock = File::create(&lock).and_then(|file| file.lock().map(|()| file)).context("lock", &lock)?;
        for dead in stacks(&local).filter(|stack| !stack.is_alive()) {
            fs::remove_dir_all(&dead.path).context("remove", &dead.path)?;
        }
        let is_free = |port: u16| is_free(port) && !local.join(port.to_string()).exists();
        let port = match port {
            Port::Exactly(port) if is_free(port) => port,
            Port::Exactly(port) => return Err(Error::PortTaken(port)),
            Port::Preferred if is_free(PREFERRED_PORT) => PREFERRED_PORT,
            // Below the ephemeral ports, since an outgoing connection could take one of those before the engine does.
            Port::Preferred | Port::Any => loop {
                let port = fastrand::u16(20_000..30_000);
                if is_free(port) {
                    break port;
                }
            },
        };
        let directory = Self { path: local.join(port.to_string()), port };
        fs::create_dir_all(directory.temporary()).context("create", &directory.path)?;
        let log = File::create(directory.engine_log()).context("create", directory.engine_log())?;
        log.lock().context("lock", directory.engine_log())?;
        Ok((directory, log))
    }

    /// The detached stacks that still run.
    pub fn detached(workspace: &Workspace) -> Vec<Self> {
        stacks(&workspace.local()).filter(|stack| stack.process_id().exists() && stack.is_alive()).collect()
    }

    /// Waits until the engine has ended.
    pub fn wait_until_dead(&self) {
        if let Ok(log) = File::open(self.engine_log()) {
            let _ = log.lock();
        }
    }

    /// The engine's log. It is locked while the engine lives.
    pub fn engine_log(&self) -> PathBuf {
        self.path.join("engine.log")
    }

    pub fn deployment_log(&self) -> PathBuf {
        self.path.join("deployment.log")
    }

    /// The log lines of all functions, as JSON lines.
    pub fn function_log(&self) -> PathBuf {
        self.path.join("functions.log")
    }

    /// The pushes to all phones, as JSON lines.
    pub fn push_log(&self) -> PathBuf {
        self.path.join("pushes.log")
    }

    /// The engine's files and the functions' binaries, which are needed only while the stack runs.
    pub fn temporary(&self) -> PathBuf {
        self.path.join("temporary")
    }

    /// Holds the engine's process id if the stack is detached.
    pub fn process_id(&self) -> PathBuf {
        self.path.join("detached")
    }

    /// The description of this stack.
    pub fn description(&self) -> PathBuf {
        self.path.join("stack.json")
    }

    /// The path at which clients look for the description of the newest stack.
    pub fn newest_description(&self) -> PathBuf {
        self.path.with_file_name("stack.json")
    }

    /// Removes the description of the newest stack, unless it describes another stack by now.
    pub fn remove_newest_description(&self) {
        let (newest, own) = (fs::read(self.newest_description()), fs::read(self.description()));
        if newest.is_ok_and(|newest| own.is_ok_and(|own| own == newest)) {
            let _ = fs::remove_file(self.newest_description());
        }
    }

    fn is_alive(&self) -> bool {
        let log = File::open(self.engine_log());
        log.is_ok_and(|log| matches!(log.try_lock(), Err(TryLockError::WouldBlock)))
    }
}

/// The engine's port.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Port {
    /// Fails if this port is in use.
    Exactly(u16),
    /// 4566 if it is free, or else any free port.
    Preferred,
    /// Any free port, for tests.
    Any,
}

/// Whether no process listens on the port, on the loopback address or on all addresses.
fn is_free(port: u16) -> bool {
    let answers = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok();
    !answers && TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

/// The folders of living and dead stacks: the ones with a port as their name.
fn stacks(local: &Path) -> impl Iterator<Item = Directory> + use<> {
    let entries = fs::read_dir(local).into_iter().flatten().flatten();
    entries.filter_map(|entry| {
        let port = entry.file_name().to_str()?.parse().ok()?;
        Some(Directory { path: entry.path(), port })
    })
}
