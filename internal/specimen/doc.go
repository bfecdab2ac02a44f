// Package specimen fills a store with made-up research, for tests and pictures of pages: experiments that have ended, one
// that goes on, curves with spikes and values that are no numbers, attention maps of heads with a role, logs with colours,
// samples of text, files, notes and tags. Everything is drawn from fixed seeds: two stores hold the same but for ids.
//
// Open opens a store whose clock stood three days ago when the first experiment began; from then on it is told the time of
// every record, and it shows the true time once everything is written.
package specimen
