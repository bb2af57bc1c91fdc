//! From a GGUF file to the files that are served: whole or not at all, and told when another machine makes other bytes.

use super::more::{GROWN, WORKS, converter};
use super::*;

async fn full(world: &World, heard: &Heard) -> Result<Prepared, PrepareError> {
    prepare(Profile::Full, &[], &world.cache, heard).await
}

fn grown(world: &World) -> PathBuf {
    world.cache.models().join("grown")
}

#[tokio::test]
async fn what_is_converted_is_put_in_place_whole_and_its_source_is_removed() {
    let world = World::with_more().await;
    converter(&world, WORKS);
    let heard = Heard::new();
    let prepared = full(&world, &heard).await.unwrap();
    assert!(World::offers(&prepared, "grown"), "{:?}", prepared.lacking);
    assert_eq!(std::fs::read(grown(&world).join("model.bin")).unwrap(), GROWN);
    assert!(!grown(&world).join("left over").exists(), "only what is pinned");
    assert_eq!(heard.notes(), [""; 0]);
    assert!(heard.begun.lock().unwrap().contains(&"grown (converting)".to_owned()));
    let left: Vec<_> = std::fs::read_dir(world.cache.downloads()).unwrap().collect();
    assert!(left.is_empty(), "{left:?}");
    let mut names: Vec<_> =
        std::fs::read_dir(world.cache.models()).unwrap().map(|e| e.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["grown", "toy"]);

    let (asked, lay) = (world.server.asked().len(), world.snapshot());
    let again = full(&world, &Heard::new()).await.unwrap();
    assert_eq!((world.server.asked().len(), world.snapshot()), (asked, lay));
    assert_eq!(again.cards, prepared.cards);
}

#[tokio::test]
async fn other_bytes_than_expected_are_told_by_both_hashes_once_and_used() {
    let world = World::with_more().await;
    converter(&world, WORKS);
    let pinned = full(&world, &Heard::new()).await.unwrap().cards;
    let world = World::with_more().await;
    converter(&world, "echo other > \"$6/model.bin\"");
    let heard = Heard::new();
    let prepared = full(&world, &heard).await.unwrap();
    let notes = heard.notes();
    assert_eq!(notes.len(), 1, "{notes:?}");
    assert!(notes[0].contains(&sha(b"other\n")) && notes[0].contains(&sha(GROWN)), "{notes:?}");
    assert!(World::offers(&prepared, "grown"));
    let version =
        |cards: &[domain::ModelCard]| cards.iter().find(|c| c.id == "grown").unwrap().version.clone();
    assert_ne!(version(&prepared.cards), version(&pinned), "a receipt tells the two apart");

    let (asked, heard) = (world.server.asked().len(), Heard::new());
    full(&world, &heard).await.unwrap();
    assert_eq!((world.server.asked().len(), heard.notes().len()), (asked, 0), "it is not made again");
    let state = || list(&world.cache).into_iter().find(|a| a.id == "grown").unwrap().state;
    assert_eq!(state(), State::Sound);
    std::fs::write(grown(&world).join("model.bin"), "damaged").unwrap();
    assert!(matches!(state(), State::Damaged(_)));
    full(&world, &Heard::new()).await.unwrap();
    assert_eq!(std::fs::read(grown(&world).join("model.bin")).unwrap(), b"other\n");
}

#[tokio::test]
async fn a_conversion_that_fails_leaves_nothing_half_and_is_tried_again_without_a_download() {
    let world = World::with_more().await;
    converter(&world, "echo half > \"$6/model.bin\"; echo 'a tensor is cut' >&2; exit 1");
    let heard = Heard::new();
    let prepared = full(&world, &heard).await.unwrap();
    let reason = World::lacks(&prepared, "grown").unwrap();
    assert!(reason.contains("a tensor is cut"), "{reason}");
    assert!(prepared.ready.contains(&"toy".to_owned()));
    assert_eq!(*heard.abandoned.lock().unwrap(), ["grown (converting)"]);
    assert!(!grown(&world).exists());
    assert_eq!(std::fs::read_dir(world.cache.models()).unwrap().count(), 1, "only the other model");

    converter(&world, WORKS);
    world.server.remove_all();
    // and what a killed process leaves is no obstacle
    let left = world.cache.models().join("grown.new.1/out");
    std::fs::create_dir_all(&left).unwrap();
    std::fs::write(left.join("model.bin"), "half").unwrap();
    assert!(World::offers(&full(&world, &Heard::new()).await.unwrap(), "grown"));
    assert_eq!(std::fs::read(grown(&world).join("model.bin")).unwrap(), GROWN);
    assert!(!left.exists());
    assert_eq!(std::fs::read_dir(world.cache.downloads()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_converter_that_leaves_a_file_out_has_failed() {
    let world = World::with_more().await;
    converter(&world, ":");
    let reason = World::lacks(&full(&world, &Heard::new()).await.unwrap(), "grown").unwrap();
    assert!(reason.contains("it left no model.bin"), "{reason}");
}
