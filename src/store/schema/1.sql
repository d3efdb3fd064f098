-- Times are milliseconds since 1970, digests lower-case hex.

CREATE TABLE meta (
    name  TEXT PRIMARY KEY,
    value BLOB NOT NULL
) STRICT;

-- A session is concluded once. `record` (the verdict as JSON) and `evidence` hold personal data:
-- the purge sets them to null, the rest stays.
CREATE TABLE verdicts (
    session         TEXT PRIMARY KEY,
    case_ref        TEXT,
    purpose         TEXT NOT NULL,
    desk            TEXT NOT NULL,
    verdict         TEXT NOT NULL CHECK (verdict IN ('verified', 'not_verified', 'unreadable', 'undetermined')),
    reason          TEXT,
    test            INTEGER NOT NULL CHECK (test IN (0, 1)),
    policy          TEXT NOT NULL,
    concluded_at    INTEGER NOT NULL,
    audit_number    INTEGER NOT NULL REFERENCES audit (number),
    evidence_digest TEXT NOT NULL,
    record          TEXT,
    evidence        BLOB
) STRICT;
CREATE INDEX verdicts_concluded ON verdicts (concluded_at);

-- `hash` is SHA-256 of `entry`, and `entry` names the hash before it.
CREATE TABLE audit (
    number INTEGER PRIMARY KEY,
    entry  TEXT NOT NULL,
    hash   TEXT NOT NULL
) STRICT;
-- REPLACE deletes without asking the delete trigger: only the next number can be inserted.
CREATE TRIGGER audit_append BEFORE INSERT ON audit
WHEN NEW.number IS NOT (SELECT coalesce(max(number), 0) + 1 FROM audit)
BEGIN SELECT raise(ABORT, 'the audit log is append only'); END;
CREATE TRIGGER audit_keep BEFORE DELETE ON audit
BEGIN SELECT raise(ABORT, 'the audit log is append only'); END;
CREATE TRIGGER audit_still BEFORE UPDATE ON audit
BEGIN SELECT raise(ABORT, 'the audit log is append only'); END;

-- Salts of the personal digests in audit entries; without its salt a digest says nothing.
CREATE TABLE audit_salts (
    number INTEGER PRIMARY KEY REFERENCES audit (number),
    salt   BLOB NOT NULL CHECK (length(salt) = 32),
    at     INTEGER NOT NULL
) STRICT;

-- `jws` is the signed report; the purge sets it to null once the report has its receipt.
CREATE TABLE outbox (
    sequence     INTEGER PRIMARY KEY AUTOINCREMENT,
    report_id    TEXT NOT NULL UNIQUE,
    session      TEXT NOT NULL REFERENCES verdicts (session),
    case_ref     TEXT,
    kind         TEXT NOT NULL,
    jws          TEXT,
    sha256       TEXT NOT NULL,
    audit_number INTEGER NOT NULL REFERENCES audit (number),
    audit_head   TEXT NOT NULL,
    created_at   INTEGER NOT NULL,
    state        TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'refused')),
    attempts     INTEGER NOT NULL DEFAULT 0,
    next_attempt INTEGER NOT NULL,
    status       INTEGER,
    reason       TEXT,
    CHECK (jws IS NOT NULL OR state = 'delivered')
) STRICT;
CREATE INDEX outbox_due ON outbox (state, next_attempt);
CREATE INDEX outbox_case ON outbox (case_ref, state, sequence);
CREATE INDEX outbox_session ON outbox (session);

CREATE TABLE receipts (
    report_id   TEXT PRIMARY KEY REFERENCES outbox (report_id),
    receipt_id  TEXT NOT NULL,
    received_at TEXT NOT NULL,
    sha256      TEXT NOT NULL,
    stored_at   INTEGER NOT NULL
) STRICT;
CREATE TRIGGER receipt_first BEFORE UPDATE OF state ON outbox
WHEN NEW.state = 'delivered'
    AND NOT EXISTS (SELECT 1 FROM receipts WHERE report_id = NEW.report_id)
BEGIN SELECT raise(ABORT, 'delivered means receipted'); END;

-- `hash` is SHA-256 of the token: 256 random bits need no slower one.
CREATE TABLE tokens (
    id         TEXT PRIMARY KEY,
    role       TEXT NOT NULL CHECK (role IN ('clerk', 'case-system', 'operator', 'auditor')),
    label      TEXT NOT NULL,
    hash       TEXT NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    revoked_at INTEGER
) STRICT;
