//! How much goes into one page: rows are counted by a limit, and bounded in bytes here.

use std::io::{self, Write};

use serde::Serialize;

use super::Problem;

/// The most that the rows of an answer take, in bytes of what the function answers to the gateway. A function may
/// answer 6 MB (6,291,556 bytes, Lambda's limit for synchronous calls), and a page needs memory for several copies of
/// it.
pub const MAX_PAGE_BYTES: usize = 4 * 1024 * 1024;

/// How many of these rows, from the first on, fit into a page; one at least, if there is any. A single row always fits:
/// the largest is a chat of 1,024 people.
///
/// # Errors
/// 503 when a row does not write as JSON, which is a bug.
pub fn fitting<T: Serialize>(rows: impl IntoIterator<Item = T>) -> Result<usize, Problem> {
    let (mut bytes, mut count) = (0, 0);
    for row in rows {
        // And a comma.
        bytes += bytes_of(&row)? + 1;
        if bytes > MAX_PAGE_BYTES && count > 0 {
            break;
        }
        count += 1;
    }
    Ok(count)
}

/// How many bytes of a function's answer a value takes.
fn bytes_of(value: &impl Serialize) -> Result<usize, Problem> {
    let mut counter = Counter(0);
    serde_json::to_writer(&mut counter, value).map_err(Problem::unwritable)?;
    Ok(counter.0)
}

/// Counts JSON as it is inside of a JSON string: the body is a text in what the function answers, so each quote and
/// each backslash in it gets another backslash. JSON holds nothing else that a string must escape.
struct Counter(usize);

impl Write for Counter {
    fn write(&mut self, json: &[u8]) -> io::Result<usize> {
        self.0 += json.len() + json.iter().filter(|byte| matches!(byte, b'"' | b'\\')).count();
        Ok(json.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn answered(rows: &[String]) -> usize {
        json!({ "body": json!(rows).to_string() }).to_string().len()
    }

    #[test]
    fn the_longest_messages_end_a_page_early() {
        for (letter, most) in [("a", 100), ("\"", 63), ("\u{1}", 36), ("é", 100)] {
            let rows = vec![letter.repeat(16_384 / letter.len()); 100];
            let count = fitting(&rows).unwrap();
            assert_eq!(count, most, "{letter:?}");
            assert!(answered(&rows[..count]) <= MAX_PAGE_BYTES + 100);
        }
    }

    #[test]
    fn one_row_always_is_a_page() {
        let huge = "\"".repeat(MAX_PAGE_BYTES);
        assert_eq!(fitting([&huge, &huge]).unwrap(), 1);
        assert_eq!(fitting(Vec::<String>::new()).unwrap(), 0);
    }

    proptest! {
        #[test]
        fn bytes_are_counted_as_they_are_answered(row in any::<String>()) {
            let rows = [row];
            let around = answered(&[]);
            prop_assert_eq!(bytes_of(&rows[0]).unwrap(), answered(&rows) - around);
        }
    }
}
