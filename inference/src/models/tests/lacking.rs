//! What can't be had takes out what needs it, says why, and nothing else.

use super::more::{SPOKEN, TARBALL};
use super::*;

#[tokio::test]
async fn the_files_of_a_tarball_are_taken_in_one_download() {
    let world = World::with_more().await;
    let prepared = world.prepare().await.unwrap();
    assert!(World::offers(&prepared, "talk"), "{:?}", prepared.lacking);
    assert_eq!(prepared.models, ["tts_toy"]);
    let folder = world.cache.models().join("talk");
    assert_eq!(std::fs::read(folder.join("a.bin")).unwrap(), b"voice a");
    assert_eq!(std::fs::read(folder.join("b.bin")).unwrap(), b"voice b");
    assert_eq!(world.server.asked().iter().filter(|(path, _)| path == TARBALL).count(), 1);
    assert_eq!(std::fs::read_dir(world.cache.downloads()).unwrap().count(), 0, "no archive is kept");
}

#[tokio::test]
async fn the_packages_of_a_model_lie_beside_the_core_and_only_where_it_is_offered() {
    let world = World::with_more().await;
    let runtime = world.prepare().await.unwrap().runtime;
    assert_eq!(runtime.libraries.len(), 1);
    assert!(runtime.libraries[0].join("spoken/__init__.py").is_file());
    assert!(!runtime.site_packages.join("spoken").exists());
}

#[tokio::test]
async fn a_model_that_no_source_has_is_left_out_with_its_reason_and_comes_back_with_its_source() {
    let world = World::with_more().await;
    let bytes = world.server.take(TARBALL);
    let heard = Heard::new();
    let prepared = prepare(Profile::Small, &[], &world.cache, &heard).await.unwrap();
    let reason = World::lacks(&prepared, "talk").unwrap();
    assert!(reason.contains("npm registry: answered 404"), "{reason}");
    assert!(prepared.ready.contains(&"toy".to_owned()) && prepared.models.is_empty());
    assert!(heard.notes().contains(&format!("going on without talk: {reason}")), "{:?}", heard.notes());
    world.server.set(TARBALL, bytes);
    let prepared = world.prepare().await.unwrap();
    assert!(World::offers(&prepared, "talk"), "{:?}", prepared.lacking);
}

#[tokio::test]
async fn a_tarball_of_other_bytes_is_refused() {
    let world = World::with_more().await;
    world.server.change(TARBALL, |page| page.body[9] ^= 1);
    let reason = World::lacks(&world.prepare().await.unwrap(), "talk").unwrap();
    assert!(reason.contains("other bytes than expected"), "{reason}");
    assert!(!world.cache.models().join("talk/a.bin").exists());
}

#[tokio::test]
async fn packages_that_cannot_be_had_take_out_only_their_model() {
    let world = World::with_more().await;
    world.server.take(&files(SPOKEN));
    let prepared = world.prepare().await.unwrap();
    let reason = World::lacks(&prepared, "talk").unwrap();
    assert!(reason.contains(SPOKEN), "{reason}");
    assert!(prepared.runtime.libraries.is_empty() && prepared.ready.contains(&"toy".to_owned()));
}

#[tokio::test]
async fn a_package_that_does_not_exist_for_this_python_is_told_and_not_asked_for() {
    let world = World::with_more().await;
    let prepared = world.prepare().await.unwrap();
    let reason = World::lacks(&prepared, "stale").unwrap();
    assert!(reason.starts_with("the Python package old does not exist for Python 3.11 on "), "{reason}");
    assert!(world.server.asked().iter().all(|(path, _)| path != "/simple/old/"));
    assert_eq!(prepared.lacking.iter().find(|l| l.id == "stale").unwrap().kinds.len(), 1);
}

#[tokio::test]
async fn weights_that_forbid_commercial_use_are_taken_only_when_it_is_allowed() {
    let mut world = World::with_more().await;
    let prepared = world.prepare().await.unwrap();
    let reason = World::lacks(&prepared, "free").unwrap();
    assert!(reason.contains("CC-BY-NC-4.0") && reason.contains("VIOLET_ALLOW_NONCOMMERCIAL"), "{reason}");
    assert!(!world.cache.models().join("free").exists());
    world.cache.allow_noncommercial = true;
    assert!(World::offers(&world.prepare().await.unwrap(), "free"));
}

#[tokio::test]
async fn what_needs_something_that_is_not_here_says_what() {
    let mut world = World::with_more().await;
    world.cache.allow_noncommercial = true;
    world.server.take("/hub/o/toy/resolve/abc/model.bin");
    world.server.take(&files("toy_2-1.0-py3-none-any.whl"));
    let prepared = world.prepare().await.unwrap();
    let reason = World::lacks(&prepared, "talk").unwrap();
    assert!(reason.starts_with("it needs toy: no source of toy/model.bin worked"), "{reason}");
    assert!(World::offers(&prepared, "free") && !World::offers(&prepared, "talk"));
}

#[tokio::test]
async fn a_cache_that_cannot_be_written_still_gives_what_is_in_it() {
    let mut world = World::with_more().await;
    world.prepare().await.unwrap();
    std::fs::remove_dir_all(world.cache.models().join("talk")).unwrap();
    // as a full disk does: nothing can be begun
    world.cache.free_space = Arc::new(|_| Ok(0));
    let prepared = world.prepare().await.unwrap();
    assert!(prepared.ready.contains(&"toy".to_owned()));
    assert!(World::lacks(&prepared, "talk").unwrap().contains("0 bytes free"), "{:?}", prepared.lacking);
}

#[tokio::test]
async fn only_the_kinds_that_are_asked_for_are_fetched_with_what_they_need() {
    let world = World::with_more().await;
    let speech = [domain::TaskKind::Tts];
    let prepared = prepare(Profile::Small, &speech, &world.cache, &Silent).await.unwrap();
    assert!(World::offers(&prepared, "talk") && prepared.ready.contains(&"toy".to_owned()));
    assert_eq!(World::lacks(&prepared, "stale"), None, "nobody asked for summaries");
    let summaries = [domain::TaskKind::Summarization];
    let world = World::with_more().await;
    let prepared = prepare(Profile::Small, &summaries, &world.cache, &Silent).await.unwrap();
    assert!(prepared.ready.is_empty() && prepared.runtime.libraries.is_empty(), "{:?}", prepared.ready);
    assert!(!world.cache.models().join("talk").exists());
}
