package cli

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"inkstone/internal/nearest"
)

// wanted says in words what a flag's type takes.
var wanted = map[string]string{
	"int": "a whole number", "int64": "a whole number", "float64": "a number", "bool": "true or false", "duration": "a duration such as 90s or 2h30m",
}

// flagMistake words a mistake in a command's flags.
func flagMistake(c *cobra.Command, err error) error {
	var invalid *pflag.InvalidValueError
	var unknown *pflag.NotExistError
	switch {
	case errors.As(err, &invalid) && wanted[invalid.GetFlag().Value.Type()] != "":
		f := invalid.GetFlag()
		err = fmt.Errorf("--%s %q: %s is wanted", f.Name, invalid.GetValue(), wanted[f.Value.Type()])
	case errors.As(err, &unknown):
		if meant := nearest.To(unknown.GetSpecifiedName(), flagNames(c)); meant != "" {
			return usagef("%w; did you mean --%s? `%s --help` shows the flags", err, meant, c.CommandPath())
		}
	}
	return usagef("%w; `%s --help` shows the flags", err, c.CommandPath())
}

func flagNames(c *cobra.Command) (names []string) {
	c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	return names
}

// unknownCommand words a command that is not there.
func unknownCommand(c *cobra.Command, name string) error {
	var all []string
	for _, sub := range c.Commands() {
		if !sub.Hidden {
			all = append(all, sub.Name())
		}
	}
	meant := ";"
	if near := nearest.To(name, all); near != "" {
		meant = fmt.Sprintf("; did you mean `%s %s`?", c.CommandPath(), near)
	}
	return usagef("%s has no command %q%s `%s --help` lists them", c.CommandPath(), name, meant, c.CommandPath())
}
