//! The work of a reaction and of its summary: the figures in docs/costs.md.

use paloma::domain::{ChatId, Emoji};
use paloma_tests::{Calls, Person, Work, World};
use reactions::SetReactions;
use summarise_reactions::{Outcome, SummariseReactions, Touched};

use crate::durable::send;
use crate::erase::until_summarised;

/// The calls, read units and write units of one request.
async fn work(request: impl AsyncFnOnce(&Calls)) -> (u32, f64, f64) {
    let calls = Calls::counted();
    request(&calls).await;
    let Work { calls, reads, writes } = World::get().await.work_of(&calls).await;
    (calls, reads, writes)
}

async fn reaction(person: &Person, message: paloma::domain::MessageId, emoji: Option<&str>) -> (u32, f64, f64) {
    let world = World::get().await;
    let emoji = emoji.map(|emoji| Emoji::try_from(emoji.to_owned()).unwrap());
    work(async |calls| {
        let reactions = SetReactions::new(&world.environment(calls)).unwrap();
        reactions.react(person.session(), message, emoji).await.unwrap();
    })
    .await
}

#[tokio::test]
async fn a_reaction_costs_one_write_unit_beside_the_bucket_in_a_group_of_2_and_of_100() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let others = world.silent_people(99).await.iter().map(ToString::to_string).collect::<Vec<_>>();
    let large: Vec<_> = others.iter().map(String::as_str).collect();
    for members in [vec![bruno.id()], large] {
        let chat_id: ChatId = ana.group_with(&members).await.parse().unwrap();
        let message = send(chat_id, &ana).await.message_id;
        until_summarised(&ana, &chat_id.to_string(), 1).await;
        let count = members.len();
        assert_eq!(reaction(&ana, message, Some("👍")).await, (4, 4.0, 2.0), "{count} members");
        assert_eq!(reaction(&ana, message, Some("👍")).await, (3, 4.0, 1.0), "a repetition");
        assert_eq!(reaction(&ana, message, Some("🎉")).await, (4, 4.0, 2.0), "another emoji");
        assert_eq!(reaction(&ana, message, None).await, (4, 4.0, 2.0), "a removal");
    }
}

#[tokio::test]
async fn a_summary_costs_seven_write_units_and_none_if_nothing_has_changed() {
    let world = World::get().await;
    let [ana, bruno] = world.people().await;
    let chat_id: ChatId = ana.chat_with(&bruno).await.parse().unwrap();
    let message_id = send(chat_id, &ana).await.message_id;
    let touched = Touched { message_id, users: vec![ana.session().user_id], indexes: vec![0] };
    let summarise = async |calls: &Calls| {
        let summarise = SummariseReactions::new(&world.environment(calls)).unwrap();
        summarise.summarise(&touched).await.unwrap()
    };
    // The stack's own function may write the summary first: then there is nothing left to do, and it is tried again.
    for emoji in ["👍", "🎉", "😂", "😮", "😢", "🙏", "👏", "🔥", "💯", "🎂"] {
        reaction(&ana, message_id, Some(emoji)).await;
        let mut outcome = Outcome::Unchanged;
        let cost = work(async |calls| outcome = summarise(calls).await).await;
        if outcome == Outcome::Summarised && cost.0 == 4 {
            assert_eq!(cost, (4, 3.0, 7.0));
            let cost = work(async |calls| outcome = summarise(calls).await).await;
            assert_eq!((outcome, cost), (Outcome::Unchanged, (3, 3.0, 0.0)));
            return;
        }
    }
    panic!("the stack's own function was always faster");
}
