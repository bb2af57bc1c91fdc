use std::time::Duration;

use process::clock::Clock;
use testkit::eventually::eventually;

use super::{
    double::Double,
    file::records,
    upload::{FAST, online, upload},
    *,
};
use crate::wandb::wire::{Body, Record};

const LONG: Duration = Duration::from_secs(30);

fn options(settings: Settings) -> Options {
    let mut options = Options::new(settings, ID.to_owned(), config());
    options.measure = Duration::from_secs(3_600);
    options.pace = FAST;
    options
}

fn runs(dir: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(dir.join("wandb")) else {
        return Vec::new();
    };
    entries.map(|e| e.unwrap().path()).collect()
}

fn rows(folder: &Path) -> usize {
    let is_row = |r: &Record| matches!(r.body, Some(Body::History(_)));
    records(&folder.join(format!("run-{ID}.wandb"))).iter().filter(|r| is_row(r)).count()
}

fn report_all(reporter: &Reporter) {
    for number in 1..=ROUNDS {
        reporter.round(&round(number));
    }
    for number in 1..=TASKS {
        reporter.task(&task(number));
    }
}

#[tokio::test]
async fn nothing_is_written_when_the_mode_is_disabled() {
    let dir = tempfile::tempdir().unwrap();
    let mut settings = settings(dir.path());
    settings.mode = Mode::Disabled;
    let reporter = Reporter::start(options(settings), Clock::system()).await;
    report_all(&reporter);
    reporter.finish(0).await;
    assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn every_report_is_in_the_file_when_an_offline_run_has_ended() {
    let dir = tempfile::tempdir().unwrap();
    let reporter = Reporter::start(options(settings(dir.path())), Clock::system()).await;
    report_all(&reporter);
    reporter.finish(0).await;
    let runs = runs(dir.path());
    assert_eq!(runs.len(), 1, "{runs:?}");
    assert_eq!(rows(&runs[0]), usize::try_from(ROWS).unwrap());
}

#[tokio::test]
async fn an_online_run_is_at_the_server_when_it_has_ended() {
    let dir = tempfile::tempdir().unwrap();
    let double = Double::start().await;
    let mut settings = settings(dir.path());
    (settings.mode, settings.base_url) = (online(), double.base.clone());
    let mut options = options(settings);
    options.measure = Duration::from_millis(20);
    let reporter = Reporter::start(options, Clock::system()).await;
    report_all(&reporter);
    let measured = async || (!double.lines("wandb-events.jsonl").is_empty()).then_some(());
    eventually("a measurement", LONG, measured).await;
    reporter.finish(0).await;
    let steps = double.lines("wandb-history.jsonl");
    assert_eq!(steps.len(), usize::try_from(ROWS).unwrap());
    assert_eq!(double.streamed().last().unwrap()["complete"], true);
    assert!(double.lines("wandb-events.jsonl")[0]["system.proc.memory.rssMB"].as_f64().unwrap() > 0.0);
}

#[tokio::test]
async fn a_server_that_never_answers_holds_up_nothing_and_loses_nothing() {
    let dir = tempfile::tempdir().unwrap();
    // it takes connections and says nothing
    let silent = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let mut settings = settings(dir.path());
    settings.mode = online();
    settings.base_url = format!("http://{}", silent.local_addr().unwrap());
    let mut options = options(settings);
    options.drain = Duration::from_millis(300);
    options.pace.timeout = Duration::from_secs(120);
    let began = std::time::Instant::now();
    let reporter = Reporter::start(options, Clock::system()).await;
    report_all(&reporter);
    reporter.finish(0).await;
    // whoever waited for the server would wait for two minutes
    assert!(began.elapsed() < Duration::from_secs(60), "it took {:?}", began.elapsed());
    let folder = runs(dir.path()).remove(0);
    assert_eq!(rows(&folder), usize::try_from(ROWS).unwrap());
    // and what is left is what a later sending takes
    let double = Double::start().await;
    upload(&double.base, &folder).run().await.unwrap();
    assert_eq!(double.lines("wandb-history.jsonl").len(), usize::try_from(ROWS).unwrap());
}

#[tokio::test]
async fn more_reports_than_the_queue_holds_are_lost_and_nobody_waits() {
    let dir = tempfile::tempdir().unwrap();
    let mut options = options(settings(dir.path()));
    options.queue = 1;
    let reporter = Reporter::start(options, Clock::system()).await;
    for number in 0..20_000 {
        reporter.task(&task(number));
    }
    reporter.finish(0).await;
    let written = rows(&runs(dir.path())[0]);
    assert!((1..20_000).contains(&written), "{written} rows");
}

#[tokio::test]
async fn a_folder_that_cannot_be_made_is_no_reason_to_stop() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("file");
    std::fs::write(&file, "in the way").unwrap();
    let reporter = Reporter::start(options(settings(&file)), Clock::system()).await;
    report_all(&reporter);
    reporter.finish(0).await;
    assert_eq!(std::fs::read_to_string(&file).unwrap(), "in the way");
}

#[tokio::test]
async fn a_run_whose_reporter_is_dropped_stops_growing() {
    let dir = tempfile::tempdir().unwrap();
    let mut options = options(settings(dir.path()));
    options.measure = Duration::from_millis(10);
    let reporter = Reporter::start(options, Clock::system()).await;
    drop(reporter);
    let file = runs(dir.path())[0].join(format!("run-{ID}.wandb"));
    let still = async || {
        let now = std::fs::metadata(&file).unwrap().len();
        tokio::time::sleep(Duration::from_millis(60)).await;
        (std::fs::metadata(&file).unwrap().len() == now).then_some(())
    };
    eventually("the file to grow no more", LONG, still).await;
}

#[tokio::test]
async fn a_run_whose_reporter_is_dropped_is_sent_no_further() {
    let dir = tempfile::tempdir().unwrap();
    let double = Double::start().await;
    let mut settings = settings(dir.path());
    (settings.mode, settings.base_url) = (online(), double.base.clone());
    let reporter = Reporter::start(options(settings), Clock::system()).await;
    reporter.task(&task(1));
    let arrived = async || (!double.lines("wandb-history.jsonl").is_empty()).then_some(());
    eventually("a row", LONG, arrived).await;
    drop(reporter);
    let silent = async || {
        let before = double.asked().len();
        // several heartbeats
        tokio::time::sleep(20 * FAST.heartbeat).await;
        (double.asked().len() == before).then_some(())
    };
    eventually("no more requests", LONG, silent).await;
    assert!(double.streamed().iter().all(|b| b.get("complete").is_none()), "it has not ended by itself");
}

#[tokio::test]
async fn a_process_that_was_killed_leaves_what_it_had_reported() {
    // a child is killed where it stands: this test binary again, at the test below
    let dir = tempfile::tempdir().unwrap();
    let me = std::env::current_exe().unwrap();
    let mut child = std::process::Command::new(me)
        .args(["--exact", "wandb::tests::reporter::a_process_reports_until_it_is_killed", "--nocapture"])
        .env("WANDB_KILLED_IN", dir.path())
        .stdout(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let file = || runs(dir.path()).pop().map(|f| f.join(format!("run-{ID}.wandb")));
    let long = async || std::fs::metadata(file()?).ok().filter(|m| m.len() > 200_000);
    eventually("a long file", LONG, long).await;
    child.kill().unwrap();
    child.wait().unwrap();
    let folder = runs(dir.path()).remove(0);
    assert!(rows(&folder) > 100);
    let records = records(&folder.join(format!("run-{ID}.wandb")));
    assert!(!records.iter().any(|r| matches!(r.body, Some(Body::Exit(_)))));
}

#[tokio::test]
async fn a_process_reports_until_it_is_killed() {
    // the other half of the test above; by itself it reports a few times and ends
    let there = std::env::var_os("WANDB_KILLED_IN").map(PathBuf::from);
    let own = tempfile::tempdir().unwrap();
    let dir = there.clone().unwrap_or_else(|| own.path().to_owned());
    let reporter = Reporter::start(options(settings(&dir)), Clock::system()).await;
    for number in 0..if there.is_some() { u64::MAX } else { 10 } {
        reporter.task(&task(number));
        tokio::time::sleep(Duration::from_micros(100)).await;
    }
    reporter.finish(0).await;
    assert_eq!(rows(&runs(&dir)[0]), 10);
}
