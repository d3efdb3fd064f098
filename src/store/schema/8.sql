-- A report goes to several destinations, and stands where it stands at each of them. A report need not be
-- about a session any more. Nothing refers to `receipts`, and nothing but `receipts` to `outbox`.
CREATE TEMP TABLE moved_receipts AS SELECT * FROM receipts;
DROP TABLE receipts;

CREATE TABLE outbox_8 (
    sequence     INTEGER PRIMARY KEY AUTOINCREMENT,
    report_id    TEXT NOT NULL UNIQUE,
    session      TEXT REFERENCES verdicts (session),
    case_ref     TEXT,
    kind         TEXT NOT NULL,
    jws          TEXT,
    sha256       TEXT NOT NULL,
    audit_number INTEGER NOT NULL REFERENCES audit (number),
    audit_head   TEXT NOT NULL,
    created_at   INTEGER NOT NULL
) STRICT;
INSERT INTO outbox_8 SELECT sequence, report_id, session, case_ref, kind, jws, sha256, audit_number,
    audit_head, created_at FROM outbox;
CREATE TEMP TABLE moved_deliveries AS SELECT report_id, state, attempts, next_attempt, status, reason
    FROM outbox;
DROP TABLE outbox;
ALTER TABLE outbox_8 RENAME TO outbox;
CREATE INDEX outbox_case ON outbox (case_ref, sequence);
CREATE INDEX outbox_session ON outbox (session);

CREATE TABLE deliveries (
    report_id    TEXT NOT NULL REFERENCES outbox (report_id),
    destination  TEXT NOT NULL CHECK (destination IN ('case-system', 'fleet')),
    state        TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'delivered', 'refused')),
    attempts     INTEGER NOT NULL DEFAULT 0,
    next_attempt INTEGER NOT NULL,
    status       INTEGER,
    reason       TEXT,
    PRIMARY KEY (report_id, destination)
) STRICT, WITHOUT ROWID;
CREATE INDEX deliveries_due ON deliveries (destination, state, next_attempt);
INSERT INTO deliveries SELECT report_id, 'case-system', state, attempts, next_attempt, status, reason
    FROM moved_deliveries;
DROP TABLE moved_deliveries;

CREATE TABLE receipts (
    report_id   TEXT NOT NULL,
    destination TEXT NOT NULL,
    receipt_id  TEXT NOT NULL,
    received_at TEXT NOT NULL,
    sha256      TEXT NOT NULL,
    stored_at   INTEGER NOT NULL,
    PRIMARY KEY (report_id, destination),
    FOREIGN KEY (report_id, destination) REFERENCES deliveries (report_id, destination)
) STRICT, WITHOUT ROWID;
INSERT INTO receipts SELECT report_id, 'case-system', receipt_id, received_at, sha256, stored_at
    FROM moved_receipts;
DROP TABLE moved_receipts;

CREATE TRIGGER receipt_first BEFORE UPDATE OF state ON deliveries
WHEN NEW.state = 'delivered' AND NOT EXISTS (SELECT 1 FROM receipts
    WHERE report_id = NEW.report_id AND destination = NEW.destination)
BEGIN SELECT raise(ABORT, 'delivered means receipted'); END;
-- `jws` is purged once every destination has the report.
CREATE TRIGGER delivered_first BEFORE UPDATE OF jws ON outbox
WHEN NEW.jws IS NULL AND EXISTS (SELECT 1 FROM deliveries
    WHERE report_id = NEW.report_id AND state <> 'delivered')
BEGIN SELECT raise(ABORT, 'purged means delivered'); END;

-- What came down from the fleet, version by version: `outcome` is `taken` or the code of why not.
CREATE TABLE fleet_objects (
    name     TEXT PRIMARY KEY,
    version  TEXT NOT NULL,
    outcome  TEXT NOT NULL,
    at       INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
