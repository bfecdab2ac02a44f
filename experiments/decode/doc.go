// Package decode reads strict YAML and keeps places, so that every mistake can be shown where it was made.
//
// Parse turns bytes into a tree of nodes: size, depth and aliases are bounded, merge keys, tags and further documents are
// refused, duplicate keys are collected. Setting parses one "path=value" of the command line, and Node.With puts it into a
// copy of the tree. Into reads a tree into a struct by its json names and collects what does not fit. Errors holds all
// mistakes, sorted by place; it prints each with the offending line and a caret.
package decode
