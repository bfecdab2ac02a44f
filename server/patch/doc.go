// Package patch reads unified diffs, as git writes them: files, their hunks, and their lines with the numbers of both sides. It
// takes whatever it is given: what is no diff is left out, and a count of lines bounds what is kept.
package patch
