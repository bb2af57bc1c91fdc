-- Numbers that only grow.
CREATE TABLE counters (
    name  TEXT    NOT NULL PRIMARY KEY,
    value INTEGER NOT NULL CHECK (value >= 0)
) STRICT, WITHOUT ROWID;
INSERT INTO counters (name, value) VALUES ('completions', 0), ('evaluations', 0), ('final_results', 0);

-- The line of completed tasks that wait for validators. A place is given once, in the transaction that completes the task:
-- who went through the line up to a place has missed nothing, whatever clocks said.
CREATE TABLE completions (
    place   INTEGER NOT NULL PRIMARY KEY,
    task_id TEXT    NOT NULL UNIQUE REFERENCES tasks (id) ON DELETE CASCADE
) STRICT;
INSERT INTO completions (place, task_id)
    SELECT row_number() OVER (ORDER BY ended_at, id), id FROM tasks WHERE state = 'completed';
UPDATE counters SET value = (SELECT count(*) FROM completions) WHERE name = 'completions';

-- What a validator found of a task, one each; the findings as JSON.
CREATE TABLE evaluations (
    task_id   TEXT    NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    validator TEXT    NOT NULL,
    uid       INTEGER NOT NULL,
    stake     INTEGER NOT NULL,
    at        INTEGER NOT NULL,
    findings  TEXT    NOT NULL,
    -- whether it came before validators agreed
    counted   INTEGER NOT NULL,
    PRIMARY KEY (task_id, validator)
) STRICT, WITHOUT ROWID;
CREATE INDEX evaluations_by_validator ON evaluations (validator, at, task_id);

CREATE TABLE seen_tasks (
    task_id   TEXT NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    validator TEXT NOT NULL,
    PRIMARY KEY (task_id, validator)
) STRICT, WITHOUT ROWID;

-- What validators agreed on, as JSON that never changes.
CREATE TABLE final_results (
    place   INTEGER NOT NULL PRIMARY KEY,
    task_id TEXT    NOT NULL UNIQUE REFERENCES tasks (id) ON DELETE CASCADE,
    result  TEXT    NOT NULL
) STRICT;

CREATE TABLE validators (
    validator   TEXT    NOT NULL PRIMARY KEY,
    uid         INTEGER NOT NULL,
    stake       INTEGER NOT NULL,
    evaluations INTEGER NOT NULL,
    -- billionths
    trust       INTEGER NOT NULL CHECK (trust BETWEEN 0 AND 1000000000),
    last_at     INTEGER NOT NULL,
    -- nothing before this place in the line waits for it
    line        INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Moving averages of what was agreed on, in billionths.
CREATE TABLE miner_scores (
    miner    TEXT    NOT NULL PRIMARY KEY,
    uid      INTEGER,
    hotkey   TEXT,
    accuracy INTEGER NOT NULL CHECK (accuracy BETWEEN 0 AND 1000000000),
    graded   INTEGER NOT NULL,
    missed   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX miner_scores_best ON miner_scores (accuracy, miner);
CREATE TABLE miner_kind_scores (
    miner    TEXT    NOT NULL REFERENCES miner_scores (miner) ON DELETE CASCADE,
    kind     TEXT    NOT NULL,
    accuracy INTEGER NOT NULL CHECK (accuracy BETWEEN 0 AND 1000000000),
    graded   INTEGER NOT NULL,
    missed   INTEGER NOT NULL,
    PRIMARY KEY (miner, kind)
) STRICT, WITHOUT ROWID;

-- The latest word of each validator on each miner, and what all words come to.
CREATE TABLE miner_reports (
    uid         INTEGER NOT NULL,
    validator   TEXT    NOT NULL,
    stake       INTEGER NOT NULL,
    hotkey      TEXT    NOT NULL,
    serving     INTEGER NOT NULL,
    load        INTEGER,
    performance INTEGER,
    epoch       INTEGER NOT NULL,
    at          INTEGER NOT NULL,
    PRIMARY KEY (uid, validator)
) STRICT, WITHOUT ROWID;
CREATE TABLE merged_reports (
    uid         INTEGER NOT NULL PRIMARY KEY,
    hotkey      TEXT    NOT NULL,
    serving     INTEGER NOT NULL,
    load        INTEGER,
    performance INTEGER,
    validators  INTEGER NOT NULL,
    confidence  INTEGER NOT NULL,
    eligible    INTEGER NOT NULL,
    epoch       INTEGER NOT NULL,
    at          INTEGER NOT NULL
) STRICT;
