//! The watermarks of members and devices, and the lowest marks of a chat (invariant 5). *Mark* is short for watermark.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{DeviceId, Receipt, Seq, Status, UserId, Watermark};

/// The limit of devices in a member's row. Each takes about 50 bytes, and a row of up to 1 KB costs one write unit.
pub const MAX_DEVICE_MARKS: usize = 16;

/// The watermarks of a member or of a device. A read message is also delivered: always `read ≤ delivered`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Marks {
    /// All messages up to this seq are acknowledged as received.
    #[serde(rename = "deliveredSeq")]
    pub delivered: Watermark,
    /// All messages up to this seq are acknowledged as read.
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

    /// The marks of a member who has read everything up to here.
    pub fn at(mark: Watermark) -> Self {
        Self { delivered: mark, read: mark }
    }

    /// The further of two, for each mark.
    #[must_use]
    pub fn max(self, other: Self) -> Self {
        Self { delivered: self.delivered.max(other.delivered), read: self.read.max(other.read) }
    }

    /// The earlier of two, for each mark.
    #[must_use]
    pub fn min(self, other: Self) -> Self {
        Self { delivered: self.delivered.min(other.delivered), read: self.read.min(other.read) }
    }

    /// Whether a receipt for `seq` would change nothing.
    pub fn cover(self, receipt: Receipt, seq: Seq) -> bool {
        self.after(receipt, seq) == self
    }

    /// The status of message `seq` for a member with these marks.
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

/// The marks of each device of a member, from receipts that name their device. The row has `deviceId` →
/// `[deliveredSeq, readSeq]` for the [`MAX_DEVICE_MARKS`] devices with the highest marks.
///
/// A device that is dropped from it may get a push that it does not need. It never misses one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "BTreeMap<DeviceId, (Watermark, Watermark)>", into = "BTreeMap<DeviceId, (Watermark, Watermark)>")]
pub struct DeviceMarks(BTreeMap<DeviceId, Marks>);

impl DeviceMarks {
    /// The marks of a device; 0 for a device without receipts.
    pub fn of(&self, device: DeviceId) -> Marks {
        self.0.get(&device).copied().unwrap_or_default()
    }

    /// Whether no device has sent a receipt.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// These marks after a receipt from one of the devices.
    #[must_use]
    pub fn after(&self, device: DeviceId, receipt: Receipt, seq: Seq) -> Self {
        let mut marks = self.0.clone();
        marks.insert(device, self.of(device).after(receipt, seq));
        while marks.len() > MAX_DEVICE_MARKS {
            let others = marks.iter().filter(|(other, _)| **other != device);
            let Some((last, _)) = others.min_by_key(|(_, marks)| (marks.delivered, marks.read)) else { break };
            let last = *last;
            marks.remove(&last);
        }
        Self(marks)
    }
}

impl From<BTreeMap<DeviceId, (Watermark, Watermark)>> for DeviceMarks {
    fn from(pairs: BTreeMap<DeviceId, (Watermark, Watermark)>) -> Self {
        let marks = |(device, (delivered, read))| (device, Marks { delivered, read });
        Self(pairs.into_iter().map(marks).collect())
    }
}

impl From<DeviceMarks> for BTreeMap<DeviceId, (Watermark, Watermark)> {
    fn from(DeviceMarks(marks): DeviceMarks) -> Self {
        marks.into_iter().map(|(device, marks)| (device, (marks.delivered, marks.read))).collect()
    }
}

/// The lowest of the members' marks, and a member who holds it. It can only rise when that member's mark does.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LowestMark {
    /// No member has a lower mark.
    pub mark: Watermark,
    /// A member with this mark; `None` before it was first computed.
    pub holder: Option<UserId>,
}

/// The lowest marks of a chat: the messages that all members have received, and those that all have read.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LowestMarks {
    /// All members have received all messages up to this mark.
    pub delivered: LowestMark,
    /// All members have read all messages up to this mark.
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

    /// The lowest marks among the members. Members who hide what they have read are left out of "read by all", but not
    /// of "delivered to all". A member who shares receipts again counts from the mark `before` on.
    ///
    /// The messages that all have read need at least two members who share: otherwise the mark stays as before, without
    /// a holder.
    pub fn without_hiding(sharing: &[(UserId, Marks)], hiding: &[(UserId, Marks)], before: &Self) -> Self {
        if hiding.is_empty() && sharing.iter().all(|(_, marks)| marks.read >= before.read.mark) {
            return Self::among(sharing);
        }
        let all = [sharing, hiding].concat();
        let delivered = Self::among(&all).delivered;
        let current = sharing.iter().filter(|(_, marks)| marks.read >= before.read.mark);
        let current: Vec<_> = current.copied().collect();
        let read = match current.len() {
            0 | 1 => LowestMark { mark: before.read.mark, holder: None },
            _ => Self::among(&current).read,
        };
        // A message is delivered to all before it is read by all.
        let read = if delivered.mark < read.mark { delivered } else { read };
        Self { delivered, read }
    }

    /// Whether one of these marks may rise after the marks of the member `mover` have moved. Without this check each
    /// receipt would read the rows of all members.
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
        fn convergent_receipts_in_any_order_and_repeated_lead_to_the_same_marks(
            receipts in receipts(),
            seed in any::<u64>(),
        ) {
            let play = |receipts: &[(Receipt, Seq)]| {
                receipts.iter().fold(Marks::default(), |marks, (receipt, seq)| marks.after(*receipt, *seq))
            };
            let mut shuffled = receipts.repeat(2);
            fastrand::Rng::with_seed(seed).shuffle(&mut shuffled);
            prop_assert_eq!(play(&receipts), play(&shuffled));
        }

        #[test]
        fn quiet_the_devices_with_the_highest_marks_are_kept(
            receipts in prop::collection::vec((0_u128..40, 1_u64..50), 0..80),
        ) {
            let device = |number: u128| uuid::Uuid::from_u128(number).to_string().parse::<DeviceId>().unwrap();
            let mut marks = DeviceMarks::default();
            for (number, seq) in receipts {
                let (device, seq) = (device(number), Seq::try_from(seq).unwrap());
                let next = marks.after(device, Receipt::Delivered, seq);
                prop_assert!(next.0.len() <= MAX_DEVICE_MARKS);
                let repeated = next.after(device, Receipt::Delivered, seq);
                prop_assert!(next.of(device).cover(Receipt::Delivered, seq), "the receipt's device is never dropped");
                prop_assert_eq!(repeated, next.clone(), "a repetition changes nothing");
                let dropped: Vec<_> = marks.0.keys().filter(|device| !next.0.contains_key(device)).collect();
                prop_assert!(dropped.iter().all(|dropped| {
                    next.0.iter().filter(|(kept, _)| **kept != device)
                        .all(|(_, kept)| kept.delivered >= marks.of(**dropped).delivered)
                }), "no kept device has a lower mark");
                let text = serde_json::to_string(&next).unwrap();
                prop_assert!(text.len() < 800, "{} bytes", text.len());
                prop_assert_eq!(serde_json::from_str::<DeviceMarks>(&text).unwrap(), next.clone());
                marks = next;
            }
        }

        #[test]
        fn read_by_all_leaves_out_members_who_hide_and_is_never_before_delivered_to_all(
            all in prop::collection::vec((receipts(), any::<bool>()), 2..6),
            before in 0_u64..20,
        ) {
            let before = LowestMark { mark: Watermark::at(before), holder: None };
            let before = LowestMarks { delivered: LowestMark::default(), read: before };
            let (mut sharing, mut hiding) = (Vec::new(), Vec::new());
            for (receipts, hides) in &all {
                let marks = receipts.iter().fold(Marks::default(), |marks, (receipt, seq)| marks.after(*receipt, *seq));
                if *hides { &mut hiding } else { &mut sharing }.push((UserId::random(), marks));
            }
            let LowestMarks { delivered, read } = LowestMarks::without_hiding(&sharing, &hiding, &before);
            let everyone = [sharing.clone(), hiding].concat();
            prop_assert_eq!(Some(delivered.mark), everyone.iter().map(|(_, marks)| marks.delivered).min());
            prop_assert!(read.mark <= delivered.mark);
            let current: Vec<_> = sharing.iter().filter(|(_, marks)| marks.read >= before.read.mark).collect();
            let lowest = current.iter().map(|(_, marks)| marks.read).min().unwrap_or_default();
            match read.holder {
                None => prop_assert_eq!((current.len() < 2, read.mark), (true, before.read.mark)),
                Some(_) if read == delivered => {}
                Some(holder) => {
                    prop_assert_eq!(read.mark, lowest);
                    prop_assert!(sharing.iter().any(|(user, marks)| *user == holder && marks.read == lowest));
                }
            }
        }

        #[test]
        fn the_holder_of_the_lowest_mark_has_exactly_that_mark(all in prop::collection::vec(receipts(), 1..6)) {
            let members: Vec<_> = all
                .iter()
                .map(|receipts| {
                    let receipts = receipts.iter();
                    let marks = receipts.fold(Marks::default(), |marks, (receipt, seq)| marks.after(*receipt, *seq));
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
