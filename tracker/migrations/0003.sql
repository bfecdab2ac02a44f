-- Tokens: who may come in from other machines.

CREATE TABLE tokens (
  name    TEXT PRIMARY KEY,           -- what people call it: "wall screen"
  digest  TEXT NOT NULL UNIQUE,       -- SHA-256 of the token, in hex; the token itself is kept nowhere
  role    TEXT NOT NULL CHECK (role IN ('read', 'write')),
  created INTEGER NOT NULL,
  expires INTEGER NOT NULL,           -- 0: never
  used    INTEGER NOT NULL            -- when it was last used, to an hour; 0: never
) STRICT, WITHOUT ROWID;
