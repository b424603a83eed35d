//! Sorting a batch: of several messages in one chat, the newest speaks for all; and one correction of a user's badge
//! for all their chats.

use std::collections::{BTreeMap, HashSet};

use paloma::domain::{ChatId, UserId};
use paloma::queue::{Job, Notification, NotificationJob, PushTarget};

/// One job of a batch, and what is left of it to do.
#[derive(Debug)]
pub(crate) struct Task<'a> {
    /// The job.
    pub job: &'a Job<NotificationJob>,
    /// Whom it is to tell who are told of no newer message of the same chat in this batch.
    pub people: Vec<UserId>,
}

/// The jobs, each with the people that it is left to tell. What is in one row is done one after the other: the badges of
/// one user, of which the first corrects all. The rows may be done at once.
pub(crate) fn rows(jobs: &[Job<NotificationJob>]) -> Vec<Vec<Task<'_>>> {
    let (mut rows, mut badges) = (Vec::new(), BTreeMap::<UserId, Vec<Task<'_>>>::new());
    for task in tasks(jobs) {
        match &task.job.work {
            NotificationJob::Badge(badge) => badges.entry(badge.user_id).or_default().push(task),
            NotificationJob::Notify(_) | NotificationJob::Publish { .. } => rows.push(vec![task]),
        }
    }
    rows.extend(badges.into_values());
    rows
}

fn tasks(jobs: &[Job<NotificationJob>]) -> Vec<Task<'_>> {
    let mut newest_first: Vec<_> = jobs.iter().collect();
    newest_first.sort_by_key(|job| std::cmp::Reverse(notification(job).map(|of| u64::from(of.message.seq))));
    let mut told: BTreeMap<ChatId, HashSet<UserId>> = BTreeMap::new();
    newest_first
        .into_iter()
        .map(|job| {
            let people = match notification(job) {
                Some(Notification { chat_id, target: PushTarget::Members(people), .. }) => {
                    let told = told.entry(*chat_id).or_default();
                    people.iter().copied().filter(|person| told.insert(*person)).collect()
                }
                _ => Vec::new(),
            };
            Task { job, people }
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
    use paloma::domain::{Body, LastMessage, MessageId, Seq, Timestamp, Watermark};
    use paloma::queue::BadgeJob;

    use super::*;

    fn job(chat_id: ChatId, seq: u64, people: &[UserId]) -> Job<NotificationJob> {
        let ana = UserId::random();
        let message = LastMessage {
            message_id: MessageId::derive(chat_id, ana, &format!("m{seq}").try_into().unwrap()),
            sender_id: ana,
            seq: Seq::try_from(seq).unwrap(),
            timestamp: Timestamp::from_millis(seq),
            body: Body::Content("hello".to_owned()),
        };
        let target = PushTarget::Members(people.to_vec());
        let work = Notification { chat_id, message, target, accepted_at: Timestamp::from_millis(seq) };
        Job { work: NotificationJob::Notify(work), id: seq.to_string(), tries: 1 }
    }

    #[test]
    fn whoever_is_told_of_the_newest_message_of_a_chat_is_told_of_no_other() {
        let (chat, other) = (ChatId::random(), ChatId::random());
        let [bruno, carla] = [UserId::random(), UserId::random()];
        let jobs = [job(chat, 1, &[bruno, carla]), job(chat, 3, &[bruno]), job(other, 2, &[bruno])];
        let tasks: BTreeMap<_, _> = tasks(&jobs).into_iter().map(|task| (task.job.id.clone(), task.people)).collect();
        assert_eq!(tasks["3"], [bruno]);
        assert_eq!(tasks["1"], [carla]);
        assert_eq!(tasks["2"], [bruno]);
    }

    #[test]
    fn the_badges_of_one_user_wait_for_each_other_and_for_nobody_else() {
        let [bruno, carla] = [UserId::random(), UserId::random()];
        let badge = |user_id, id: &str| {
            let badge = BadgeJob { chat_id: ChatId::random(), user_id, read_seq: Watermark::at(1), device_id: None };
            Job { work: NotificationJob::Badge(badge), id: id.to_owned(), tries: 1 }
        };
        let jobs = [badge(bruno, "a"), job(ChatId::random(), 1, &[bruno]), badge(carla, "b"), badge(bruno, "c")];
        let mut rows: Vec<Vec<_>> =
            rows(&jobs).iter().map(|row| row.iter().map(|task| task.job.id.as_str()).collect()).collect();
        rows.iter_mut().for_each(|row| row.sort_unstable());
        rows.sort();
        assert_eq!(rows, [vec!["1"], vec!["a", "c"], vec!["b"]]);
    }
}
