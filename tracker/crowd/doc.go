// Package crowd makes a hundred thousand runs for tests and benchmarks: it writes what appends would have written, in one
// transaction, straight into the database of a store that is open. The store's own code is not asked, so that tests of any
// package can use it.
package crowd
