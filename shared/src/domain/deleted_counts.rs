//! The deleted messages of a chat, as its head lists them: unread counts leave them out.

use std::collections::BTreeSet;

use super::{Seq, Windows};

/// The limit of listed messages, so that a head stays below 1,024 bytes.
pub const MAX_DELETED: usize = 8;

/// The `count` of each deleted message that a member may not have read: the newest eight.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DeletedCounts {
    /// The newest deleted messages.
    pub listed: BTreeSet<u64>,
    /// The newest deleted message that is not listed any more; 0 if all are.
    pub beyond: u64,
}

impl DeletedCounts {
    /// The list in a head's row: if it has nine numbers, the lowest one is [`Self::beyond`].
    pub fn stored(mut listed: BTreeSet<u64>) -> Self {
        let beyond = if listed.len() > MAX_DELETED { listed.pop_first() } else { None };
        Self { listed, beyond: beyond.unwrap_or_default() }
    }

    /// The numbers for [`Self::stored`].
    pub fn to_store(&self) -> BTreeSet<u64> {
        let beyond = (self.beyond > 0).then_some(self.beyond);
        self.listed.iter().copied().chain(beyond).collect()
    }

    /// This list after one more deletion.
    #[must_use]
    pub fn with(mut self, count: u64) -> Self {
        self.listed.insert(count);
        while self.listed.len() > MAX_DELETED {
            self.beyond = self.beyond.max(self.listed.pop_first().unwrap_or_default());
        }
        self
    }

    /// The listed messages that a member who has read up to `read` has not read.
    pub fn after(&self, read: u64) -> u64 {
        self.listed.iter().filter(|count| **count > read).count() as u64
    }

    /// Those of a direct chat that are in these windows, too: there the `count` of a message is its seq.
    pub fn after_within(&self, read: u64, windows: &Windows) -> u64 {
        let is_shown = |count: &u64| Seq::try_from(*count).is_ok_and(|seq| windows.shows(seq));
        self.listed.iter().filter(|count| **count > read && is_shown(count)).count() as u64
    }

    /// Whether [`Self::after`] counts all deleted messages after `read`.
    pub fn is_complete_after(&self, read: u64) -> bool {
        read >= self.beyond
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn deletions_after_a_mark_are_counted_exactly_unless_the_list_says_that_it_is_incomplete(
            deleted in prop::collection::btree_set(1_u64..60, 0..20),
            order in any::<u64>(),
            read in 0_u64..60,
        ) {
            let mut shuffled: Vec<_> = deleted.iter().copied().collect();
            shuffled.sort_by_key(|count| (count ^ order).wrapping_mul(0x9e37_79b9_7f4a_7c15));
            let list = shuffled.into_iter().fold(DeletedCounts::default(), DeletedCounts::with);
            let exact = deleted.iter().filter(|count| **count > read).count() as u64;
            prop_assert!(list.listed.len() <= MAX_DELETED && list.after(read) <= exact);
            prop_assert_eq!(&DeletedCounts::stored(list.to_store()), &list);
            prop_assert_eq!(list.is_complete_after(read), list.after(read) == exact);
        }
    }
}
