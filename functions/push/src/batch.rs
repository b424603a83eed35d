//! Sorts a batch: of several messages in one chat the newest is pushed, and one correction of a user's badge serves all
//! of the user's chats.

use std::collections::{BTreeMap, HashSet};

use paloma::domain::{ChatId, UserId};
use paloma::queue::{Job, Notification, NotificationJob, PushTarget};

use crate::round::Scope;

/// A job of the batch, and its share of the work.
#[derive(Debug)]
pub(crate) struct PushTask<'a> {
    pub job: &'a Job<NotificationJob>,
    /// The job's members, except members that get a newer message of the chat from another job of this batch.
    members: Vec<UserId>,
}

impl PushTask<'_> {
    pub fn scope(self, notification: &Notification) -> Scope {
        match notification.target {
            PushTarget::Members(_) => Scope::Members(self.members),
            PushTarget::Device { user_id, device_id } => {
                Scope::Device { user_id, device_id, is_last_try: self.job.is_last_try }
            }
        }
    }
}

/// The tasks of a batch. Those of one sequence run one after another: the badges of one user, of which the first
/// corrects all. Sequences run at once.
pub(crate) fn sequences(jobs: &[Job<NotificationJob>]) -> Vec<Vec<PushTask<'_>>> {
    let (mut sequences, mut badges) = (Vec::new(), BTreeMap::<UserId, Vec<PushTask<'_>>>::new());
    for task in tasks(jobs) {
        match &task.job.work {
            NotificationJob::Badge(badge) => badges.entry(badge.user_id).or_default().push(task),
            NotificationJob::Notify(_) | NotificationJob::Publish { .. } => sequences.push(vec![task]),
        }
    }
    sequences.extend(badges.into_values());
    sequences
}

fn tasks(jobs: &[Job<NotificationJob>]) -> Vec<PushTask<'_>> {
    let mut newest_first: Vec<_> = jobs.iter().collect();
    newest_first.sort_by_key(|job| std::cmp::Reverse(notification(job).map(|of| u64::from(of.message.seq))));
    let mut served: BTreeMap<ChatId, HashSet<UserId>> = BTreeMap::new();
    newest_first
        .into_iter()
        .map(|job| {
            let members = match notification(job) {
                // It serves only members who got a push of its message, and those need no older one.
                Some(Notification { target: PushTarget::Members(members), replaces: true, .. }) => members.clone(),
                Some(Notification { chat_id, target: PushTarget::Members(members), .. }) => {
                    let served = served.entry(*chat_id).or_default();
                    members.iter().copied().filter(|member| served.insert(*member)).collect()
                }
                _ => Vec::new(),
            };
            PushTask { job, members }
        })
        .collect()
}

fn notification(job: &Job<NotificationJob>) -> Option<&Notification> {
    match &job.work {
        NotificationJob::Notify(notification) => Some(notification),
        NotificationJob::Publish { .. } | NotificationJob::Badge(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use paloma::domain::{Body, ChangeSeq, LastMessage, MessageId, Seq, Timestamp, Watermark};
    use paloma::queue::BadgeJob;

    use super::*;

    fn job(chat_id: ChatId, seq: u64, members: &[UserId]) -> Job<NotificationJob> {
        let ana = UserId::random();
        let message = LastMessage {
            message_id: MessageId::derive(chat_id, ana, &format!("m{seq}").try_into().unwrap()),
            sender_id: ana,
            seq: Seq::try_from(seq).unwrap(),
            count: None,
            timestamp: Timestamp::from_millis(seq),
            body: Body::Content("hello".to_owned()),
        };
        let target = PushTarget::Members(members.to_vec());
        let work = Notification {
            chat_id,
            message,
            target,
            version: ChangeSeq::START,
            replaces: false,
            accepted_at: Timestamp::from_millis(seq),
        };
        Job::first_try(seq.to_string(), NotificationJob::Notify(work))
    }

    #[test]
    fn a_member_is_pushed_the_newest_message_of_a_chat_and_no_older_one() {
        let (chat, other) = (ChatId::random(), ChatId::random());
        let [bruno, carla] = [UserId::random(), UserId::random()];
        let jobs = [job(chat, 1, &[bruno, carla]), job(chat, 3, &[bruno]), job(other, 2, &[bruno])];
        let tasks: BTreeMap<_, _> = tasks(&jobs).into_iter().map(|task| (task.job.id.clone(), task.members)).collect();
        assert_eq!(tasks["3"], [bruno]);
        assert_eq!(tasks["1"], [carla]);
        assert_eq!(tasks["2"], [bruno]);
    }

    #[test]
    fn badges_of_one_user_run_one_after_another_and_beside_all_other_jobs() {
        let [bruno, carla] = [UserId::random(), UserId::random()];
        let badge = |user_id, id: &str| {
            let badge = BadgeJob { chat_id: ChatId::random(), user_id, read_seq: Watermark::at(1), device_id: None };
            Job::first_try(id, NotificationJob::Badge(badge))
        };
        let jobs = [badge(bruno, "a"), job(ChatId::random(), 1, &[bruno]), badge(carla, "b"), badge(bruno, "c")];
        let mut sequences: Vec<Vec<_>> =
            sequences(&jobs).iter().map(|tasks| tasks.iter().map(|task| task.job.id.as_str()).collect()).collect();
        sequences.iter_mut().for_each(|ids| ids.sort_unstable());
        sequences.sort();
        assert_eq!(sequences, [vec!["1"], vec!["a", "c"], vec!["b"]]);
    }
}
