-- Who is to be paid, and who was. Dates are ISO 8601, amounts whole đồng. The number, name and birth date of
-- an entry are personal data: the purge of a list that is over sets them to null, the sums stay.
CREATE TABLE payee_lists (
    list             INTEGER PRIMARY KEY AUTOINCREMENT,
    id               TEXT NOT NULL,
    issuer           TEXT NOT NULL,
    pay_from         TEXT NOT NULL,
    pay_until        TEXT,
    signer           TEXT,
    sha256           TEXT NOT NULL,
    entries          INTEGER NOT NULL CHECK (entries > 0),
    total            INTEGER NOT NULL CHECK (total > 0),
    imported_at      INTEGER NOT NULL,
    imported_by      TEXT NOT NULL,
    withdrawn_at     INTEGER,
    withdrawn_by     TEXT,
    withdrawn_reason TEXT
) STRICT;
CREATE UNIQUE INDEX payee_lists_id ON payee_lists (id) WHERE withdrawn_at IS NULL;
CREATE UNIQUE INDEX payee_lists_content ON payee_lists (sha256) WHERE withdrawn_at IS NULL;

CREATE TABLE payee_entries (
    entry      INTEGER PRIMARY KEY AUTOINCREMENT,
    list       INTEGER NOT NULL REFERENCES payee_lists (list),
    id         TEXT NOT NULL,
    line       INTEGER NOT NULL,
    number     TEXT,
    name       TEXT,
    birth_date TEXT,
    period     TEXT NOT NULL,
    amount     INTEGER NOT NULL CHECK (amount > 0),
    UNIQUE (list, id),
    UNIQUE (list, number, period)
) STRICT;
CREATE INDEX payee_entries_number ON payee_entries (number);

-- Who may take the money of another. Numbers and document are personal data.
CREATE TABLE payee_authorisations (
    id             TEXT PRIMARY KEY,
    representative TEXT,
    payee          TEXT,
    kind           TEXT NOT NULL CHECK (kind IN ('relative', 'guardian', 'attorney')),
    document       TEXT,
    valid_until    TEXT NOT NULL,
    added_at       INTEGER NOT NULL,
    added_by       TEXT NOT NULL,
    revoked_at     INTEGER,
    revoked_by     TEXT
) STRICT;
CREATE INDEX payee_authorisations_representative ON payee_authorisations (representative);

-- A claim is never deleted, only undone. `synced` is 0 while other desks have not heard of its newest state.
CREATE TABLE payee_claims (
    id             TEXT PRIMARY KEY,
    entry          INTEGER NOT NULL REFERENCES payee_entries (entry),
    kind           TEXT NOT NULL CHECK (kind IN ('verified', 'manual')),
    session        TEXT,
    authorisation  TEXT,
    amount         INTEGER NOT NULL CHECK (amount > 0),
    desk           TEXT NOT NULL,
    clerk          TEXT NOT NULL,
    at             INTEGER NOT NULL,
    reason         TEXT,
    test           INTEGER NOT NULL CHECK (test IN (0, 1)),
    remote         INTEGER NOT NULL CHECK (remote IN (0, 1)),
    synced         INTEGER NOT NULL CHECK (synced IN (0, 1)),
    undone_at      INTEGER,
    undone_by      TEXT,
    undone_reason  TEXT,
    CHECK ((kind = 'manual') = (session IS NULL)),
    CHECK (kind <> 'manual' OR reason IS NOT NULL)
) STRICT;
-- An entry is paid once.
CREATE UNIQUE INDEX payee_claims_once ON payee_claims (entry) WHERE undone_at IS NULL;
CREATE INDEX payee_claims_unsynced ON payee_claims (synced) WHERE synced = 0;
CREATE TRIGGER payee_claims_keep BEFORE DELETE ON payee_claims
BEGIN SELECT raise(ABORT, 'claims are kept'); END;

-- Claims of other desks for what was paid here as well: somebody was paid twice.
CREATE TABLE payee_conflicts (
    claim      TEXT PRIMARY KEY,
    standing   TEXT NOT NULL REFERENCES payee_claims (id),
    entry      INTEGER NOT NULL REFERENCES payee_entries (entry),
    kind       TEXT NOT NULL,
    amount     INTEGER NOT NULL,
    desk       TEXT NOT NULL,
    clerk      TEXT NOT NULL,
    at         INTEGER NOT NULL,
    basis      TEXT NOT NULL,
    test       INTEGER NOT NULL CHECK (test IN (0, 1)),
    noted_at   INTEGER NOT NULL
) STRICT;
