-- Series with exact summaries; folded points in chunks; the journal is also the order of everything that happened. Runs get a
-- number, for params and results, which make them quick to filter and sort. And everything else that belongs to a run: tags,
-- notes, parents, text samples, artifacts; captures of other kinds and types.

CREATE TABLE runs_2 (
  number           INTEGER PRIMARY KEY, -- never shown; params and results use it
  id               TEXT NOT NULL UNIQUE, -- sorts by time of creation
  experiment       TEXT NOT NULL,     -- in which it was created
  variant          TEXT NOT NULL,
  seed             INTEGER NOT NULL,
  digest           TEXT NOT NULL,
  record_digest    TEXT NOT NULL,
  data_digest      TEXT NOT NULL,     -- of the prepared corpus
  tokenizer_digest TEXT NOT NULL,
  status           TEXT NOT NULL CHECK (status IN ('planned', 'running', 'finished', 'failed', 'stopped')),
  error            TEXT NOT NULL,
  parent           TEXT NOT NULL,     -- the run that it goes on from: fine-tuned, forked; '' for none
  parameters       INTEGER NOT NULL,
  created          INTEGER NOT NULL,
  started          INTEGER NOT NULL,  -- of the first attempt
  finished         INTEGER NOT NULL,  -- of the last attempt's end
  deleted          INTEGER NOT NULL,  -- when; 0: it is not. Deleted runs are hidden until they are collected
  collecting       INTEGER NOT NULL,  -- 1: parts of it are gone already, so that it cannot come back
  spec             TEXT NOT NULL      -- JSON: the resolved spec
) STRICT;
INSERT INTO runs_2 (id, experiment, variant, seed, digest, record_digest, data_digest, tokenizer_digest, status, error, parent, parameters, created, started, finished, deleted, collecting, spec)
  SELECT id, experiment, variant, seed, digest, record_digest, data_digest, tokenizer_digest, status, error, '', parameters, created, started, finished, 0, 0, spec FROM runs ORDER BY id;
DROP TABLE runs;
ALTER TABLE runs_2 RENAME TO runs;
CREATE INDEX runs_by_digest ON runs (digest, id);
CREATE INDEX runs_by_experiment ON runs (experiment, id);
CREATE INDEX runs_by_variant ON runs (variant, number);
CREATE INDEX runs_by_status ON runs (status, number);
CREATE INDEX runs_by_parent ON runs (parent) WHERE parent <> '';
CREATE INDEX runs_by_deletion ON runs (deleted) WHERE deleted <> 0;
-- What filters and orders look at, without the specs.
CREATE INDEX runs_narrow ON runs (number, id, experiment, variant, seed, status, parent, parameters, created, started, finished, deleted);

-- The fields of specs. Numbers in order; of everything else each value once, and the runs that have it.
CREATE TABLE params (
  id   INTEGER PRIMARY KEY,
  name TEXT NOT NULL UNIQUE           -- dotted path: "train.learning_rate"
) STRICT;
CREATE TABLE param_numbers (
  param  INTEGER NOT NULL REFERENCES params(id),
  number REAL NOT NULL,
  run    INTEGER NOT NULL,            -- a reference without a constraint: what is collected is taken out by its spec
  PRIMARY KEY (param, number, run)
) STRICT, WITHOUT ROWID;
CREATE TABLE terms (
  id    INTEGER PRIMARY KEY,
  param INTEGER NOT NULL REFERENCES params(id),
  kind  TEXT NOT NULL CHECK (kind IN ('string', 'bool', 'null', 'list')),
  text  TEXT NOT NULL,                -- a string as it is, anything else as JSON
  UNIQUE (param, kind, text)
) STRICT;
CREATE TABLE postings (
  term INTEGER NOT NULL REFERENCES terms(id),
  run  INTEGER NOT NULL,              -- without a constraint, too
  PRIMARY KEY (term, run)
) STRICT, WITHOUT ROWID;

-- The summaries of series of runs that have ended, narrow; those of the others stand in series alone.
CREATE TABLE metrics (
  id      INTEGER PRIMARY KEY,
  name    TEXT NOT NULL,
  context TEXT NOT NULL,
  UNIQUE (name, context)
) STRICT;
CREATE TABLE results (
  metric    INTEGER NOT NULL REFERENCES metrics(id),
  run       INTEGER NOT NULL,         -- without a constraint, too
  last      REAL,                     -- NULL where last_kind is 'NaN'
  last_kind TEXT NOT NULL,
  min       REAL,                     -- NULL if there is no number
  max       REAL,
  mean      REAL,
  count     INTEGER NOT NULL,
  nan       INTEGER NOT NULL,
  PRIMARY KEY (metric, run)
) STRICT, WITHOUT ROWID;
CREATE INDEX results_by_last ON results (metric, last, run);
CREATE INDEX results_by_min ON results (metric, min, run);
CREATE INDEX results_by_max ON results (metric, max, run);

CREATE TABLE tags (
  run   INTEGER NOT NULL REFERENCES runs(number) ON DELETE CASCADE,
  name  TEXT NOT NULL,
  value TEXT NOT NULL,                -- '' for a tag that is simply there
  PRIMARY KEY (run, name)
) STRICT, WITHOUT ROWID;
CREATE INDEX tags_by_name ON tags (name, value, run);

CREATE TABLE notes (
  id         INTEGER PRIMARY KEY,     -- the newest of a run or an experiment is the current one, the others its history
  experiment TEXT NOT NULL,           -- '' for the note of a run
  run        TEXT NOT NULL,           -- '' for the note of an experiment
  text       TEXT NOT NULL,           -- Markdown
  written    INTEGER NOT NULL
) STRICT;
CREATE INDEX notes_by_subject ON notes (run, experiment, id);

CREATE TABLE texts (
  id       INTEGER PRIMARY KEY,
  run      TEXT NOT NULL,
  attempt  INTEGER NOT NULL,
  sequence INTEGER NOT NULL,          -- the last batch before it; superseded with later batches
  name     TEXT NOT NULL,             -- which of the prompts: "prompt-0"
  step     INTEGER NOT NULL,
  time     INTEGER NOT NULL,
  prompt   TEXT NOT NULL,
  output   TEXT NOT NULL,
  settings TEXT NOT NULL,             -- JSON object: temperature, seed …
  FOREIGN KEY (run, attempt) REFERENCES attempts(run, number) ON DELETE CASCADE
) STRICT;
CREATE INDEX texts_by_run ON texts (run, step, name);

CREATE TABLE artifacts (
  id      INTEGER PRIMARY KEY,
  run     TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE,
  name    TEXT NOT NULL,              -- a path below the run: "environment/git.diff"
  version INTEGER NOT NULL,           -- from 1 for each name
  digest  TEXT NOT NULL,              -- SHA-256, in hex: the name of the blob
  size    INTEGER NOT NULL,           -- bytes
  media   TEXT NOT NULL,              -- media type: "image/png"
  created INTEGER NOT NULL,
  UNIQUE (run, name, version)
) STRICT;
CREATE INDEX artifacts_by_digest ON artifacts (digest);

CREATE TABLE artifact_uses (
  run      TEXT NOT NULL REFERENCES runs(id) ON DELETE CASCADE, -- that read it
  artifact INTEGER NOT NULL REFERENCES artifacts(id) ON DELETE CASCADE,
  PRIMARY KEY (run, artifact)
) STRICT, WITHOUT ROWID;
CREATE INDEX artifact_uses_by_artifact ON artifact_uses (artifact);

CREATE TABLE captures_2 (
  id       INTEGER PRIMARY KEY,
  run      TEXT NOT NULL,
  attempt  INTEGER NOT NULL,
  sequence INTEGER NOT NULL,          -- the last batch before it; superseded with later batches
  kind     TEXT NOT NULL CHECK (kind IN ('attention', 'histogram', 'losses')),
  name     TEXT NOT NULL,             -- "attention", "gradients"
  context  TEXT NOT NULL,             -- "prompt-0"
  step     INTEGER NOT NULL,
  layers   INTEGER NOT NULL,
  heads    INTEGER NOT NULL,
  queries  INTEGER NOT NULL,
  keys     INTEGER NOT NULL,
  tokens   TEXT NOT NULL,             -- JSON: the texts of the keys; [] where keys are bins
  edges    BLOB,                      -- of histograms: keys+1 little-endian float64, then their CRC32C
  dtype    TEXT NOT NULL CHECK (dtype IN ('f32', 'f16', 'u8')),
  error    REAL NOT NULL,             -- the largest distance of a stored value from the one given
  complete   INTEGER NOT NULL,        -- 0 while heads are being written: not shown
  thumbnails BLOB,                    -- of attention, see thumbnail.go: those of all heads, then their CRC32C
  FOREIGN KEY (run, attempt) REFERENCES attempts(run, number) ON DELETE CASCADE
) STRICT;
INSERT INTO captures_2 (id, run, attempt, sequence, kind, name, context, step, layers, heads, queries, keys, tokens, edges, dtype, error, complete)
  SELECT id, run, attempt, sequence, 'attention', name, context, step, layers, heads, queries, keys, tokens, NULL, dtype, 0, complete FROM captures;
DROP TABLE captures;
ALTER TABLE captures_2 RENAME TO captures;
CREATE INDEX captures_by_run ON captures (run, step);
ALTER TABLE capture_heads DROP COLUMN thumbnail;

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
  kind       TEXT NOT NULL CHECK (kind IN ('points', 'run', 'plan', 'capture', 'text', 'artifact', 'note', 'tags')),
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
