package notebooks

import (
	"math"
	"strconv"
	"strings"

	"inkstone/internal/thousands"
)

// The uncertainty decides the digits: a number is printed so that its standard deviation (of a mean: over seeds; of a
// difference: its standard error) keeps two significant ones.

// digits is the number of decimals that leave two significant digits of the uncertainty, or where there is none four of the
// value; at most 9, and 0 from 100 on.
func digits(uncertainty, value float64) int {
	switch {
	case uncertainty > 0 && isFinite(uncertainty):
		return decimals(uncertainty, 2)
	case value != 0 && isFinite(value):
		return decimals(value, 4)
	}
	return 3
}

// decimals that show x with n significant digits, after rounding.
func decimals(x float64, n int) int {
	exponent := strings.SplitN(strconv.FormatFloat(math.Abs(x), 'e', n-1, 64), "e", 2)[1]
	e, err := strconv.Atoi(exponent)
	if err != nil {
		return n
	}
	return min(max(n-1-e, 0), 9)
}

func (r *Row) meanDigits() int { return digits(value(r.SD), value(r.Mean)) }

// diffDigits follows the standard error of the difference; without pairs the width of its interval stands in, without any
// interval the digits of the mean.
func (r *Row) diffDigits() int {
	if r.DiffSD != nil && *r.DiffSD > 1e-9*math.Abs(value(r.Mean)) {
		return digits(*r.DiffSD/math.Sqrt(float64(r.Pairs)), value(r.Diff))
	}
	if r.DiffCILow != nil && *r.DiffCIHigh > *r.DiffCILow {
		return digits((*r.DiffCIHigh-*r.DiffCILow)/4, value(r.Diff))
	}
	return r.meanDigits()
}

func value(p *float64) float64 {
	if p == nil {
		return math.NaN()
	}
	return *p
}

// fixed prints x with d decimals and groups of three; very large and very small numbers in scientific form. Undefined is a
// dash.
func fixed(x float64, d int) string {
	switch {
	case !isFinite(x):
		return "–"
	case math.Abs(x) >= 1e9 || x != 0 && d >= 9 && math.Abs(x) < 1e-4:
		return strconv.FormatFloat(x, 'e', 2, 64)
	}
	s := strconv.FormatFloat(x, 'f', d, 64)
	if strings.Trim(s, "-0.") == "" {
		s = strings.TrimPrefix(s, "-") // No minus zero.
	}
	return thousands.Decimal(s)
}

// signed is fixed with its sign always shown.
func signed(x float64, d int) string {
	s := fixed(x, d)
	if x > 0 && strings.Trim(s, "0.") != "" {
		return "+" + s
	}
	return s
}

// significant prints x with three significant digits.
func significant(x float64) string { return fixed(x, decimals(x, 3)) }

// percent prints a share: one decimal below 10 %, none above.
func percent(share float64) string {
	x := 100 * share
	if !isFinite(x) {
		return "–"
	}
	d := 0
	if math.Abs(x) < 9.95 {
		d = 1
	}
	return signed(x, d) + " %"
}

// probability prints a p-value without its leading zero, down to .0001.
func probability(p float64) string {
	switch {
	case !isFinite(p):
		return "–"
	case p < 0.0001:
		return "<.0001"
	case p >= 0.99995:
		return "1"
	}
	return strings.TrimPrefix(strconv.FormatFloat(p, 'f', 4, 64), "0")
}
