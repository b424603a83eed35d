//! System messages for operators: the change and the users concerned, without the texts that users wrote.

use std::fmt;

use paloma::domain::{ChatChange, Notice, RemovableField, Role, UserId};
use serde::Serialize;

/// Users that a line names, at most. JSON lists all that the message has.
const MAX_NAMED: usize = 5;

/// The change of a group that a system message reports.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct NoticeReport {
    #[serde(rename = "type")]
    kind: &'static str,
    /// The users concerned. The summary of many new members has the first three.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    user_ids: Vec<UserId>,
    /// The new role, where the message has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    role: Option<Role>,
    /// The changed fields of the group.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fields: Vec<&'static str>,
}

impl NoticeReport {
    pub fn of(notice: &Notice) -> Self {
        let (kind, user_ids, role, fields) = match notice {
            Notice::MembersAdded { user_ids, .. } => ("membersAdded", user_ids.clone(), None, Vec::new()),
            Notice::MemberRemoved { user_id } => ("memberRemoved", vec![*user_id], None, Vec::new()),
            Notice::MemberLeft { new_admin } => {
                ("memberLeft", new_admin.iter().copied().collect(), new_admin.map(|_| Role::Admin), Vec::new())
            }
            Notice::RoleChanged { user_id, role } => ("roleChanged", vec![*user_id], Some(*role), Vec::new()),
            Notice::ChatChanged(change) => ("chatChanged", Vec::new(), None, fields(change)),
            Notice::ChatRemoved => ("chatRemoved", Vec::new(), None, Vec::new()),
        };
        Self { kind, user_ids, role, fields }
    }

    fn named(&self) -> String {
        let named: Vec<_> = self.user_ids.iter().take(MAX_NAMED).map(ToString::to_string).collect();
        let more = self.user_ids.len() - named.len();
        let rest = if more == 0 { String::new() } else { format!(" and {more} more") };
        format!("{}{rest}", named.join(", "))
    }
}

fn fields(change: &ChatChange) -> Vec<&'static str> {
    let has = |field: RemovableField, is_set: bool| is_set || change.removed.contains(&field);
    let fields = [
        ("name", has(RemovableField::Name, change.name.is_some())),
        ("avatar", has(RemovableField::Avatar, change.avatar.is_some())),
        ("onlyAdminsWrite", change.only_admins_write.is_some()),
        ("onlyAdminsAdd", change.only_admins_add.is_some()),
    ];
    fields.into_iter().filter_map(|(field, is_changed)| is_changed.then_some(field)).collect()
}

impl fmt::Display for NoticeReport {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = self.kind;
        let role = match self.role {
            Some(Role::Admin) => " is an admin now",
            Some(Role::Member) => " is no admin any more",
            None => "",
        };
        let concerned = if self.fields.is_empty() { self.named() } else { self.fields.join(", ") };
        let concerned = if concerned.is_empty() { concerned } else { format!(": {concerned}{role}") };
        write!(formatter, "system message {kind}{concerned}")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_system_message_is_named_with_the_users_and_fields_and_without_texts_of_users() {
        let ana = UserId::random();
        let name = Some("A secret name".to_owned().try_into().unwrap());
        let change = ChatChange { name, only_admins_write: Some(true), ..ChatChange::default() };
        for (notice, expected) in [
            (
                Notice::MembersAdded { user_ids: vec![ana; 7], count: None },
                format!("{} and 2 more", vec![ana.to_string(); 5].join(", ")),
            ),
            (Notice::MemberRemoved { user_id: ana }, ana.to_string()),
            (Notice::MemberLeft { new_admin: Some(ana) }, format!("{ana} is an admin now")),
            (Notice::RoleChanged { user_id: ana, role: Role::Member }, format!("{ana} is no admin any more")),
            (Notice::ChatChanged(change), "name, onlyAdminsWrite".to_owned()),
        ] {
            let report = NoticeReport::of(&notice);
            assert_eq!(report.to_string(), format!("system message {}: {expected}", report.kind));
        }
        for (notice, expected) in [
            (Notice::MemberLeft { new_admin: None }, "system message memberLeft"),
            (Notice::ChatRemoved, "system message chatRemoved"),
        ] {
            assert_eq!(NoticeReport::of(&notice).to_string(), expected);
        }
    }
}
