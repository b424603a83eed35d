//! Watermarks of people, and the lowest of a chat (invariant 5).

use serde::{Deserialize, Serialize};

use super::{Receipt, Seq, Status, UserId, Watermark};

/// How far one member has come. What is read has been delivered: `read ≤ delivered`, always.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marks {
    /// Everything up to here is on a device of theirs, as the device says.
    #[serde(rename = "deliveredSeq")]
    pub delivered: Watermark,
    /// Everything up to here they have seen.
    #[serde(rename = "readSeq")]
    pub read: Watermark,
}

impl Marks {
    /// These marks after a receipt for `seq`: a mark only moves forward, and reading moves both.
    #[must_use]
    pub fn after(self, receipt: Receipt, seq: Seq) -> Self {
        let seq = Watermark::from(seq);
        Self {
            delivered: self.delivered.max(seq),
            read: if receipt == Receipt::Read { self.read.max(seq) } else { self.read },
        }
    }

    /// Whether a receipt for `seq` would tell nothing new.
    pub fn cover(self, receipt: Receipt, seq: Seq) -> bool {
        self.after(receipt, seq) == self
    }

    /// What a message at `seq` is to whoever holds these marks.
    pub fn status_of(self, seq: Seq) -> Status {
        if self.read.covers(seq) {
            Status::Read
        } else if self.delivered.covers(seq) {
            Status::Delivered
        } else {
            Status::Sent
        }
    }
}

/// The lowest of the members' marks, and a member who holds it: only when that member moves can it move.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LowestMark {
    /// Every member has come at least this far.
    pub mark: Watermark,
    /// One who has come no further; nobody before it was first computed.
    pub holder: Option<UserId>,
}

/// The lowest marks of a chat: what all its recipients have, and what all have read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LowestMarks {
    /// What everybody has on a device.
    pub delivered: LowestMark,
    /// What everybody has read.
    pub read: LowestMark,
}

impl LowestMarks {
    /// The lowest marks among the members.
    pub fn among(members: &[(UserId, Marks)]) -> Self {
        let lowest = |mark_of: fn(&Marks) -> Watermark| {
            members
                .iter()
                .map(|(user, marks)| LowestMark { mark: mark_of(marks), holder: Some(*user) })
                .min_by_key(|lowest| lowest.mark)
                .unwrap_or_default()
        };
        Self { delivered: lowest(|marks| marks.delivered), read: lowest(|marks| marks.read) }
    }

    /// Whether these may change when `mover` moves. Anything else would read a thousand rows per receipt.
    pub fn depend_on(&self, mover: UserId) -> bool {
        let depends = |lowest: &LowestMark| lowest.holder.is_none_or(|holder| holder == mover);
        depends(&self.delivered) || depends(&self.read)
    }

    /// The marks without their holders.
    pub fn marks(&self) -> Marks {
        Marks { delivered: self.delivered.mark, read: self.read.mark }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn receipts() -> impl Strategy<Value = Vec<(Receipt, Seq)>> {
        let receipt = prop_oneof![Just(Receipt::Delivered), Just(Receipt::Read)];
        let seq = (1_u64..50).prop_map(|number| Seq::try_from(number).unwrap());
        prop::collection::vec((receipt, seq), 0..20)
    }

    proptest! {
        #[test]
        fn monotone_marks_never_go_back_and_read_is_delivered(receipts in receipts()) {
            let mut marks = Marks::default();
            for (receipt, seq) in receipts {
                let next = marks.after(receipt, seq);
                prop_assert!(next.read >= marks.read && next.delivered >= marks.delivered);
                prop_assert!(next.read <= next.delivered);
                prop_assert!(next.cover(receipt, seq));
                marks = next;
            }
        }

        #[test]
        fn convergent_any_order_and_repetition_ends_alike(receipts in receipts(), seed in any::<u64>()) {
            let play = |receipts: &[(Receipt, Seq)]| {
                receipts.iter().fold(Marks::default(), |marks, (receipt, seq)| marks.after(*receipt, *seq))
            };
            let mut shuffled = receipts.repeat(2);
            fastrand::Rng::with_seed(seed).shuffle(&mut shuffled);
            prop_assert_eq!(play(&receipts), play(&shuffled));
        }

        #[test]
        fn the_lowest_mark_is_held_by_one_who_has_come_no_further(all in prop::collection::vec(receipts(), 1..6)) {
            let members: Vec<_> = all
                .iter()
                .map(|receipts| {
                    let marks = receipts.iter().fold(Marks::default(), |marks, (receipt, seq)| marks.after(*receipt, *seq));
                    (UserId::random(), marks)
                })
                .collect();
            let lowest = LowestMarks::among(&members);
            prop_assert!(members.iter().all(|(_, marks)| marks.read >= lowest.read.mark));
            prop_assert!(members.iter().all(|(_, marks)| marks.delivered >= lowest.delivered.mark));
            prop_assert!(lowest.read.mark <= lowest.delivered.mark);
            let holder = members.iter().find(|(user, _)| Some(*user) == lowest.read.holder).unwrap();
            prop_assert_eq!(holder.1.read, lowest.read.mark);
        }
    }
}
