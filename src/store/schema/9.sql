-- Somebody was paid twice, and one of the two payments was undone: which, and which stands. Who undid it and
-- why stands with the claim; `resolved_at` is when this desk knew of it.
CREATE TABLE payee_resolutions (
    undone      TEXT NOT NULL REFERENCES payee_claims (id),
    kept        TEXT NOT NULL REFERENCES payee_claims (id),
    noted_at    INTEGER NOT NULL,
    resolved_at INTEGER NOT NULL,
    PRIMARY KEY (undone, kept)
) STRICT, WITHOUT ROWID;
CREATE INDEX payee_resolutions_day ON payee_resolutions (resolved_at);

-- The case that a payment belongs to, and what was reported of it: such a report may name people who came up
-- in no session.
ALTER TABLE payee_claims ADD COLUMN case_ref TEXT;
CREATE TABLE payee_reports (
    report_id TEXT PRIMARY KEY REFERENCES outbox (report_id),
    claim     TEXT NOT NULL REFERENCES payee_claims (id)
) STRICT, WITHOUT ROWID;
CREATE INDEX payee_reports_claim ON payee_reports (claim);
