-- Ids are 32 hexadecimal digits, times microseconds since the Unix epoch, digests 32 bytes.
-- Only types that PostgreSQL has too: text, bigint, integer, bytes.
CREATE TABLE files (
    id           TEXT    NOT NULL PRIMARY KEY,
    sha256       BLOB    NOT NULL CHECK (length(sha256) = 32),
    size         INTEGER NOT NULL CHECK (size >= 0),
    content_type TEXT    NOT NULL,
    file_name    TEXT,
    purpose      TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    expires_at   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX files_by_digest ON files (sha256);
CREATE INDEX files_by_expiry ON files (expires_at);

CREATE TABLE tasks (
    id           TEXT    NOT NULL PRIMARY KEY,
    kind         TEXT    NOT NULL,
    source       TEXT    NOT NULL,
    target       TEXT,
    priority     TEXT    NOT NULL,
    wanted       INTEGER NOT NULL CHECK (wanted BETWEEN 1 AND 10),
    input        TEXT    NOT NULL,
    input_size   INTEGER NOT NULL,
    submitted_at INTEGER NOT NULL,
    deadline     INTEGER NOT NULL,
    traceparent  TEXT,
    state        TEXT    NOT NULL CHECK (state IN
        ('pending', 'assigned', 'in_progress', 'completed', 'approved', 'failed', 'cancelled')),
    percent      INTEGER,
    ended_at     INTEGER,
    chosen       TEXT,
    fail_reason  TEXT,
    fail_detail  TEXT,
    version      INTEGER NOT NULL,
    -- derived from the task and its leases, so that every question has an index
    open_grants  INTEGER NOT NULL,
    queue_rank   INTEGER NOT NULL,
    due_at       INTEGER,
    expires_at   INTEGER
) STRICT, WITHOUT ROWID;
CREATE INDEX tasks_ready ON tasks (kind, source, queue_rank) WHERE open_grants > 0;
CREATE INDEX tasks_due ON tasks (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX tasks_by_expiry ON tasks (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX tasks_newest ON tasks (submitted_at, id);
CREATE INDEX tasks_by_state ON tasks (state, submitted_at, id);
CREATE INDEX tasks_by_kind ON tasks (kind, state, submitted_at, id);

-- one row for each lease
CREATE TABLE assignments (
    id          TEXT    NOT NULL PRIMARY KEY,
    task_id     TEXT    NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    fence       INTEGER NOT NULL,
    miner       TEXT    NOT NULL,
    session     INTEGER NOT NULL,
    output      TEXT    NOT NULL,
    granted_at  INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    run_until   INTEGER NOT NULL,
    percent     INTEGER,
    ended_at    INTEGER,
    end_name    TEXT,
    fail_reason TEXT,
    fail_detail TEXT,
    UNIQUE (task_id, fence)
) STRICT, WITHOUT ROWID;
CREATE INDEX assignments_live ON assignments (miner) WHERE ended_at IS NULL;

CREATE TABLE miner_responses (
    assignment_id TEXT    NOT NULL PRIMARY KEY REFERENCES assignments (id) ON DELETE CASCADE,
    file          TEXT    NOT NULL,
    sha256        BLOB    NOT NULL CHECK (length(sha256) = 32),
    size          INTEGER NOT NULL,
    model         TEXT    NOT NULL,
    model_version TEXT    NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE idempotency_keys (
    key         TEXT    NOT NULL PRIMARY KEY,
    fingerprint BLOB    NOT NULL CHECK (length(fingerprint) = 32),
    task_id     TEXT    NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    expires_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX idempotency_keys_by_expiry ON idempotency_keys (expires_at);
CREATE INDEX idempotency_keys_by_task ON idempotency_keys (task_id);

-- how many tasks are in each state, kept in the transaction that moves them
CREATE TABLE task_counts (
    state TEXT    NOT NULL PRIMARY KEY,
    tasks INTEGER NOT NULL CHECK (tasks >= 0)
) STRICT, WITHOUT ROWID;
INSERT INTO task_counts (state, tasks) VALUES
    ('pending', 0), ('assigned', 0), ('in_progress', 0), ('completed', 0), ('approved', 0), ('failed', 0), ('cancelled', 0);
