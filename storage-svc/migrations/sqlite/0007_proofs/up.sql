-- What a miner signed of its work: all three, or none.
ALTER TABLE miner_responses ADD COLUMN signer TEXT;
ALTER TABLE miner_responses ADD COLUMN input_sha256 BLOB CHECK (length(input_sha256) = 32);
ALTER TABLE miner_responses ADD COLUMN signature BLOB CHECK (length(signature) = 64);
