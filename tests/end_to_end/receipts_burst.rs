//! A burst of receipts posts one frame per change, and hardly any frame twice.

use std::collections::BTreeSet;

use futures::future::join_all;
use paloma::domain::{Accepted, Receipt, Timestamp, Watermark};
use paloma::store::ReceiptRecord;
use paloma_tests::{Calls, FakeGateway, Person, World, until};
use propagate_status::PropagateStatus;
use serde_json::{Value, json};

/// A batch of the stream as Lambda sends it.
fn batch(receipts: &[ReceiptRecord]) -> Value {
    let records = receipts.iter().enumerate().map(|(number, receipt)| {
        let row = serde_json::to_value(receipt).unwrap();
        let image = row.as_object().unwrap().iter().map(|(name, value)| {
            let kind = if value.is_number() { "N" } else { "S" };
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            (name.clone(), json!({ kind: text }))
        });
        json!({
            "eventID": number.to_string(),
            "eventName": "MODIFY",
            "awsRegion": "us-east-1",
            "dynamodb": {
                "ApproximateCreationDateTime": 0.0,
                "Keys": {},
                "NewImage": image.collect::<serde_json::Map<_, _>>(),
                "SequenceNumber": number.to_string(),
                "SizeBytes": 1,
                "StreamViewType": "NEW_IMAGE",
            },
        })
    });
    json!({ "Records": records.collect::<Vec<_>>() })
}

async fn receipt(sent: &Value, reader: &Person, status: Receipt, after: u64) -> ReceiptRecord {
    let accepted: Accepted = serde_json::from_value(sent.clone()).unwrap();
    let receipt = World::get().await.receipt_record(&accepted, reader, status).await;
    ReceiptRecord { covers_after: Watermark::at(after), ..receipt }
}

#[tokio::test]
async fn forty_receipts_in_one_batch_make_one_frame_per_reader_and_status() {
    let world = World::get().await;
    let [ana, bruno, carla, dora] = world.people().await;
    let chat = ana.group_with(&[bruno.id(), carla.id(), dora.id()]).await;
    let mut sent = Vec::new();
    for number in 1..=10 {
        sent.push(if number % 2 == 0 { &dora } else { &ana }.sends(&chat, &format!("number {number}")).await);
    }
    let mut receipts = Vec::new();
    for (after, message) in (0..).zip(&sent) {
        for reader in [&bruno, &carla] {
            receipts.push(receipt(message, reader, Receipt::Delivered, after).await);
            receipts.push(receipt(message, reader, Receipt::Read, after).await);
        }
    }
    let stranger = receipt(&sent[0], &World::get().await.people::<1>().await[0], Receipt::Read, 0).await;
    let outsider = stranger.user_id.to_string();
    receipts.push(stranger);
    fastrand::shuffle(&mut receipts);

    until("the senders' own marks", async || {
        (ana.listed(&chat).await["readSeq"] == 9 && dora.listed(&chat).await["lastMessage"]["seq"] == 10).then_some(())
    })
    .await;
    let gateway = FakeGateway::open().await;
    for person in [&ana, &bruno, &carla, &dora] {
        gateway.open_socket_of(person.id().parse().unwrap()).await;
    }
    let environment = world.environment_posting_to(&Calls::default(), &gateway.endpoint);
    let propagate_status = PropagateStatus::new(&environment).unwrap();
    let event =
        || lambda_runtime::LambdaEvent::new(serde_json::from_value(batch(&receipts)).unwrap(), Default::default());
    let answer = propagate_status.handle(event()).await.unwrap();
    assert!(answer.batch_item_failures.is_empty(), "{answer:?}");
    world.take_from("propagateStatusDeadLetter", &outsider).await;

    let posts = gateway.take_frames();
    for reader in [&bruno, &carla] {
        let audience: BTreeSet<_> = posts
            .iter()
            .filter(|(_, frame)| frame["everyone"] == false && frame["userId"] == reader.id())
            .map(|(socket, frame)| {
                assert_eq!((&frame["status"], &frame["seq"]), (&json!("read"), &json!(10)), "{frame}");
                socket.as_str()
            })
            .collect();
        assert_eq!(audience, [ana.id(), reader.id(), dora.id()].into());
    }
    // Sending moved the marks of Ana and Dora, so all members have read all messages except the last, which Dora sent.
    let shown: Vec<_> = posts.iter().filter(|(socket, _)| socket == ana.id()).collect();
    assert!(shown.len() <= 4, "one for each reader, and the frames for everyone: {shown:?}");

    // A replay posts the frames of the readers again, and none for everyone.
    propagate_status.handle(event()).await.unwrap();
    world.take_from("propagateStatusDeadLetter", &outsider).await;
    let again = gateway.take_frames();
    assert!(!again.is_empty() && again.iter().all(|(_, frame)| frame["everyone"] == false), "{again:?}");
}

/// A burst that users reported: when each receipt was propagated alone, 40 receipts made 147 frames, 33 of them
/// distinct.
#[tokio::test]
async fn a_burst_of_receipts_repeats_less_than_a_fifth_of_its_frames() {
    let people: [Person; 5] = World::get().await.people().await;
    let others: Vec<_> = people[1..].iter().map(Person::id).collect();
    let chat = people[0].group_with(&others).await;
    let mut screen = people[0].connects().await;
    let mut sent = Vec::new();
    for number in 1..=10 {
        sent.push(people[0].sends(&chat, &format!("number {number}")).await);
    }
    let started = Timestamp::now();
    let readers = people[1..]
        .iter()
        .map(async |person| join_all(sent.iter().map(|message| person.acknowledges(message, "read"))).await);
    join_all(readers).await;
    screen.receives_tick(&chat, 10, "read").await;
    // The tick of a later message shows that the earlier frames have arrived, except those in flight.
    let last = people[0].sends(&chat, "the last").await;
    join_all(people[1..].iter().map(|person| person.acknowledges(&last, "read"))).await;
    screen.receives_tick(&chat, 11, "read").await;
    let frames: Vec<String> = screen
        .received_frames()
        .await
        .into_iter()
        .filter(|frame| frame["type"] == "status")
        .map(|mut frame| {
            frame.as_object_mut().unwrap().remove("timestamp");
            frame.to_string()
        })
        .collect();
    let distinct: BTreeSet<_> = frames.iter().collect();
    let took = started.millis_until(Timestamp::now());
    eprintln!("44 receipts in {took} ms: {} frames, {} distinct", frames.len(), distinct.len());
    assert!(frames.len() * 10 <= distinct.len() * 12, "{} frames, {} distinct", frames.len(), distinct.len());
}
