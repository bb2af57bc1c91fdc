-- Documents of a validator, written once: tasks that it has graded, challenges, rounds.
CREATE TABLE ledger (
    stream TEXT NOT NULL CHECK (length(stream) BETWEEN 1 AND 64),
    key    TEXT NOT NULL CHECK (length(key) BETWEEN 1 AND 200),
    body   BLOB NOT NULL CHECK (length(body) <= 1048576),
    PRIMARY KEY (stream, key)
) STRICT;
