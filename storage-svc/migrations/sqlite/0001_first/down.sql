DROP TABLE task_counts;
DROP TABLE idempotency_keys;
DROP TABLE miner_responses;
DROP TABLE assignments;
DROP TABLE tasks;
DROP TABLE files;
