//! The folder of one stack, `target/local/<port>`: its logs, the engine's files, its `stack.json`.

use std::fs::{self, File, TryLockError};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};

use crate::error::{Doing, Error};
use crate::workspace::Workspace;

/// What `cargo dev` prefers, so that a frontend finds it where it was yesterday: the engine's own default.
pub(crate) const USUAL_PORT: u16 = 4566;

/// The folder of a stack, and with it the claim to a port.
#[derive(Debug)]
pub(crate) struct Directory {
    pub path: PathBuf,
    pub port: u16,
}

impl Directory {
    /// Claims a port and its folder, and removes what dead stacks left. Gives the engine's log, locked.
    ///
    /// The log is what the engine writes to, so it stays locked for as long as the engine lives, and a stack is
    /// dead when its log is not locked, however it ended.
    pub fn claim(workspace: &Workspace, port: Port) -> Result<(Self, File), Error> {
        let local = workspace.local();
        fs::create_dir_all(&local).doing("make", &local)?;
        let turn = local.join("directories.lock");
        let _turn = File::create(&turn).and_then(|file| file.lock().map(|()| file)).doing("lock", &turn)?;
        for dead in stacks(&local).filter(|stack| !stack.is_alive()) {
            fs::remove_dir_all(&dead.path).doing("remove", &dead.path)?;
        }
        let is_free = |port: u16| is_free(port) && !local.join(port.to_string()).exists();
        let port = match port {
            Port::Exactly(port) if is_free(port) => port,
            Port::Exactly(port) => return Err(Error::PortTaken(port)),
            Port::Usual if is_free(USUAL_PORT) => USUAL_PORT,
            // Below the ports that systems give to outgoing connections, which could take it before the engine does.
            Port::Usual | Port::Any => loop {
                let port = fastrand::u16(20_000..30_000);
                if is_free(port) {
                    break port;
                }
            },
        };
        let directory = Self { path: local.join(port.to_string()), port };
        fs::create_dir_all(directory.temporary()).doing("make", &directory.path)?;
        let log = File::create(directory.engine_log()).doing("make", directory.engine_log())?;
        log.lock().doing("lock", directory.engine_log())?;
        Ok((directory, log))
    }

    /// The stacks that were told to stay, and still run.
    pub fn detached(workspace: &Workspace) -> Vec<Self> {
        stacks(&workspace.local()).filter(|stack| stack.process_id().exists() && stack.is_alive()).collect()
    }

    /// Waits until the engine has ended.
    pub fn wait_until_dead(&self) {
        if let Ok(log) = File::open(self.engine_log()) {
            let _ = log.lock();
        }
    }

    /// What the engine says; it is locked for as long as the engine lives.
    pub fn engine_log(&self) -> PathBuf {
        self.path.join("engine.log")
    }

    /// What the deployment says.
    pub fn deployment_log(&self) -> PathBuf {
        self.path.join("deployment.log")
    }

    /// What functions log, a JSON object a line.
    pub fn function_log(&self) -> PathBuf {
        self.path.join("functions.log")
    }

    /// What phones get, a JSON object a line.
    pub fn push_log(&self) -> PathBuf {
        self.path.join("pushes.log")
    }

    /// What is needed while the stack runs: the engine's files, and the binaries of the functions.
    pub fn temporary(&self) -> PathBuf {
        self.path.join("temporary")
    }

    /// Holds the engine's process id if the stack was told to stay.
    pub fn process_id(&self) -> PathBuf {
        self.path.join("detached")
    }

    /// The description of this stack.
    pub fn description(&self) -> PathBuf {
        self.path.join("stack.json")
    }

    /// Where clients look for the description of the newest stack.
    pub fn announcement(&self) -> PathBuf {
        self.path.with_file_name("stack.json")
    }

    /// Takes the announcement of this stack back, unless another has announced itself since.
    pub fn withdraw(&self) {
        let (announced, own) = (fs::read(self.announcement()), fs::read(self.description()));
        if announced.is_ok_and(|announced| own.is_ok_and(|own| own == announced)) {
            let _ = fs::remove_file(self.announcement());
        }
    }

    fn is_alive(&self) -> bool {
        let log = File::open(self.engine_log());
        log.is_ok_and(|log| matches!(log.try_lock(), Err(TryLockError::WouldBlock)))
    }
}

/// Which port the engine is to have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Port {
    /// This one or none.
    Exactly(u16),
    /// The same as last time if it is free, or else any.
    Usual,
    /// Any that is free; for tests, which leave the usual one alone.
    Any,
}

/// Whether nobody listens there, nor on all addresses.
fn is_free(port: u16) -> bool {
    let answers = TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_ok();
    !answers && TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok()
}

/// The folders of stacks, living and dead: those named after a port.
fn stacks(local: &Path) -> impl Iterator<Item = Directory> + use<> {
    let entries = fs::read_dir(local).into_iter().flatten().flatten();
    entries.filter_map(|entry| {
        let port = entry.file_name().to_str()?.parse().ok()?;
        Some(Directory { path: entry.path(), port })
    })
}
