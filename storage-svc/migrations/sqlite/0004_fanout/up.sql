-- How long answers are waited for after the first one (microseconds), and how well the chosen one agrees with the others
-- (billionths). A task that has answers already is due for a choice when its window is over.
ALTER TABLE tasks ADD COLUMN response_window INTEGER NOT NULL DEFAULT 60000000;
ALTER TABLE tasks ADD COLUMN agreement INTEGER CHECK (agreement BETWEEN 0 AND 1000000000);
UPDATE tasks SET due_at = min(due_at, 60000000 +
        (SELECT min(a.ended_at) FROM assignments a WHERE a.task_id = tasks.id AND a.end_name = 'responded'))
    WHERE due_at IS NOT NULL
        AND EXISTS (SELECT 1 FROM assignments a WHERE a.task_id = tasks.id AND a.end_name = 'responded');

-- What lasts of the work of miners, by kind. Averages are billionths; the key is what the miner proved, if it did.
CREATE TABLE miner_records (
    miner     TEXT    NOT NULL,
    kind      TEXT    NOT NULL,
    hotkey    BLOB    CHECK (length(hotkey) = 32),
    answered  INTEGER NOT NULL,
    failed    INTEGER NOT NULL,
    dropped   INTEGER NOT NULL,
    late      INTEGER NOT NULL,
    success   INTEGER NOT NULL CHECK (success BETWEEN 0 AND 1000000000),
    pace      INTEGER CHECK (pace BETWEEN 0 AND 1000000000),
    agreement INTEGER CHECK (agreement BETWEEN 0 AND 1000000000),
    last_seen INTEGER NOT NULL,
    PRIMARY KEY (miner, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX miner_records_by_age ON miner_records (last_seen);
