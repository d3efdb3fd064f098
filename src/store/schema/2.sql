-- What readers and chips were found to bear. The newest entry has the highest sequence, whatever
-- the clock said.
CREATE TABLE quirks (
    sequence   INTEGER PRIMARY KEY,
    reader     TEXT NOT NULL,
    atr        TEXT NOT NULL,
    abilities  TEXT NOT NULL,
    learned_at INTEGER NOT NULL,
    UNIQUE (reader, atr)
) STRICT;
