use std::collections::HashMap;

use crate::{
    Triton,
    error::{Error, ErrorKind},
    generated::{
        ModelReadyRequest, ModelRepositoryParameter, RepositoryIndexRequest, RepositoryModelLoadRequest,
        RepositoryModelUnloadRequest, model_repository_parameter::ParameterChoice,
        repository_index_response::ModelIndex,
    },
};

/// One model version of the repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelStatus {
    /// The model.
    pub name: String,
    /// The version; empty while the model was never loaded.
    pub version: String,
    /// What the server says of it.
    pub state: ModelState,
    /// Why it is unavailable, in the server's words; often empty.
    pub reason: String,
}

/// What the server says of a model version. A version whose process died still says `Ready`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum ModelState {
    /// Known to the repository, never loaded.
    Unloaded,
    /// Being loaded.
    Loading,
    /// Loaded.
    Ready,
    /// Being unloaded.
    Unloading,
    /// Unloaded again, or its load failed.
    Unavailable,
}

impl Triton {
    /// The repository's models, whether loaded or not. Needs the admin key.
    ///
    /// A state that this crate does not know is kind `Decode`.
    pub async fn models(&self) -> Result<Vec<ModelStatus>, Error> {
        let mut rpc = self.rpc();
        let call = rpc.repository_index(self.admin(RepositoryIndexRequest::default()));
        let index = self.ask("models", "", self.limits.query, call).await?;
        index.models.into_iter().map(ModelStatus::from_wire).collect()
    }

    /// True if the server calls the model loaded; false for one it does not know.
    ///
    /// It stays true after the model's process died: only an inference tells.
    pub async fn ready(&self, model: &str) -> Result<bool, Error> {
        let message = ModelReadyRequest { name: model.to_owned(), version: String::new() };
        let mut rpc = self.rpc();
        let call = rpc.model_ready(self.open(message));
        match self.ask("ready", model, self.limits.query, call).await {
            Ok(reply) => Ok(reply.ready),
            Err(error) if matches!(error.kind, ErrorKind::UnknownModel | ErrorKind::Draining) => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Loads a model by the configuration in the repository; returns once it is loaded. Needs the
    /// admin key.
    ///
    /// Does nothing for a loaded model whose files did not change, and then keeps the configuration
    /// it was loaded with: unload first to get rid of an override. Kind `UnknownModel` if the
    /// repository has no such model or its configuration cannot be read, `Model` if it fails to start.
    pub async fn load(&self, model: &str) -> Result<(), Error> {
        self.load_model(model, HashMap::new()).await
    }

    /// As `load`, with a configuration in JSON that replaces the one in the repository.
    pub async fn load_with_config(&self, model: &str, config: &str) -> Result<(), Error> {
        let choice = ParameterChoice::StringParam(config.to_owned());
        let parameter = ModelRepositoryParameter { parameter_choice: Some(choice) };
        self.load_model(model, HashMap::from([("config".to_owned(), parameter)])).await
    }

    /// Unloads a model; needs the admin key. Requests in flight complete, new ones are refused with
    /// kind `Draining`. Returns before the model's process has ended. An unknown model is no error.
    pub async fn unload(&self, model: &str) -> Result<(), Error> {
        let message = RepositoryModelUnloadRequest { model_name: model.to_owned(), ..Default::default() };
        let mut rpc = self.rpc();
        let call = rpc.repository_model_unload(self.admin(message));
        self.ask("unload", model, self.limits.query, call).await.map(drop)
    }

    async fn load_model(
        &self,
        model: &str,
        parameters: HashMap<String, ModelRepositoryParameter>,
    ) -> Result<(), Error> {
        let repository_name = String::new();
        let message =
            RepositoryModelLoadRequest { repository_name, model_name: model.to_owned(), parameters };
        let mut rpc = self.rpc();
        let call = rpc.repository_model_load(self.admin(message));
        self.ask("load", model, self.limits.load, call).await.map(drop)
    }
}

/// A model state that this crate does not know.
#[derive(Debug, thiserror::Error)]
#[error("unknown model state `{0}`")]
struct UnknownState(String);

impl ModelStatus {
    fn from_wire(wire: ModelIndex) -> Result<Self, Error> {
        let state = match wire.state.as_str() {
            "" => ModelState::Unloaded,
            "LOADING" => ModelState::Loading,
            "READY" => ModelState::Ready,
            "UNLOADING" => ModelState::Unloading,
            "UNAVAILABLE" => ModelState::Unavailable,
            _ => {
                return Err(Error::new(ErrorKind::Decode, "models", wire.name, UnknownState(wire.state)));
            }
        };
        Ok(Self { name: wire.name, version: wire.version, state, reason: wire.reason })
    }
}
