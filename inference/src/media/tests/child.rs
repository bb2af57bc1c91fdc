//! The walls around the external decoder, tried with programs that do not behave.

use std::os::unix::fs::PermissionsExt as _;

use super::{samples::*, *};

/// A program in the place of ffmpeg that starts well and then does `what`.
fn impostor(folder: &Path, what: &str, limits: ChildLimits) -> Decoder {
    Decoder::new(Some(program(folder, what, limits)), LIMIT)
}

fn program(folder: &Path, what: &str, limits: ChildLimits) -> Ffmpeg {
    let script = format!("#!/bin/sh\ncase \"$*\" in *-version*) exit 0;; esac\n{what}\n");
    let path = put(folder, "impostor", script.as_bytes());
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
    Ffmpeg::find(Some(&path), None, limits).unwrap()
}

fn amr(folder: &Path) -> std::path::PathBuf {
    put(folder, "a.amr", b"#!AMR\n\x3c\0\0\0")
}

/// Processes that have `word` among their arguments.
fn running(word: &str) -> usize {
    let all = std::fs::read_dir("/proc")
        .unwrap()
        .filter_map(|e| std::fs::read(e.ok()?.path().join("cmdline")).ok());
    all.filter(|line| String::from_utf8_lossy(line).split('\0').any(|arg| arg.contains(word))).count()
}

#[tokio::test]
async fn a_child_that_hangs_is_ended_with_all_it_started() {
    let folder = tempfile::tempdir().unwrap();
    let limits = ChildLimits { stall: Duration::from_millis(300), ..ChildLimits::default() };
    let mark = folder.path().file_name().unwrap().to_string_lossy().into_owned();
    let decoder = impostor(
        folder.path(),
        &format!("/bin/sh -c 'while :; do /bin/sleep 9; done' {mark} &\nwait"),
        limits,
    );
    assert_eq!(decode_with(&decoder, &amr(folder.path())).await, Err(MediaError::ResourceLimit));
    // the grandchild is killed with its group; its end is seen as soon as somebody has buried it
    while running(&mark) > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_child_that_burns_time_is_ended_by_its_limit() {
    let folder = tempfile::tempdir().unwrap();
    let limits = ChildLimits { cpu: Duration::from_secs(1), ..ChildLimits::default() };
    let decoder = impostor(folder.path(), "while :; do :; done", limits);
    assert_eq!(decode_with(&decoder, &amr(folder.path())).await, Err(MediaError::ResourceLimit));
}

#[tokio::test]
async fn a_child_without_end_is_cut_at_the_limit_of_length() {
    let folder = tempfile::tempdir().unwrap();
    let endless = program(folder.path(), "exec /bin/cat /dev/zero", ChildLimits::default());
    let decoder = Decoder::new(Some(endless), Duration::from_secs(30));
    assert!(matches!(decode_with(&decoder, &amr(folder.path())).await, Err(MediaError::TooLong { .. })));
}

#[tokio::test]
async fn a_child_sees_no_environment_no_input_no_files_and_can_write_none() {
    let folder = tempfile::tempdir().unwrap();
    // each wall that does not hold ends it with another code before it says a word
    let checks = "[ -z \"$HOME$USER$VIOLET_FFMPEG\" ] || exit 3\n\
                  [ -z \"$(ls -A .)\" ] || exit 4\n\
                  read line && exit 5\n\
                  trap '' XFSZ\n\
                  (echo x > ./file) 2>/dev/null && [ -s ./file ] && exit 6\n\
                  [ \"$(ulimit -v)\" != unlimited ] || exit 7\n\
                  printf 'AAAA'";
    let decoder = impostor(folder.path(), checks, ChildLimits::default());
    assert_eq!(decode_with(&decoder, &amr(folder.path())).await.map(|p| p.len()), Ok(2));
}

#[tokio::test]
async fn what_a_child_says_reaches_no_user() {
    // S16
    let folder = tempfile::tempdir().unwrap();
    let decoder = impostor(folder.path(), "echo \"$PWD secret path\" >&2; exit 1", ChildLimits::default());
    let refused = decode_with(&decoder, &amr(folder.path())).await.unwrap_err();
    assert_eq!(refused.to_string(), "the file is damaged or cut off at second 0");
}

#[tokio::test]
async fn cancelling_ends_the_child() {
    let folder = tempfile::tempdir().unwrap();
    let mark = format!("{}-cancel", folder.path().file_name().unwrap().to_string_lossy());
    let what =
        format!("/usr/bin/head -c 64000 /dev/zero\nexec /bin/sh -c 'while :; do /bin/sleep 9; done' {mark}");
    let decoder = impostor(folder.path(), &what, ChildLimits::default());
    let cancel = CancellationToken::new();
    let mut pcm = decoder.start(&amr(folder.path()), &cancel);
    assert!(pcm.next().await.unwrap().is_some());
    cancel.cancel();
    while let Ok(Some(_)) = pcm.next().await {}
    while running(&mark) > 0 {
        tokio::task::yield_now().await;
    }
}
