-- Fingers that were enrolled at a verified visit. `holder` is an HMAC of the number, as in `chips`; `card`
-- is the SHA-256 of its EF.SOD. `sealed` opens only in the row that it was written for.
CREATE TABLE fingers (
    holder      TEXT NOT NULL,
    finger      TEXT NOT NULL,
    card        TEXT NOT NULL,
    sensor      TEXT NOT NULL,
    algorithm   TEXT NOT NULL,
    enrolled_at INTEGER NOT NULL,
    expires_at  INTEGER NOT NULL,
    sealed      BLOB NOT NULL,
    PRIMARY KEY (holder, finger)
) STRICT, WITHOUT ROWID;
CREATE INDEX fingers_expire ON fingers (expires_at);

-- SHA-256 of live pictures, and the session that each came in first; the newest has the highest sequence.
CREATE TABLE frames (
    sequence INTEGER PRIMARY KEY,
    digest   TEXT NOT NULL UNIQUE,
    session  TEXT NOT NULL
) STRICT;
