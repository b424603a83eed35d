//! The size limit of a page in bytes. Handlers limit the number of rows.

use std::io::{self, Write};

use serde::Serialize;

use super::Problem;

/// Maximum size of the rows in an answer, in bytes of the function's answer to the gateway. Lambda limits an answer to
/// 6 MB (6,291,556 bytes), and a function needs memory for several copies of a page.
pub const MAX_PAGE_BYTES: usize = 4 * 1024 * 1024;

/// Returns the number of rows, beginning with the first, that fit into a page: at least one, if there is any. A single
/// row always fits, since the largest is a chat of 1,024 members.
///
/// # Errors
/// 503 if a row cannot be written as JSON, which is a bug.
pub fn fitting<T: Serialize>(rows: impl IntoIterator<Item = T>) -> Result<usize, Problem> {
    let (mut bytes, mut count) = (0, 0);
    for row in rows {
        // 1 for the comma.
        bytes += bytes_of(&row)? + 1;
        if bytes > MAX_PAGE_BYTES && count > 0 {
            break;
        }
        count += 1;
    }
    Ok(count)
}

/// The size of a value in a function's answer, in bytes.
fn bytes_of(value: &impl Serialize) -> Result<usize, Problem> {
    let mut counter = Counter(0);
    serde_json::to_writer(&mut counter, value).map_err(Problem::unwritable)?;
    Ok(counter.0)
}

/// Counts the bytes of JSON inside a JSON string. The body is a string in the function's answer, so each quote and each
/// backslash needs another backslash. JSON has no other characters that a string must escape.
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
    fn a_page_of_the_longest_messages_has_fewer_rows() {
        for (character, expected) in [("a", 100), ("\"", 63), ("\u{1}", 36), ("é", 100)] {
            let rows = vec![character.repeat(16_384 / character.len()); 100];
            let count = fitting(&rows).unwrap();
            assert_eq!(count, expected, "{character:?}");
            assert!(answered(&rows[..count]) <= MAX_PAGE_BYTES + 100);
        }
    }

    #[test]
    fn a_page_has_at_least_one_row() {
        let huge = "\"".repeat(MAX_PAGE_BYTES);
        assert_eq!(fitting([&huge, &huge]).unwrap(), 1);
        assert_eq!(fitting(Vec::<String>::new()).unwrap(), 0);
    }

    proptest! {
        #[test]
        fn the_counted_size_is_the_size_in_the_answer(row in any::<String>()) {
            let rows = [row];
            let around = answered(&[]);
            prop_assert_eq!(bytes_of(&rows[0]).unwrap(), answered(&rows) - around);
        }
    }
}
