//! A profile and all that must come and go with it, in one transaction: the Users row, the Accounts row, and the claim
//! of the email address (`email#ADDRESS` in Accounts), which keeps an address to one user.

use aws_sdk_dynamodb::operation::transact_write_items::TransactWriteItemsError;
use aws_sdk_dynamodb::types::{Delete, Put, TransactWriteItem, Update};
use serde::{Deserialize, Serialize};

use super::Accounts;
use super::rows::{TABLE, key, key_of};
use crate::call_error::{CallError, FailureKind};
use crate::domain::{Email, Timestamp, User, UserId};
use crate::store::users::rows as user_rows;
use crate::store::{Row, StoreError, UserRecord, Users, from_row, get, number, text, to_row};

const OPERATION: &str = "TransactWriteItems of a profile";

/// A claim as it is stored.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClaimRow {
    user_id: String,
    owner_id: UserId,
}

/// The outcome of a login, or of the sign-up before it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Welcome {
    /// The user as stored.
    User(User),
    /// The user was erased, and stays so.
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
    Overtaken,
}

impl Accounts {
    /// Makes the profile of a user who arrives, or completes it; a user who is known keeps name and address.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or a row is unreadable.
    pub async fn welcome(&self, users: &Users, user: User) -> Result<Welcome, StoreError> {
        let (stored, account) = tokio::try_join!(users.stored(user.user_id), self.account(user.user_id))?;
        let mut parts = Vec::new();
        let proved = user.email.clone();
        let user = match (stored, account) {
            (UserRecord::Erased(_), _) => return Ok(Welcome::Erased),
            (UserRecord::User(stored), Some(_)) => return Ok(Welcome::User(stored)),
            (UserRecord::User(stored), None) => stored,
            (UserRecord::Nothing, _) => {
                parts.push(new_row(&users.table, &user)?);
                user
            }
        };
        // A row may have an address that is another user's by now. It is not claimed: the caller moves the profile to the
        // address that was proved.
        if let Some(email) = user.email.as_ref().filter(|email| proved.as_ref() == Some(email)) {
            parts.push(self.claim(email, user.user_id)?);
        }
        // An account that is there already keeps what is in it.
        let keep = Update::builder()
            .table_name(&self.table)
            .set_key(Some(key(user.user_id)))
            .update_expression("SET createdAt = if_not_exists(createdAt, :now)")
            .expression_attribute_values(":now", number(user.created_at.as_millis()))
            .build()
            .map_err(StoreError::unbuilt(OPERATION))?;
        parts.push(TransactWriteItem::builder().update(keep).build());
        match self.write_profile(parts).await? {
            true => Ok(Welcome::User(user)),
            // Another login of the same user was faster, or the address belongs to another user.
            false => match users.stored(user.user_id).await? {
                UserRecord::User(stored) if self.account(user.user_id).await?.is_some() => Ok(Welcome::User(stored)),
                UserRecord::Erased(_) => Ok(Welcome::Erased),
                _ => match self.other_owner_of(&user).await? {
                    Some(owner) => Ok(Welcome::AddressTaken(owner)),
                    None => Err(overtaken("refused for no reason")),
                },
            },
        }
    }

    /// Moves a user from one address to another, which the user has proved to own.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
    pub async fn change_address(
        &self,
        users: &Users,
        user_id: UserId,
        from: Option<&Email>,
        to: &Email,
    ) -> Result<AddressChange, StoreError> {
        // An erasure leaves neither an email nor a time.
        let is_from = match from {
            Some(_) => "email = :from",
            None => "attribute_exists(createdAt) AND attribute_not_exists(email)",
        };
        let update = Update::builder()
            .table_name(&users.table)
            .set_key(Some(user_rows::key(user_id)))
            .update_expression("SET email = :to")
            .condition_expression(is_from)
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
                None => Ok(AddressChange::Overtaken),
            },
        }
    }

    /// Takes an address from a profile whose login does not have it any more: the profile goes on without an address, and
    /// the claim is free. One transaction of two writes.
    ///
    /// # Errors
    /// When DynamoDB does not answer.
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
            // The profile has another address, or is erased: the claim alone was left.
            self.write_profile(vec![self.release(email, owner)?]).await?;
        }
        Ok(())
    }

    async fn other_owner_of(&self, user: &User) -> Result<Option<UserId>, StoreError> {
        let Some(email) = &user.email else { return Ok(None) };
        Ok(self.owner_of(email).await?.filter(|owner| *owner != user.user_id))
    }

    /// The user of an address: the one who has claimed it, and has it. Two reads. A row that was written before there were
    /// claims may have an address that was never verified; such a user is found from the next login on.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or a row is unreadable.
    pub async fn user_of(&self, users: &Users, email: &Email) -> Result<Option<User>, StoreError> {
        let Some(owner) = self.owner_of(email).await? else { return Ok(None) };
        Ok(users.user(owner).await?.filter(|user| user.email.as_ref() == Some(email)))
    }

    /// The user who has claimed an address, consistently read.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or the row is unreadable.
    pub async fn owner_of(&self, email: &Email) -> Result<Option<UserId>, StoreError> {
        let row = get::row(&self.client, &self.table, key_of(claim_name(email)), "GetItem of a claim").await?;
        let row = row.map(|row| from_row::<ClaimRow>(row, TABLE, "a claim")).transpose()?;
        Ok(row.map(|row| row.owner_id))
    }

    /// Leaves nothing of a profile but that it was erased; answers since when. An erasure that was done before stays.
    ///
    /// # Errors
    /// When DynamoDB does not answer, or the row is unreadable.
    pub async fn erase(&self, users: &Users, user_id: UserId, now: Timestamp) -> Result<Timestamp, StoreError> {
        let (erased_at, email) = match users.stored(user_id).await? {
            UserRecord::Erased(at) => (at, None),
            UserRecord::User(user) => (now, user.email),
            UserRecord::Nothing => (now, None),
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
                erased_at.ok_or_else(|| overtaken("a profile changed while it was being erased"))
            }
        }
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
            .set_key(Some(key_of(claim_name(email))))
            .condition_expression("attribute_not_exists(userId) OR ownerId = :owner")
            .expression_attribute_values(":owner", text(owner_id))
            .build()
            .map_err(StoreError::unbuilt(OPERATION))?;
        Ok(TransactWriteItem::builder().delete(delete).build())
    }

    /// Writes the parts of a profile; `false` when a condition did not hold.
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

/// The Users row of a user who arrives. An update, since the role may not put: a put would replace what an erasure has
/// left, with all of a profile. It may not name erasedAt either, nor avatar and presence.
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

/// The failure of a write that another writer has overtaken.
fn overtaken(reason: &'static str) -> StoreError {
    CallError::because(OPERATION, FailureKind::Unavailable, reason).into()
}
