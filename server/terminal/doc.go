// Package terminal makes texts that were written for a terminal, or by anybody, safe and readable in a page: Spans keeps the
// colours of a log's line as classes and drops all else that a terminal would act on; Visible shows characters that cannot be
// seen, or that change how others are, as escapes.
package terminal
