// Inkstone is an experiment-tracking research notebook for people who train language models of the GLM family.
package main

import (
	"os"

	"inkstone/internal/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }
