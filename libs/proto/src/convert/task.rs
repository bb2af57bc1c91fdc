//! Tasks with their leases and answers.

use domain::{
    Facts, Failure, Fence, Lease, LeaseEnd, Output, Proof, Response, Task, TaskState, Timestamp,
    receipt::Signature, task::StateName,
};

use super::{
    BadField, digest, name, new_task, new_task_to_pb, optional, parse, required, score, status_name,
    status_to_pb,
};
use crate::pb;

/// From the wire.
///
/// # Errors
/// [`BadField`] naming the first field that does not parse.
pub fn task(t: &pb::Task) -> Result<Task, BadField> {
    let at = Timestamp::from_micros(t.ended_at);
    let agreement = t.agreement.map(|a| score("agreement", a)).transpose()?;
    let state = match status_name(t.status)? {
        StateName::Pending => TaskState::Pending,
        StateName::Assigned => TaskState::Assigned,
        StateName::InProgress => TaskState::InProgress { percent: percent(t.percent)? },
        StateName::Completed => TaskState::Completed { at, chosen: parse("chosen", &t.chosen)?, agreement },
        StateName::Approved => TaskState::Approved { at, chosen: parse("chosen", &t.chosen)?, agreement },
        StateName::Failed => {
            TaskState::Failed { at, failure: failure(required("failure", t.failure.as_ref())?)? }
        }
        StateName::Cancelled => TaskState::Cancelled { at },
    };
    Ok(Task {
        spec: new_task(required("spec", t.spec.as_ref())?)?,
        state,
        leases: t.leases.iter().map(lease).collect::<Result<_, _>>()?,
        version: t.version,
    })
}

/// To the wire.
#[must_use]
pub fn task_to_pb(t: &Task) -> pb::Task {
    let mut wire = pb::Task {
        spec: Some(new_task_to_pb(&t.spec)),
        status: status_to_pb(t.state.name()),
        ended_at: t.state.ended_at().unwrap_or_default().micros(),
        leases: t.leases.iter().map(lease_to_pb).collect(),
        version: t.version,
        agreement: t.agreement().map(domain::Score::billionths),
        ..Default::default()
    };
    match &t.state {
        TaskState::InProgress { percent } => wire.percent = (*percent).into(),
        TaskState::Completed { chosen, .. } | TaskState::Approved { chosen, .. } => {
            wire.chosen = chosen.to_string();
        }
        TaskState::Failed { failure, .. } => wire.failure = Some(failure_to_pb(failure)),
        TaskState::Pending | TaskState::Assigned | TaskState::Cancelled { .. } => {}
    }
    wire
}

fn percent(value: u32) -> Result<u8, BadField> {
    let in_range = u8::try_from(value).ok().filter(|p| *p <= 100);
    in_range.ok_or_else(|| BadField::new("percent", "must be from 0 to 100"))
}

fn lease(l: &pb::Lease) -> Result<Lease, BadField> {
    Ok(Lease {
        id: parse("lease.id", &l.id)?,
        fence: Fence(l.fence),
        miner: parse("lease.miner", &l.miner)?,
        session: l.session,
        output: parse("lease.output_file", &l.output_file)?,
        granted_at: Timestamp::from_micros(l.granted_at),
        expires_at: Timestamp::from_micros(l.expires_at),
        run_until: Timestamp::from_micros(l.run_until),
        percent: l.percent.map(percent).transpose()?,
        end: l.end.as_ref().map(|e| Ok((Timestamp::from_micros(e.at), lease_end(e)?))).transpose()?,
    })
}

fn lease_end(e: &pb::LeaseEnd) -> Result<LeaseEnd, BadField> {
    use pb::lease_end::End;
    Ok(match required("lease.end", e.end.as_ref())? {
        End::Responded(r) => LeaseEnd::Responded(response(r)?),
        End::Failed(f) => LeaseEnd::Failed(failure(f)?),
        End::Expired(_) => LeaseEnd::Expired,
        End::Dropped(_) => LeaseEnd::Dropped,
        End::Revoked(_) => LeaseEnd::Revoked,
    })
}

fn lease_to_pb(l: &Lease) -> pb::Lease {
    use pb::lease_end::{self as wire, End};
    let end = |e: &LeaseEnd| match e {
        LeaseEnd::Responded(r) => End::Responded(response_to_pb(r)),
        LeaseEnd::Failed(f) => End::Failed(failure_to_pb(f)),
        LeaseEnd::Expired => End::Expired(wire::Expired {}),
        LeaseEnd::Dropped => End::Dropped(wire::Dropped {}),
        LeaseEnd::Revoked => End::Revoked(wire::Revoked {}),
    };
    pb::Lease {
        id: l.id.to_string(),
        fence: l.fence.0,
        miner: l.miner.to_string(),
        session: l.session,
        output_file: l.output.to_string(),
        granted_at: l.granted_at.micros(),
        expires_at: l.expires_at.micros(),
        run_until: l.run_until.micros(),
        percent: l.percent.map(Into::into),
        end: l.end.as_ref().map(|(at, e)| pb::LeaseEnd { at: at.micros(), end: Some(end(e)) }),
    }
}

/// An answer from the wire.
///
/// # Errors
/// [`BadField`] for a bad id or digest.
pub fn response(r: &pb::Response) -> Result<Response, BadField> {
    Ok(Response {
        output: Output {
            file: parse("response.file", &r.file)?,
            sha256: digest("response.sha256", &r.sha256)?,
            size: r.size,
        },
        model: r.model.clone(),
        model_version: r.model_version.clone(),
        facts: optional(&r.facts).map(facts).transpose()?,
        proof: r.proof.as_ref().map(proof).transpose()?.map(Box::new),
    })
}

fn proof(p: &pb::Proof) -> Result<Proof, BadField> {
    let signature = <[u8; 64]>::try_from(p.signature.as_slice())
        .map_err(|_| BadField::new("response.proof.signature", "must be of 64 bytes"))?;
    Ok(Proof {
        signer: parse("response.proof.signer", &p.signer)?,
        input_sha256: digest("response.proof.input_sha256", &p.input_sha256)?,
        signature: Signature(signature),
    })
}

fn proof_to_pb(p: &Proof) -> pb::Proof {
    pb::Proof {
        signer: p.signer.to_string(),
        input_sha256: p.input_sha256.0.to_vec(),
        signature: p.signature.0.to_vec(),
    }
}

fn facts(json: &str) -> Result<Facts, BadField> {
    serde_json::from_str(json).map_err(|e| BadField::new("response.facts", e.to_string()))
}

/// An answer to the wire.
#[must_use]
pub fn response_to_pb(r: &Response) -> pb::Response {
    pb::Response {
        file: r.output.file.to_string(),
        sha256: r.output.sha256.0.to_vec(),
        size: r.output.size,
        model: r.model.clone(),
        model_version: r.model_version.clone(),
        // a value of plain fields always has a JSON form
        facts: r.facts.as_ref().and_then(|f| serde_json::to_string(f).ok()).unwrap_or_default(),
        proof: r.proof.as_deref().map(proof_to_pb),
    }
}

/// A failure from the wire.
///
/// # Errors
/// [`BadField`] for an unknown reason.
pub fn failure(f: &pb::Failure) -> Result<Failure, BadField> {
    Ok(Failure::new(name::fail_reason(f.reason)?, &f.detail))
}

/// A failure to the wire.
#[must_use]
pub fn failure_to_pb(f: &Failure) -> pb::Failure {
    pb::Failure { reason: name::fail_reason_to_pb(f.reason), detail: f.detail.clone() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{
        DocumentFacts, DocumentFormat, Event, FailReason, FileId, LeaseId, NewTask, Priority, Sha256,
        SourceLanguage, TaskId, TaskKind, TaskOptions,
    };

    fn at(s: i64) -> Timestamp {
        Timestamp::from_micros(s * 1_000_000)
    }

    #[test]
    fn a_task_with_every_end_of_a_lease_survives_the_wire() {
        let mut t = Task::submitted(NewTask {
            id: TaskId::from_random(1),
            kind: TaskKind::TextTranslation,
            source: SourceLanguage::Given(domain::Language::De),
            target: Some(domain::Language::Ko),
            options: TaskOptions { max_words: Some(9), ..Default::default() },
            priority: Priority::High,
            wanted: 3,
            window: std::time::Duration::from_millis(1_500),
            input: FileId::from_random(2),
            input_size: 77,
            submitted_at: at(1),
            deadline: at(1_000),
            traceparent: Some("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01".into()),
        });
        assert_eq!(task(&task_to_pb(&t)), Ok(t.clone()));
        let miners = ["a", "b", "c"];
        for (n, miner) in (1u128..).zip(miners) {
            let event = Event::Grant {
                lease: LeaseId::from_random(n),
                miner: miner.parse().unwrap(),
                session: 5,
                output: FileId::from_random(100 + n),
                expires_at: at(20),
                run_until: at(90),
            };
            t = t.apply(event, at(10)).unwrap();
            assert_eq!(task(&task_to_pb(&t)), Ok(t.clone()));
        }
        let output = Output { file: FileId::from_random(101), sha256: Sha256([3; 32]), size: 9 };
        let document = DocumentFacts { format: DocumentFormat::Docx, texts: 1, source_words: 2, doubtful: 0 };
        let facts = Some(Facts::Document(document));
        let (signer, signature) = ("5F".parse().unwrap(), Signature([7; 64]));
        let proof = Some(Box::new(Proof { signer, input_sha256: Sha256([8; 32]), signature }));
        let response = Response { output, model: "m".into(), model_version: "v".into(), facts, proof };
        let failure = Failure::new(FailReason::MinerFault, "fan");
        let (lease, fence) = (LeaseId::from_random(1), Fence(1));
        for event in [
            Event::Renew { lease, fence, expires_at: at(30), percent: Some(12) },
            Event::Respond { lease, fence, response },
            Event::Fail { lease: LeaseId::from_random(2), fence: Fence(2), failure },
            Event::Expire,
        ] {
            t = t.apply(event, at(25)).unwrap();
            assert_eq!(task(&task_to_pb(&t)), Ok(t.clone()));
        }
        for agreement in [None, Some(domain::Score::percent(73))] {
            let chosen = t.clone().apply(Event::Choose { lease, agreement }, at(26)).unwrap();
            assert_eq!(task(&task_to_pb(&chosen)), Ok(chosen));
        }
        let cancelled = t.apply(Event::Cancel, at(26)).unwrap();
        assert_eq!(task(&task_to_pb(&cancelled)), Ok(cancelled));
    }

    #[test]
    fn a_submit_need_not_say_how_many_miners() {
        let spec = |wanted| pb::NewTask {
            id: TaskId::from_random(1).to_string(),
            kind: pb::TaskKind::Tts as i32,
            source_language: "en".into(),
            priority: pb::Priority::Low as i32,
            input_file: FileId::from_random(1).to_string(),
            wanted,
            ..Default::default()
        };
        let wanted = |n| crate::convert::asked_task(&spec(n)).map(|(task, asked)| (task.wanted, asked));
        assert_eq!((wanted(0), wanted(1)), (Ok((1, None)), Ok((1, Some(1)))));
        assert_eq!(wanted(11).unwrap_err().field, "wanted");
        assert_eq!(new_task(&spec(0)).unwrap_err().field, "wanted", "a stored task has a number");
    }

    #[test]
    fn an_unspecified_enum_is_refused_by_name() {
        let wire = pb::Task { status: 0, ..Default::default() };
        assert_eq!(task(&wire).unwrap_err().field, "status");
    }
}
