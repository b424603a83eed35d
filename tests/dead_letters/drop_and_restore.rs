//! `paloma dlq drop` and `paloma dlq restore`: no dead letter is dropped without a copy, and a copy can be restored.

use std::collections::BTreeSet;
use std::path::Path;

use paloma_tests::{CommandOutput, World};
use serde_json::{Value, json};

use crate::harness;

#[cfg(unix)]
#[tokio::test]
async fn a_copy_is_a_new_file_that_only_its_owner_may_read_and_no_link() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let (world, _guards) = harness::own_queues(&["push-failures"]).await;
    harness::send_dead_letters(world, "push-failures", &["poison".to_owned()], "hopeless").await;
    let (copy, victim, link) = (harness::new_path(), harness::new_path(), harness::new_path());
    std::fs::write(&victim, "precious").unwrap();
    symlink(&victim, &link).unwrap();
    let drop = async |to: &Path| drop_dead_letters(world, "push-failures", &["--all", "--reason", "a test"], to).await;
    for existing in [&victim, &link] {
        let ran = drop(existing).await;
        assert!(ran.code == 3 && ran.stderr.contains("it exists already: name a new file with --copy"), "{ran:?}");
    }
    assert_eq!(std::fs::read_to_string(&victim).unwrap(), "precious");
    assert_eq!(harness::count_by_job(world, "push-failures").await.len(), 1, "nothing is dropped without a copy");

    let ran = drop(&copy).await;
    let restore_hint = format!("paloma dlq restore {} {}", copy.display(), world.local());
    assert!(ran.code == 0 && ran.stdout.contains(&restore_hint), "{ran:?}");
    assert_eq!(std::fs::metadata(&copy).unwrap().permissions().mode() & 0o777, 0o600);
    std::fs::remove_file(&link).unwrap();
    symlink(&copy, &link).unwrap();
    let ran = restore(world, &link).await;
    assert!(ran.code == 3 && ran.stderr.contains("it is a symbolic link"), "{ran:?}");
    let ran = restore(world, &copy).await;
    assert_eq!(ran.code, 0, "{ran:?}");
    assert_eq!(harness::count_by_job(world, "push-failures").await.len(), 1);
    for path in [copy, victim, link] {
        std::fs::remove_file(path).unwrap();
    }
}

#[tokio::test]
async fn dropped_dead_letters_are_in_the_copy_and_can_be_restored_and_replayed() {
    let (world, _guards) = harness::own_queues(&["summaries"]).await;
    harness::send_dead_letters(world, "summaries", &["poison 1".to_owned(), "poison 2".to_owned()], "hopeless").await;
    harness::send_dead_letters(world, "summaries", &["good".to_owned()], "passing").await;
    drops_nothing_without_selection_reason_confirmation_and_copy(world).await;

    let copy = harness::new_path();
    let options = ["--cause", "hopeless", "--reason", "a test", "--json"];
    let dropped = drop_dead_letters(world, "summaries", &options, &copy).await;
    assert_eq!((dropped.code, &dropped.json()["dropped"]), (0, &json!(2)), "{dropped:?}");
    assert_eq!(harness::count_by_job(world, "summaries").await.into_keys().collect::<Vec<_>>(), ["good"]);
    let text = std::fs::read_to_string(&copy).unwrap();
    let bodies: BTreeSet<String> = text
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap())
        .inspect(|line| {
            assert_eq!((&line["reason"], &line["deadLetter"]["cause"]), (&json!("a test"), &json!("hopeless")))
        })
        .map(|line| line["body"].as_str().unwrap().to_owned())
        .collect();
    assert_eq!(bodies, BTreeSet::from(["poison 1".to_owned(), "poison 2".to_owned()]));

    restores_twice_and_replays_once(world, &copy).await;
    rejects_copies_that_are_missing_of_another_stack_or_malformed(world, &copy, &text).await;
}

async fn drops_nothing_without_selection_reason_confirmation_and_copy(world: &World) {
    for (arguments, error) in [
        (vec!["dlq", "drop", "summaries", "--reason", "x", "--yes"], "name the dead letters of summaries to drop"),
        (vec!["dlq", "drop", "summaries", "--all", "--reason", " ", "--yes"], "the reason is empty"),
        (vec!["dlq", "drop", "summaries", "--all", "--reason", "x"], "add --yes"),
    ] {
        let ran = world.paloma(&arguments).await;
        assert!(ran.code == 2 && ran.stderr.contains(error), "{ran:?}");
    }
    let unwritable = Path::new("/nowhere/at/all");
    let ran = drop_dead_letters(world, "summaries", &["--all", "--reason", "x"], unwritable).await;
    assert!(ran.code == 3 && ran.stderr.contains("cannot be written"), "{ran:?}");
    assert_eq!(harness::count_by_job(world, "summaries").await.len(), 3, "nothing is dropped without a copy");
}

/// Restoring twice makes duplicates. A replay removes the duplicates among the selected dead letters.
async fn restores_twice_and_replays_once(world: &World, copy: &Path) {
    for _ in 0..2 {
        let restored = world.paloma(&["dlq", "restore", copy.to_str().unwrap(), "--json"]).await;
        assert_eq!((restored.code, &restored.json()["restored"]), (0, &json!({ "summaries": 2 })), "{restored:?}");
    }
    std::fs::remove_file(copy).unwrap();
    let peeked = world.paloma(&["dlq", "peek", "summaries", "--cause", "hopeless", "--json"]).await;
    let ids = harness::ids(&peeked.json());
    assert_eq!(ids.len(), 4, "{peeked:?}");
    let replayed = world.paloma(&["dlq", "replay", "summaries", "--id", &ids[0], "--json"]).await.json();
    assert_eq!((&replayed["replayed"], &replayed["duplicates"]), (&json!(1), &json!(0)), "{replayed}");
    let replayed = world.paloma(&["dlq", "replay", "summaries", "--cause", "hopeless", "--json"]).await.json();
    assert_eq!((&replayed["replayed"], &replayed["duplicates"]), (&json!(2), &json!(1)), "{replayed}");
    harness::wait_for_return(world, "summaries", "poison 1").await;
    harness::wait_for_return(world, "summaries", "poison 2").await;
}

async fn rejects_copies_that_are_missing_of_another_stack_or_malformed(world: &World, copy: &Path, text: &str) {
    let ran = restore(world, copy).await;
    assert!(ran.code == 3 && ran.stderr.contains("cannot be read"), "{ran:?}");
    std::fs::write(copy, text.replace("paloma-dev", "paloma-prod")).unwrap();
    let ran = restore(world, copy).await;
    assert!(ran.code == 2 && ran.stderr.contains("add --stack paloma-prod"), "{ran:?}");
    std::fs::write(copy, "{\"queue\": \"summaries\"}\n").unwrap();
    let ran = restore(world, copy).await;
    std::fs::remove_file(copy).unwrap();
    assert!(ran.code == 2 && ran.stderr.contains("line 1 of"), "{ran:?}");
}

async fn drop_dead_letters(world: &World, queue: &str, options: &[&str], copy: &Path) -> CommandOutput {
    let copy = copy.to_str().unwrap();
    world.paloma(&[&["dlq", "drop", queue, "--yes", "--copy", copy], options].concat()).await
}

async fn restore(world: &World, copy: &Path) -> CommandOutput {
    world.paloma(&["dlq", "restore", copy.to_str().unwrap()]).await
}
