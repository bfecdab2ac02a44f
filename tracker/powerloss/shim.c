#include "shim.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "sqlite.h"

struct shim_disk {
  sqlite3_vfs vfs;
  sqlite3_vfs *real;
  pthread_mutex_t lock; // holds the log in the order in which files changed
  shim_op *ops;
  int count, room;
  char **paths; // by file
  char *alive;  // by file: it is not deleted
  int files;
};

// shim_file stands before the real file in memory.
typedef struct {
  sqlite3_file base;
  shim_disk *disk;
  sqlite3_file *real;
  int file;   // -1: not logged
  int folder; // the next sync covers the folder, too
} shim_file;

static void *grown(void *p, size_t size) {
  p = realloc(p, size);
  if (!p) abort();
  return p;
}

static void add(shim_disk *d, shim_op op) {
  if (d->count == d->room) {
    d->room = 2 * d->room + 1024;
    d->ops = grown(d->ops, d->room * sizeof(shim_op));
  }
  d->ops[d->count++] = op;
}

static int find(shim_disk *d, const char *path) {
  for (int i = 0; i < d->files; i++)
    if (d->alive[i] && !strcmp(d->paths[i], path)) return i;
  return -1;
}

static int find_or_create(shim_disk *d, const char *path) {
  int i = find(d, path);
  if (i >= 0) return i;
  i = d->files++;
  d->paths = grown(d->paths, d->files * sizeof(char *));
  d->alive = grown(d->alive, d->files);
  d->paths[i] = strdup(path);
  d->alive[i] = 1;
  add(d, (shim_op){.kind = OP_CREATE, .file = i});
  return i;
}

#define SELF(f) ((shim_file *)(f))
#define REAL(f) (SELF(f)->real)
#define CALL(f, method, ...) REAL(f)->pMethods->method(REAL(f), ##__VA_ARGS__)

static int shim_close(sqlite3_file *f) { return CALL(f, xClose); }
static int shim_read(sqlite3_file *f, void *p, int n, sqlite3_int64 at) { return CALL(f, xRead, p, n, at); }
static int shim_file_size(sqlite3_file *f, sqlite3_int64 *n) { return CALL(f, xFileSize, n); }
static int shim_lock(sqlite3_file *f, int level) { return CALL(f, xLock, level); }
static int shim_unlock(sqlite3_file *f, int level) { return CALL(f, xUnlock, level); }
static int shim_reserved(sqlite3_file *f, int *out) { return CALL(f, xCheckReservedLock, out); }
static int shim_control(sqlite3_file *f, int op, void *p) { return CALL(f, xFileControl, op, p); }
static int shim_sector(sqlite3_file *f) { return CALL(f, xSectorSize); }
static int shim_device(sqlite3_file *f) { return CALL(f, xDeviceCharacteristics); }
static int shim_shm_map(sqlite3_file *f, int i, int n, int extend, void volatile **p) { return CALL(f, xShmMap, i, n, extend, p); }
static int shim_shm_lock(sqlite3_file *f, int at, int n, int flags) { return CALL(f, xShmLock, at, n, flags); }
static void shim_shm_barrier(sqlite3_file *f) { CALL(f, xShmBarrier); }
static int shim_shm_unmap(sqlite3_file *f, int remove) { return CALL(f, xShmUnmap, remove); }

// Pages mapped into memory would be written past the log.
static int shim_fetch(sqlite3_file *f, sqlite3_int64 at, int n, void **p) {
  *p = 0;
  return SQLITE_OK;
}
static int shim_unfetch(sqlite3_file *f, sqlite3_int64 at, void *p) { return SQLITE_OK; }

static int shim_write(sqlite3_file *f, const void *p, int n, sqlite3_int64 at) {
  shim_file *s = SELF(f);
  if (s->file < 0) return CALL(f, xWrite, p, n, at);
  pthread_mutex_lock(&s->disk->lock);
  int rc = CALL(f, xWrite, p, n, at);
  if (rc == SQLITE_OK) {
    unsigned char *data = grown(0, n);
    memcpy(data, p, n);
    add(s->disk, (shim_op){.kind = OP_WRITE, .file = s->file, .offset = at, .size = n, .data = data});
  }
  pthread_mutex_unlock(&s->disk->lock);
  return rc;
}

static int shim_truncate(sqlite3_file *f, sqlite3_int64 size) {
  shim_file *s = SELF(f);
  if (s->file < 0) return CALL(f, xTruncate, size);
  pthread_mutex_lock(&s->disk->lock);
  int rc = CALL(f, xTruncate, size);
  if (rc == SQLITE_OK) add(s->disk, (shim_op){.kind = OP_TRUNCATE, .file = s->file, .size = size});
  pthread_mutex_unlock(&s->disk->lock);
  return rc;
}

// What others write while a sync is under way, the sync need not cover.
static int shim_sync(sqlite3_file *f, int flags) {
  shim_file *s = SELF(f);
  if (s->file < 0) return CALL(f, xSync, flags);
  int before = shim_count(s->disk);
  int rc = CALL(f, xSync, flags);
  if (rc != SQLITE_OK) return rc;
  pthread_mutex_lock(&s->disk->lock);
  add(s->disk, (shim_op){.kind = OP_SYNC, .file = s->file, .folder = s->folder, .size = before});
  s->folder = 0;
  pthread_mutex_unlock(&s->disk->lock);
  return rc;
}

static const sqlite3_io_methods methods = {
    3, shim_close, shim_read, shim_write, shim_truncate, shim_sync, shim_file_size, shim_lock, shim_unlock, shim_reserved,
    shim_control, shim_sector, shim_device, shim_shm_map, shim_shm_lock, shim_shm_barrier, shim_shm_unmap, shim_fetch, shim_unfetch,
};

// SQLite's unix file system syncs the folder at the first sync of a journal that was opened to be created.
static int shim_open(sqlite3_vfs *v, const char *name, sqlite3_file *f, int flags, int *out) {
  shim_disk *d = v->pAppData;
  shim_file *s = SELF(f);
  memset(s, 0, sizeof *s);
  s->real = (sqlite3_file *)(s + 1);
  s->disk = d;
  s->file = -1;
  pthread_mutex_lock(&d->lock);
  int rc = d->real->xOpen(d->real, name, s->real, flags, out);
  int journal = flags & (SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_WAL);
  if (rc == SQLITE_OK) {
    s->base.pMethods = &methods;
    if (name && (journal || flags & SQLITE_OPEN_MAIN_DB)) s->file = find_or_create(d, name);
    s->folder = journal && flags & SQLITE_OPEN_CREATE;
  }
  pthread_mutex_unlock(&d->lock);
  return rc;
}

static int shim_delete(sqlite3_vfs *v, const char *name, int folder) {
  shim_disk *d = v->pAppData;
  pthread_mutex_lock(&d->lock);
  int rc = d->real->xDelete(d->real, name, folder);
  int i = find(d, name);
  if (rc == SQLITE_OK && i >= 0) {
    d->alive[i] = 0;
    add(d, (shim_op){.kind = OP_DELETE, .file = i, .folder = folder});
  }
  pthread_mutex_unlock(&d->lock);
  return rc;
}

shim_disk *shim_new(const char *name) {
  sqlite3_vfs *real = sqlite3_vfs_find(0);
  if (!real || sqlite3_vfs_find(name)) return 0;
  shim_disk *d = grown(0, sizeof *d);
  memset(d, 0, sizeof *d);
  pthread_mutex_init(&d->lock, 0);
  d->real = real;
  d->vfs = *real; // whose other methods do not ask which file system they belong to
  d->vfs.pNext = 0;
  d->vfs.szOsFile = sizeof(shim_file) + real->szOsFile;
  d->vfs.zName = strdup(name);
  d->vfs.pAppData = d;
  d->vfs.xOpen = shim_open;
  d->vfs.xDelete = shim_delete;
  if (sqlite3_vfs_register(&d->vfs, 0) == SQLITE_OK) return d;
  shim_free(d);
  return 0;
}

void shim_free(shim_disk *d) {
  sqlite3_vfs_unregister(&d->vfs);
  for (int i = 0; i < d->count; i++) free(d->ops[i].data);
  for (int i = 0; i < d->files; i++) free(d->paths[i]);
  free(d->ops);
  free(d->paths);
  free(d->alive);
  free((char *)d->vfs.zName);
  pthread_mutex_destroy(&d->lock);
  free(d);
}

int shim_count(shim_disk *d) {
  pthread_mutex_lock(&d->lock);
  int n = d->count;
  pthread_mutex_unlock(&d->lock);
  return n;
}

shim_op shim_get(shim_disk *d, int i) {
  pthread_mutex_lock(&d->lock);
  shim_op op = d->ops[i];
  pthread_mutex_unlock(&d->lock);
  return op;
}

const char *shim_path(shim_disk *d, int file) {
  pthread_mutex_lock(&d->lock);
  const char *path = d->paths[file];
  pthread_mutex_unlock(&d->lock);
  return path;
}

int shim_files(shim_disk *d) {
  pthread_mutex_lock(&d->lock);
  int n = d->files;
  pthread_mutex_unlock(&d->lock);
  return n;
}
