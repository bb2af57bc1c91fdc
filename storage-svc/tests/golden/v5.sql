PRAGMA application_id=1447645004;
CREATE TABLE __diesel_schema_migrations (
       version VARCHAR(50) PRIMARY KEY NOT NULL,
       run_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP
);
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
CREATE TABLE completions (
    place   INTEGER NOT NULL PRIMARY KEY,
    task_id TEXT    NOT NULL UNIQUE REFERENCES tasks (id) ON DELETE CASCADE
) STRICT;
CREATE TABLE counters (
    name  TEXT    NOT NULL PRIMARY KEY,
    value INTEGER NOT NULL CHECK (value >= 0)
) STRICT, WITHOUT ROWID;
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
CREATE TABLE final_results (
    place   INTEGER NOT NULL PRIMARY KEY,
    task_id TEXT    NOT NULL UNIQUE REFERENCES tasks (id) ON DELETE CASCADE,
    result  TEXT    NOT NULL
) STRICT;
CREATE TABLE idempotency_keys (
    key         TEXT    NOT NULL PRIMARY KEY,
    fingerprint BLOB    NOT NULL CHECK (length(fingerprint) = 32),
    task_id     TEXT    NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    expires_at  INTEGER NOT NULL
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
CREATE TABLE miner_kind_scores (
    miner    TEXT    NOT NULL REFERENCES miner_scores (miner) ON DELETE CASCADE,
    kind     TEXT    NOT NULL,
    accuracy INTEGER NOT NULL CHECK (accuracy BETWEEN 0 AND 1000000000),
    graded   INTEGER NOT NULL,
    missed   INTEGER NOT NULL,
    PRIMARY KEY (miner, kind)
) STRICT, WITHOUT ROWID;
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
CREATE TABLE miner_responses (
    assignment_id TEXT    NOT NULL PRIMARY KEY REFERENCES assignments (id) ON DELETE CASCADE,
    file          TEXT    NOT NULL,
    sha256        BLOB    NOT NULL CHECK (length(sha256) = 32),
    size          INTEGER NOT NULL,
    model         TEXT    NOT NULL,
    model_version TEXT    NOT NULL
, facts TEXT) STRICT, WITHOUT ROWID;
CREATE TABLE miner_scores (
    miner    TEXT    NOT NULL PRIMARY KEY,
    uid      INTEGER,
    hotkey   TEXT,
    accuracy INTEGER NOT NULL CHECK (accuracy BETWEEN 0 AND 1000000000),
    graded   INTEGER NOT NULL,
    missed   INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE nonces (
    hotkey     BLOB    NOT NULL CHECK (length(hotkey) = 32),
    nonce      INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (hotkey, nonce)
) STRICT, WITHOUT ROWID;
CREATE TABLE seen_tasks (
    task_id   TEXT NOT NULL REFERENCES tasks (id) ON DELETE CASCADE,
    validator TEXT NOT NULL,
    PRIMARY KEY (task_id, validator)
) STRICT, WITHOUT ROWID;
CREATE TABLE task_counts (
    state TEXT    NOT NULL PRIMARY KEY,
    tasks INTEGER NOT NULL CHECK (tasks >= 0)
) STRICT, WITHOUT ROWID;
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
, options TEXT NOT NULL DEFAULT '{}', lane TEXT NOT NULL DEFAULT '') STRICT, WITHOUT ROWID;
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
CREATE INDEX assignments_live ON assignments (miner) WHERE ended_at IS NULL;
CREATE INDEX evaluations_by_validator ON evaluations (validator, at, task_id);
CREATE INDEX files_by_digest ON files (sha256);
CREATE INDEX files_by_expiry ON files (expires_at);
CREATE INDEX idempotency_keys_by_expiry ON idempotency_keys (expires_at);
CREATE INDEX idempotency_keys_by_task ON idempotency_keys (task_id);
CREATE INDEX miner_scores_best ON miner_scores (accuracy, miner);
CREATE INDEX nonces_by_expiry ON nonces (expires_at);
CREATE INDEX tasks_by_expiry ON tasks (expires_at) WHERE expires_at IS NOT NULL;
CREATE INDEX tasks_by_kind ON tasks (kind, state, submitted_at, id);
CREATE INDEX tasks_by_state ON tasks (state, submitted_at, id);
CREATE INDEX tasks_due ON tasks (due_at) WHERE due_at IS NOT NULL;
CREATE INDEX tasks_newest ON tasks (submitted_at, id);
CREATE INDEX tasks_ready ON tasks (lane, queue_rank) WHERE open_grants > 0;
INSERT INTO __diesel_schema_migrations VALUES ('0001', '2026-01-01 00:00:00');
INSERT INTO __diesel_schema_migrations VALUES ('0002', '2026-01-01 00:00:00');
INSERT INTO __diesel_schema_migrations VALUES ('0003', '2026-01-01 00:00:00');
INSERT INTO __diesel_schema_migrations VALUES ('0005', '2026-01-01 00:00:00');
INSERT INTO assignments VALUES ('00000000000000000000000000000001', '00000000000000000000000000000001', 1, 'a', -2, '00000000000000010000000000000000', 1700000006000000, 1700000030000000, 1700000106000000, 40, NULL, NULL, NULL, NULL);
INSERT INTO assignments VALUES ('00000000000000000000000000000002', '00000000000000000000000000000002', 1, 'b', -2, '00000000000000020000000000000000', 1700000006000000, 1700000016000000, 1700000106000000, NULL, 1700000007000000, 'dropped', NULL, NULL);
INSERT INTO assignments VALUES ('00000000000000000000000000000003', '00000000000000000000000000000002', 2, 'c', -2, '00000000000000030000000000000000', 1700000007000000, 1700000017000000, 1700000107000000, NULL, 1700000017000000, 'expired', NULL, NULL);
INSERT INTO assignments VALUES ('00000000000000000000000000000004', '00000000000000000000000000000002', 3, 'd', -2, '00000000000000040000000000000000', 1700000018000000, 1700000028000000, 1700000118000000, 100, 1700000019000000, 'responded', NULL, NULL);
INSERT INTO assignments VALUES ('00000000000000000000000000000005', '00000000000000000000000000000002', 4, 'e', -2, '00000000000000050000000000000000', 1700000018000000, 1700000028000000, 1700000118000000, 100, 1700000019000000, 'responded', NULL, NULL);
INSERT INTO assignments VALUES ('00000000000000000000000000000006', '00000000000000000000000000000003', 1, 'a', -2, '00000000000000060000000000000000', 1700000006000000, 1700000016000000, 1700000106000000, NULL, 1700000008000000, 'revoked', NULL, NULL);
INSERT INTO assignments VALUES ('00000000000000000000000000000007', '00000000000000000000000000000004', 1, 'a', -2, '00000000000000070000000000000000', 1700000006000000, 1700000016000000, 1700000106000000, NULL, 1700000009000000, 'failed', 'broken_file', 'the file holds no audio: é');
INSERT INTO counters VALUES ('completions', 1);
INSERT INTO counters VALUES ('evaluations', 2);
INSERT INTO counters VALUES ('final_results', 1);
INSERT INTO evaluations VALUES ('00000000000000000000000000000002', 'v', 3, -2, 1700000021000000, '[{"lease_id":"00000000000000000000000000000004","accuracy":900000000,"completeness":1000000000,"fault":null,"basis":"truth"},{"lease_id":"00000000000000000000000000000005","accuracy":900000000,"completeness":1000000000,"fault":"too_long","basis":"truth"}]', 1);
INSERT INTO evaluations VALUES ('00000000000000000000000000000002', 'w', 3, -2, 1700000021000000, '[{"lease_id":"00000000000000000000000000000004","accuracy":900000000,"completeness":1000000000,"fault":null,"basis":"truth"},{"lease_id":"00000000000000000000000000000005","accuracy":900000000,"completeness":1000000000,"fault":"too_long","basis":"truth"}]', 1);
INSERT INTO files VALUES ('00000000000000000000000100000000', X'0101010101010101010101010101010101010101010101010101010101010101', 5, 'audio/wav', 'clip.wav', 'user_audio', 1700000000000000, 1702595601000000);
INSERT INTO files VALUES ('00000000000000000000000200000000', X'0101010101010101010101010101010101010101010101010101010101010101', 5, 'audio/wav', 'clip.wav', 'user_audio', 1700000000000000, 1702595602000000);
INSERT INTO files VALUES ('00000000000000000000000300000000', X'0101010101010101010101010101010101010101010101010101010101010101', 5, 'audio/wav', 'clip.wav', 'user_audio', 1700000000000000, 1702595603000000);
INSERT INTO files VALUES ('00000000000000000000000400000000', X'0101010101010101010101010101010101010101010101010101010101010101', 5, 'audio/wav', 'clip.wav', 'user_audio', 1700000000000000, 1702595604000000);
INSERT INTO files VALUES ('00000000000000000000000500000000', X'0101010101010101010101010101010101010101010101010101010101010101', 5, 'audio/wav', 'clip.wav', 'user_audio', 1700000000000000, 1702595605000000);
INSERT INTO files VALUES ('00000000000000040000000000000000', X'0909090909090909090909090909090909090909090909090909090909090909', 5, 'audio/wav', 'clip.wav', 'user_audio', 1700000000000000, 1702592021000000);
INSERT INTO files VALUES ('00000000000000050000000000000000', X'0909090909090909090909090909090909090909090909090909090909090909', 5, 'audio/wav', 'clip.wav', 'user_audio', 1700000000000000, 1702592019000000);
INSERT INTO final_results VALUES (1, '00000000000000000000000000000002', '{"task":"00000000000000000000000000000002","kind":"transcription","source":"auto","target":"ko","approved_at":1700000021000000,"agreement":1000000000,"answers":[{"miner":"b","uid":null,"hotkey":null,"lease":"00000000000000000000000000000002","came":"nothing","took_ms":null,"output":null,"accuracy":null,"interval":null,"votes":[]},{"miner":"c","uid":null,"hotkey":null,"lease":"00000000000000000000000000000003","came":"nothing","took_ms":null,"output":null,"accuracy":null,"interval":null,"votes":[]},{"miner":"d","uid":7,"hotkey":"hot","lease":"00000000000000000000000000000004","came":"in_time","took_ms":1000,"output":"0909090909090909090909090909090909090909090909090909090909090909","accuracy":900000000,"interval":[900000000,900000000],"votes":[{"validator":"v","stake":18446744073709551614,"grade":{"accuracy":900000000,"completeness":1000000000,"fault":null},"basis":"truth"},{"validator":"w","stake":18446744073709551614,"grade":{"accuracy":900000000,"completeness":1000000000,"fault":null},"basis":"truth"}]},{"miner":"e","uid":null,"hotkey":null,"lease":"00000000000000000000000000000005","came":"in_time","took_ms":1000,"output":"0909090909090909090909090909090909090909090909090909090909090909","accuracy":900000000,"interval":[900000000,900000000],"votes":[{"validator":"v","stake":18446744073709551614,"grade":{"accuracy":900000000,"completeness":1000000000,"fault":"too_long"},"basis":"truth"},{"validator":"w","stake":18446744073709551614,"grade":{"accuracy":900000000,"completeness":1000000000,"fault":"too_long"},"basis":"truth"}]}]}');
INSERT INTO idempotency_keys VALUES ('key 1', X'0101010101010101010101010101010101010101010101010101010101010101', '00000000000000000000000000000001', 1700086401000000);
INSERT INTO idempotency_keys VALUES ('key 2', X'0202020202020202020202020202020202020202020202020202020202020202', '00000000000000000000000000000002', 1700086402000000);
INSERT INTO idempotency_keys VALUES ('key 3', X'0303030303030303030303030303030303030303030303030303030303030303', '00000000000000000000000000000003', 1700086403000000);
INSERT INTO idempotency_keys VALUES ('key 4', X'0404040404040404040404040404040404040404040404040404040404040404', '00000000000000000000000000000004', 1700086404000000);
INSERT INTO idempotency_keys VALUES ('key 5', X'0505050505050505050505050505050505050505050505050505050505050505', '00000000000000000000000000000005', 1700086405000000);
INSERT INTO merged_reports VALUES (7, 'hot', 1, NULL, 70000000, 2, 1000000000, 1, 4, 1700000022000000);
INSERT INTO miner_kind_scores VALUES ('b', 'transcription', 0, 0, 1);
INSERT INTO miner_kind_scores VALUES ('c', 'transcription', 0, 0, 1);
INSERT INTO miner_kind_scores VALUES ('d', 'transcription', 900000000, 1, 0);
INSERT INTO miner_kind_scores VALUES ('e', 'transcription', 900000000, 1, 0);
INSERT INTO miner_reports VALUES (7, 'v', 5, 'hot', 1, NULL, 70000000, 4, 1700000022000000);
INSERT INTO miner_reports VALUES (7, 'w', 5, 'hot', 1, NULL, 70000000, 4, 1700000022000000);
INSERT INTO miner_responses VALUES ('00000000000000000000000000000004', '00000000000000040000000000000000', X'0909090909090909090909090909090909090909090909090909090909090909', 5, 'whisper-small', 'abababababababababababababababababababababababababababababababab', '{"what":"document","format":"docx","texts":3,"source_words":40,"doubtful":1}');
INSERT INTO miner_responses VALUES ('00000000000000000000000000000005', '00000000000000050000000000000000', X'0909090909090909090909090909090909090909090909090909090909090909', 5, 'whisper-small', 'abababababababababababababababababababababababababababababababab', '{"what":"document","format":"docx","texts":3,"source_words":40,"doubtful":1}');
INSERT INTO miner_scores VALUES ('b', NULL, NULL, 0, 0, 1);
INSERT INTO miner_scores VALUES ('c', NULL, NULL, 0, 0, 1);
INSERT INTO miner_scores VALUES ('d', 7, 'hot', 900000000, 1, 0);
INSERT INTO miner_scores VALUES ('e', NULL, NULL, 900000000, 1, 0);
INSERT INTO nonces VALUES (X'0707070707070707070707070707070707070707070707070707070707070707', -1, 1700000012000000);
INSERT INTO nonces VALUES (X'0707070707070707070707070707070707070707070707070707070707070707', 1, 1700000012000000);
INSERT INTO task_counts VALUES ('approved', 1);
INSERT INTO task_counts VALUES ('assigned', 0);
INSERT INTO task_counts VALUES ('cancelled', 1);
INSERT INTO task_counts VALUES ('completed', 0);
INSERT INTO task_counts VALUES ('failed', 1);
INSERT INTO task_counts VALUES ('in_progress', 1);
INSERT INTO task_counts VALUES ('pending', 1);
INSERT INTO tasks VALUES ('00000000000000000000000000000001', 'transcription', 'auto', 'ko', 'normal', 2, '00000000000000000000000100000000', 1000, 1700000001000000, 1700003601000000, '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', 'in_progress', 40, NULL, NULL, NULL, NULL, 2, 1, 1700000001000000, 1700000030000000, NULL, '{"max_words":30}', 'transcription/auto/ko');
INSERT INTO tasks VALUES ('00000000000000000000000000000002', 'transcription', 'auto', 'ko', 'normal', 2, '00000000000000000000000200000000', 1000, 1700000002000000, 1700003602000000, '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', 'approved', NULL, 1700000021000000, '00000000000000000000000000000004', NULL, NULL, 9, 0, 1700000002000000, NULL, 1702592021000000, '{"max_words":30}', 'transcription/auto/ko');
INSERT INTO tasks VALUES ('00000000000000000000000000000003', 'transcription', 'auto', 'ko', 'normal', 2, '00000000000000000000000300000000', 1000, 1700000003000000, 1700003603000000, '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', 'cancelled', NULL, 1700000008000000, NULL, NULL, NULL, 2, 0, 1700000003000000, NULL, 1702592008000000, '{"max_words":30}', 'transcription/auto/ko');
INSERT INTO tasks VALUES ('00000000000000000000000000000004', 'transcription', 'auto', 'ko', 'normal', 2, '00000000000000000000000400000000', 1000, 1700000004000000, 1700003604000000, '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', 'failed', NULL, 1700000009000000, NULL, 'broken_file', 'the file holds no audio: é', 2, 0, 1700000004000000, NULL, 1702592009000000, '{"max_words":30}', 'transcription/auto/ko');
INSERT INTO tasks VALUES ('00000000000000000000000000000005', 'transcription', 'auto', 'ko', 'normal', 2, '00000000000000000000000500000000', 1000, 1700000005000000, 1700003605000000, '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01', 'pending', NULL, NULL, NULL, NULL, NULL, 0, 2, 1700000005000000, 1700003605000000, NULL, '{"max_words":30}', 'transcription/auto/ko');
INSERT INTO validators VALUES ('v', 3, -2, 1, 1000000000, 1700000021000000, 2);
INSERT INTO validators VALUES ('w', 3, -2, 1, 1000000000, 1700000021000000, 2);
