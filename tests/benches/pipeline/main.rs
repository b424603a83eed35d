//! `cargo bench --bench pipeline [-- cold_start|travel]`: how soon a function is there, how much memory it takes, and how long a message travels.
//!
//! Figures are printed with what they are compared to in the same run: absolute times say little on machines that
//! are shared. See `docs/benchmarks.md` for figures that were written down.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a benchmark fails by panicking")]

mod cold_start;
mod travel;

fn main() {
    // `cargo test --benches` and friends ask for nothing to be measured.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    let wanted = |name: &str| {
        let mut names = std::env::args().skip(1).filter(|argument| !argument.starts_with("--")).peekable();
        names.peek().is_none() || names.any(|argument| argument == name)
    };
    if wanted("cold_start") {
        cold_start::measure();
    }
    if wanted("travel") {
        travel::measure();
    }
}
