//! `cargo bench`: how soon a function is there, how much memory it takes, and how long a message travels.
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
    cold_start::measure();
    travel::measure();
}
