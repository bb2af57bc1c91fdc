//! chain-svc, as the command line uses it.

use chain_svc::chain::Hash;
use domain::ErrorKind;
use process::{exit::BadSetup, grpc};
use proto::pb::{self, chain_client::ChainClient, submissions_reply::Submission};

use crate::{cli::ChainSvc, home::Home};

/// A chain service.
#[derive(Clone)]
pub struct ChainService {
    client: ChainClient<grpc::Wire>,
    at: String,
}

impl ChainService {
    /// At `http://host:port`.
    ///
    /// # Errors
    /// [`BadSetup`] when that is no address.
    pub fn at(uri: &str) -> Result<Self, BadSetup> {
        let wire = grpc::wire(uri).map_err(|e| BadSetup(e.to_string()))?;
        Ok(Self { client: ChainClient::new(wire), at: uri.to_owned() })
    }

    /// The one that was named, else that of the stack of the data folder, else the default of one by itself.
    ///
    /// # Errors
    /// [`BadSetup`] when the stack takes part in no chain.
    pub fn of(named: &ChainSvc) -> anyhow::Result<Self> {
        if let Some(uri) = &named.chain_svc {
            return Ok(Self::at(uri)?);
        }
        let home = Home::of(&named.data)?;
        match home.running().map(|running| running.chain) {
            Some(Some(chain)) => Ok(Self::at(&format!("http://{}", chain.service))?),
            Some(None) => Err(BadSetup(format!(
                "the stack in {} takes part in no chain: stop it with `violet down` and start it with `violet up --chain dev`",
                home.path().display()
            ))
            .into()),
            None => Ok(Self::at("http://127.0.0.1:7104")?),
        }
    }

    /// The subnet as last read.
    ///
    /// # Errors
    /// In the service's own words.
    pub async fn snapshot(&self) -> anyhow::Result<pb::SubnetSnapshot> {
        let answer = self.client.clone().snapshot(pb::SnapshotRequest {}).await;
        Ok(answer.map_err(|status| self.said(&status))?.into_inner())
    }

    /// What the chain stores of a validator's weights; of this service's own without a uid.
    ///
    /// # Errors
    /// In the service's own words.
    pub async fn weights(&self, uid: Option<u32>) -> anyhow::Result<pb::WeightsReply> {
        let answer = self.client.clone().weights(pb::WeightsRequest { uid }).await;
        Ok(answer.map_err(|status| self.said(&status))?.into_inner())
    }

    /// Sets weights and waits for the outcome.
    ///
    /// # Errors
    /// The refusal, in the service's own words.
    pub async fn set_weights(&self, request: pb::SetWeightsRequest) -> anyhow::Result<pb::SetWeightsReply> {
        let answer = self.client.clone().set_weights(request).await;
        Ok(answer.map_err(|status| self.said(&status))?.into_inner())
    }

    /// The newest transactions.
    ///
    /// # Errors
    /// In the service's own words.
    pub async fn submissions(&self, most: u32) -> anyhow::Result<Vec<Submission>> {
        let answer = self.client.clone().submissions(pb::SubmissionsRequest { most }).await;
        Ok(answer.map_err(|status| self.said(&status))?.into_inner().submissions)
    }

    fn said(&self, status: &tonic::Status) -> anyhow::Error {
        // a status that the service made says so; one that was made on the way does not
        if proto::kind_of(status) == ErrorKind::Unavailable && status.metadata().is_empty() {
            return BadSetup(format!(
                "no chain-svc answers at {}: start a stack with `violet up --chain dev`, or name one with --chain-svc",
                self.at
            ))
            .into();
        }
        anyhow::anyhow!("{}", status.message())
    }
}

/// What a reading says of the chain, in lines for people.
#[must_use]
pub fn lines(read: &pb::SubnetSnapshot) -> Vec<String> {
    let head = read.head.clone().unwrap_or_default();
    let state = if head.stale.is_empty() { "fresh".to_owned() } else { format!("stale: {}", head.stale) };
    let mut lines = vec![format!(
        "block {}, subnet {}, {} neurons, spec {}, {state}",
        head.number,
        read.netuid,
        read.neurons.len(),
        head.spec
    )];
    if let Some(epoch) = &read.epoch {
        let next = match epoch.next {
            0 => "no next one".to_owned(),
            next => format!("the next at block {next}, in {}", next.saturating_sub(head.number)),
        };
        lines.push(format!("epoch {} began at block {}, {next}", epoch.index, epoch.last));
    }
    lines.push(match read.uid {
        Some(uid) => {
            let permit = read.neurons.iter().any(|n| n.uid == uid && n.permit);
            let may = match (permit, read.next_weights) {
                (false, _) => "no validator permit".to_owned(),
                (true, block) => format!("validator, may set weights from block {block}"),
            };
            format!("hotkey {} is uid {uid}, {may}", read.hotkey)
        }
        None => format!("hotkey {} is not registered: `violet register`", read.hotkey),
    });
    lines
}

/// The short form of a name of a block or a transaction.
#[must_use]
pub fn short(hash: &str) -> String {
    let whole = hash.parse::<Hash>().is_ok();
    if whole { format!("{}..", &hash[..10]) } else { hash.to_owned() }
}

#[cfg(test)]
mod tests {
    use proto::pb::subnet_snapshot::{Epoch, Neuron};

    use super::*;

    fn read() -> pb::SubnetSnapshot {
        pb::SubnetSnapshot {
            head: Some(pb::ChainHead { number: 17, spec: 461, ..pb::ChainHead::default() }),
            netuid: 49,
            neurons: vec![Neuron { uid: 1, permit: true, ..Neuron::default() }],
            epoch: Some(Epoch { last: 0, index: 2, next: 20, ..Epoch::default() }),
            hotkey: "5F".to_owned(),
            uid: Some(1),
            next_weights: 18,
            ..pb::SubnetSnapshot::default()
        }
    }

    #[test]
    fn a_reading_is_told_with_its_block_its_epoch_and_the_own_place() {
        let told = lines(&read()).join("\n");
        for part in ["block 17", "subnet 49", "fresh", "epoch 2", "block 20, in 3", "uid 1", "from block 18"]
        {
            assert!(told.contains(part), "{part} is missing in: {told}");
        }
    }

    #[test]
    fn a_stale_reading_and_a_missing_place_are_told() {
        let mut read = read();
        read.uid = None;
        read.head.as_mut().unwrap().stale = "no endpoint answers".to_owned();
        let told = lines(&read).join("\n");
        assert!(told.contains("stale: no endpoint answers") && told.contains("violet register"), "{told}");
    }

    #[tokio::test]
    async fn an_absent_service_is_told_with_the_way_out() {
        let service = ChainService::at("http://127.0.0.1:9").unwrap();
        let said = service.snapshot().await.unwrap_err();
        assert_eq!(process::exit::code_of(&said), 64);
        assert!(said.to_string().contains("violet up --chain dev"), "{said}");
    }
}
