//! Registrations and erasures. A transaction writes a user's row, the account, and the claim of the email address: the
//! row `email#ADDRESS` in Accounts, by which an address has one user at most.

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{Delete, Put, TransactWriteItem, Update};
use serde::{Deserialize, Serialize};

use super::Accounts;
use super::rows::{TABLE, key, key_named};
use crate::call_error::{CallError, FailureKind};
use crate::domain::{Email, Timestamp, User, UserId};
use crate::store::reachability::NO_PHONE;
use crate::store::users::rows as user_rows;
use crate::store::{Row, StoreError, UserRecord, Users, from_row, get, number, text, to_row};

const OPERATION: &str = "TransactWriteItems of a profile";

/// The row of a claim.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClaimRow {
    user_id: String,
    owner_id: UserId,
}

/// The outcome of a registration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Registration {
    /// The user in the table.
    User(User),
    /// The user was erased. An erased user id never gets a profile again.
    Erased,
    /// The address belongs to this other user.
    AddressTaken(UserId),
}

/// The outcome of a change of address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AddressChange {
    /// The user has the new address.
    Changed,
    /// The address belongs to this other user.
    Taken(UserId),
    /// The user has another address by now, or no profile.
    Conflict,
}

impl Accounts {
    /// Creates the profile of a new user, or completes one; a known user keeps name and address.
    pub async fn register(&self, users: &Users, user: User) -> Result<Registration, StoreError> {
        let (stored, account) = tokio::try_join!(users.record(user.user_id), self.account(user.user_id))?;
        let (mut parts, mut is_new) = (Vec::new(), false);
        let proved = user.email.clone();
        let user = match (stored, account) {
            (UserRecord::Erased(_), _) => return Ok(Registration::Erased),
            (UserRecord::User(stored), Some(_)) => return Ok(Registration::User(stored)),
            (UserRecord::User(stored), None) => stored,
            (UserRecord::Unknown, _) => {
                is_new = true;
                parts.push(new_row(&users.table, &user)?);
                user
            }
        };
        // The address in a stored row may belong to another user by now, so it is not claimed here. The caller changes
        // it to the address that was proved.
        if let Some(email) = user.email.as_ref().filter(|email| proved.as_ref() == Some(email)) {
            parts.push(self.claim(email, user.user_id)?);
        }
        parts.push(self.account_row(&user, is_new)?);
        match self.write_profile(parts).await? {
            true => Ok(Registration::User(user)),
            false => self.rejected_registration(users, &user).await,
        }
    }

    /// The reason for which a registration failed: another login of the same user was faster, or the address belongs to
    /// another user.
    async fn rejected_registration(&self, users: &Users, user: &User) -> Result<Registration, StoreError> {
        match users.record(user.user_id).await? {
            UserRecord::User(stored) if self.account(user.user_id).await?.is_some() => Ok(Registration::User(stored)),
            UserRecord::Erased(_) => Ok(Registration::Erased),
            _ => match self.other_owner_of(user).await? {
                Some(owner) => Ok(Registration::AddressTaken(owner)),
                None => Err(conflict("the transaction was rejected, but its conditions hold now")),
            },
        }
    }

    /// Changes the address of a user to one that the user has proved to own.
    pub async fn change_address(
        &self,
        users: &Users,
        user_id: UserId,
        from: Option<&Email>,
        to: &Email,
    ) -> Result<AddressChange, StoreError> {
        // The row of an erased user has neither email nor createdAt.
        let has_old_address = match from {
            Some(_) => "email = :from",
            None => "attribute_exists(createdAt) AND attribute_not_exists(email)",
        };
        let update = Update::builder()
            .table_name(&users.table)
            .set_key(Some(user_rows::key(user_id)))
            .update_expression("SET email = :to")
            .condition_expression(has_old_address)
            .set_expression_attribute_values(from.map(|from| Row::from([(":from".to_owned(), text(from.as_str()))])))
            .expression_attribute_values(":to", text(to.as_str()))
            .build()
            .map_err(StoreError::unbuilt(OPERATION))?;
        let mut parts = vec![TransactWriteItem::builder().update(update).build(), self.claim(to, user_id)?];
        if let Some(from) = from
            && self.owner_of(from).await? == Some(user_id)
        {
            parts.push(self.release(from, user_id)?);
        }
        match self.write_profile(parts).await? {
            true => Ok(AddressChange::Changed),
            false => match self.owner_of(to).await?.filter(|owner| *owner != user_id) {
                Some(owner) => Ok(AddressChange::Taken(owner)),
                None => Ok(AddressChange::Conflict),
            },
        }
    }

    /// Removes an address from a profile, and deletes its claim, after the login lost the address. The profile stays
    /// without an address. One transaction of two writes.
    pub async fn release_address(&self, users: &Users, owner: UserId, email: &Email) -> Result<(), StoreError> {
        let update = Update::builder()
            .table_name(&users.table)
            .set_key(Some(user_rows::key(owner)))
            .update_expression("REMOVE email")
            .condition_expression("email = :email")
            .expression_attribute_values(":email", text(email.as_str()))
            .build()
            .map_err(StoreError::unbuilt(OPERATION))?;
        let parts = vec![TransactWriteItem::builder().update(update).build(), self.release(email, owner)?];
        if !self.write_profile(parts).await? {
            // The profile has another address, or is erased: only the claim is left to delete.
            self.write_profile(vec![self.release(email, owner)?]).await?;
        }
        Ok(())
    }

    async fn other_owner_of(&self, user: &User) -> Result<Option<UserId>, StoreError> {
        let Some(email) = &user.email else { return Ok(None) };
        Ok(self.owner_of(email).await?.filter(|owner| *owner != user.user_id))
    }

    /// The user of an address: the owner of its claim, if their profile has it. Two reads. A profile of a version
    /// without claims may have an address that was never verified; this finds such a user after their next login.
    pub async fn user_of(&self, users: &Users, email: &Email) -> Result<Option<User>, StoreError> {
        let Some(owner) = self.owner_of(email).await? else { return Ok(None) };
        Ok(users.user(owner).await?.filter(|user| user.email.as_ref() == Some(email)))
    }

    /// The owner of the claim of an address, read consistently.
    pub async fn owner_of(&self, email: &Email) -> Result<Option<UserId>, StoreError> {
        let row = get::row(&self.client, &self.table, key_named(claim_name(email)), "GetItem of a claim").await?;
        let row = row.map(|row| from_row::<ClaimRow>(row, TABLE, "a claim")).transpose()?;
        Ok(row.map(|row| row.owner_id))
    }

    /// Erases a profile, and returns the time of its erasure. A repetition keeps the time of the first erasure.
    pub async fn erase(&self, users: &Users, user_id: UserId, now: Timestamp) -> Result<Timestamp, StoreError> {
        let (erased_at, email) = match users.record(user_id).await? {
            UserRecord::Erased(at) => (at, None),
            UserRecord::User(user) => (now, user.email),
            UserRecord::Unknown => (now, None),
        };
        let account = Delete::builder()
            .table_name(&self.table)
            .set_key(Some(key(user_id)))
            .build()
            .map_err(StoreError::unbuilt(OPERATION))?;
        let tombstone = user_rows::tombstone(user_id, erased_at);
        let mut parts = vec![
            put(&users.table, tombstone, "attribute_not_exists(erasedAt) OR erasedAt = :at", Some((":at", erased_at)))?,
            TransactWriteItem::builder().delete(account).build(),
        ];
        if let Some(email) = &email {
            parts.push(self.release(email, user_id)?);
        }
        match self.write_profile(parts).await? {
            true => Ok(erased_at),
            // Another erasure was faster.
            false => {
                let erased_at = users.erased_at(user_id).await?;
                erased_at.ok_or_else(|| conflict("a profile changed while it was being erased"))
            }
        }
    }

    /// The update of an account, which keeps the attributes of an existing one. A new user has no phone.
    fn account_row(&self, user: &User, is_new: bool) -> Result<TransactWriteItem, StoreError> {
        let mut expression = "SET createdAt = if_not_exists(createdAt, :now)".to_owned();
        let mut values = Row::from([(":now".to_owned(), number(user.created_at.as_millis()))]);
        if is_new {
            expression.push_str(", phoneAt = if_not_exists(phoneAt, :none)");
            values.insert(":none".to_owned(), number(NO_PHONE));
        }
        let update = Update::builder()
            .table_name(&self.table)
            .set_key(Some(key(user.user_id)))
            .update_expression(expression)
            .set_expression_attribute_values(Some(values))
            .build()
            .map_err(StoreError::unbuilt(OPERATION))?;
        Ok(TransactWriteItem::builder().update(update).build())
    }

    fn claim(&self, email: &Email, owner_id: UserId) -> Result<TransactWriteItem, StoreError> {
        let row = to_row(&ClaimRow { user_id: claim_name(email), owner_id }, TABLE, "a claim")?;
        let put = Put::builder()
            .table_name(&self.table)
            .set_item(Some(row))
            .condition_expression("attribute_not_exists(userId) OR ownerId = :owner")
            .expression_attribute_values(":owner", text(owner_id))
            .build()
            .map_err(StoreError::unbuilt(OPERATION))?;
        Ok(TransactWriteItem::builder().put(put).build())
    }

    fn release(&self, email: &Email, owner_id: UserId) -> Result<TransactWriteItem, StoreError> {
        let delete = Delete::builder()
            .table_name(&self.table)
            .set_key(Some(key_named(claim_name(email))))
            .condition_expression("attribute_not_exists(userId) OR ownerId = :owner")
            .expression_attribute_values(":owner", text(owner_id))
            .build()
            .map_err(StoreError::unbuilt(OPERATION))?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    }

    /// Writes the rows of a profile in one transaction; `false` when a condition does not hold.
    async fn write_profile(&self, parts: Vec<TransactWriteItem>) -> Result<bool, StoreError> {
        match self.client.transact_write_items().set_transact_items(Some(parts)).send().await {
            Ok(_) => Ok(true),
            Err(error) => match error.as_service_error() {
                Some(TransactWriteItemsError::TransactionCanceledException(canceled))
                    if canceled
                        .cancellation_reasons()
                        .iter()
                        .any(|reason| reason.code() == Some("ConditionalCheckFailed")) =>
                {
                    Ok(false)
                }
                _ => Err(StoreError::call(OPERATION)(error)),
            },
        }
    }
}

/// The row of a new user. It is an update, since IAM does not allow a put to this role: a put could replace the row of
/// an erased user. IAM also rejects writes of `erasedAt`, the avatar and the presence.
fn new_row(table: &str, user: &User) -> Result<TransactWriteItem, StoreError> {
    let email = user.email.as_ref().map(|email| Row::from([(":email".to_owned(), text(email.as_str()))]));
    let with_email = if email.is_some() { "email = :email, " } else { "" };
    let update = Update::builder()
        .table_name(table)
        .set_key(Some(user_rows::key(user.user_id)))
        .update_expression(format!("SET {with_email}#name = :name, createdAt = :now"))
        .condition_expression("attribute_not_exists(userId)")
        .expression_attribute_names("#name", "name")
        .set_expression_attribute_values(email)
        .expression_attribute_values(":name", text(String::from(user.name.clone())))
        .expression_attribute_values(":now", number(user.created_at.as_millis()))
        .build()
        .map_err(StoreError::unbuilt(OPERATION))?;
    Ok(TransactWriteItem::builder().update(update).build())
}

fn claim_name(email: &Email) -> String {
    format!("email#{}", email.as_str())
}

fn put(
    table: &str,
    row: Row,
    condition: &str,
    value: Option<(&str, Timestamp)>,
) -> Result<TransactWriteItem, StoreError> {
    let mut put = Put::builder().table_name(table).set_item(Some(row)).condition_expression(condition);
    if let Some((name, value)) = value {
        put = put.expression_attribute_values(name, number(value.as_millis()));
    }
    Ok(TransactWriteItem::builder().put(put.build().map_err(StoreError::unbuilt(OPERATION))?).build())
}

/// The failure of a write because of a concurrent write of the same rows.
fn conflict(reason: &'static str) -> StoreError {
    CallError::because(OPERATION, FailureKind::Unavailable, reason).into()
}
