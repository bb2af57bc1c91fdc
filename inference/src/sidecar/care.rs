//! What the supervisor does for one model: bring it up, find out that it died, heal it, or give it up.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
    sync::atomic::Ordering,
};

use process::telemetry::Causes;
use triton_client::Triton;

use super::{
    Model, Server as Which, Unfit,
    handle::Report,
    ledger::Verdict,
    runtime::Fault,
    state::{ModelState, State},
    supervise::{End, Service},
};
use crate::events;

/// What the server says of a profile for GPUs on a machine without one.
const NO_GPU: &str = "no GPUs are available";

impl Service {
    /// Loads a model and asks its canary. A model that cannot be brought up is out; the others go on.
    pub(super) async fn bring_up(&self, triton: &Triton, model: &Model) -> Result<(), End> {
        if let Some(why) = self.given_up.get(model.name) {
            self.set(model.name, ModelState::Out(why.clone()));
            return Ok(());
        }
        if let Some(file) = self.missing_weights(model) {
            self.out(model.name, missing(&file));
            return Ok(());
        }
        // somebody else's server may have its models, and may not let us load any
        let external = matches!(self.options.server, Which::External { .. });
        if external && self.ask(triton, model).await.is_ok() {
            self.ready(model.name);
            return Ok(());
        }
        match self.load(triton, model).await {
            Ok(()) => self.ready(model.name),
            Err(why) if why.contains(NO_GPU) => return Err(End::Missing(Fault::NoGpu)),
            Err(why) => self.out(model.name, why),
        }
        Ok(())
    }

    /// Loads a model and asks its canary; the error is for the operator.
    async fn load(&self, triton: &Triton, model: &Model) -> Result<(), String> {
        let began = std::time::Instant::now();
        triton.load(model.name).await.map_err(|e| said(&e))?;
        self.ask(triton, model).await.map_err(|e| Causes(&e).to_string())?;
        let took = began.elapsed();
        self.snapshot.send_modify(|s| {
            s.models.entry(model.name).and_modify(|view| view.load = Some(took));
        });
        events::ModelLoaded { model: model.name, took }.emit();
        Ok(())
    }

    async fn ask(&self, triton: &Triton, model: &Model) -> Result<(), Unfit> {
        model.canary.ask(triton, self.options.timing.canary_within).await
    }

    /// Leaves a model unloaded until somebody asks for it; one without its weights is out.
    pub(super) fn rest(&self, model: &Model) {
        match (self.given_up.get(model.name), self.missing_weights(model)) {
            (Some(why), _) => self.set(model.name, ModelState::Out(why.clone())),
            (None, Some(file)) => self.out(model.name, missing(&file)),
            (None, None) => self.set(model.name, ModelState::Resting),
        }
    }

    /// Somebody wants a resting model, found a model dead, or could not reach it.
    pub(super) async fn reported(&mut self, triton: &Triton, report: &Report) -> Result<(), End> {
        let view = self.snapshot.borrow().models.get(report.model.as_str()).cloned();
        let model = self.options.models.iter().find(|m| m.name == report.model).cloned();
        let (Some(view), Some(model)) = (view, model) else {
            return Ok(());
        };
        if view.state == ModelState::Resting {
            self.set(model.name, ModelState::Waking);
            return self.bring_up(triton, &model).await;
        }
        if view.state != ModelState::Ready || view.generation != report.generation {
            return Ok(()); // that life is over already
        }
        if !report.certain && self.ask(triton, &model).await.is_ok() {
            self.ready(model.name); // the callers that wait for a later life go on
            return Ok(());
        }
        self.heal(triton, &model).await
    }

    /// Unloads and loads a model that died, as often as patience with it allows.
    async fn heal(&mut self, triton: &Triton, model: &Model) -> Result<(), End> {
        loop {
            match self.ledger.crashed(model.name, std::time::Instant::now()) {
                Verdict::Heal => {}
                Verdict::Restart if matches!(self.options.server, Which::Local(_)) => {
                    return Err(End::Lost(format!("{} died again and again", model.name)));
                }
                Verdict::Restart | Verdict::GiveUp => {
                    let why = "it died again and again".to_owned();
                    self.given_up.insert(model.name, why.clone());
                    self.out(model.name, why);
                    let _ = triton.unload(model.name).await; // it is out either way
                    return Ok(());
                }
            }
            tracing::warn!(model = model.name, "model died and is loaded again");
            self.set(model.name, ModelState::Healing);
            self.snapshot.send_modify(|s| {
                s.state = State::Healing(model.name);
                s.heals += 1;
            });
            let healed = match triton.unload(model.name).await {
                Ok(()) => self.load(triton, model).await,
                Err(error) => Err(said(&error)),
            };
            self.snapshot.send_modify(|s| s.state = State::Serving);
            match healed {
                Ok(()) => {
                    self.ready(model.name);
                    return Ok(());
                }
                Err(why) => tracing::warn!(model = model.name, why, "model did not come back"),
            }
        }
    }

    /// Asks the canaries of models that nobody else asked since the last time, and tries models whose weights were missing.
    pub(super) async fn look_after(
        &mut self,
        triton: &Triton,
        seen: &mut BTreeMap<&'static str, u64>,
    ) -> Result<(), End> {
        for model in self.options.models.clone() {
            let state = self.snapshot.borrow().models.get(model.name).map(|view| view.state.clone());
            match state {
                Some(ModelState::Ready) if self.is_idle(model.name, seen) => {
                    // a canary that fails while others get answers met a busy model, not a dead one
                    if let Err(unfit) = self.ask(triton, &model).await
                        && self.is_idle(model.name, &mut seen.clone())
                    {
                        tracing::warn!(model = model.name, why = %Causes(&unfit), "canary failed");
                        self.heal(triton, &model).await?;
                    }
                }
                Some(ModelState::Out(_)) if self.weights_have_come(&model) => {
                    self.bring_up(triton, &model).await?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Whether nothing is under way in a model and nothing was answered since the last look.
    fn is_idle(&self, model: &'static str, seen: &mut BTreeMap<&'static str, u64>) -> bool {
        let Some(activity) = self.activity.get(model) else {
            return true;
        };
        let answered = activity.answered.load(Ordering::Relaxed);
        let before = seen.insert(model, answered).unwrap_or(answered);
        activity.in_flight.load(Ordering::Relaxed) == 0 && before == answered
    }

    /// Whether a model that is out has its weights now, unless it had its chances.
    fn weights_have_come(&self, model: &Model) -> bool {
        let waits = !model.weights.is_empty() && !self.given_up.contains_key(model.name);
        waits && self.missing_weights(model).is_none()
    }

    fn missing_weights(&self, model: &Model) -> Option<PathBuf> {
        let Which::Local(local) = &self.options.server else {
            return None;
        };
        let mut files = model.weights.iter().map(|w| local.runtime.models.join(Path::new(w)));
        files.find(|file| !file.is_file())
    }

    fn ready(&self, model: &'static str) {
        let generation = self.generation.fetch_add(1, Ordering::Relaxed) + 1;
        self.snapshot.send_modify(|s| {
            if let Some(view) = s.models.get_mut(model) {
                (view.state, view.generation) = (ModelState::Ready, generation);
            }
        });
        tracing::info!(model, "model ready");
    }

    fn out(&self, model: &'static str, why: String) {
        tracing::error!(model, why, "model is out of service");
        self.set(model, ModelState::Out(why));
    }

    fn set(&self, model: &'static str, state: ModelState) {
        self.snapshot.send_modify(|s| {
            if let Some(view) = s.models.get_mut(model) {
                view.state = state;
            }
        });
    }

    pub(super) fn all_models(&self, state: impl Fn() -> ModelState) {
        self.snapshot.send_modify(|s| s.models.values_mut().for_each(|view| view.state = state()));
    }
}

fn missing(file: &Path) -> String {
    format!("its weights are missing: {} (run `violet models fetch`)", file.display())
}

/// What the server said of a failure, else the failure itself. For the operator, not for users.
fn said(error: &triton_client::Error) -> String {
    error.detail().map_or_else(
        || Causes(error).to_string(),
        |detail| detail.lines().next().unwrap_or_default().to_owned(),
    )
}
