//! Which Python, which shared library, which ffmpeg: on machines that are shell scripts.

use super::*;

#[tokio::test]
async fn a_shim_that_does_not_run_and_unfit_pythons_are_passed_over() {
    let world = World::new().await;
    world.program("python3.12", "echo 'shim: command not found' >&2; exit 127");
    let python = Python::discover(&world.cache, None).await.unwrap();
    assert_eq!((python.version, python.glibc), ((3, 11), (2, 36)));
    assert_eq!(python.library, world.folder.path().join("lib/libpython3.11.so.1.0"));
}

#[tokio::test]
async fn without_a_usable_python_the_sentence_says_what_was_seen() {
    let world = World::new().await;
    world.program("python3.11", &world.python("pypy", "3, 11", "glibc 2.36"));
    world.program("python3", &world.python("cpython", "3, 13", "glibc 2.36"));
    world.program("python3.12", "echo 'shim: command not found' >&2; exit 127");
    let error = Python::discover(&world.cache, None).await.unwrap_err();
    let text = error.to_string();
    assert!(matches!(error, PrepareError::NoPython { .. }) && error.is_setup());
    for part in ["pypy instead of CPython", "version 3.13", "shim: command not found", "VIOLET_PYTHON"] {
        assert!(text.contains(part), "{part:?} in {text}");
    }
}

#[tokio::test]
async fn a_python_on_an_old_glibc_is_told_as_such() {
    let world = World::new().await;
    world.program("python3.11", &world.python("cpython", "3, 11", "glibc 2.31"));
    let error = Python::discover(&world.cache, None).await.unwrap_err();
    assert!(
        matches!(error, PrepareError::OldGlibc { .. }) && error.to_string().contains("glibc 2.31"),
        "{error}"
    );
}

#[tokio::test]
async fn a_named_python_is_the_only_candidate() {
    let mut world = World::new().await;
    world.cache.surroundings.python = Some(world.folder.path().join("bin/none"));
    let error = Python::discover(&world.cache, None).await.unwrap_err().to_string();
    assert!(error.contains("bin/none: does not start"), "{error}");
}

#[tokio::test]
async fn a_missing_libpython_is_taken_from_the_systems_packages() {
    let world = World::new().await;
    std::fs::remove_file(world.folder.path().join("lib/libpython3.11.so.1.0")).unwrap();
    world.program("ldconfig", "echo '0 libs found'");
    let error = Python::discover(&world.cache, Some(&Silent)).await.unwrap_err();
    assert!(matches!(error, PrepareError::NoLibpython { .. }) && error.is_setup(), "{error:?}");
    assert!(error.to_string().contains("apt install libpython3.11"), "{error}");

    // only the newer name of the package exists
    world.program(
        "apt-get",
        "[ \"$2\" = libpython3.11t64 ] || { echo 'E: Unable to locate package' >&2; exit 100; }\n: > \"$2_3.11.2_any.deb\"",
    );
    world.program(
        "dpkg-deb",
        "/bin/mkdir -p \"$3/usr/lib/any\"\necho so > \"$3/usr/lib/any/libpython3.11.so.1.0\"",
    );
    let without = Python::discover(&world.cache, None).await.unwrap_err();
    assert!(matches!(without, PrepareError::NoLibpython { .. }), "doctor fetches nothing: {without:?}");
    let heard = Heard::new();
    let python = Python::discover(&world.cache, Some(&heard)).await.unwrap();
    assert_eq!(python.library, world.cache.root().join("libpython/3_11/libpython3.11.so.1.0"));
    assert_eq!(heard.notes(), ["fetching libpython3.11 with apt-get into the cache (nothing is installed)"]);
}

#[tokio::test]
async fn a_choice_is_remembered_until_its_program_changes() {
    let world = World::new().await;
    let first = Python::discover(&world.cache, None).await.unwrap();
    // a better candidate appears: the answer stays, nobody is asked
    world.program("python3.12", "echo asked >> \"$0.log\"; exit 1");
    assert_eq!(Python::discover(&world.cache, None).await.unwrap(), first);
    assert!(!world.folder.path().join("bin/python3.12.log").exists());
    world.program("python3.11", &format!("{}\n# changed", world.python("cpython", "3, 11", "glibc 2.37")));
    assert_eq!(Python::discover(&world.cache, None).await.unwrap().glibc, (2, 37));
    assert!(world.folder.path().join("bin/python3.12.log").exists());
}

#[tokio::test]
async fn without_ffmpeg_on_the_system_the_package_is_used() {
    let world = World::new().await;
    world.program("ffmpeg", "echo 'ffmpeg version 3.4.8 Copyright'");
    let ffmpeg = world.prepare().await.unwrap().ffmpeg.unwrap();
    assert_eq!(ffmpeg, world.cache.root().join("tools/ffmpeg/ffmpeg"));
    python::run(tokio::process::Command::new(&ffmpeg)).await.unwrap();
    let facts = facts(&world.cache).await;
    assert_eq!((facts.ffmpeg, facts.runtime), (Some(ffmpeg), State::Sound));
}

#[tokio::test]
async fn an_ffmpeg_that_no_source_has_is_a_note_and_no_error() {
    let world = World::new().await;
    std::fs::remove_file(world.folder.path().join("bin/ffmpeg")).unwrap();
    world.server.set("/simple/tool/", Page::default());
    let heard = Heard::new();
    let prepared = prepare(Profile::Small, &[], &world.cache, &heard).await.unwrap();
    assert_eq!(prepared.ffmpeg, None);
    assert!(heard.notes()[0].starts_with("going on without ffmpeg"), "{:?}", heard.notes());
}

#[tokio::test]
async fn the_list_tells_what_is_here() {
    let world = World::new().await;
    let state = || list(&world.cache).into_iter().find(|a| a.id == "toy").unwrap().state;
    assert_eq!(state(), State::Missing);
    world.fetch(&Heard::new()).await.unwrap();
    assert_eq!(state(), State::Sound);
    std::fs::write(world.model(), "short").unwrap();
    assert!(matches!(state(), State::Damaged(_)));
    assert_eq!(path(&world.cache, "toy"), Some(world.cache.models().join("toy")));
    assert_eq!(path(&world.cache, "other"), None);
}
