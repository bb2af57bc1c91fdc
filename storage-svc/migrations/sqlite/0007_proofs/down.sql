ALTER TABLE miner_responses DROP COLUMN signature;
ALTER TABLE miner_responses DROP COLUMN input_sha256;
ALTER TABLE miner_responses DROP COLUMN signer;
