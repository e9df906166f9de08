package money_test

import (
	"strings"
	"testing"

	"dreambot/internal/money"
)

func TestAmountsAreRead(t *testing.T) {
	t.Parallel()
	const most = 1_000_000 * money.Dollar
	for text, want := range map[string]struct {
		millionths money.Amount
		text       string
	}{
		"0":              {0, "$0.00"},
		"0.000000":       {0, "$0.00"},
		"0.000001":       {1, "$0.000001"},
		"0.1":            {100_000, "$0.10"},
		"0.50":           {500_000, "$0.50"},
		"0.29":           {290_000, "$0.29"}, // which no binary fraction is
		"1.100000":       {1_100_000, "$1.10"},
		"007":            {7_000_000, "$7.00"},
		"10":             {10_000_000, "$10.00"},
		"999999.999999":  {999_999_999_999, "$999999.999999"},
		"1000000":        {1_000_000_000_000, "$1000000.00"},
		"1000000.000000": {1_000_000_000_000, "$1000000.00"},
	} {
		if got, err := money.Parse(text, most); err != nil || got != want.millionths || got.String() != want.text {
			t.Errorf("%q is %d, written %q, %v; want %d, written %q", text, int64(got), got, err, int64(want.millionths), want.text)
		}
	}
	for _, text := range []string{
		"", " ", ".", ".5", "5.", "-0", "-1", "+1", "1e3", "0x1", "1_000", "1,000", "0,50", "$1", "1 USD", "1.0000000", "0.0000001",
		"1000000.000001", "1000001", "9999999", "10000000", "1.2.3", "NaN", "Inf", "١", "1\n", "\n1", strings.Repeat("9", 40), "0." + strings.Repeat("1", 40),
	} {
		if got, err := money.Parse(text, most); err == nil || got != 0 {
			t.Errorf("%q is taken as %d, %v", text, int64(got), err)
		}
	}
}

func TestAmountsAreWritten(t *testing.T) {
	t.Parallel()
	for a, want := range map[money.Amount]string{
		0: "$0.00", money.Cent: "$0.01", 30 * money.Cent: "$0.30", 120 * money.Cent: "$1.20", 40_400: "$0.0404", 1: "$0.000001",
		-30 * money.Cent: "-$0.30", 10_000 * money.Dollar: "$10000.00", 1_000_001: "$1.000001", -1 << 63: "-$9223372036854.775808",
	} {
		if got := a.String(); got != want {
			t.Errorf("%d is %q, want %q", int64(a), got, want)
		}
	}
}

func TestAmountsAreWrittenToTheCent(t *testing.T) {
	t.Parallel()
	for a, want := range map[money.Amount]string{
		0: "$0.00", 5_400: "$0.0054", 99_999: "$0.099999", 100_000: "$0.10", 104_999: "$0.10", 105_000: "$0.11", 999_999: "$1.00",
		12_345_678: "$12.35", -5_400: "-$0.0054", -104_999: "-$0.10", -105_000: "-$0.11", -1_500_000: "-$1.50",
	} {
		if got := a.Short(); got != want {
			t.Errorf("%d is %q, want %q", int64(a), got, want)
		}
	}
}
