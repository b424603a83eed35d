//! Installs the packages of the web client, and builds it.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::builds::{Build, BuildLog, Builds, cause};
use super::listener::{WebListener, WebPort};
use super::node::Node;
use crate::child::OwnedChild;
use crate::environment::hash;
use crate::error::{Error, IoContext};
use crate::progress::{ProgressSink, Step, step};
use crate::workspace::Workspace;

/// Holds the hash of the `package-lock.json` that the packages come from. `npm ci` deletes it with the old packages.
const INSTALLED_FROM: &str = "node_modules/.installed-from";

/// The folder `web/` with its packages installed.
#[derive(Debug)]
pub struct WebClient {
    node: Node,
    workspace: Workspace,
}

impl WebClient {
    /// Finds or installs Node, and installs the packages if `package-lock.json` has changed.
    pub fn install(progress: &ProgressSink) -> Result<Self, Error> {
        let workspace = Workspace::load()?;
        let client = Self { node: Node::find_or_install(&workspace, progress)?, workspace };
        client.install_packages(progress)?;
        Ok(client)
    }

    fn install_packages(&self, progress: &ProgressSink) -> Result<(), Error> {
        let web = self.workspace.root.join("web");
        let lock = self.workspace.local().join("packages.lock");
        let _lock = File::create(&lock).and_then(|file| file.lock().map(|()| file)).context("lock", &lock)?;
        let wanted = web.join("package-lock.json");
        let wanted = hash(&fs::read(&wanted).context("read", &wanted)?);
        let installed_from = web.join(INSTALLED_FROM);
        if fs::read_to_string(&installed_from).is_ok_and(|hash| hash == wanted) {
            return Ok(());
        }
        step(progress, Step::Packages, || {
            let (mut npm, stdout) = OwnedChild::start(&self.npm(&["ci", "--prefer-offline", "--no-progress"]))?;
            let lines: Vec<_> = BufReader::new(stdout).lines().map_while(Result::ok).collect();
            if !npm.wait() {
                return Err(Error::Packages(npm_error(&lines)));
            }
            fs::write(&installed_from, wanted).context("write", &installed_from)
        })
    }

    /// Builds the client as for production. Returns the folder of its `index.html`: `browser` in the output folder,
    /// which is `web/app/dist/app` by default.
    pub fn build(&self, output: Option<&Path>, progress: &ProgressSink) -> Result<PathBuf, Error> {
        let option = output.map(output_path);
        let arguments: Vec<_> = ["run", "build", "--"].into_iter().chain(option.as_deref()).collect();
        step(progress, Step::Web, || {
            let (mut npm, stdout) = OwnedChild::start(&self.npm(&arguments))?;
            let mut log = BuildLog::new(stdout);
            let last = log.by_ref().last();
            match last {
                Some(Build::Failed(errors)) => Err(Error::WebBuild(errors)),
                _ if !npm.wait() => Err(Error::WebBuild(log.cause())),
                _ => Ok(output.map_or_else(|| self.workspace.root.join("web/app/dist/app"), Path::to_path_buf)),
            }
        })
        .map(|output| output.join("browser"))
    }

    /// Builds the client for development, and again after each change, into `browser` in this folder. Returns after the
    /// first build. If it fails, [`Builds::next`] returns its errors.
    pub fn watch(&self, output: &Path, progress: &ProgressSink) -> Result<Builds, Error> {
        let npm = self.npm(&["run", "watch", "--", &output_path(output)]);
        let files = output.join("browser");
        // Angular empties the folder and keeps it, so that it can be watched.
        fs::create_dir_all(&files).context("create", &files)?;
        let mut builds = Builds::start(&npm, files)?;
        match step(progress, Step::Web, || builds.wait_for_first()) {
            Err(error) if builds.has_ended() => Err(error),
            _ => Ok(builds),
        }
    }

    /// A folder for the files that the server at this port serves. Removes the folders of ports that are free.
    pub fn folder(&self, port: u16) -> PathBuf {
        let folders = self.workspace.local().join("web");
        for folder in fs::read_dir(&folders).into_iter().flatten().flatten() {
            let owner = folder.file_name().to_str().and_then(|name| name.parse().ok());
            if owner.is_some_and(|owner| owner != port && WebListener::bind(WebPort::Exactly(owner)).is_ok()) {
                let _ = fs::remove_dir_all(folder.path());
            }
        }
        folders.join(port.to_string())
    }

    /// Replaces this process by npm in `web/`. Returns only if that fails.
    pub fn exec(&self, arguments: &[String]) -> Error {
        let arguments: Vec<_> = arguments.iter().map(String::as_str).collect();
        let source = self.node.npm(&self.workspace, &arguments).exec();
        Error::Io { action: "could not run npm".to_owned(), source }
    }

    /// A command of npm in `web/`.
    pub fn npm(&self, arguments: &[&str]) -> Command {
        let mut npm = self.node.npm(&self.workspace, arguments);
        npm.env("NO_COLOR", "1");
        // Results as JSON, because their wording may change.
        npm.env("NG_BUILD_LOGS_JSON", "1").env("NG_CLI_ANALYTICS", "false");
        npm
    }
}

fn output_path(folder: &Path) -> String {
    format!("--output-path={}", folder.display())
}

/// The first sentence among npm's error lines, which begin with codes.
fn npm_error(lines: &[String]) -> String {
    let errors: Vec<_> = lines.iter().filter_map(|line| line.strip_prefix("npm error ")).collect();
    let sentence = errors.iter().find(|error| error.split_whitespace().count() > 3).or(errors.first());
    sentence.map_or_else(|| cause(lines), |error| (*error).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_error_of_npm_is_its_first_sentence() {
        let lines = ["npm warn deprecated", "npm error code ECONNREFUSED", "npm error errno 1"].map(str::to_owned);
        assert_eq!(npm_error(&lines), "code ECONNREFUSED");
        let sentence = ["npm error request to the registry failed".to_owned()];
        assert_eq!(npm_error(&[&lines[..], &sentence].concat()), "request to the registry failed");
    }
}
