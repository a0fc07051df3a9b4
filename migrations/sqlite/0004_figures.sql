-- Figures kept ready: what store/rollup counted, and what it has to count.

-- The days whose orders changed since they were counted. number is another one
-- after each change.
CREATE TABLE figure_marks (
    day    INTEGER PRIMARY KEY, -- since 1970
    number INTEGER NOT NULL
) STRICT;

CREATE TABLE figure_days (
    day      INTEGER PRIMARY KEY,
    revision INTEGER NOT NULL
) STRICT;

-- Documents of a day: part 0 its figures, 1 the visits of customers, 2 sales.
CREATE TABLE figure_docs (
    id       INTEGER PRIMARY KEY, -- day * 4 + part
    revision INTEGER NOT NULL,
    doc      BLOB    NOT NULL
) STRICT;

-- One row per known customer with a counted order; visits holds all of them.
CREATE TABLE customers (
    id       INTEGER PRIMARY KEY,
    customer TEXT    NOT NULL UNIQUE,
    orders   INTEGER NOT NULL,
    net      INTEGER NOT NULL,
    last     INTEGER NOT NULL,
    visits   BLOB    NOT NULL
) STRICT;

CREATE INDEX customers_net ON customers (net DESC, customer);
CREATE INDEX customers_orders ON customers (orders DESC, customer);
CREATE INDEX customers_last ON customers (last DESC, customer);

-- report.CustomerSums of all customers.
CREATE TABLE customer_sums (
    kind      TEXT    NOT NULL,
    a         INTEGER NOT NULL,
    b         INTEGER NOT NULL,
    place     TEXT    NOT NULL,
    customers INTEGER NOT NULL,
    orders    INTEGER NOT NULL,
    gross     INTEGER NOT NULL,
    net       INTEGER NOT NULL,
    PRIMARY KEY (kind, a, b, place)
) STRICT, WITHOUT ROWID;

-- The zone whose days they are and the form of the documents; no row while
-- nothing was ever counted.
CREATE TABLE figure_zone (
    one  INTEGER PRIMARY KEY CHECK (one = 1),
    name TEXT NOT NULL
) STRICT;
