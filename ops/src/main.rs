//! `paloma`: the operators' command line.

fn main() {}
