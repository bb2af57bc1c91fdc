use std::{fs, sync::Arc};

use futures_util::{StreamExt as _, future, stream};
use tonic::{Request, Response, Status, Streaming, async_trait};

use crate::{
    fake::{
        answers::{Answers, answers},
        model::{End, response},
        state::State,
    },
    generated::{
        InferStatistics, ModelInferRequest, ModelInferResponse, ModelMetadataRequest, ModelMetadataResponse,
        ModelReadyRequest, ModelReadyResponse, ModelStatistics, ModelStatisticsRequest,
        ModelStatisticsResponse, RepositoryIndexRequest, RepositoryIndexResponse, RepositoryModelLoadRequest,
        RepositoryModelLoadResponse, RepositoryModelUnloadRequest, RepositoryModelUnloadResponse,
        ServerLiveRequest, ServerLiveResponse, ServerReadyRequest, ServerReadyResponse, StatisticDuration,
        SystemSharedMemoryRegisterRequest, SystemSharedMemoryRegisterResponse,
        SystemSharedMemoryUnregisterRequest, SystemSharedMemoryUnregisterResponse,
        grpc_inference_service_server::GrpcInferenceService, model_metadata_response::TensorMetadata,
        model_repository_parameter::ParameterChoice, repository_index_response::ModelIndex,
    },
    metadata::TensorInfo,
};

/// The RPCs over the state that the test holds too.
#[derive(Debug)]
pub(super) struct Service(pub(super) Arc<State>);

#[async_trait]
impl GrpcInferenceService for Service {
    async fn server_live(
        &self,
        _: Request<ServerLiveRequest>,
    ) -> Result<Response<ServerLiveResponse>, Status> {
        Ok(Response::new(ServerLiveResponse { live: true }))
    }

    async fn server_ready(
        &self,
        _: Request<ServerReadyRequest>,
    ) -> Result<Response<ServerReadyResponse>, Status> {
        if self.0.draining() {
            return Err(Status::unavailable("Server exiting"));
        }
        Ok(Response::new(ServerReadyResponse { ready: true }))
    }

    async fn model_ready(
        &self,
        request: Request<ModelReadyRequest>,
    ) -> Result<Response<ModelReadyResponse>, Status> {
        let ready = self.0.loaded(&request.into_inner().name).is_ok();
        Ok(Response::new(ModelReadyResponse { ready }))
    }

    async fn model_metadata(
        &self,
        request: Request<ModelMetadataRequest>,
    ) -> Result<Response<ModelMetadataResponse>, Status> {
        let name = request.into_inner().name;
        let model = self.0.loaded(&name)?;
        let versions = vec!["1".into()];
        let (inputs, outputs) = (tensors(model.inputs), tensors(model.outputs));
        Ok(Response::new(ModelMetadataResponse {
            name,
            versions,
            platform: "python".into(),
            inputs,
            outputs,
        }))
    }

    async fn model_statistics(
        &self,
        request: Request<ModelStatisticsRequest>,
    ) -> Result<Response<ModelStatisticsResponse>, Status> {
        let name = request.into_inner().name;
        if self.0.loaded(&name).is_err() {
            return Err(Status::invalid_argument(format!("requested model '{name}' is not available")));
        }
        let count = self.0.counts().get(&name).copied().unwrap_or_default();
        let success = StatisticDuration { count, ns: count * 1_000 };
        let model = ModelStatistics {
            name,
            version: "1".into(),
            inference_count: count,
            execution_count: count,
            inference_stats: Some(InferStatistics { success: Some(success), ..Default::default() }),
            ..Default::default()
        };
        Ok(Response::new(ModelStatisticsResponse { model_stats: vec![model] }))
    }

    async fn model_infer(
        &self,
        request: Request<ModelInferRequest>,
    ) -> Result<Response<ModelInferResponse>, Status> {
        let (metadata, _, message) = request.into_parts();
        let (model, id) = (message.model_name.clone(), message.id.clone());
        let (reply, flight) = self.0.run(message, &metadata)?;
        if reply.decoupled {
            flight.finish();
            return Err(Status::unimplemented(
                "ModelInfer RPC doesn't support models with decoupled transaction policy",
            ));
        }
        if reply.end == End::Never {
            future::pending::<()>().await;
        }
        flight.finish();
        if let Some(status) = reply.end.status(&model) {
            return Err(status);
        }
        let tensors = reply.parts.into_iter().next().unwrap_or_default();
        Ok(Response::new(response(&model, &id, tensors)))
    }

    async fn model_stream_infer(
        &self,
        request: Request<Streaming<ModelInferRequest>>,
    ) -> Result<Response<Answers>, Status> {
        let (metadata, _, requests) = request.into_parts();
        let state = self.0.clone();
        let answers = requests.flat_map(move |message| match message {
            Ok(message) => answers(&state, message, &metadata),
            Err(status) => stream::iter([Err(status)]).boxed(),
        });
        Ok(Response::new(answers.boxed()))
    }

    async fn repository_index(
        &self,
        request: Request<RepositoryIndexRequest>,
    ) -> Result<Response<RepositoryIndexResponse>, Status> {
        self.0.authorise(request.metadata())?;
        let models = self.0.models();
        let index = models.iter().map(|(name, model)| ModelIndex {
            name: name.clone(),
            version: if model.state.is_empty() { String::new() } else { "1".into() },
            state: model.state.into(),
            reason: if model.state == "UNAVAILABLE" { "unloaded".into() } else { String::new() },
        });
        Ok(Response::new(RepositoryIndexResponse { models: index.collect() }))
    }

    async fn repository_model_load(
        &self,
        request: Request<RepositoryModelLoadRequest>,
    ) -> Result<Response<RepositoryModelLoadResponse>, Status> {
        self.0.authorise(request.metadata())?;
        let RepositoryModelLoadRequest { model_name, mut parameters, .. } = request.into_inner();
        if !self.0.turn(&model_name, "READY") {
            return Err(Status::internal(format!(
                "failed to load '{model_name}', failed to poll from model repository"
            )));
        }
        let config = match parameters.remove("config").and_then(|parameter| parameter.parameter_choice) {
            Some(ParameterChoice::StringParam(config)) => Some(config),
            _ => None,
        };
        self.0.seen.send_modify(|seen| seen.loads.push((model_name, config)));
        Ok(Response::new(RepositoryModelLoadResponse {}))
    }

    async fn repository_model_unload(
        &self,
        request: Request<RepositoryModelUnloadRequest>,
    ) -> Result<Response<RepositoryModelUnloadResponse>, Status> {
        self.0.authorise(request.metadata())?;
        let name = request.into_inner().model_name;
        if self.0.turn(&name, "UNAVAILABLE") {
            self.0.seen.send_modify(|seen| seen.unloads.push(name));
        }
        Ok(Response::new(RepositoryModelUnloadResponse {}))
    }

    async fn system_shared_memory_register(
        &self,
        request: Request<SystemSharedMemoryRegisterRequest>,
    ) -> Result<Response<SystemSharedMemoryRegisterResponse>, Status> {
        self.0.authorise(request.metadata())?;
        let SystemSharedMemoryRegisterRequest { name, key, byte_size, .. } = request.into_inner();
        if fs::metadata(format!("/dev/shm{key}")).map(|file| file.len()).ok() != Some(byte_size) {
            return Err(Status::internal(format!("Unable to open shared memory region: '{key}'")));
        }
        self.0.seen.send_modify(|seen| drop(seen.regions.insert(name, key)));
        Ok(Response::new(SystemSharedMemoryRegisterResponse {}))
    }

    async fn system_shared_memory_unregister(
        &self,
        request: Request<SystemSharedMemoryUnregisterRequest>,
    ) -> Result<Response<SystemSharedMemoryUnregisterResponse>, Status> {
        self.0.authorise(request.metadata())?;
        let name = request.into_inner().name;
        self.0.seen.send_modify(|seen| drop(seen.regions.remove(&name)));
        Ok(Response::new(SystemSharedMemoryUnregisterResponse {}))
    }
}

fn tensors(described: Vec<TensorInfo>) -> Vec<TensorMetadata> {
    let dim = |size: Option<usize>| size.and_then(|size| i64::try_from(size).ok()).unwrap_or(-1);
    let tensors = described.into_iter().map(|info| TensorMetadata {
        name: info.name,
        datatype: info.datatype.name().into(),
        shape: info.shape.into_iter().map(dim).collect(),
    });
    tensors.collect()
}
