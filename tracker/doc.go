// Package tracker is the memory: one SQLite database and a folder beside it, behind a small API. Nobody else knows SQL.
//
// A Recorder buffers what a run logs and hands it in batches to a Sink. The store's sink appends each batch as one row of
// the journal, many writers' batches in one transaction; when Append has returned, the batch is on disk (synchronous=FULL).
// Sequences number the batches of an attempt from 1: a repeated one is ignored, a gap refused. A resume supersedes what came
// after its checkpoint; superseded records are kept, hidden, and read on demand.
//
// The owner of the store folds the journal into chunks, a series at a time, each with a pyramid of extremes and sums; readers
// see chunks and journal as one, so a series looks the same however far it was folded. Every series has a summary that is kept
// with each append. An Envelope reads a series at a width without losing an extremum.
//
// Runs are found by a filter (package filter), which is evaluated as sets of run numbers, one look into an index for each
// comparison; what a run was given (params) and what came of it (results) is indexed for that. Captures are typed tensors, one
// row for each head. Artifacts are files named by their SHA-256. Every commit that a reader could see is in the journal, which
// Tail and Follow read in order. Check reads everything and names what is damaged; Copy makes a backup while others write;
// Collect removes deleted runs.
//
// A run goes from store to store as a RunRecord, which is small, and a Content, which is sent to a Receiver; Transfer checks that
// the two fit and returns their digest. Package archive makes files of them.
package tracker
