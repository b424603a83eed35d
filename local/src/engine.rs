//! The engine's process. The engine starts the processes of the functions.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process_group};

use crate::directory::Directory;
use crate::environment::scripts;
use crate::error::{Error, IoContext};
use crate::workspace::Workspace;

/// The ways in which an engine differs from that of `cargo dev`.
#[derive(Debug, Clone)]
pub struct EngineOptions {
    /// Whether it counts the calls of the functions: see `local/engine/costs.py`.
    pub counts_costs: bool,
    /// Length of a minute of metrics and alarms, so that a test need not wait for an alarm.
    pub minute: Duration,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self { counts_costs: false, minute: Duration::from_secs(60) }
    }
}

/// A running MiniStack. It ends, with all functions, when this value is dropped or when this process dies.
#[derive(Debug)]
pub(crate) struct Engine {
    process: Child,
    log: PathBuf,
}

impl Engine {
    /// Starts the engine, and returns before the engine answers requests.
    ///
    /// The engine has its own process group, so that Ctrl-C does not reach it, and so that it and the functions end
    /// together. It also ends when its stdin closes, which happens even if this process is killed.
    pub fn start(
        workspace: &Workspace,
        python: &Path,
        directory: &Directory,
        log: File,
        options: &EngineOptions,
    ) -> Result<Self, Error> {
        let errors = log.try_clone().context("open", directory.engine_log())?;
        let mut command = Command::new(python);
        use_local_account(&mut command, directory.port);
        let process = command
            .arg(scripts(workspace).join("launch.py"))
            .arg(directory.function_log())
            .arg(directory.push_log())
            .env("AUTH", "true")
            .env("GATEWAY_PORT", directory.port.to_string())
            .env("BIND_HOST", "127.0.0.1")
            .env("MINISTACK_HOST", "127.0.0.1")
            .env("TMPDIR", directory.temporary())
            .env("STATE_DIR", directory.temporary())
            .env("S3_DATA_DIR", directory.temporary())
            .env("LOG_LEVEL", "WARNING")
            // Paloma needs none of these. With Docker, the engine would also touch other engines' containers.
            .env("IOT_MTLS_ENABLED", "0")
            .env("SFTP_ENABLED", "0")
            .env("DOCKER_HOST", "unix:///nonexistent")
            .env("PALOMA_COUNT_COSTS", if options.counts_costs { "1" } else { "" })
            .env("PALOMA_MINUTE", options.minute.as_secs_f64().to_string())
            .stdin(Stdio::piped())
            .stdout(log)
            .stderr(errors)
            .process_group(0)
            .spawn()
            .context("run", python)?;
        Ok(Self { process, log: directory.engine_log() })
    }

    /// Fails if the engine has ended. The error has the last lines of its log.
    pub fn check(&mut self) -> Result<(), Error> {
        match self.process.try_wait() {
            Ok(None) => Ok(()),
            _ => {
                let log = fs::read_to_string(&self.log).unwrap_or_default();
                let start = log.lines().count().saturating_sub(5);
                let last_lines = log.lines().skip(start).collect::<Vec<_>>().join("\n");
                Err(Error::EngineEnded { last_lines, log: self.log.clone() })
            }
        }
    }

    /// Keeps the engine running after this process, and stores its process id for `stop`.
    pub fn detach(&mut self, directory: &Directory) -> Result<(), Error> {
        let file = directory.process_id();
        fs::write(&file, self.process.id().to_string()).context("write", &file)?;
        if let Some(mut stdin) = self.process.stdin.take() {
            stdin.write_all(b"stay").context("detach", &directory.path)?;
        }
        Ok(())
    }

    pub fn process_group(&self) -> u32 {
        self.process.id()
    }

    /// Ends the engine and everything it runs, unless it was detached.
    pub fn stop(&mut self) {
        if self.process.stdin.take().is_some() {
            kill_group(self.process.id());
            let _ = self.process.wait();
        }
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        self.stop();
    }
}

/// Ends a detached stack.
pub(crate) fn stop(directory: &Directory) -> Result<(), Error> {
    let file = directory.process_id();
    let process_id = fs::read_to_string(&file).context("read", &file)?;
    if let Ok(process_id) = process_id.parse() {
        kill_group(process_id);
    }
    directory.wait_until_dead();
    directory.remove_newest_description();
    fs::remove_dir_all(&directory.path).context("remove", &directory.path)
}

pub(crate) fn kill_group(leader: u32) {
    let leader = i32::try_from(leader).ok().and_then(Pid::from_raw);
    if let Some(leader) = leader {
        let _ = kill_process_group(leader, Signal::KILL);
    }
}

/// Sets the credentials of the local account and the engine's address for a process, and removes the developer's own
/// AWS settings, so that it can never reach a real account.
pub(crate) fn use_local_account(command: &mut Command, port: u16) {
    for (name, _) in std::env::vars_os() {
        if name.to_string_lossy().starts_with("AWS_") {
            command.env_remove(name);
        }
    }
    command
        .env("AWS_ACCESS_KEY_ID", "000000000000")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_REGION", crate::description::REGION)
        .env("AWS_DEFAULT_REGION", crate::description::REGION)
        .env("AWS_ENDPOINT_URL", format!("http://127.0.0.1:{port}"))
        .env("AWS_CONFIG_FILE", "/dev/null")
        .env("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("NO_PROXY", "127.0.0.1,localhost")
        .env("no_proxy", "127.0.0.1,localhost");
}
