//! What only the wire promises.

use std::sync::Arc;
use std::time::Duration;

use domain::{ErrorKind, FilePurpose};
use futures_util::{StreamExt as _, stream};
use process::clock::Clock;
use proto::{convert, pb};
use testkit::eventually::eventually;

use crate::MemoryStore;
use crate::blob::{Blobs, DiskBlobs, MemoryBlobs};
use crate::files::{Depot, DepotOptions};
use crate::tasks::TaskStore as _;
use crate::tasks::conformance::RETENTION;
use crate::tests::sample::{at, new_task, with_input};
use crate::tests::wire::{Served, serve};

async fn served() -> (Served, Arc<MemoryStore>) {
    served_on(Arc::new(MemoryBlobs::default())).await
}

async fn served_on(blobs: Arc<dyn Blobs>) -> (Served, Arc<MemoryStore>) {
    let store = Arc::new(MemoryStore::new(RETENTION));
    let (clock, _) = Clock::manual(at(0).micros());
    let options = DepotOptions { life: RETENTION.keys, max_size: 1 << 30, min_free: 0 };
    let depot = Depot::new(store.clone(), blobs, clock, options);
    (serve(store.clone(), depot).await, store)
}

#[tokio::test]
async fn watchers_are_let_go_when_the_service_stops() {
    let (mut served, store) = served().await;
    with_input(&*store, 1).await;
    store.create(new_task(1), None).await.unwrap();
    let mut all = served.tasks.watch(None).await.unwrap().boxed();
    let mut one = served.tasks.watch(Some(new_task(1).id)).await.unwrap().boxed();
    assert!(one.next().await.unwrap().is_ok());
    served.stop.cancel();
    assert_eq!(all.next().await.unwrap().unwrap_err().kind, ErrorKind::Unavailable);
    assert_eq!(one.next().await.unwrap().unwrap_err().kind, ErrorKind::Unavailable);
    drop((all, one));
    let ended = (&mut served.serving).await.unwrap();
    assert!(ended.is_ok(), "nothing had to be cut: {ended:?}");
}

#[tokio::test]
async fn a_watcher_that_falls_behind_is_told() {
    let (_served, store) = served().await;
    let mut changes = store.watch(None).await.unwrap();
    with_input(&*store, 1).await;
    for n in 1..=1_030 {
        store.create(domain::NewTask { input: new_task(1).input, ..new_task(n) }, None).await.unwrap();
    }
    assert!(changes.next().await.unwrap().unwrap().is_none(), "some were missed");
    assert!(changes.next().await.unwrap().unwrap().is_some(), "and it goes on");
}

fn header() -> pb::put_file_request::Part {
    pb::put_file_request::Part::Header(pb::put_file_request::Header {
        id: new_task(1).input.to_string(),
        purpose: convert::purpose_to_pb(FilePurpose::Temp),
        max_size: 1 << 30,
        ..Default::default()
    })
}

async fn put(served: &Served, parts: Vec<Option<pb::put_file_request::Part>>) -> ErrorKind {
    let mut files = pb::files_client::FilesClient::new(served.wire.clone());
    let messages = parts.into_iter().map(|part| pb::PutFileRequest { part });
    proto::kind_of(&files.put(stream::iter(messages)).await.unwrap_err())
}

#[tokio::test]
async fn an_upload_out_of_order_is_refused() {
    use pb::put_file_request::Part::Chunk;
    let (served, _) = served().await;
    assert_eq!(put(&served, vec![]).await, ErrorKind::Invalid);
    assert_eq!(put(&served, vec![Some(Chunk("x".into()))]).await, ErrorKind::Invalid);
    assert_eq!(put(&served, vec![Some(header()), Some(header())]).await, ErrorKind::Invalid);
    assert_eq!(put(&served, vec![Some(header()), None]).await, ErrorKind::Cancelled);
    let long = |n: usize| vec![Some(header()), Some(Chunk(vec![0; n].into()))];
    assert_eq!(put(&served, long(super::MAX_CHUNK + 1)).await, ErrorKind::Invalid);
    assert_eq!(put(&served, long(super::MAX_CHUNK + 10_000)).await, ErrorKind::Invalid);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_upload_whose_sender_dies_leaves_nothing() {
    let root = tempfile::tempdir().unwrap();
    let (served, _) = served_on(Arc::new(DiskBlobs::open(root.path()).unwrap())).await;
    let drafts = || std::fs::read_dir(root.path().join("tmp")).unwrap().count();
    let draft_count = |n| {
        eventually("the upload to begin or end", Duration::from_secs(20), async move || {
            (drafts() == n).then_some(())
        })
    };

    // a process of its own, as far as the server can tell: its runtime ends in the middle of the upload
    let sender = tokio::runtime::Runtime::new().unwrap();
    let uri = served.uri.clone();
    sender.spawn(async move {
        let chunk = pb::put_file_request::Part::Chunk("half".into());
        let parts = [header(), chunk].map(|part| pb::PutFileRequest { part: Some(part) });
        let wire = process::grpc::wire(&uri).unwrap();
        pb::files_client::FilesClient::new(wire).put(stream::iter(parts).chain(stream::pending())).await
    });
    draft_count(1).await;
    sender.shutdown_background();
    draft_count(0).await;
    let stat = served.files.stat(new_task(1).input).await;
    assert_eq!(stat.unwrap_err().kind, ErrorKind::NotFound);
}
