//! Sorting a batch: of several messages in one chat, the newest speaks for all.

use std::collections::{BTreeMap, HashSet};

use paloma::domain::{ChatId, UserId};
use paloma::queue::{Job, Notification, NotificationJob, Whose};

/// One job of a batch, and what is left of it to do.
#[derive(Debug)]
pub(crate) struct Task<'a> {
    /// The job.
    pub job: &'a Job<NotificationJob>,
    /// Whom it is to tell who are told of no newer message of the same chat in this batch.
    pub people: Vec<UserId>,
}

/// The jobs, each with the people that it is left to tell.
pub(crate) fn tasks(jobs: &[Job<NotificationJob>]) -> Vec<Task<'_>> {
    let mut newest_first: Vec<_> = jobs.iter().collect();
    newest_first.sort_by_key(|job| std::cmp::Reverse(notification(job).map(|of| u64::from(of.message.seq))));
    let mut told: BTreeMap<ChatId, HashSet<UserId>> = BTreeMap::new();
    newest_first
        .into_iter()
        .map(|job| {
            let people = match notification(job) {
                Some(Notification { chat_id, whose: Whose::People(people), .. }) => {
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
        NotificationJob::Announce { .. } => None,
    }
}

#[cfg(test)]
mod tests {
    use paloma::domain::{Body, LastMessage, MessageId, Seq, Timestamp};

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
        let whose = Whose::People(people.to_vec());
        let work = Notification { chat_id, message, whose, accepted_at: Timestamp::from_millis(seq) };
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
}
