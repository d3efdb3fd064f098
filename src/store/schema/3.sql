-- What the desk trusts. An import is never changed, only undone; its objects count while it is not.
CREATE TABLE trust_imports (
    number        INTEGER PRIMARY KEY AUTOINCREMENT,
    at            INTEGER NOT NULL,
    by            TEXT NOT NULL,
    file          TEXT NOT NULL,
    sha256        TEXT NOT NULL,
    kind          TEXT NOT NULL,
    signer_name   TEXT,
    signer_sha256 TEXT,
    accepted      INTEGER NOT NULL CHECK (accepted IN (0, 1)),
    vouched_by    TEXT,
    signed_at     INTEGER,
    undone_at     INTEGER,
    undone_by     TEXT
) STRICT;

CREATE TABLE trust_objects (
    import   INTEGER NOT NULL REFERENCES trust_imports (number),
    sequence INTEGER NOT NULL,
    kind     TEXT NOT NULL,
    standing TEXT NOT NULL,
    sha256   TEXT NOT NULL,
    content  BLOB NOT NULL,
    PRIMARY KEY (import, sequence)
) STRICT, WITHOUT ROWID;

-- Certificates that the operator distrusts, whatever brings them.
CREATE TABLE trust_distrusted (
    sha256 TEXT PRIMARY KEY,
    at     INTEGER NOT NULL,
    by     TEXT NOT NULL,
    reason TEXT NOT NULL
) STRICT;

-- A revocation outlives the list that it stood on, and the undoing of its import.
CREATE TABLE trust_revoked (
    issuer TEXT NOT NULL,
    serial BLOB NOT NULL,
    since  INTEGER NOT NULL,
    PRIMARY KEY (issuer, serial)
) STRICT, WITHOUT ROWID;
