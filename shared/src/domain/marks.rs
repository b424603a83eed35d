//! Watermarks of people, and the lowest of a chat (invariant 5).

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{DeviceId, Receipt, Seq, Status, UserId, Watermark};

/// How many devices a member's row remembers. Each costs about 50 bytes, and a row of up to 1 KB is one write unit.
pub const MOST_DEVICES: usize = 16;

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

/// How far each device of a member has come, as the device itself says. The row holds `deviceId` →
/// `[deliveredSeq, readSeq]` of the [`MOST_DEVICES`] devices that have come furthest.
///
/// A device that falls out may get a push that it does not need, never miss one.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "BTreeMap<DeviceId, (Watermark, Watermark)>", into = "BTreeMap<DeviceId, (Watermark, Watermark)>")]
pub struct DeviceMarks(BTreeMap<DeviceId, Marks>);

impl DeviceMarks {
    /// How far this device has come; nowhere if it has never said so.
    pub fn of(&self, device: DeviceId) -> Marks {
        self.0.get(&device).copied().unwrap_or_default()
    }

    /// Whether no device has ever said how far it has come.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// These marks after a receipt from one of the devices.
    #[must_use]
    pub fn after(&self, device: DeviceId, receipt: Receipt, seq: Seq) -> Self {
        let mut marks = self.0.clone();
        marks.insert(device, self.of(device).after(receipt, seq));
        while marks.len() > MOST_DEVICES {
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
        fn quiet_the_devices_that_came_furthest_are_remembered(receipts in prop::collection::vec((0_u128..40, 1_u64..50), 0..80)) {
            let device = |number: u128| uuid::Uuid::from_u128(number).to_string().parse::<DeviceId>().unwrap();
            let mut marks = DeviceMarks::default();
            for (number, seq) in receipts {
                let (device, seq) = (device(number), Seq::try_from(seq).unwrap());
                let next = marks.after(device, Receipt::Delivered, seq);
                prop_assert!(next.0.len() <= MOST_DEVICES);
                prop_assert!(next.of(device).cover(Receipt::Delivered, seq), "the one that spoke is never dropped");
                prop_assert_eq!(next.after(device, Receipt::Delivered, seq), next.clone(), "a repetition changes nothing");
                let dropped: Vec<_> = marks.0.keys().filter(|device| !next.0.contains_key(device)).collect();
                prop_assert!(dropped.iter().all(|dropped| {
                    next.0.iter().filter(|(kept, _)| **kept != device)
                        .all(|(_, kept)| kept.delivered >= marks.of(**dropped).delivered)
                }), "the rest have come no less far");
                let text = serde_json::to_string(&next).unwrap();
                prop_assert!(text.len() < 800, "{} bytes", text.len());
                prop_assert_eq!(serde_json::from_str::<DeviceMarks>(&text).unwrap(), next.clone());
                marks = next;
            }
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
