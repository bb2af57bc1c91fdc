//! Receipts, signed and checked with hotkeys.

use domain::{
    Sha256, Work,
    canonical::NotCanonical,
    receipt::{self, Signature, Verify},
};

use crate::{Account, Keypair, Signer};

/// Signers by their hotkeys: what is signed by an address is checked with the key in it, without asking anybody.
#[derive(Debug, Clone, Copy)]
pub struct Hotkeys;

impl Verify for Hotkeys {
    fn is_genuine(&self, signer: &str, message: &[u8], signature: &Signature) -> bool {
        let account: Result<Account, _> = signer.parse();
        account.is_ok_and(|account| account.verify(message, &crate::Signature(signature.0)))
    }
}

impl Keypair {
    /// Signs what a miner did.
    ///
    /// # Errors
    /// When the work has no canonical form: a fencing number above 2^53.
    pub fn sign_work(&self, work: &Work) -> Result<Signature, NotCanonical> {
        Ok(Signature(self.sign(&work.message()?).0))
    }

    /// Countersigns the receipt with this digest.
    #[must_use]
    pub fn countersign(&self, receipt: &Sha256, miner: &Signature) -> Signature {
        Signature(self.sign(&receipt::message(receipt, miner)).0)
    }
}

impl Signer {
    /// As [`Keypair::countersign`].
    #[must_use]
    pub fn countersign(&self, receipt: &Sha256, miner: &Signature) -> Signature {
        self.key.countersign(receipt, miner)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use domain::receipt::Signed;

    use super::*;

    #[test]
    fn a_receipt_that_another_implementation_signed_is_genuine_and_one_bit_less_is_not() {
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/receipt_vector.json");
        let mut json = std::fs::read(path).unwrap();
        let trimmed = json.trim_ascii_end().len();
        json.truncate(trimmed);
        let signed = Signed::verify(&json, &Hotkeys).unwrap();
        let digest = signed.receipt.digest().unwrap();
        let key = Keypair::from_seed(&[5; 32]);
        let mine = key.countersign(&digest, &signed.miner_signature);
        let message = receipt::message(&digest, &signed.miner_signature);
        assert!(Hotkeys.is_genuine(&key.account().to_string(), &message, &mine));
        assert!(!Hotkeys.is_genuine(&key.account().to_string(), &message, &signed.scheduler_signature));
        assert!(!Hotkeys.is_genuine("no address", &message, &mine));
        let at = json.len() / 2;
        json[at] ^= 1;
        assert!(Signed::verify(&json, &Hotkeys).is_err());
    }
}
