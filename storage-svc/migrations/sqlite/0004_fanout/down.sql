DROP TABLE miner_records;
ALTER TABLE tasks DROP COLUMN agreement;
ALTER TABLE tasks DROP COLUMN response_window;
