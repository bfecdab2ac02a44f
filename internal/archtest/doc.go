// Package archtest holds the house's rules as a test: which package may import which, what has a sole owner, and that every
// package has a comment. It reads the tree with go list and exports nothing.
package archtest
