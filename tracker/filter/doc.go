// Package filter is the language in which runs are selected and ordered: a text is parsed, checked against what the store
// holds, and explained. It knows no SQL; the store turns the checked tree into it.
//
//	status = finished and train.learning_rate >= 1e-4 and not tag.broken
//	(variant in (baseline, one-head) or tag.kind = probe) and min(val/loss) < 2.5
//	created > -7d and val/loss@rank-0 is not nan and experiment like 'go-%'
//
// # Grammar
//
// "or" binds weakest, then "and", then "not", then a comparison or a parenthesis. Keywords may be written in either case.
//
//	OPERAND = VALUE    also ==, != (or <>), <, <=, >, >=
//	OPERAND [not] in (VALUE, …)
//	OPERAND [not] like 'PATTERN'
//	OPERAND ~ 'REGEXP'    and !~
//	OPERAND is [not] null
//	OPERAND is [not] nan
//	OPERAND    alone: the tag is there; the param is true
//
// An operand is an attribute of the run (Attributes lists them), a param (param.train.learning_rate), a metric
// (metric.val/loss), whose context follows an @, or a tag (tag.broken). Of a metric it is the last value, or a summary: last,
// min, max, mean, count. The prefix may be left out where only one kind has the name; attributes come first. Names hold
// letters, digits and _ . / - :, and anything between backticks, where a doubled one stands for one.
//
// A value is a number (1e-4, 3k, 2M, 7B, 1T, inf), true or false, a text, a time or a duration. Texts need quotes only where
// they hold other characters than names do. Between quotes, \\ \' \" \n \r \t stand for one character, and any other
// backslash for itself, so that regular expressions are written as they are. Times are dates (2026-11-01, its first moment),
// 2026-11-01T12:00, RFC 3339, now, or relative to now (-7d); UTC unless they have a zone. Durations are numbers with units:
// w, d, h, m, s, ms (1h30m). Both are rounded to microseconds.
//
// # Meaning
//
// Logic has two values. A comparison with a value that is missing is false, whatever its operator: "x != 1" and "x not in (1)"
// are false of a run without x, while "not x = 1" is true of it. Missing are: what the run does not have, a param that is
// null, a time that has not come yet, the parent of a run that has none, and min, max and mean of a metric that was never
// finite. The duration is that from the start of the first attempt to the end of the last, missing until then.
//
// NaN fails every comparison, also != and "not in", and passes "is nan" alone; it is not null. Infinities compare as numbers
// do, and numbers are float64. min, max and mean are of the finite values alone. A value of another type than the one that is
// compared with differs from it, and is neither less nor greater.
//
// Texts are compared bytewise. "like" compares the whole text: % stands for any characters, _ for one, a backslash before
// either (or before a backslash) for itself; A to Z match in either case. "~" finds a match of an RE2 expression anywhere in
// the text. A list is compared as its JSON text.
package filter
