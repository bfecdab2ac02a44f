-- Views of the list of runs that somebody named.
CREATE TABLE views (
  name  TEXT PRIMARY KEY,
  query TEXT NOT NULL,                -- the page's parameters, encoded as in an address: where, sort, columns, pinned, group
  saved INTEGER NOT NULL
) STRICT;
