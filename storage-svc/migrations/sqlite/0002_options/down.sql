DROP INDEX tasks_ready;
ALTER TABLE miner_responses DROP COLUMN facts;
ALTER TABLE tasks DROP COLUMN lane;
ALTER TABLE tasks DROP COLUMN options;
CREATE INDEX tasks_ready ON tasks (kind, source, queue_rank) WHERE open_grants > 0;
