// Package live keeps open pages up to date. A Hub follows the store while anybody listens; every listener gets the same bytes,
// encoded once: what happened, with the last values, and for each figure that it watches what the figure has beyond the
// picture that the page shows.
//
//	store -> Hub.follow -> listeners (news) and watches (what concerns them)
//	watch -> painter, within a budget of time -> Figure.Update -> the tail's difference -> the watch's listeners
//
// A listener that does not keep up is dropped: it comes back with the version that it knows, and hears what it missed. A
// watch is as cheap for a thousand listeners as for one; without any it costs nothing.
package live
