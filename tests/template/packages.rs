//! Every package with unit tests lets `cargo test` run them. Packages without any switch them off, which saves a link.

use std::fs;
use std::path::{Path, PathBuf};

#[test]
fn each_package_with_unit_tests_runs_them() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../functions");
    let packages: Vec<PathBuf> = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert!(packages.len() > 20, "{packages:?}");
    let silent: Vec<_> = packages
        .iter()
        .filter(|package| switches_tests_off(&fs::read_to_string(package.join("Cargo.toml")).unwrap()))
        .filter(|package| has_unit_tests(&package.join("src")))
        .collect();
    assert!(silent.is_empty(), "remove `test = false` from [lib] in {silent:?}");
    assert!(switches_tests_off("[lib]\ndoctest = false\ntest = false\n\n[[bin]]\n"));
    assert!(!switches_tests_off("[lib]\ndoctest = false\n\n[[bin]]\ntest = false\n"));
}

fn switches_tests_off(manifest: &str) -> bool {
    let library = manifest.split("\n\n").find(|section| section.trim_start().starts_with("[lib]"));
    library.is_some_and(|section| section.lines().any(|line| line == "test = false"))
}

fn has_unit_tests(source: &Path) -> bool {
    let files = fs::read_dir(source).unwrap().map(|entry| entry.unwrap().path());
    files.into_iter().any(|file| fs::read_to_string(file).unwrap().contains("#[cfg(test)]"))
}
