// Package live keeps open pages up to date. A Hub follows the store while anybody listens. What happened becomes a message for
// every scope that is listened to, with the last values, encoded once; for each figure that a page watches come single points as
// they arrive, and, as the budget allows, what the figure has beyond the picture that the page shows.
//
//	store -> Hub.deliver -> listeners: {"version", "events", "reset", "ended"}
//	                     -> watches: {"figure", "points": {run: [[x, y, version], …]}}
//	watch -> painter, within a share of a core -> Figure.Update -> the tails' difference -> the watch's listeners (tell.go)
//
// A listener that does not keep up is dropped: it comes back with the version that it knows, and hears what it missed, once. A
// watch is as cheap for a thousand listeners as for one; without any it costs nothing.
package live
