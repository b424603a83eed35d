//! Programs that end with this process.

use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Child, ChildStdout, Command, Stdio};

use crate::engine::kill_group;
use crate::error::{Error, IoContext};

/// Runs a program with stderr in stdout. A watcher kills the program's process group when stdin closes, which happens
/// however this process ends.
const SCRIPT: &str = "exec 3<&0; { cat; kill -KILL 0; } <&3 >/dev/null 2>&1 & exec \"$@\" 3<&- </dev/null 2>&1";

/// A program in a process group of its own, so that Ctrl-C does not reach it. It and its children end when this value
/// is dropped, and also when this process is killed.
#[derive(Debug)]
pub(crate) struct OwnedChild(Child);

impl OwnedChild {
    /// Starts the command. Returns its stdout, which contains its stderr.
    pub fn start(command: &Command) -> Result<(Self, ChildStdout), Error> {
        let program = PathBuf::from(command.get_program());
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", SCRIPT, "sh"]).arg(&program).args(command.get_args());
        for (name, value) in command.get_envs() {
            value.map(|value| shell.env(name, value));
        }
        if let Some(folder) = command.get_current_dir() {
            shell.current_dir(folder);
        }
        shell.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).process_group(0);
        let mut child = shell.spawn().context("run", &program)?;
        match child.stdout.take() {
            Some(stdout) => Ok((Self(child), stdout)),
            None => Err(Error::Web(format!("{} has no stdout", program.display()))),
        }
    }

    /// Waits until the program has ended. Returns whether it succeeded.
    pub fn wait(&mut self) -> bool {
        // Keeps stdin open, unlike `Child::wait`: the watcher would kill the program.
        let _stdin = self.0.stdin.take();
        self.0.wait().is_ok_and(|status| status.success())
    }
}

impl Drop for OwnedChild {
    fn drop(&mut self) {
        kill_group(self.0.id());
        let _ = self.0.wait();
    }
}
