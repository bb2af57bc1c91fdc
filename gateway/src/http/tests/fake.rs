//! Storage and scheduler in memory, behind real gRPC.

use std::{
    collections::{BTreeMap, HashMap},
    pin::Pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use bytes::Bytes;
use domain::{ErrorKind, Event, FileId, FileMeta, Task, TaskId, TaskKind, Timestamp};
use futures_util::{Stream, StreamExt as _, stream};
use proto::{convert, pb, status};
use sha2::{Digest as _, Sha256};
use tokio::sync::broadcast;
use tonic::{Request, Response, Status, Streaming, async_trait};

pub(super) type Reply<T> = Result<Response<T>, Status>;
pub(super) type Replies<T> = Pin<Box<dyn Stream<Item = Result<T, Status>> + Send>>;

/// What the fakes know, for tests to look at and to change.
pub(super) struct World {
    pub(super) tasks: Mutex<BTreeMap<TaskId, Task>>,
    pub(super) files: Mutex<HashMap<FileId, (FileMeta, Bytes)>>,
    pub(super) books: Mutex<super::fake_subnet::Books>,
    keys: Mutex<HashMap<String, (Vec<u8>, TaskId)>>,
    changed: broadcast::Sender<TaskId>,
    /// Every call answers "unavailable".
    pub(super) down: AtomicBool,
    /// Paired miners.
    pub(super) miners: AtomicUsize,
    /// What every miner declares beside its offer of transcriptions.
    pub(super) cards: Mutex<Vec<domain::ModelCard>>,
    pub(super) offers: Mutex<Vec<domain::Offer>>,
    /// The scheduler refuses every task with these words.
    pub(super) refusal: Mutex<Option<String>>,
    /// Uploads that began and have not ended.
    pub(super) uploads: AtomicUsize,
    /// Calls of `Counts`.
    pub(super) counted: AtomicUsize,
    /// How many miners each submit asked for.
    pub(super) asked: Mutex<Vec<Option<u8>>>,
}

impl World {
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Self {
            tasks: Mutex::default(),
            files: Mutex::default(),
            books: Mutex::default(),
            keys: Mutex::default(),
            changed: broadcast::channel(64).0,
            down: AtomicBool::new(false),
            miners: AtomicUsize::new(1),
            cards: Mutex::default(),
            offers: Mutex::new(vec![domain::Offer::new(TaskKind::Transcription, vec![domain::Language::En])]),
            refusal: Mutex::default(),
            uploads: AtomicUsize::new(0),
            counted: AtomicUsize::new(0),
            asked: Mutex::default(),
        })
    }

    pub(super) fn apply(&self, id: TaskId, event: Event, now: i64) -> Task {
        let task = self.tasks.lock().unwrap().remove(&id).unwrap();
        let task = task.apply(event, Timestamp::from_micros(now)).unwrap();
        self.tasks.lock().unwrap().insert(id, task.clone());
        let _ = self.changed.send(id);
        task
    }

    pub(super) fn keep(&self, id: FileId, name: Option<&str>, bytes: impl Into<Bytes>) -> FileMeta {
        let bytes = bytes.into();
        let meta = FileMeta {
            id,
            sha256: domain::Sha256(Sha256::digest(&bytes).into()),
            size: bytes.len() as u64,
            content_type: "audio/wav".into(),
            file_name: name.map(str::to_owned),
            purpose: domain::FilePurpose::UserAudio,
            created_at: Timestamp::default(),
            expires_at: Timestamp::default(),
        };
        self.files.lock().unwrap().insert(id, (meta.clone(), bytes));
        meta
    }

    pub(super) fn up(&self) -> Result<(), Status> {
        let down = self.down.load(Ordering::SeqCst);
        if down { Err(Status::unavailable("down")) } else { Ok(()) }
    }

    pub(super) fn task(&self, id: &str) -> Result<Task, Status> {
        self.up()?;
        let found = id.parse().ok().and_then(|id: TaskId| self.tasks.lock().unwrap().get(&id).cloned());
        found.ok_or_else(|| status(ErrorKind::NotFound, format!("there is no task {id}")))
    }

    fn file(&self, id: &str) -> Result<(FileMeta, Bytes), Status> {
        self.up()?;
        let found = id.parse().ok().and_then(|id: FileId| self.files.lock().unwrap().get(&id).cloned());
        found.ok_or_else(|| status(ErrorKind::NotFound, format!("there is no file {id}")))
    }
}

pub(super) struct Fake(pub(super) Arc<World>);

pub(super) fn unused<T>() -> Reply<T> {
    Err(Status::unimplemented("the gateway does not call this"))
}

#[async_trait]
impl pb::tasks_server::Tasks for Fake {
    async fn create(&self, _: Request<pb::CreateTaskRequest>) -> Reply<pb::CreateTaskReply> {
        unused()
    }
    async fn get(&self, r: Request<pb::GetTaskRequest>) -> Reply<pb::Task> {
        Ok(Response::new(convert::task_to_pb(&self.0.task(&r.get_ref().id)?)))
    }
    async fn list(&self, r: Request<pb::ListTasksRequest>) -> Reply<pb::ListTasksReply> {
        self.0.up()?;
        let r = r.into_inner();
        let from: usize = match r.cursor.as_str() {
            "" => 0,
            c => c.parse().map_err(|_| status(ErrorKind::Invalid, "cursor: no page gave it"))?,
        };
        let tasks = self.0.tasks.lock().unwrap();
        let fits = |t: &&Task| {
            (r.statuses.is_empty() || r.statuses.contains(&convert::status_to_pb(t.state.name())))
                && (r.kind == 0 || r.kind == convert::kind_to_pb(t.spec.kind))
        };
        let all: Vec<pb::Task> = tasks.values().rev().filter(fits).map(convert::task_to_pb).collect();
        let end = (from + r.limit as usize).min(all.len());
        let next_cursor = if end < all.len() { end.to_string() } else { String::new() };
        Ok(Response::new(pb::ListTasksReply { tasks: all[from.min(end)..end].to_vec(), next_cursor }))
    }
    async fn ready(&self, _: Request<pb::ReadyTasksRequest>) -> Reply<pb::ReadyTasksReply> {
        unused()
    }
    async fn due(&self, _: Request<pb::DueTasksRequest>) -> Reply<pb::DueTasksReply> {
        unused()
    }
    async fn held_by(&self, _: Request<pb::HeldByRequest>) -> Reply<pb::HeldByReply> {
        unused()
    }
    async fn apply(&self, _: Request<pb::ApplyRequest>) -> Reply<pb::Task> {
        unused()
    }
    async fn counts(&self, _: Request<pb::CountsRequest>) -> Reply<pb::CountsReply> {
        self.0.counted.fetch_add(1, Ordering::SeqCst);
        self.0.up()?;
        let mut counts: BTreeMap<i32, u64> = BTreeMap::new();
        for task in self.0.tasks.lock().unwrap().values() {
            *counts.entry(convert::status_to_pb(task.state.name())).or_default() += 1;
        }
        let counts =
            counts.into_iter().map(|(status, tasks)| pb::counts_reply::Count { status, tasks }).collect();
        Ok(Response::new(pb::CountsReply { counts }))
    }
    type WatchStream = Replies<pb::TaskChange>;
    async fn watch(&self, r: Request<pb::WatchRequest>) -> Reply<Self::WatchStream> {
        let changes = self.0.changed.subscribe();
        let first = self.0.task(&r.get_ref().task)?;
        let (world, id) = (self.0.clone(), first.spec.id);
        let change = |t: &Task| Ok(pb::TaskChange { task: Some(convert::task_to_pb(t)) });
        let later = stream::unfold((world, changes), move |(world, mut changes)| async move {
            while changes.recv().await.ok()? != id {}
            let task = world.task(&id.to_string()).ok()?;
            Some((task, (world, changes)))
        });
        Ok(Response::new(Box::pin(stream::iter([first]).chain(later).map(move |t| change(&t)))))
    }
}

#[async_trait]
impl pb::files_server::Files for Fake {
    async fn put(&self, r: Request<Streaming<pb::PutFileRequest>>) -> Reply<pb::FileMeta> {
        use pb::put_file_request::Part;
        self.0.up()?;
        let world = self.0.clone();
        world.uploads.fetch_add(1, Ordering::SeqCst);
        let read = async {
            let mut parts = r.into_inner();
            let Some(pb::PutFileRequest { part: Some(Part::Header(header)) }) = parts.message().await? else {
                return Err(status(ErrorKind::Invalid, "the header comes first"));
            };
            let mut bytes = Vec::new();
            while let Some(message) = parts.message().await? {
                match message.part {
                    Some(Part::Chunk(c)) => bytes.extend_from_slice(&c),
                    _ => return Err(status(ErrorKind::Cancelled, "the upload broke off")),
                }
            }
            Ok((header, bytes))
        };
        let read = read.await;
        world.uploads.fetch_sub(1, Ordering::SeqCst);
        let (header, bytes) = read?;
        if !header.expected_sha256.is_empty() && header.expected_sha256 != Sha256::digest(&bytes).to_vec() {
            return Err(status(ErrorKind::Invalid, "the bytes do not have the digest"));
        }
        let mut meta = world.keep(header.id.parse().unwrap(), convert::optional(&header.file_name), bytes);
        meta.purpose = convert::purpose(header.purpose).unwrap();
        world.files.lock().unwrap().get_mut(&meta.id).unwrap().0 = meta.clone();
        Ok(Response::new(convert::file_meta_to_pb(&meta)))
    }
    async fn stat(&self, r: Request<pb::StatFileRequest>) -> Reply<pb::FileMeta> {
        Ok(Response::new(convert::file_meta_to_pb(&self.0.file(&r.get_ref().id)?.0)))
    }
    type GetStream = Replies<pb::GetFileReply>;
    async fn get(&self, r: Request<pb::GetFileRequest>) -> Reply<Self::GetStream> {
        use pb::get_file_reply::Part;
        let r = r.into_inner();
        let (meta, bytes) = self.0.file(&r.id)?;
        let (from, length) = (r.offset as usize, r.length as usize);
        let to = if length == 0 { bytes.len() } else { from + length };
        let chunks: Vec<Part> =
            bytes[from..to].chunks(7).map(|c| Part::Chunk(Bytes::copy_from_slice(c))).collect();
        let parts = [Part::Meta(convert::file_meta_to_pb(&meta))].into_iter().chain(chunks);
        Ok(Response::new(Box::pin(stream::iter(
            parts.map(|p| Ok(pb::GetFileReply { part: Some(p) })).collect::<Vec<_>>(),
        ))))
    }
}

#[async_trait]
impl pb::scheduler_server::Scheduler for Fake {
    async fn submit(&self, r: Request<pb::SubmitRequest>) -> Reply<pb::CreateTaskReply> {
        self.0.up()?;
        if let Some(why) = self.0.refusal.lock().unwrap().clone() {
            return Err(status(ErrorKind::Invalid, why));
        }
        let r = r.into_inner();
        let reply = |task: &Task, replayed| {
            Ok(Response::new(pb::CreateTaskReply { task: Some(convert::task_to_pb(task)), replayed }))
        };
        let (spec, asked) = convert::asked_task(&r.task.unwrap()).unwrap();
        self.0.asked.lock().unwrap().push(asked);
        let task = Task::submitted(spec);
        if let Some(i) = r.idempotency {
            let mut keys = self.0.keys.lock().unwrap();
            if let Some((fingerprint, id)) = keys.get(&i.key) {
                if *fingerprint != i.fingerprint {
                    return Err(status(ErrorKind::KeyReused, "the key was used with another request"));
                }
                return reply(&self.0.tasks.lock().unwrap()[id], true);
            }
            keys.insert(i.key, (i.fingerprint, task.spec.id));
        }
        self.0.tasks.lock().unwrap().insert(task.spec.id, task.clone());
        reply(&task, false)
    }
    async fn cancel(&self, r: Request<pb::CancelRequest>) -> Reply<pb::Task> {
        let task = self.0.task(&r.get_ref().task)?;
        let cancelled = task.apply(Event::Cancel, Timestamp::from_micros(5));
        let task = cancelled.map_err(|e| status(ErrorKind::Conflict, e.to_string()))?;
        self.0.tasks.lock().unwrap().insert(task.spec.id, task.clone());
        let _ = self.0.changed.send(task.spec.id);
        Ok(Response::new(convert::task_to_pb(&task)))
    }
    async fn receipt(&self, r: Request<pb::ReceiptRequest>) -> Reply<pb::ReceiptReply> {
        let task = self.0.task(&r.get_ref().task)?;
        let made = domain::Receipt::of(&task, None, "5F");
        let (receipt, miner_signature) = made.map_err(|e| match e {
            domain::receipt::NoReceipt::Unfinished(_) => status(ErrorKind::Conflict, e.to_string()),
            domain::receipt::NoReceipt::Unsigned => status(ErrorKind::NotFound, e.to_string()),
        })?;
        let scheduler_signature = domain::receipt::Signature([2; 64]);
        let signed = domain::receipt::Signed { receipt, miner_signature, scheduler_signature };
        Ok(Response::new(pb::ReceiptReply { json: signed.to_json().unwrap() }))
    }
    type PairStream = Replies<pb::SchedulerMessage>;
    async fn pair(&self, _: Request<Streaming<pb::MinerMessage>>) -> Reply<Self::PairStream> {
        unused()
    }
    async fn miners(&self, _: Request<pb::MinersRequest>) -> Reply<pb::MinersReply> {
        self.0.up()?;
        let one = pb::miners_reply::Miner {
            miner: "m".into(),
            offers: convert::offers_to_pb(&self.0.offers.lock().unwrap()),
            models: self.0.cards.lock().unwrap().iter().map(convert::model_card_to_pb).collect(),
            capacity: 1,
            ..Default::default()
        };
        Ok(Response::new(pb::MinersReply { miners: vec![one; self.0.miners.load(Ordering::SeqCst)] }))
    }
}
