//! Receipts move the marks of a member: one write for all marks, and no write for a receipt that repeats an earlier
//! one.

use aws_sdk_dynamodb::operation::update_item::UpdateItemError;
use aws_sdk_dynamodb::operation::update_item::builders::UpdateItemFluentBuilder;
use aws_sdk_dynamodb::types::{AttributeValue, ReturnValue, ReturnValuesOnConditionCheckFailure};

use super::Chats;
use super::keys::{TABLE, member_key};
use super::rows::MemberRow;
use crate::domain::{ChatId, DeviceId, DeviceMarks, Marks, Member, Receipt, Seq, UserId, Watermark};
use crate::store::{StoreError, number, to_row};

/// The attribute of a member's row with the marks of each device.
const DEVICE_MARKS: &str = "deviceMarks";

/// Whether other users may see what a receipt says about reading.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sharing {
    /// They see it.
    Shared,
    /// They see a read message as delivered.
    Hidden,
}

impl Sharing {
    /// Shared, or hidden.
    pub fn of(shares: bool) -> Self {
        if shares { Self::Shared } else { Self::Hidden }
    }
}

/// The marks of a member when they were last read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeenMarks {
    marks: Marks,
    shared_read: Option<Watermark>,
}

impl From<Marks> for SeenMarks {
    fn from(marks: Marks) -> Self {
        Self { marks, shared_read: None }
    }
}

impl From<&Member> for SeenMarks {
    fn from(member: &Member) -> Self {
        Self { marks: member.marks, shared_read: member.shared_read }
    }
}

impl SeenMarks {
    /// The assignment and the removal that an update from `before` needs.
    fn change_of_shared_read(self, before: Self) -> (&'static str, &'static str) {
        match (before.shared_read, self.shared_read) {
            (before, after) if before == after => ("", ""),
            (_, Some(_)) => (", sharedRead = :shared", ""),
            (_, None) => ("", " REMOVE sharedRead"),
        }
    }

    /// The marks after a receipt. A hidden one leaves the mark that others see where it is, and a shared one moves it
    /// forward, in whatever order they come.
    fn after(self, receipt: Receipt, seq: Seq, sharing: Sharing) -> Self {
        let marks = self.marks.after(receipt, seq);
        let shared = self.shared_read.unwrap_or(self.marks.read);
        let shared_read = match (sharing, receipt) {
            (Sharing::Hidden, _) if marks == self.marks => self.shared_read,
            (Sharing::Hidden, _) => Some(shared),
            (Sharing::Shared, Receipt::Delivered) => self.shared_read,
            (Sharing::Shared, Receipt::Read) => Some(shared.max(seq.into())).filter(|shared| *shared < marks.read),
        };
        Self { marks, shared_read }
    }
}

/// The marks that a receipt may move.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Acknowledged {
    seen: SeenMarks,
    /// The marks of the devices, if the receipt names its device.
    devices: Option<DeviceMarks>,
}

impl Acknowledged {
    fn after(&self, receipt: Receipt, seq: Seq, (device, sharing): (Option<DeviceId>, Sharing)) -> Self {
        let devices = self.devices.as_ref().zip(device);
        Self {
            seen: self.seen.after(receipt, seq, sharing),
            devices: devices.map(|(devices, device)| devices.after(device, receipt, seq)),
        }
    }
}

impl Chats {
    /// Moves a member's marks forward by a receipt for message `seq`, which is the one numbered `count` among the
    /// messages that count as unread (see [`Message::count`](crate::domain::Message::count)). `seen` are the marks when
    /// they were last read. Returns the stored marks. Without a change nothing is written.
    ///
    /// # Errors
    /// Also when the user is not a member.
    pub async fn advance(
        &self,
        chat_id: ChatId,
        user: UserId,
        seen: impl Into<SeenMarks>,
        receipt: Receipt,
        (seq, count): (Seq, Option<u64>),
        sharing: Sharing,
    ) -> Result<Marks, StoreError> {
        let seen = Acknowledged { seen: seen.into(), devices: None };
        Ok(self.acknowledge((chat_id, user), seen, receipt, (seq, count), (None, sharing)).await?.seen.marks)
    }

    /// As [`Self::advance`], for a receipt that names its device: the marks of the device move, too.
    ///
    /// # Errors
    /// Also when the user is not a member.
    pub async fn advance_on(
        &self,
        device: DeviceId,
        chat_id: ChatId,
        seen: &Member,
        receipt: Receipt,
        (seq, count): (Seq, Option<u64>),
        sharing: Sharing,
    ) -> Result<Marks, StoreError> {
        let user = seen.user_id;
        let seen = Acknowledged { seen: seen.into(), devices: Some(seen.device_marks.clone()) };
        let acknowledged = self.acknowledge((chat_id, user), seen, receipt, (seq, count), (Some(device), sharing));
        Ok(acknowledged.await?.seen.marks)
    }

    /// Keeps the mark that others see of a member, before a message that reads more. Returns the kept mark. One write
    /// unit.
    ///
    /// # Errors
    /// Also when the user is not a member.
    pub async fn keep_shared_read(&self, chat_id: ChatId, member: &Member) -> Result<Watermark, StoreError> {
        let kept = self
            .client
            .update_item()
            .table_name(&self.table)
            .set_key(Some(member_key(chat_id, member.user_id)))
            .update_expression("SET sharedRead = if_not_exists(sharedRead, readSeq)")
            .condition_expression("attribute_exists(readSeq)")
            .return_values(ReturnValue::UpdatedNew)
            .send()
            .await
            .map_err(StoreError::call("UpdateItem of a member's shared mark"))?;
        let kept = kept.attributes.and_then(|row| row.get("sharedRead")?.as_n().ok()?.parse().ok());
        Ok(kept.map_or(member.marks.read, Watermark::at))
    }

    /// A compare-and-swap, since all marks move together and none may move back (invariant 5).
    async fn acknowledge(
        &self,
        (chat_id, user): (ChatId, UserId),
        mut seen: Acknowledged,
        receipt: Receipt,
        (seq, count): (Seq, Option<u64>),
        origin: (Option<DeviceId>, Sharing),
    ) -> Result<Acknowledged, StoreError> {
        loop {
            let next = seen.after(receipt, seq, origin);
            if next == seen {
                return Ok(seen);
            }
            let read_count = count.filter(|_| next.seen.marks.read > seen.seen.marks.read);
            let swapped = self.swap_marks(chat_id, user, &seen, &next, read_count)?.send().await;
            match swapped {
                Ok(_) => return Ok(next),
                Err(error) => match error.as_service_error() {
                    Some(UpdateItemError::ConditionalCheckFailedException(failed)) if failed.item.is_some() => {
                        let member = MemberRow::existing(failed.item.clone().unwrap_or_default())?;
                        let devices = seen.devices.is_some().then(|| member.device_marks.clone());
                        seen = Acknowledged { seen: (&member).into(), devices };
                    }
                    _ => return Err(StoreError::call("UpdateItem of a member's marks")(error)),
                },
            }
        }
    }

    /// The update from `seen` to `next`, if the row still has `seen`.
    fn swap_marks(
        &self,
        chat_id: ChatId,
        user: UserId,
        seen: &Acknowledged,
        next: &Acknowledged,
        read_count: Option<u64>,
    ) -> Result<UpdateItemFluentBuilder, StoreError> {
        let mut set = "SET deliveredSeq = :delivered, readSeq = :read".to_owned();
        let mut unmoved = "deliveredSeq = :deliveredBefore AND readSeq = :readBefore".to_owned();
        let mut update = self.client.update_item().table_name(&self.table).set_key(Some(member_key(chat_id, user)));
        if let Some(count) = read_count {
            set.push_str(", readCount = :count");
            update = update.expression_attribute_values(":count", number(count));
        }
        let (before, after) = (seen.seen, next.seen);
        let (assignment, removal) = after.change_of_shared_read(before);
        set.push_str(assignment);
        if let Some(shared) = after.shared_read.filter(|_| !assignment.is_empty()) {
            update = update.expression_attribute_values(":shared", number(shared));
        }
        if let (Some(before), Some(after)) = (&seen.devices, &next.devices) {
            set.push_str(", #devices = :devices");
            update = update.expression_attribute_names("#devices", DEVICE_MARKS);
            update = update.expression_attribute_values(":devices", map(after)?);
            if before.is_empty() {
                unmoved.push_str(" AND attribute_not_exists(#devices)");
            } else {
                unmoved.push_str(" AND #devices = :devicesBefore");
                update = update.expression_attribute_values(":devicesBefore", map(before)?);
            }
        }
        Ok(update
            .update_expression(set + removal)
            .condition_expression(unmoved)
            .expression_attribute_values(":delivered", number(after.marks.delivered))
            .expression_attribute_values(":read", number(after.marks.read))
            .expression_attribute_values(":deliveredBefore", number(before.marks.delivered))
            .expression_attribute_values(":readBefore", number(before.marks.read))
            .return_values_on_condition_check_failure(ReturnValuesOnConditionCheckFailure::AllOld))
    }
}

fn map(devices: &DeviceMarks) -> Result<AttributeValue, StoreError> {
    Ok(AttributeValue::M(to_row(devices, TABLE, "the marks of devices")?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn receipts() -> impl Strategy<Value = Vec<(Receipt, Seq, Sharing)>> {
        let receipt = prop_oneof![Just(Receipt::Delivered), Just(Receipt::Read)];
        let sharing = prop_oneof![Just(Sharing::Shared), Just(Sharing::Hidden)];
        let seq = (1_u64..30).prop_map(|number| Seq::try_from(number).unwrap());
        prop::collection::vec((receipt, seq, sharing), 0..20)
    }

    fn read_as_others_see_it(seen: SeenMarks) -> Watermark {
        seen.shared_read.unwrap_or(seen.marks.read)
    }

    proptest! {
        #[test]
        fn others_see_the_furthest_shared_receipt_in_whatever_order_they_come(
            receipts in receipts(),
            seed in any::<u64>(),
        ) {
            let play = |receipts: &[(Receipt, Seq, Sharing)]| {
                receipts.iter().fold(SeenMarks::from(Marks::default()), |seen, (receipt, seq, sharing)| {
                    let next = seen.after(*receipt, *seq, *sharing);
                    assert!(read_as_others_see_it(next) >= read_as_others_see_it(seen), "never back");
                    assert!(read_as_others_see_it(next) <= next.marks.read);
                    next
                })
            };
            let mut shuffled = receipts.repeat(2);
            fastrand::Rng::with_seed(seed).shuffle(&mut shuffled);
            let shared = receipts.iter().filter(|(receipt, _, sharing)| {
                (*receipt, *sharing) == (Receipt::Read, Sharing::Shared)
            });
            let furthest = shared.map(|(_, seq, _)| Watermark::from(*seq)).max().unwrap_or_default();
            for played in [play(&receipts), play(&shuffled)] {
                prop_assert_eq!(read_as_others_see_it(played), furthest);
            }
            prop_assert_eq!(play(&receipts).marks, play(&shuffled).marks);
        }
    }
}
