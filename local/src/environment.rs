//! The engine's Python environment under `target/`: made once, remade when its pinned versions change.

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use sha2::{Digest, Sha256};

use crate::error::{Doing, Error};
use crate::workspace::Workspace;

/// Holds the hash of the requirements that an environment was made from; written last.
const MADE_FROM: &str = "made-from";

/// The Python that has the engine, made first if need be.
///
/// Two processes that ask at once wait for one another; a half-made environment is never taken for a whole one,
/// because it gets its name when it is complete.
pub(crate) fn prepare(workspace: &Workspace) -> Result<PathBuf, Error> {
    let requirements = scripts(workspace).join("requirements.txt");
    let wanted = hash(&fs::read(&requirements).doing("read", &requirements)?);
    let environment = folder(workspace);
    let python = python(workspace);

    let lock = workspace.local().join("engine.lock");
    fs::create_dir_all(workspace.local()).doing("make", workspace.local())?;
    let lock = File::create(&lock).and_then(|file| file.lock().map(|()| file)).doing("lock", &lock)?;

    let made_from = fs::read_to_string(environment.join(MADE_FROM)).unwrap_or_default();
    // Python itself may have been removed since, by an upgrade of the machine.
    if made_from != wanted || !says_version(&python) {
        make(&environment, &requirements, &wanted)?;
    }
    drop(lock);
    Ok(python)
}

fn folder(workspace: &Workspace) -> PathBuf {
    workspace.local().join("engine")
}

/// Where the environment's Python is, or will be.
pub(crate) fn python(workspace: &Workspace) -> PathBuf {
    folder(workspace).join("bin/python")
}

/// The folder of the Python scripts.
pub(crate) fn scripts(workspace: &Workspace) -> PathBuf {
    workspace.root.join("local/engine")
}

/// Makes the environment under a temporary name, and renames it when it is complete.
fn make(environment: &Path, requirements: &Path, made_from: &str) -> Result<(), Error> {
    let partial = environment.with_extension("partial");
    remove(&partial)?;
    let python = find_python()?;
    let made = run(Command::new(&python).args(["-m", "venv"]).arg(&partial))?;
    if !made.status.success() {
        return Err(Error::Python(format!(
            "{python} could not make a virtual environment (on Debian and Ubuntu, install python3-venv): {}",
            last_line(&made)
        )));
    }
    // Bytecode is compiled on import, as little of the engine is ever imported. The list names the whole tree, so that
    // each file is one of those that it has the hashes of.
    let installed = run(Command::new(partial.join("bin/python"))
        .args(["-m", "pip", "install", "--quiet", "--no-compile", "--no-input", "--disable-pip-version-check"])
        .args(["--retries", "2", "--no-deps", "--require-hashes", "--requirement"])
        .arg(requirements))?;
    if !installed.status.success() {
        return Err(Error::Install(last_line(&installed)));
    }
    fs::write(partial.join(MADE_FROM), made_from).doing("write to", &partial)?;
    remove(environment)?;
    fs::rename(&partial, environment).doing("rename", &partial)
}

/// A Python of at least 3.10: the one that PYTHON names, or else the first on the path.
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
        too_old.get_or_insert(format!("{python} is version {version}; install a newer one, or name it in PYTHON"));
    }
    let none = named.map_or_else(
        || "none was found on the path; install it, or name it in PYTHON".to_owned(),
        |python| format!("PYTHON names {python}, which cannot be run"),
    );
    Err(Error::Python(too_old.unwrap_or(none)))
}

fn run(command: &mut Command) -> Result<Output, Error> {
    let program = PathBuf::from(command.get_program());
    command.stdin(Stdio::null()).output().doing("run", program)
}

fn says_version(python: &Path) -> bool {
    run(Command::new(python).arg("--version")).is_ok_and(|output| output.status.success())
}

fn remove(directory: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(directory) {
        Err(error) if error.kind() != std::io::ErrorKind::NotFound => Err(error).doing("remove", directory),
        _ => Ok(()),
    }
}

/// The last line that a failed program printed, which is where Python and pip say why.
fn last_line(output: &Output) -> String {
    let text = format!("{}\n{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    let line = text.lines().rev().find(|line| !line.trim().is_empty()).unwrap_or("nothing");
    line.trim().to_owned()
}

fn hash(content: &[u8]) -> String {
    Sha256::digest(content).iter().map(|byte| format!("{byte:02x}")).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is decided in Python is tested in Python.
    #[test]
    fn the_scripts_pass_their_own_tests() -> Result<(), Error> {
        let scripts = scripts(&Workspace::load()?);
        let python = find_python()?;
        let tests = run(Command::new(python).args(["-B", "-m", "unittest"]).current_dir(scripts))?;
        assert!(tests.status.success(), "{}", String::from_utf8_lossy(&tests.stderr));
        Ok(())
    }
}
