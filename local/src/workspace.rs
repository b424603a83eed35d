//! The paths of the repository and of cargo's target directory, and the names of the functions.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde::Deserialize;

use crate::error::{Error, IoContext};

/// The repository that this crate was compiled from.
#[derive(Debug, Clone)]
pub(crate) struct Workspace {
    /// The folder of `template.yaml`.
    pub root: PathBuf,
    pub target: PathBuf,
    /// The binaries of the packages under `functions/`, by name.
    pub functions: Vec<String>,
}

impl Workspace {
    /// Reads the output of `cargo metadata`.
    pub fn load() -> Result<Self, Error> {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let root = root.parent().unwrap_or(root).to_path_buf();
        let mut metadata = cargo(&root);
        let output = metadata.args(["metadata", "--no-deps", "--format-version=1"]).output();
        let output = output.context("run cargo in", &root)?;
        if !output.status.success() {
            return Err(Error::Build(String::from_utf8_lossy(&output.stderr).into_owned()));
        }
        let metadata: Metadata = serde_json::from_slice(&output.stdout)
            .map_err(|error| Error::Build(format!("cargo metadata cannot be read: {error}")))?;
        let functions = root.join("functions");
        let mut names: Vec<String> = metadata
            .packages
            .into_iter()
            .filter(|package| package.manifest_path.starts_with(&functions))
            .flat_map(|package| package.targets)
            .filter(|target| target.kind.iter().any(|kind| kind == "bin"))
            .map(|target| target.name)
            .collect();
        names.sort();
        Ok(Self { root, target: metadata.target_directory, functions: names })
    }

    /// Contains the engine's environment, and a folder per stack.
    pub fn local(&self) -> PathBuf {
        self.target.join("local")
    }
}

/// A command of the cargo that runs this process, or else of the cargo on the path.
///
/// Removes the variables by which cargo describes the running package. Build scripts read them, and would compile the
/// cryptography again whenever `cargo dev` or a test follows a plain `cargo build`.
pub(crate) fn cargo(root: &Path) -> Command {
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
    command.current_dir(root);
    command
}

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    target_directory: PathBuf,
}

#[derive(Deserialize)]
struct Package {
    manifest_path: PathBuf,
    targets: Vec<Target>,
}

#[derive(Deserialize)]
struct Target {
    name: String,
    kind: Vec<String>,
}
