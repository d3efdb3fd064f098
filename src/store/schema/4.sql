-- What is remembered of chips across sessions. `number` is an HMAC under a key of this desk's own:
-- the erasure of a person finds its rows, and nobody else can.
CREATE TABLE chips (
    chip    TEXT NOT NULL,
    number  TEXT NOT NULL,
    issued  TEXT,
    seen_at INTEGER NOT NULL,
    PRIMARY KEY (chip, number)
) STRICT, WITHOUT ROWID;
CREATE INDEX chips_number ON chips (number);

-- Digests of what chips must choose anew; the newest has the highest sequence.
CREATE TABLE chip_nonces (
    sequence INTEGER PRIMARY KEY,
    digest   TEXT NOT NULL UNIQUE,
    seen_at  INTEGER NOT NULL
) STRICT;
