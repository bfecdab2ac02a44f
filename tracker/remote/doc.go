// Package remote records to an Inkstone server over HTTP, and loses nothing of what it acknowledged: the same sink as the
// store's, with a journal in between.
//
// Append writes a frame to the journal, a folder on a disk of the trainer's machine, and returns when the frame is on it;
// no step waits for the network. A sender delivers the frames in order, many to a request, and again until the server has
// acknowledged them; delivered segments of the journal are deleted. What a dead process left behind, Drain sends. The server
// ignores repeated batches and refuses gaps, so that nothing is there twice or out of order.
//
// A frame whose bytes are damaged is named, its batch is delivered empty, and its segment is kept aside.
//
// The server's side imports this package for the frames and for the bodies of requests and answers.
package remote
