// Package cli is the command line, and the only place where the parts meet: one file per subcommand.
//
// A command reads its flags, opens the store, calls one or two packages and prints. Results go to standard output, all
// else to standard error. Exit status 2 is a mistake in usage or spec, 1 any other failure, 130 an interruption.
package cli
