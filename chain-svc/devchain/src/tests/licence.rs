//! The vendored recording is what its NOTICE says, and its licence lies beside it.

use std::io::Read;
use std::path::{Path, PathBuf};

use sp_crypto_hashing::sha2_256;

use crate::metadata::RECORDED_FILE;

const METADATA: &str = "da19b9f3340d464046a3351cdbbdbd3d7b968cf0421ab7b8aec09d2e405552ea";
const UNPACKED: &str = "0d812a161c40efbe58ac13785cb579ab79b0bc7c4b57f5bcd27981501a8c8ca8";
const GOLDEN: &str = "5f195ff5c8b6413ce315715a2f91d41bb13a6833b26ed8664279ef40af11fc83";

fn data(file: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("data").join(file)
}

fn sha256(file: &str) -> String {
    hex::encode(sha2_256(&std::fs::read(data(file)).unwrap()))
}

#[test]
fn the_two_vendored_files_have_the_hashes_of_the_notice() {
    assert_eq!(sha256("subtensor-461-v15.scale.gz"), METADATA);
    assert_eq!(sha256("golden-461.json"), GOLDEN);
    let notice = std::fs::read_to_string(data("NOTICE")).unwrap();
    for hash in [METADATA, UNPACKED, GOLDEN] {
        assert!(notice.contains(hash), "{hash}");
    }
}

#[test]
fn the_metadata_unpacks_to_the_bytes_of_the_notice() {
    let mut raw = vec![];
    flate2::read::GzDecoder::new(RECORDED_FILE).read_to_end(&mut raw).unwrap();
    assert_eq!((raw.len(), hex::encode(sha2_256(&raw))), (386_733, UNPACKED.to_owned()));
}

#[test]
fn the_licence_of_the_recording_lies_beside_it() {
    let licence = std::fs::read_to_string(data("LICENSE-Apache-2.0")).unwrap();
    assert!(licence.contains("Apache License") && licence.contains("Version 2.0, January 2004"));
}
