//! Writes the contracts to docs/api.

fn main() -> std::io::Result<()> {
    for (path, text) in paloma_contracts::files() {
        if let Some(directory) = path.parent() {
            std::fs::create_dir_all(directory)?;
        }
        std::fs::write(path, text)?;
    }
    Ok(())
}
