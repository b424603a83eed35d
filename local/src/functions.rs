//! Builds the functions with cargo.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, IsTerminal, Read};
use std::path::PathBuf;
use std::process::Stdio;

use serde::Deserialize;

use crate::error::{Doing, Error};
use crate::workspace::{Workspace, cargo};

/// The compiled functions: name of the binary → its file.
pub(crate) type Binaries = BTreeMap<String, PathBuf>;

/// How the functions are compiled.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Profile {
    /// Quickly, for people who wait.
    #[default]
    Dev,
    /// As they are deployed, for figures that mean something.
    Release,
}

/// Compiles every function, telling how far it is.
///
/// The whole workspace is selected although only the functions are built: a dependency is compiled with the
/// features that all selected packages ask for, so `cargo dev`, `cargo build` and `cargo test` share one copy.
pub(crate) fn build(
    workspace: &Workspace,
    profile: Profile,
    at: impl Fn(String) + Send + 'static,
) -> Result<Binaries, Error> {
    let mut command = cargo(&workspace.root);
    command.args(["build", "--workspace", "--message-format=json-render-diagnostics"]);
    if profile == Profile::Release {
        command.arg("--release");
    }
    for function in &workspace.functions {
        command.args(["--bin", function]);
    }
    let colour = if std::io::stderr().is_terminal() { "always" } else { "never" };
    let mut build = command
        .env("CARGO_TERM_COLOR", colour)
        .env("CARGO_TERM_PROGRESS_WHEN", "always")
        .env("CARGO_TERM_PROGRESS_WIDTH", "80")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .doing("run cargo build in", &workspace.root)?;

    let (stdout, stderr) = (build.stdout.take(), build.stderr.take());
    let diagnostics = std::thread::spawn(move || stderr.map(|stderr| read_diagnostics(stderr, at)).unwrap_or_default());
    let binaries = stdout.map(read_binaries).unwrap_or_default();
    let diagnostics = diagnostics.join().unwrap_or_default();
    let status = build.wait().doing("wait for cargo build in", &workspace.root)?;

    if status.success() { Ok(binaries) } else { Err(Error::Build(diagnostics)) }
}

/// Compiles one binary of the workspace that is no function, with the same features as everything else. Its file.
///
/// # Errors
/// When it does not compile, or there is none of that name.
pub fn build_binary(name: &str) -> Result<PathBuf, Error> {
    let root = Workspace::load()?.root;
    let build = cargo(&root)
        .args(["build", "--workspace", "--message-format=json-render-diagnostics", "--bin", name])
        .output()
        .doing("run cargo build in", &root)?;
    let binary = read_binaries(build.stdout.as_slice()).remove(name);
    binary.ok_or_else(|| Error::Build(String::from_utf8_lossy(&build.stderr).into_owned()))
}

/// The executables among the artefacts that cargo names on stdout.
fn read_binaries(stdout: impl Read) -> Binaries {
    BufReader::new(stdout)
        .lines()
        .map_while(Result::ok)
        .filter_map(|line| serde_json::from_str::<Artefact>(&line).ok())
        .filter_map(|artefact| Some((artefact.target.name, artefact.executable?)))
        .collect()
}

/// Splits cargo's stderr into its progress bar, which is told on, and what it has to say, which is kept.
fn read_diagnostics(stderr: impl Read, at: impl Fn(String)) -> String {
    let mut kept = String::new();
    let mut segment = Vec::new();
    for byte in BufReader::new(stderr).bytes().map_while(Result::ok) {
        match byte {
            // The bar ends in a carriage return, to be drawn over.
            b'\r' => {
                if let Some(done) = crates_done(&String::from_utf8_lossy(&segment)) {
                    at(done);
                }
                segment.clear();
            }
            b'\n' => {
                let line = String::from_utf8_lossy(&segment);
                let line = line.trim_start_matches("\u{1b}[K");
                if !is_status(line) {
                    kept.push_str(line);
                    kept.push('\n');
                }
                segment.clear();
            }
            byte => segment.push(byte),
        }
    }
    kept
}

/// Whether the line only says what cargo is at.
fn is_status(line: &str) -> bool {
    let word = line.trim_start_matches(|c: char| !c.is_ascii_uppercase());
    ["Compiling", "Blocking", "Downloading", "Downloaded", "Locking", "Updating", "Finished"]
        .iter()
        .any(|status| word.starts_with(status))
}

/// "12/230" from "Building [==>   ] 12/230: serde, tokio".
fn crates_done(line: &str) -> Option<String> {
    let (_, rest) = line.split_once("] ")?;
    let (done, _) = rest.split_once(": ")?;
    let (built, of) = done.split_once('/')?;
    let number = |text: &str| text.trim().parse::<u32>().is_ok();
    (number(built) && number(of)).then(|| format!("{done} crates"))
}

#[derive(Deserialize)]
struct Artefact {
    target: Target,
    executable: Option<PathBuf>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
}
