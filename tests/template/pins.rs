//! Every package that builds, checks or deploys Paloma is pinned.

use crate::document::read;

/// The requirements that `.ci/lock` writes, without the extension.
const LISTS: [&str; 3] = ["local/engine/requirements", ".ci/requirements", ".ci/checks"];

/// Files with commands that download packages.
const COMMANDS: [&str; 7] = [
    ".ci/run",
    ".ci/deploy",
    ".ci/dependencies",
    ".ci/lock",
    "README.md",
    "docs/deploying.md",
    "local/src/environment.rs",
];

#[test]
fn each_python_package_has_a_version_and_hashes() {
    for list in LISTS {
        let (requested, locked) = (read(&format!("{list}.in")), read(&format!("{list}.txt")));
        assert_eq!(faults_of_list(&requested, &locked), [""; 0], "{list}: run .ci/lock");

        let bare: String =
            locked.lines().filter(|line| !line.contains("--hash=")).map(|line| format!("{line}\n")).collect();
        assert!(!faults_of_list(&requested, &bare).is_empty(), "{list} may lose its hashes");
        assert!(
            !faults_of_list(&requested, &locked.replace("--only-binary", "#")).is_empty(),
            "{list} may lose its wheels"
        );
        let newer = requested.replace("==", "==9.");
        assert!(!faults_of_list(&newer, &locked).is_empty(), "{list} may lag behind the requested versions");
    }
}

#[test]
fn each_command_uses_the_pinned_versions() {
    for file in COMMANDS {
        let text = read(file);
        assert_eq!(faults_of_commands(&text), [""; 0], "{file}");
        for (pin, without) in
            [(" --locked", ""), ("--require-hashes", ""), ("@df4cb1c069e1874edd31b4311f1884172cec0e10", "@v6")]
        {
            if text.contains(pin) {
                assert!(!faults_of_commands(&text.replace(pin, without)).is_empty(), "{file} may lose {pin}");
            }
        }
    }
    for (file, pin) in [(".ci/run", "--locked"), (".ci/run", ".ci/dependencies"), (".ci/deploy", "--require-hashes")] {
        assert!(read(file).contains(pin), "{file} has no {pin}");
    }
}

fn faults_of_list(requested: &str, locked: &str) -> Vec<String> {
    let mut faults = Vec::new();
    if !locked.contains("--only-binary :all:") {
        faults.push("packages may be built, with tools that are not pinned".to_owned());
    }
    let locked = locked.replace("\\\n", "");
    let locked: Vec<&str> = statements(&locked).filter(|line| !line.starts_with("--")).collect();
    for line in &locked {
        if !line.contains("==") || !line.contains("--hash=sha256:") {
            faults.push(format!("not pinned: {line}"));
        }
    }
    for pin in statements(requested).filter(|line| line.contains("==")) {
        let version = pin.split_whitespace().next().unwrap_or_default();
        if !locked.iter().any(|line| line.split_whitespace().next() == Some(version)) {
            faults.push(format!("not in the list: {pin}"));
        }
    }
    faults
}

fn statements(text: &str) -> impl Iterator<Item = &str> {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with('#'))
}

fn faults_of_commands(text: &str) -> Vec<String> {
    let script = text.starts_with("#!");
    let text = text.replace("\\\n", "");
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#') && !line.starts_with("//"));
    let pip = |line: &str| line.contains("pip install") || line.contains("\"--requirement\"");
    let cargo = ["cargo clippy", "cargo test", "cargo build", "cargo run", "bin/cargo-deny"];
    let builds = |line: &str| !line.starts_with("step ") && cargo.iter().any(|command| line.contains(command));
    let action = |line: &str| {
        line.split_once("uses: ").and_then(|(_, action)| action.split_once('@')).map(|(_, at)| at.to_owned())
    };
    lines
        .filter(|line| {
            (pip(line) && !line.contains("--require-hashes"))
                || (script && builds(line) && !line.contains("--locked"))
                || (line.contains("cargo install") && !line.contains("--locked"))
                || action(line).is_some_and(|at| at.chars().take_while(char::is_ascii_hexdigit).count() != 40)
        })
        .map(str::to_owned)
        .collect()
}
