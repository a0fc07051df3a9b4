-- Webhooks in, statuses out, and the jobs that move them.

-- order.WishTry: when the platform is to be told or asked, the greatest
-- integer when it refused. NULL for nearly all orders, so that storing one
-- costs two bytes and the index stays small. The program fills it in for
-- orders that are there already.
ALTER TABLE orders ADD COLUMN wish_try INTEGER;

CREATE INDEX orders_wish ON orders (channel, wish_try) WHERE wish_try IS NOT NULL;

-- The other half of orders_channel: together they count a channel's orders of
-- an hour without reading one.
CREATE INDEX orders_channel_archived ON orders (channel) WHERE archived = 1;

-- Webhooks. due is when to try, or when the lease of whoever tries ends; it is
-- NULL when the message is finished, and finished is set then. A finished row
-- keeps only what recognises a repeat.
CREATE TABLE inbox (
    id       INTEGER PRIMARY KEY,
    channel  TEXT    NOT NULL,
    event    TEXT    NOT NULL,
    received INTEGER NOT NULL,
    due      INTEGER,
    finished INTEGER,
    taken    INTEGER NOT NULL DEFAULT 0,
    attempts INTEGER NOT NULL DEFAULT 0,
    error    TEXT    NOT NULL DEFAULT '',
    header   TEXT    NOT NULL, -- a JSON object of texts
    body     BLOB    NOT NULL,
    UNIQUE (channel, event)
) STRICT;

CREATE INDEX inbox_due ON inbox (due, received) WHERE due IS NOT NULL;
CREATE INDEX inbox_channel ON inbox (channel, due, received) WHERE due IS NOT NULL;
CREATE INDEX inbox_finished ON inbox (finished) WHERE finished IS NOT NULL;

-- Rows stay when a lease ends: tokens grow for good.
CREATE TABLE leases (
    name   TEXT PRIMARY KEY,
    holder TEXT    NOT NULL,
    token  INTEGER NOT NULL,
    until  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE ledger (
    channel TEXT    NOT NULL,
    start   INTEGER NOT NULL,
    theirs  INTEGER NOT NULL,
    ours    INTEGER NOT NULL,
    at      INTEGER NOT NULL,
    PRIMARY KEY (channel, start)
) STRICT, WITHOUT ROWID;
