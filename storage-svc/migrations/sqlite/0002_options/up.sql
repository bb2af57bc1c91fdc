-- What a client asked for beside kind and languages, as JSON; the queue a task waits in; what is known of a result.
ALTER TABLE tasks ADD COLUMN options TEXT NOT NULL DEFAULT '{}';
ALTER TABLE tasks ADD COLUMN lane TEXT NOT NULL DEFAULT '';
UPDATE tasks SET lane = kind || '/' || source || coalesce('/' || target, '');
DROP INDEX tasks_ready;
CREATE INDEX tasks_ready ON tasks (lane, queue_rank) WHERE open_grants > 0;
ALTER TABLE miner_responses ADD COLUMN facts TEXT;
