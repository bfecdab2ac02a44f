// Package tracker is the memory: one SQLite database and a folder beside it, behind a small API. Nobody else knows SQL.
//
// A Recorder buffers what a run logs and hands it in batches to a Sink. The store's sink appends each batch as one row of
// the journal; when Append has returned, the batch is on disk (synchronous=FULL). Sequences number the batches of an
// attempt from 1: a repeated one is ignored, a gap refused. A resume supersedes what came after its checkpoint; superseded
// records are kept and hidden. Readers decode the journal rows of one run. Every commit that a reader could see leaves an
// event, which Tail returns in order.
//
// A run goes from store to store as a RunRecord, which is small, and a Content, which is sent to a Receiver; Transfer checks that
// the two fit and returns their digest. Package archive makes files of them.
package tracker
