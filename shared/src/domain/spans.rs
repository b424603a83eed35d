//! The parts of a history that a page reads at once.
//!
//! A member who has often blocked and unblocked, or left and rejoined, sees many short windows. The search for the
//! beginning of each takes several queries, which is more work than a few hidden messages between two of them.

use super::Watermark;

/// The limit of hidden messages between two ranges that are read at once.
const MAX_HIDDEN: u64 = 8;

/// The seqs after a mark up to another one.
type Range = (Watermark, Watermark);

/// Ranges that a page reads at once, in the order in which it reads them, with the hidden messages between them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// The mark before the first message.
    pub after: Watermark,
    /// The last message.
    pub upto: Watermark,
    ranges: Vec<Range>,
}

impl Span {
    /// The spans of these ranges, which are disjoint and in the order of a page: all forwards or all backwards.
    pub fn of(ranges: Vec<Range>) -> Vec<Self> {
        let mut spans: Vec<Self> = Vec::new();
        for range in ranges {
            let (after, upto) = range;
            match spans.last_mut() {
                Some(span) if span.ranges.last().is_some_and(|last| hidden(*last, range) <= MAX_HIDDEN) => {
                    (span.after, span.upto) = (span.after.min(after), span.upto.max(upto));
                    span.ranges.push(range);
                }
                _ => spans.push(Self { after, upto, ranges: vec![range] }),
            }
        }
        spans
    }

    /// The number of messages to read for this many visible ones, as far as the span has as many.
    pub fn to_read(&self, visible: usize) -> usize {
        let (mut left, mut total, mut last) = (visible as u64, 0, None);
        for range in &self.ranges {
            let width = range.0.missing_to(range.1).min(left);
            total += width + last.map_or(0, |last| hidden(last, *range));
            left -= width;
            last = Some(*range);
            if left == 0 {
                break;
            }
        }
        usize::try_from(total).unwrap_or(usize::MAX)
    }
}

/// The number of messages between two ranges.
fn hidden(one: Range, next: Range) -> u64 {
    one.1.missing_to(next.0).max(next.1.missing_to(one.0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::{Bounds, Seq, Windows};

    fn seq(seq: u64) -> Seq {
        seq.try_into().unwrap()
    }

    fn bounds_of(spans: &[Span]) -> Vec<(u64, u64)> {
        spans.iter().map(|span| (span.after.as_u64(), span.upto.as_u64())).collect()
    }

    #[test]
    fn windows_with_few_hidden_messages_between_them_are_one_span_in_both_directions() {
        let windows = Windows::joining(seq(1), true).leaving(seq(5)).rejoining(seq(14), false).leaving(seq(20));
        let windows = windows.rejoining(seq(30), false);
        for (bounds, expected) in
            [(Bounds::Newest, [(29, 40), (0, 20)]), (Bounds::After(Watermark::START), [(0, 20), (29, 40)])]
        {
            assert_eq!(bounds_of(&Span::of(windows.ranges(bounds, Watermark::at(40)))), expected);
        }
    }

    #[test]
    fn a_span_reads_the_hidden_messages_before_the_last_visible_one_and_no_others() {
        let windows = Windows::joining(seq(1), true).leaving(seq(5)).rejoining(seq(8), false);
        let backwards = Span::of(windows.ranges(Bounds::Newest, Watermark::at(10)));
        let read = [1, 3, 4, 8, 100].map(|visible| backwards[0].to_read(visible));
        assert_eq!(read, [1, 3, 6, 10, 10], "messages 10 to 8, then 7 and 6, which are hidden, then 5");
        let forwards = Span::of(windows.ranges(Bounds::After(Watermark::START), Watermark::at(10)));
        assert_eq!([5, 6].map(|visible| forwards[0].to_read(visible)), [5, 8]);
    }
}
