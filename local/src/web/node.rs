//! Finds Node, or installs it.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

use semver::{Version, VersionReq};
use serde::Deserialize;

use crate::environment;
use crate::error::{Error, IoContext};
use crate::progress::{ProgressSink, Step, step};
use crate::workspace::Workspace;

/// A Node with npm that fits `engines` in `web/package.json`.
#[derive(Debug)]
pub(crate) struct Node {
    /// The search path of programs, which begins with the folder of `node` and `npm`.
    path: OsString,
}

impl Node {
    /// The Node that the variable `PALOMA_NODE` names, or else the one on the path, or else one from PyPI.
    pub fn find_or_install(workspace: &Workspace, progress: &ProgressSink) -> Result<Self, Error> {
        let wanted = Wanted::read(&workspace.root.join("web/package.json"))?;
        if let Some(named) = std::env::var_os("PALOMA_NODE") {
            return wanted.check(&PathBuf::from(named)).map_err(|cause| Error::Node {
                range: wanted.range,
                cause: format!("PALOMA_NODE is set to {cause}; correct the variable, or remove it"),
            });
        }
        let on_path = std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())
            .map(|folder| folder.join("node"))
            .find(|program| program.is_file());
        let found = on_path.map_or_else(|| Err("no node on the path".to_owned()), |node| wanted.check(&node));
        found.or_else(|cause| wanted.install(workspace, progress, &cause))
    }

    /// A command of npm in the folder `web/`.
    pub fn npm(&self, workspace: &Workspace, arguments: &[&str]) -> Command {
        let mut npm = Command::new("npm");
        npm.args(arguments).current_dir(workspace.root.join("web")).env("PATH", &self.path);
        npm
    }
}

/// The versions that Angular supports.
struct Wanted {
    range: String,
}

impl Wanted {
    fn read(package: &Path) -> Result<Self, Error> {
        let json = std::fs::read(package).context("read", package)?;
        let package: Package = serde_json::from_slice(&json)
            .map_err(|error| Error::Web(format!("{} has no engines.node: {error}", package.display())))?;
        Ok(Self { range: package.engines.node })
    }

    /// Accepts a Node that fits and has npm beside it. Otherwise returns the cause.
    fn check(&self, node: &Path) -> Result<Node, String> {
        let version = output(Command::new(node).arg("--version"))
            .ok_or_else(|| format!("{}, which cannot be run", node.display()))?;
        if !fits(&version, &self.range) {
            return Err(format!("{}, which is version {version}", node.display()));
        }
        let folder = node.parent().unwrap_or(Path::new("")).to_path_buf();
        let others = std::env::var_os("PATH").unwrap_or_default();
        let path = std::env::join_paths(std::iter::once(folder).chain(std::env::split_paths(&others)))
            .map_err(|error| format!("{}: {error}", node.display()))?;
        match output(Command::new("npm").arg("--version").env("PATH", &path)) {
            Some(_) => Ok(Node { path }),
            None => Err(format!("{}, which has no npm", node.display())),
        }
    }

    fn install(&self, workspace: &Workspace, progress: &ProgressSink, cause: &str) -> Result<Node, Error> {
        if let Some(node) = environment::node(workspace).and_then(|folder| self.check(&folder.join("node")).ok()) {
            return Ok(node);
        }
        let added = step(progress, Step::Node, || environment::add_node(workspace));
        let node = added.map_err(|error| error.to_string()).and_then(|folder| self.check(&folder.join("node")));
        let remedy = "install one that fits, or set PALOMA_NODE to its path";
        node.map_err(|failure| Error::Node {
            range: self.range.clone(),
            cause: format!("found {cause}; {remedy} ({failure})"),
        })
    }
}

/// Whether a version such as `v24.19.0` is in a range such as `^22.22.3 || >=26`.
fn fits(version: &str, range: &str) -> bool {
    let Ok(version) = Version::parse(version.trim_start_matches('v')) else { return false };
    range.split("||").filter_map(|part| VersionReq::parse(part.trim()).ok()).any(|part| part.matches(&version))
}

/// The trimmed stdout of a command that succeeds.
fn output(command: &mut Command) -> Option<String> {
    let output = command.output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

#[derive(Deserialize)]
struct Package {
    engines: Engines,
}

#[derive(Deserialize)]
struct Engines {
    node: String,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_fits_if_any_part_of_the_range_has_it() {
        let range = "^22.22.3 || ^24.15 || >=26";
        for version in ["v22.22.3", "v22.30.0", "v24.15.0", "v24.19.0", "v26.0.0", "v27.1.0"] {
            assert!(fits(version, range), "{version}");
        }
        for version in ["v20.20.2", "v22.22.2", "v23.11.0", "v24.14.1", "v25.9.0", "v26.0.0-nightly", "", "node"] {
            assert!(!fits(version, range), "{version}");
        }
    }

    #[test]
    fn the_range_of_the_package_can_be_read() -> Result<(), Error> {
        let range = Wanted::read(&Workspace::load()?.root.join("web/package.json"))?.range;
        assert!(range.split("||").all(|part| VersionReq::parse(part.trim()).is_ok()), "{range}");
        Ok(())
    }
}
