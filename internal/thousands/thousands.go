// Package thousands sets numbers so that a person can count their digits.
package thousands

import (
	"strconv"
	"strings"
)

// Int writes a whole number with commas: 12,345,678.
func Int[T ~int | ~int64](n T) string { return Decimal(strconv.FormatInt(int64(n), 10)) }

// Decimal puts commas between the thousands of a plain decimal number; what stands before it, as a sign, and behind its point stays.
func Decimal(number string) string {
	begin := strings.IndexAny(number, "0123456789")
	if begin < 0 {
		return number
	}
	end := strings.IndexByte(number, '.')
	if end < 0 {
		end = len(number)
	}
	for i := end - 3; i > begin; i -= 3 {
		number = number[:i] + "," + number[i:]
	}
	return number
}
