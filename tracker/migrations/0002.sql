-- Series with exact summaries; folded points in chunks; the journal is also the order of everything that happened.

CREATE TABLE series (
  id              INTEGER PRIMARY KEY,
  run             TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
  name            TEXT NOT NULL,
  context         TEXT NOT NULL,        -- tells subset, rank and epoch apart from the name; often ''
  folded_attempt  INTEGER NOT NULL,     -- points at or before this batch are in chunks, later ones in the journal
  folded_sequence INTEGER NOT NULL,
  count           INTEGER NOT NULL,     -- of what follows, superseded points are no part
  nan             INTEGER NOT NULL,
  pos_inf         INTEGER NOT NULL,
  neg_inf         INTEGER NOT NULL,
  first_step      INTEGER NOT NULL,
  first_value     REAL,                 -- NULL where first_kind is not 'number'
  first_kind      TEXT NOT NULL CHECK (first_kind IN ('number', 'NaN', 'Infinity', '-Infinity')),
  last_step       INTEGER NOT NULL,
  last_value      REAL,                 -- NULL where last_kind is not 'number'; -0 is 0 here
  last_kind       TEXT NOT NULL CHECK (last_kind IN ('number', 'NaN', 'Infinity', '-Infinity')),
  min             REAL NOT NULL,        -- of the numbers; Infinity if there is none
  min_step        INTEGER NOT NULL,
  max             REAL NOT NULL,        -- of the numbers; -Infinity if there is none
  max_step        INTEGER NOT NULL,
  sum             REAL NOT NULL,
  UNIQUE (run, name, context)
) STRICT;

CREATE TABLE chunks (
  id     INTEGER PRIMARY KEY,           -- series << 24 | number, from 0: every chunk but a series' last is full
  top    BLOB NOT NULL,                 -- see chunk.go
  levels BLOB NOT NULL,
  data   BLOB NOT NULL
) STRICT;

CREATE TABLE superseded_chunks (
  id     INTEGER PRIMARY KEY,
  series INTEGER NOT NULL REFERENCES series(id) ON DELETE CASCADE,
  data   BLOB NOT NULL
) STRICT;
CREATE INDEX superseded_by_series ON superseded_chunks (series);

ALTER TABLE journal RENAME TO journal_1;
CREATE TABLE journal (
  id         INTEGER PRIMARY KEY AUTOINCREMENT, -- the store's version
  kind       TEXT NOT NULL CHECK (kind IN ('points', 'run', 'plan', 'capture')),
  experiment TEXT,                      -- NULL for points: that of the run
  run        TEXT,
  attempt    INTEGER,                   -- of points, as what follows
  sequence   INTEGER,                   -- from 1 in each attempt, without gaps
  payload    BLOB,                      -- one batch, see payload.go
  FOREIGN KEY (run, attempt) REFERENCES attempts(run, number) ON DELETE CASCADE
) STRICT;
CREATE UNIQUE INDEX journal_by_batch ON journal (run, attempt, sequence);
INSERT INTO journal (kind, run, attempt, sequence, payload) SELECT 'points', run, attempt, sequence, payload FROM journal_1 ORDER BY run, attempt, sequence;

CREATE TABLE facts (
  name  TEXT PRIMARY KEY,               -- 'tail-floor': the newest journal row that was folded or dropped
  value INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
INSERT INTO facts (name, value) VALUES ('tail-floor', 0);

DROP TABLE journal_1;
DROP TABLE last_values;
DROP TABLE events;
