//! Builds the functions with cargo.

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, IsTerminal, Read};
use std::path::PathBuf;
use std::process::Stdio;

use serde::Deserialize;

use crate::error::{Error, IoContext};
use crate::workspace::{Workspace, cargo};

/// The paths of the compiled functions, by the names of their binaries.
pub(crate) type Binaries = BTreeMap<String, PathBuf>;

/// Cargo's build profile.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Profile {
    #[default]
    Dev,
    /// For benchmarks: as on AWS.
    Release,
}

/// Compiles every function. Calls `on_progress` with the number of compiled crates.
///
/// The command selects the whole workspace although it builds only the functions: cargo compiles a dependency with the
/// features of all selected packages, so `cargo dev`, `cargo build` and `cargo test` share their artefacts.
pub(crate) fn build(
    workspace: &Workspace,
    profile: Profile,
    on_progress: impl Fn(String) + Send + 'static,
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
        .context("run cargo build in", &workspace.root)?;

    let (stdout, stderr) = (build.stdout.take(), build.stderr.take());
    let diagnostics =
        std::thread::spawn(move || stderr.map(|stderr| read_diagnostics(stderr, on_progress)).unwrap_or_default());
    let binaries = stdout.map(read_binaries).unwrap_or_default();
    let diagnostics = diagnostics.join().unwrap_or_default();
    let status = build.wait().context("wait for cargo build in", &workspace.root)?;

    if status.success() { Ok(binaries) } else { Err(Error::Build(diagnostics)) }
}

/// Compiles another binary of the workspace, with the same features as the functions. Returns its path.
pub fn build_binary(name: &str) -> Result<PathBuf, Error> {
    let root = Workspace::load()?.root;
    let build = cargo(&root)
        .args(["build", "--workspace", "--message-format=json-render-diagnostics", "--bin", name])
        .output()
        .context("run cargo build in", &root)?;
    let binary = read_binaries(build.stdout.as_slice()).remove(name);
    binary.ok_or_else(|| Error::Build(String::from_utf8_lossy(&build.stderr).into_owned()))
}

/// The executables among the artefacts that cargo lists on stdout.
fn read_binaries(stdout: impl Read) -> Binaries {
    BufReader::new(stdout)
        .lines()
        .map_while(Result::ok)
        .filter_map(|line| serde_json::from_str::<Artefact>(&line).ok())
        .filter_map(|artefact| Some((artefact.target.name, artefact.executable?)))
        .collect()
}

/// Splits cargo's stderr into its progress bar, which goes to `on_progress`, and its diagnostics, which are returned.
fn read_diagnostics(stderr: impl Read, on_progress: impl Fn(String)) -> String {
    let mut diagnostics = String::new();
    let mut segment = Vec::new();
    for byte in BufReader::new(stderr).bytes().map_while(Result::ok) {
        match byte {
            // The progress bar ends in a carriage return.
            b'\r' => {
                if let Some(done) = crates_done(&String::from_utf8_lossy(&segment)) {
                    on_progress(done);
                }
                segment.clear();
            }
            b'\n' => {
                let line = String::from_utf8_lossy(&segment);
                let line = line.trim_start_matches("\u{1b}[K");
                if !is_status(line) {
                    diagnostics.push_str(line);
                    diagnostics.push('\n');
                }
                segment.clear();
            }
            byte => segment.push(byte),
        }
    }
    diagnostics
}

/// Whether the line is a status of cargo and not a diagnostic.
fn is_status(line: &str) -> bool {
    let word = line.trim_start_matches(|c: char| !c.is_ascii_uppercase());
    ["Compiling", "Blocking", "Downloading", "Downloaded", "Locking", "Updating", "Finished"]
        .iter()
        .any(|status| word.starts_with(status))
}

/// "12/230 crates" from "Building [==>   ] 12/230: serde, tokio".
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
