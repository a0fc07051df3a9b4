-- Small documents, and the audit.

-- record_key is NULL for a record without a key.
CREATE TABLE records (
    kind       TEXT    NOT NULL,
    id         TEXT    NOT NULL,
    owner      TEXT    NOT NULL,
    record_key TEXT,
    at         INTEGER NOT NULL,
    version    INTEGER NOT NULL,
    doc        TEXT    NOT NULL,
    PRIMARY KEY (kind, id)
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX records_key ON records (kind, record_key) WHERE record_key IS NOT NULL;
CREATE INDEX records_at ON records (kind, at, id);
CREATE INDEX records_owner ON records (kind, owner, at, id);

-- account.Entry, each sealed behind the one before.
CREATE TABLE audit (
    seq    INTEGER PRIMARY KEY,
    at     INTEGER NOT NULL,
    by     TEXT    NOT NULL,
    via    TEXT    NOT NULL,
    ip     TEXT    NOT NULL,
    ref    TEXT    NOT NULL,
    action TEXT    NOT NULL,
    object TEXT    NOT NULL,
    note   TEXT    NOT NULL,
    before TEXT    NOT NULL,
    after  TEXT    NOT NULL,
    prev   TEXT    NOT NULL,
    hash   TEXT    NOT NULL
) STRICT;

-- Every index on one column ends in seq.
CREATE INDEX audit_by ON audit (by);
CREATE INDEX audit_object ON audit (object);
CREATE INDEX audit_action ON audit (action);
CREATE INDEX audit_at ON audit (at);

CREATE TRIGGER audit_update BEFORE UPDATE ON audit BEGIN
    SELECT RAISE(ABORT, 'the audit cannot be changed');
END;

CREATE TRIGGER audit_delete BEFORE DELETE ON audit BEGIN
    SELECT RAISE(ABORT, 'the audit cannot be deleted from');
END;

-- REPLACE deletes without the trigger above.
CREATE TRIGGER audit_insert BEFORE INSERT ON audit WHEN NEW.seq <= (SELECT max(seq) FROM audit) BEGIN
    SELECT RAISE(ABORT, 'the audit only grows');
END;
