//! `violet.v1.Tasks`.

use std::sync::Arc;

use domain::ErrorKind;
use futures_util::StreamExt as _;
use futures_util::stream::BoxStream;
use process::Stop;
use proto::client::{TaskFilter, idempotency};
use proto::{convert, pb};
use tonic::{Request, Response, Status};

use super::status;
use crate::tasks::TaskStore;

type Reply<T> = Result<Response<T>, Status>;

pub(super) struct TasksService {
    pub(super) store: Arc<dyn TaskStore>,
    pub(super) stop: Stop,
}

fn all(tasks: &[domain::Task]) -> Vec<pb::Task> {
    tasks.iter().map(convert::task_to_pb).collect()
}

#[tonic::async_trait]
impl pb::tasks_server::Tasks for TasksService {
    async fn create(&self, request: Request<pb::CreateTaskRequest>) -> Reply<pb::CreateTaskReply> {
        let r = request.into_inner();
        let task = convert::new_task(&convert::required("task", r.task)?)?;
        let key = r.idempotency.as_ref().map(idempotency).transpose()?;
        let created = self.store.create(task, key).await.map_err(|e| status("create", e))?;
        let task = Some(convert::task_to_pb(&created.task));
        Ok(Response::new(pb::CreateTaskReply { task, replayed: created.replayed }))
    }

    async fn get(&self, request: Request<pb::GetTaskRequest>) -> Reply<pb::Task> {
        let id = convert::parse("id", &request.get_ref().id)?;
        let task = self.store.get(id).await.map_err(|e| status("get", e))?;
        Ok(Response::new(convert::task_to_pb(&task)))
    }

    async fn list(&self, request: Request<pb::ListTasksRequest>) -> Reply<pb::ListTasksReply> {
        let r = request.into_inner();
        let statuses = r.statuses.iter().map(|s| convert::status_name(*s)).collect::<Result<_, _>>()?;
        let kind = (r.kind != 0).then(|| convert::kind(r.kind)).transpose()?;
        let page =
            self.store.list(&TaskFilter { statuses, kind }, r.limit, convert::optional(&r.cursor)).await;
        let page = page.map_err(|e| status("list", e))?;
        Ok(Response::new(pb::ListTasksReply {
            tasks: all(&page.tasks),
            next_cursor: page.next.unwrap_or_default(),
        }))
    }

    async fn ready(&self, request: Request<pb::ReadyTasksRequest>) -> Reply<pb::ReadyTasksReply> {
        let r = request.into_inner();
        let offers = convert::offers(&r.offers)?;
        let miner =
            convert::optional(&r.not_given_to).map(|m| convert::parse("not_given_to", m)).transpose()?;
        let tasks =
            self.store.ready(&offers, miner.as_ref(), r.limit).await.map_err(|e| status("ready", e))?;
        Ok(Response::new(pb::ReadyTasksReply { tasks: all(&tasks) }))
    }

    async fn due(&self, request: Request<pb::DueTasksRequest>) -> Reply<pb::DueTasksReply> {
        let r = request.into_inner();
        let due = self
            .store
            .due(domain::Timestamp::from_micros(r.now), r.limit)
            .await
            .map_err(|e| status("due", e))?;
        let next_due = due.next.unwrap_or_default().micros();
        Ok(Response::new(pb::DueTasksReply { tasks: all(&due.tasks), next_due }))
    }

    async fn held_by(&self, request: Request<pb::HeldByRequest>) -> Reply<pb::HeldByReply> {
        let miner = convert::parse("miner", &request.get_ref().miner)?;
        let tasks = self.store.held_by(&miner).await.map_err(|e| status("held_by", e))?;
        Ok(Response::new(pb::HeldByReply { tasks: all(&tasks) }))
    }

    async fn apply(&self, request: Request<pb::ApplyRequest>) -> Reply<pb::Task> {
        let (id, event, now) = convert::event(request.get_ref())?;
        let task = self.store.apply(id, event, now).await.map_err(|e| status("apply", e))?;
        Ok(Response::new(convert::task_to_pb(&task)))
    }

    async fn counts(&self, _: Request<pb::CountsRequest>) -> Reply<pb::CountsReply> {
        let counts = self.store.counts().await.map_err(|e| status("counts", e))?;
        let one = |(s, tasks)| pb::counts_reply::Count { status: convert::status_to_pb(s), tasks };
        Ok(Response::new(pb::CountsReply { counts: counts.into_iter().map(one).collect() }))
    }

    type WatchStream = BoxStream<'static, Result<pb::TaskChange, Status>>;

    async fn watch(&self, request: Request<pb::WatchRequest>) -> Reply<Self::WatchStream> {
        let task =
            convert::optional(&request.get_ref().task).map(|t| convert::parse("task", t)).transpose()?;
        let changes = self.store.watch(task).await.map_err(|e| status("watch", e))?;
        let encode = |change: Result<Option<domain::Task>, _>| match change {
            Ok(task) => Ok(pb::TaskChange { task: task.as_ref().map(convert::task_to_pb) }),
            Err(e) => Err(status("watch", e)),
        };
        // watchers that reconnect go to whoever serves next
        let ended = futures_util::stream::once(async {
            Err(proto::status(ErrorKind::Unavailable, "the store is stopping"))
        });
        let changes = changes.map(encode).take_until(self.stop.clone().cancelled_owned()).chain(ended);
        Ok(Response::new(changes.boxed()))
    }
}
