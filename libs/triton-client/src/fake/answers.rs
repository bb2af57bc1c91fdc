use std::pin::Pin;

use futures_util::{Stream, StreamExt as _, future, stream};
use tonic::{Status, metadata::MetadataMap};

use crate::{
    fake::{
        model::{End, mark, response},
        state::State,
    },
    generated::{ModelInferRequest, ModelInferResponse, ModelStreamInferResponse},
};

type Item = Result<ModelStreamInferResponse, Status>;
pub(super) type Answers = Pin<Box<dyn Stream<Item = Item> + Send>>;

/// What one request on a stream yields, by the rules of the real server.
pub(super) fn answers(state: &State, message: ModelInferRequest, metadata: &MetadataMap) -> Answers {
    let (model, id) = (message.model_name.clone(), message.id.clone());
    let empty_final = message.parameters.contains_key("triton_enable_empty_final_response");
    let (reply, flight) = match state.run(message, metadata) {
        Ok(running) => running,
        // what the server refuses at its door has no final flag, header or not
        Err(status) => return stream::iter([Ok(in_band(&status, &model, &id, false))]).boxed(),
    };
    let (streaming, pause) = (reply.decoupled, reply.pause);
    let mut items: Vec<Item> = Vec::new();
    for tensors in reply.parts {
        let mut answer = response(&model, &id, tensors);
        mark(&mut answer, !streaming && reply.end == End::Final);
        items.push(Ok(ModelStreamInferResponse { infer_response: Some(answer), ..Default::default() }));
    }
    match (reply.end.status(&model), &reply.end) {
        (Some(status), End::Door(_)) => items.push(Ok(in_band(&status, &model, &id, false))),
        (Some(status), _) if metadata.contains_key("triton_grpc_error") => items.push(Err(status)),
        (Some(status), _) => items.push(Ok(in_band(&status, &model, &id, true))),
        (None, End::Final) if streaming && empty_final => {
            let mut last = response(&model, &id, Vec::new());
            mark(&mut last, true);
            items.push(Ok(ModelStreamInferResponse { infer_response: Some(last), ..Default::default() }));
        }
        (None, _) => {}
    }
    let never = reply.end == End::Never;
    let count = items.len();
    let held = flight.clone();
    let paced = stream::iter(items.into_iter().enumerate()).then(move |(index, item)| {
        let flight = flight.clone();
        async move {
            if !pause.is_zero() {
                tokio::time::sleep(pause).await;
            }
            // the caller may leave as soon as it has the last one
            if index + 1 == count && !never {
                flight.finish();
            }
            item
        }
    });
    if !never {
        return paced.boxed();
    }
    let endless = stream::once(async move {
        let _until_the_caller_leaves = held;
        future::pending().await
    });
    paced.chain(endless).boxed()
}

fn in_band(status: &Status, model: &str, id: &str, executed: bool) -> ModelStreamInferResponse {
    let mut empty =
        ModelInferResponse { model_name: model.to_owned(), id: id.to_owned(), ..Default::default() };
    if executed {
        mark(&mut empty, true);
    }
    ModelStreamInferResponse { error_message: status.message().to_owned(), infer_response: Some(empty) }
}
