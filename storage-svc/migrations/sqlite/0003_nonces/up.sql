-- The nonces that hotkeys spent on signed requests: 32 bytes of key, 64 bits of number. A row is kept past its end, so that a
-- copy is still told from a request of its own when a clock was set back.
CREATE TABLE nonces (
    hotkey     BLOB    NOT NULL CHECK (length(hotkey) = 32),
    nonce      INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (hotkey, nonce)
) STRICT, WITHOUT ROWID;
CREATE INDEX nonces_by_expiry ON nonces (expires_at);
