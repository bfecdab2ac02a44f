// Package archive writes runs, or a whole store, to a folder that pandas, polars and DuckDB read, and brings them back without
// loss. It also writes series as CSV.
//
//	manifest.json               the format's version, how much there is, and the SHA-256 and size of every other file
//	runs.json                   an array of runs: spec, status, tags, notes, attempts, declared metrics, summaries of the series,
//	                            rows of artifacts; content_sha256 is the digest of all there is of the run (tracker.Transfer)
//	experiments.json            an array of plans, where the whole store was written
//	points/RUN.parquet          metric, context, step, time (UTC), value, attempt, sequence, superseded: series after series, each
//	                            in the order of recording, what a resume superseded behind the rest; sequence counts the batches
//	                            of an attempt
//	captures/RUN.parquet        a row per head: capture, kind, name, context, step, layer, head, queries, keys, dtype, data, scales,
//	                            thumbnail
//	captures/RUN.jsonl          a line per capture: its shape, the texts of its tokens, the edges of its bins
//	texts/RUN.jsonl             a line per text sample
//	artifacts/ab/cdef…          contents of artifacts by their SHA-256
//	files/RUN/…                 logs and, where asked for, checkpoints
//
// A file that would be empty is not there. Values keep all their bits. A head is read in Python as
//
//	numpy.frombuffer(row["data"], row["dtype"]).reshape(row["queries"], row["keys"])
//
// and, of dtype u1, scales has the least value and the distance of the levels for each row of queries, as pairs of <f4: a value
// is least + distance * level.
//
// Times are UTC and end at microseconds; fields that end in _us count them since 1970. In JSON, NaN, Infinity and -Infinity are
// strings; a text that is no UTF-8 is {"base64": …}, and a JSON text whose spacing matters is a string.
//
// Export writes to a temporary name, brings everything to disk and renames. Open reads everything and holds it against the
// digests before Import changes anything. Import writes a run at a time, each of which appears when it is whole, and never over
// one that is there: the same run is left out, another one of that id is a conflict. Cut off, it is gone on with by the next.
package archive
