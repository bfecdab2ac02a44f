// A file system for SQLite that passes everything on to the default one, and keeps a log of what changes files.
#ifndef POWERLOSS_SHIM_H
#define POWERLOSS_SHIM_H

enum { OP_CREATE, OP_WRITE, OP_TRUNCATE, OP_SYNC, OP_DELETE };

// An operation on a file. A file that is deleted and made again counts as another.
typedef struct {
  int kind;
  int file;
  int folder;              // of a sync or a deletion: the folder was synced with it
  long long offset;        // of a write
  long long size;          // of a write, or to truncate to; of a sync: how many operations came before it began
  unsigned char *data;     // of a write
} shim_op;

typedef struct shim_disk shim_disk;

// shim_new registers a file system by a name; NULL where it cannot.
shim_disk *shim_new(const char *name);
// shim_free takes it away. Nothing may be open on it.
void shim_free(shim_disk *);
// shim_count is how many operations were logged, shim_get one of them, shim_path the path of a file.
int shim_count(shim_disk *);
shim_op shim_get(shim_disk *, int i);
const char *shim_path(shim_disk *, int file);
int shim_files(shim_disk *);

#endif
