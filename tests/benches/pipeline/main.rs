//! `cargo bench --bench pipeline [-- cold_start|travel|ticks|saturation|reactions|blocks]`: cold start and memory of
//! each function, the latency from the acceptance of a message to the socket of the recipient, the latency from a
//! receipt to the sender's tick, the pipeline under more messages than it takes, sends beside 500 reactions, and
//! requests to a user who has blocked the caller.
//!
//! Each figure is printed beside a reference from the same run, because absolute times say little on shared machines.
//! `docs/benchmarks.md` has recorded figures.
#![allow(clippy::expect_used, clippy::panic, clippy::unwrap_used, reason = "a benchmark fails by panicking")]

mod blocks;
mod cold_start;
mod reactions;
mod saturation;
mod ticks;
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
    if wanted("ticks") {
        ticks::measure();
    }
    if wanted("saturation") {
        saturation::measure();
    }
    if wanted("reactions") {
        reactions::measure();
    }
    if wanted("blocks") {
        blocks::measure();
    }
}

/// Prints the percentiles of times in ms. Returns the median.
fn print(what: &str, mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    let at = |share: f64| times[((times.len() - 1) as f64 * share) as usize];
    println!("  {what:<40} p50 {:>4.0} ms   p90 {:>4.0} ms   p99 {:>4.0} ms", at(0.5), at(0.9), at(0.99));
    at(0.5)
}
