-- Times are Unix microseconds, UTC; 0 means "not yet". JSON columns hold what Go's encoding/json writes.

CREATE TABLE experiments (
  name     TEXT PRIMARY KEY,
  question TEXT NOT NULL,
  source   TEXT NOT NULL,             -- the YAML file as it was read
  spec     TEXT NOT NULL,             -- JSON: the resolved baseline
  seeds    TEXT NOT NULL,             -- JSON array of integers
  compare  TEXT NOT NULL,             -- JSON: metric, goal, baseline, also
  updated  INTEGER NOT NULL           -- when the current plan was saved
) STRICT;

CREATE TABLE variants (
  experiment TEXT NOT NULL REFERENCES experiments(name) ON DELETE CASCADE,
  position   INTEGER NOT NULL,        -- order of declaration, from 0
  name       TEXT NOT NULL,
  changes    TEXT NOT NULL,           -- for people: "model.positions: none"
  parameters INTEGER NOT NULL,        -- trainable values
  spec       TEXT NOT NULL,           -- JSON: the resolved spec of this variant
  PRIMARY KEY (experiment, position),
  UNIQUE (experiment, name)
) STRICT;

CREATE TABLE trials (
  experiment    TEXT NOT NULL REFERENCES experiments(name) ON DELETE CASCADE,
  position      INTEGER NOT NULL,     -- order of execution, from 0
  variant       TEXT NOT NULL,
  seed          INTEGER NOT NULL,
  digest        TEXT NOT NULL,        -- covers what changes weights; a run belongs to every trial of its digest
  record_digest TEXT NOT NULL,        -- covers what is recorded
  PRIMARY KEY (experiment, position),
  UNIQUE (experiment, variant, seed)
) STRICT;
CREATE INDEX trials_by_digest ON trials (digest);

CREATE TABLE runs (
  id               TEXT PRIMARY KEY,  -- sorts by time of creation
  experiment       TEXT NOT NULL,     -- in which it was created
  variant          TEXT NOT NULL,
  seed             INTEGER NOT NULL,
  digest           TEXT NOT NULL,
  record_digest    TEXT NOT NULL,
  data_digest      TEXT NOT NULL,     -- of the prepared corpus
  tokenizer_digest TEXT NOT NULL,
  status           TEXT NOT NULL CHECK (status IN ('planned', 'running', 'finished', 'failed', 'stopped')),
  error            TEXT NOT NULL,
  spec             TEXT NOT NULL,     -- JSON: the resolved spec
  parameters       INTEGER NOT NULL,
  created          INTEGER NOT NULL,
  started          INTEGER NOT NULL,  -- of the first attempt
  finished         INTEGER NOT NULL   -- of the last attempt's end
) STRICT;
CREATE INDEX runs_by_digest ON runs (digest, id);
CREATE INDEX runs_by_experiment ON runs (experiment, id);

CREATE TABLE attempts (
  run           TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
  number        INTEGER NOT NULL,     -- from 1
  status        TEXT NOT NULL CHECK (status IN ('running', 'finished', 'failed', 'stopped')),
  error         TEXT NOT NULL,
  started       INTEGER NOT NULL,
  ended         INTEGER NOT NULL,
  info          TEXT NOT NULL,        -- JSON: host, backend, versions
  last_sequence INTEGER NOT NULL,     -- of the newest batch; 0: none
  kept_sequence INTEGER,              -- later batches are superseded by a resume; NULL: all are kept
  PRIMARY KEY (run, number)
) STRICT, WITHOUT ROWID;

CREATE TABLE journal (
  run      TEXT NOT NULL,
  attempt  INTEGER NOT NULL,
  sequence INTEGER NOT NULL,          -- from 1 in each attempt, without gaps
  payload  BLOB NOT NULL,             -- one batch, see payload.go
  PRIMARY KEY (run, attempt, sequence),
  FOREIGN KEY (run, attempt) REFERENCES attempts(run, number) ON DELETE CASCADE
) STRICT, WITHOUT ROWID;

CREATE TABLE last_values (
  run    TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
  metric TEXT NOT NULL,
  step   INTEGER NOT NULL,
  value  REAL,                        -- NULL where kind is not 'number'; the journal has the very bits
  kind   TEXT NOT NULL CHECK (kind IN ('number', 'NaN', 'Infinity', '-Infinity')),
  PRIMARY KEY (run, metric)
) STRICT, WITHOUT ROWID;

CREATE TABLE metric_infos (
  run       TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
  name      TEXT NOT NULL,
  unit      TEXT NOT NULL,
  key       TEXT NOT NULL,            -- values are comparable where keys are equal
  wall_time INTEGER NOT NULL,         -- 1: depends on the clock, a rerun need not repeat it
  PRIMARY KEY (run, name)
) STRICT, WITHOUT ROWID;

CREATE TABLE captures (
  id       INTEGER PRIMARY KEY,
  run      TEXT NOT NULL,
  attempt  INTEGER NOT NULL,
  sequence INTEGER NOT NULL,          -- the last batch before it; superseded with later batches
  name     TEXT NOT NULL,             -- "attention"
  context  TEXT NOT NULL,             -- "prompt-0"
  step     INTEGER NOT NULL,
  layers   INTEGER NOT NULL,
  heads    INTEGER NOT NULL,
  queries  INTEGER NOT NULL,
  keys     INTEGER NOT NULL,
  tokens   TEXT NOT NULL,             -- JSON: the texts of the keys
  dtype    TEXT NOT NULL CHECK (dtype IN ('f32')),
  complete INTEGER NOT NULL,          -- 0 while heads are being written: not shown
  FOREIGN KEY (run, attempt) REFERENCES attempts(run, number) ON DELETE CASCADE
) STRICT;
CREATE INDEX captures_by_run ON captures (run, step);

CREATE TABLE capture_heads (
  capture   INTEGER NOT NULL REFERENCES captures(id) ON DELETE CASCADE,
  layer     INTEGER NOT NULL,
  head      INTEGER NOT NULL,
  data      BLOB NOT NULL,            -- queries × keys little-endian float32, then their CRC32C
  thumbnail BLOB NOT NULL,            -- max-pooled to at most 32 × 32, one byte per cell, 255 = 1
  PRIMARY KEY (capture, layer, head)
) STRICT;

CREATE TABLE events (
  id         INTEGER PRIMARY KEY AUTOINCREMENT,
  kind       TEXT NOT NULL CHECK (kind IN ('points', 'run', 'plan', 'capture')),
  experiment TEXT NOT NULL,
  run        TEXT NOT NULL,
  metrics    TEXT NOT NULL            -- JSON array of names
) STRICT;

CREATE TABLE desired (
  experiment TEXT NOT NULL,           -- '' for a run
  run        TEXT NOT NULL,           -- '' for an experiment
  state      TEXT NOT NULL CHECK (state IN ('run', 'stop')),
  PRIMARY KEY (experiment, run)
) STRICT, WITHOUT ROWID;
