package thousands

import (
	"math"
	"testing"
)

func TestCommasStandBetweenThousands(t *testing.T) {
	for n, want := range map[int64]string{0: "0", 999: "999", -999: "-999", 1000: "1,000", -123456: "-123,456", 1234567: "1,234,567", math.MinInt64: "-9,223,372,036,854,775,808"} {
		if got := Int(n); got != want {
			t.Errorf("Int(%d) = %q, want %q", n, got, want)
		}
	}
	for text, want := range map[string]string{"0.12345": "0.12345", "-1234.5678": "-1,234.5678", "+123456": "+123,456", "−1234": "−1,234", "": "", "–": "–"} {
		if got := Decimal(text); got != want {
			t.Errorf("Decimal(%q) = %q, want %q", text, got, want)
		}
	}
}
