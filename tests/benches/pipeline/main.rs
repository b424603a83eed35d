//! `cargo bench --bench pipeline [-- cold_start|travel]`: cold start and memory of each function, and the latency from
//! the acceptance of a message to the socket of the recipient.
//!
//! Each figure is printed beside a reference from the same run, because absolute times say little on shared machines.
//! `docs/benchmarks.md` has recorded figures.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a benchmark fails by panicking")]

mod cold_start;
mod travel;

fn main() {
    // `cargo test --benches` runs this without `--bench`, and must measure nothing.
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
