-- What the erasure of a person had to leave: reports that have no receipt yet, entries that are still to be
-- paid. `holder` is an HMAC of the number, as in `chips`; the row goes with what it names.
CREATE TABLE pending_erasures (
    kind      TEXT NOT NULL CHECK (kind IN ('report', 'payee-entry')),
    reference TEXT NOT NULL,
    holder    TEXT NOT NULL,
    asked_at  INTEGER NOT NULL,
    PRIMARY KEY (kind, reference)
) STRICT, WITHOUT ROWID;
