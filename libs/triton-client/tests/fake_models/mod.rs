//! The models of `tests/models`, as closures for the fake server.

use std::time::Duration;

use triton_client::{
    DataType, Error, Tensor, TensorInfo,
    fake::{Call, End, FakeTriton, Reply},
};

/// Puts them into the fake's repository, unloaded as at a real server's start.
pub(crate) fn install(fake: &FakeTriton) {
    fake.store("echo_u8", |call| echo(call).unwrap_or_else(|error| refuse(call, &error)));
    fake.store("tok_stream", |call| words(call).unwrap_or_else(|error| refuse(call, &error)));
    fake.store("faulty", |call| faulty(call).unwrap_or_else(|error| refuse(call, &error)));
    let any =
        |name: &str| vec![TensorInfo { name: name.into(), datatype: DataType::Uint8, shape: vec![None] }];
    fake.describe("echo_u8", any("INPUT0"), any("OUTPUT0"));
}

fn echo(call: &Call) -> Result<Reply, Error> {
    let data = call.inputs().u8("INPUT0")?;
    Ok(match call.inputs().shape("INPUT0")? {
        [length] => Reply::answer([("OUTPUT0", Tensor::u8([*length], data.to_vec()))]),
        shape => Reply::end(End::Door(format!(
            "unexpected shape for input 'INPUT0'. Expected [-1], got {shape:?}."
        ))),
    })
}

fn words(call: &Call) -> Result<Reply, Error> {
    let count = call.inputs().i32("n")?.next().unwrap_or_default();
    let pause = call.inputs().i32("delay_ms")?.next().unwrap_or_default();
    let reply = Reply::stream().every(Duration::from_millis(pause.unsigned_abs().into()));
    Ok((0..count).fold(reply, |reply, n| reply.part([("tok", Tensor::text([1], [format!("tok{n}")]))])))
}

fn faulty(call: &Call) -> Result<Reply, Error> {
    Ok(match call.inputs().text("how")? {
        "crash" => Reply::end(End::Died),
        "raise" => Reply::end(End::Raised("boom".into())),
        "refuse" => Reply::end(End::Refused("too short".into())),
        "sleep" => Reply::end(End::Never),
        how => Reply::answer([("said", Tensor::text([1], [how]))]),
    })
}

/// The server's words for inputs that the model does not take.
fn refuse(call: &Call, error: &Error) -> Reply {
    let names: Vec<&str> = call.inputs().names().collect();
    let cause = std::error::Error::source(error).map(ToString::to_string).unwrap_or_default();
    Reply::end(End::Door(format!("unexpected inference input {names:?}: {cause}")))
}
