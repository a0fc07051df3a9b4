-- The desk's tables. Times are Unix milliseconds, amounts minor units.

-- One row per order for lists and filters; docs holds the whole order.
--
-- seq is order.SortKey(ordered_at, id): the table itself is sorted newest
-- first when read backwards, and every index on one column ends in it. When a
-- platform corrects the order time the row moves; id never changes.
-- The text columns hold what order.TextValues returns, so that a query
-- compares with "=".
CREATE TABLE orders (
    seq      INTEGER PRIMARY KEY,
    id       INTEGER NOT NULL,
    ref      BLOB    NOT NULL, -- channel, NUL, the platform's order id; as reported
    archived INTEGER NOT NULL,
    platform TEXT    NOT NULL,
    channel  TEXT    NOT NULL,
    status   TEXT    NOT NULL,
    payment  TEXT    NOT NULL,
    assignee TEXT    NOT NULL,
    customer TEXT    NOT NULL,
    total    INTEGER NOT NULL, -- 0 while not known, see priced
    priced   INTEGER NOT NULL, -- 1 when the total is known
    units    INTEGER NOT NULL,
    updated  INTEGER NOT NULL,
    ship_by  INTEGER,
    head     BLOB    NOT NULL  -- order.Row, in this engine's own encoding
) STRICT;

CREATE UNIQUE INDEX orders_ref ON orders (ref);

-- Lists leave archived orders out, so their indexes do too. Other fields are
-- answered by order_search.
CREATE INDEX orders_status ON orders (status) WHERE archived = 0;
CREATE INDEX orders_platform ON orders (platform) WHERE archived = 0;
CREATE INDEX orders_channel ON orders (channel) WHERE archived = 0;
CREATE INDEX orders_total ON orders (total) WHERE archived = 0;
CREATE INDEX orders_updated ON orders (updated) WHERE archived = 0;
CREATE INDEX orders_ship_by ON orders (ship_by) WHERE archived = 0 AND ship_by IS NOT NULL;

-- rev counts writes, also those that the order's version does not.
CREATE TABLE docs (
    id  INTEGER PRIMARY KEY,
    seq INTEGER NOT NULL, -- of its row in orders
    rev INTEGER NOT NULL,
    doc BLOB NOT NULL
) STRICT;

-- The words and the exact values of each order, rowid = orders.seq: FTS5 reads
-- newest first by rowid without collecting and sorting. Nothing but document
-- numbers is kept per word.
CREATE VIRTUAL TABLE order_search USING fts5 (
    words, content = '', contentless_delete = 1, detail = none, tokenize = "ascii tokenchars '_='"
);

-- Every search word of letters, so that a beginning is turned into the words
-- that begin so. Words stay when the last order with them changes.
CREATE TABLE words (
    word TEXT PRIMARY KEY
) STRICT, WITHOUT ROWID;

CREATE TABLE changes (
    seq      INTEGER PRIMARY KEY,
    order_id INTEGER NOT NULL,
    channel  TEXT    NOT NULL,
    created  INTEGER NOT NULL,
    at       INTEGER NOT NULL
) STRICT;

CREATE TABLE users (
    id    TEXT PRIMARY KEY,
    email TEXT NOT NULL UNIQUE,
    name  TEXT NOT NULL,
    doc   TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE channels (
    id       TEXT PRIMARY KEY,
    doc      TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE progress (
    channel TEXT PRIMARY KEY,
    doc     TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE runs (
    id      TEXT PRIMARY KEY,
    channel TEXT    NOT NULL,
    started INTEGER NOT NULL,
    doc     TEXT    NOT NULL
) STRICT;

CREATE INDEX runs_channel ON runs (channel, started);

CREATE TABLE quarantine (
    id      TEXT PRIMARY KEY,
    channel TEXT    NOT NULL,
    source  TEXT    NOT NULL,
    platform_order_id TEXT NOT NULL,
    reason  TEXT    NOT NULL,
    payload BLOB    NOT NULL,
    first_at INTEGER NOT NULL,
    last_at  INTEGER NOT NULL,
    times    INTEGER NOT NULL
) STRICT;

CREATE INDEX quarantine_channel ON quarantine (channel, last_at);

CREATE TABLE jobs (
    id      TEXT PRIMARY KEY,
    started INTEGER NOT NULL,
    doc     TEXT    NOT NULL
) STRICT;

CREATE INDEX jobs_started ON jobs (started);

-- What scs/sqlite3store expects; expiry is a Julian day.
CREATE TABLE sessions (
    token  TEXT PRIMARY KEY,
    data   BLOB NOT NULL,
    expiry REAL NOT NULL
);

CREATE INDEX sessions_expiry ON sessions (expiry);
