use std::time::Duration;

use crate::{
    Triton,
    datatype::DataType,
    error::{Error, ErrorKind},
    generated::{
        self, ModelMetadataRequest, ModelStatisticsRequest, StatisticDuration,
        model_metadata_response::TensorMetadata,
    },
};

/// What a loaded model takes and gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelMetadata {
    /// The model.
    pub name: String,
    /// Its loaded versions.
    pub versions: Vec<String>,
    /// Its backend, such as `python`.
    pub platform: String,
    /// Its inputs.
    pub inputs: Vec<TensorInfo>,
    /// Its outputs.
    pub outputs: Vec<TensorInfo>,
}

/// One input or output of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TensorInfo {
    /// Its name.
    pub name: String,
    /// Its element type.
    pub datatype: DataType,
    /// Its dimensions, the batch first if the model batches; none where any size will do.
    pub shape: Vec<Option<usize>>,
}

/// Counts since the model was loaded. `inferences / executions` is the batch size reached.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelStatistics {
    /// The model.
    pub name: String,
    /// The version counted.
    pub version: String,
    /// Inferences done; a request with a batch of n counts n times.
    pub inferences: u64,
    /// Executions of the model.
    pub executions: u64,
    /// Requests that succeeded, from arrival to answer.
    pub success: Timing,
    /// Requests that failed. A caller's own deadline is not counted anywhere.
    pub failure: Timing,
    /// Time in the queue.
    pub queue: Timing,
    /// Time to prepare inputs.
    pub compute_input: Timing,
    /// Time in the model.
    pub compute_infer: Timing,
    /// Time to take outputs.
    pub compute_output: Timing,
    /// The executions by batch size.
    pub batches: Vec<BatchStatistics>,
}

/// Executions of one batch size.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchStatistics {
    /// Requests in the batch.
    pub size: u64,
    /// Time in the model, one count per execution.
    pub compute_infer: Timing,
}

/// How often, and how long in all.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Timing {
    /// Times it happened.
    pub count: u64,
    /// The sum of their durations.
    pub total: Duration,
}

impl Triton {
    /// What a loaded model takes and gives.
    pub async fn metadata(&self, model: &str) -> Result<ModelMetadata, Error> {
        let message = ModelMetadataRequest { name: model.to_owned(), version: String::new() };
        let mut rpc = self.rpc();
        let call = rpc.model_metadata(self.open(message));
        let wire = self.ask("metadata", model, self.limits.query, call).await?;
        let tensors = |wire: Vec<TensorMetadata>| wire.into_iter().map(|t| TensorInfo::from_wire(t, model));
        Ok(ModelMetadata {
            inputs: tensors(wire.inputs).collect::<Result<_, _>>()?,
            outputs: tensors(wire.outputs).collect::<Result<_, _>>()?,
            name: wire.name,
            versions: wire.versions,
            platform: wire.platform,
        })
    }

    /// Counts of a loaded model, one entry per loaded version.
    pub async fn statistics(&self, model: &str) -> Result<Vec<ModelStatistics>, Error> {
        let message = ModelStatisticsRequest { name: model.to_owned(), version: String::new() };
        let mut rpc = self.rpc();
        let call = rpc.model_statistics(self.open(message));
        let wire = self.ask("statistics", model, self.limits.query, call).await?;
        Ok(wire.model_stats.into_iter().map(ModelStatistics::from).collect())
    }
}

impl Timing {
    /// The mean duration; none if it never happened.
    pub fn mean(self) -> Option<Duration> {
        let nanos = self.total.as_nanos().checked_div(self.count.into())?;
        // a mean is not above the total, which came in a u64
        u64::try_from(nanos).ok().map(Duration::from_nanos)
    }
}

impl TensorInfo {
    fn from_wire(wire: TensorMetadata, model: &str) -> Result<Self, Error> {
        let datatype = wire
            .datatype
            .parse::<DataType>()
            .map_err(|source| Error::new(ErrorKind::Decode, "metadata", model, source))?;
        // -1 is any size
        let shape = wire.shape.into_iter().map(|dim| usize::try_from(dim).ok()).collect();
        Ok(Self { name: wire.name, datatype, shape })
    }
}

impl From<generated::ModelStatistics> for ModelStatistics {
    fn from(wire: generated::ModelStatistics) -> Self {
        let times = wire.inference_stats.unwrap_or_default();
        let batches = wire.batch_stats.into_iter();
        Self {
            name: wire.name,
            version: wire.version,
            inferences: wire.inference_count,
            executions: wire.execution_count,
            success: times.success.into(),
            failure: times.fail.into(),
            queue: times.queue.into(),
            compute_input: times.compute_input.into(),
            compute_infer: times.compute_infer.into(),
            compute_output: times.compute_output.into(),
            batches: batches
                .map(|b| BatchStatistics { size: b.batch_size, compute_infer: b.compute_infer.into() })
                .collect(),
        }
    }
}

impl From<Option<StatisticDuration>> for Timing {
    fn from(wire: Option<StatisticDuration>) -> Self {
        let wire = wire.unwrap_or_default();
        Self { count: wire.count, total: Duration::from_nanos(wire.ns) }
    }
}
