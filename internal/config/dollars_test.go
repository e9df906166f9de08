package config_test

import (
	"strings"
	"testing"

	"dreambot/internal/config"
)

func TestDollarsAreExact(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]struct {
		millionths config.Dollars
		text       string
	}{
		"0":              {0, "0"},
		"0.000000":       {0, "0"},
		"0.000001":       {1, "0.000001"},
		"0.1":            {100_000, "0.1"},
		"0.50":           {500_000, "0.5"},
		"0.29":           {290_000, "0.29"}, // which no binary fraction is
		"1.100000":       {1_100_000, "1.1"},
		"007":            {7_000_000, "7"},
		"10":             {10_000_000, "10"},
		"999999.999999":  {999_999_999_999, "999999.999999"},
		"1000000":        {1_000_000_000_000, "1000000"},
		"1000000.000000": {1_000_000_000_000, "1000000"},
	} {
		var got config.Dollars
		if err := got.UnmarshalText([]byte(text)); err != nil || got != want.millionths || got.String() != want.text {
			t.Errorf("%q is %d, written %q, %v; want %d, written %q", text, int64(got), got, err, int64(want.millionths), want.text)
		}
	}
	for _, text := range []string{
		"", " ", ".", ".5", "5.", "-0", "-1", "+1", "1e3", "0x1", "1_000", "1,000", "0,50", "$1", "1 USD", "1.0000000", "0.0000001",
		"1000000.000001", "1000001", "9999999", "10000000", "1.2.3", "NaN", "Inf", "١", "1\n", "\n1", strings.Repeat("9", 40), "0." + strings.Repeat("1", 40),
	} {
		got := config.Dollars(42)
		if err := got.UnmarshalText([]byte(text)); err == nil || got != 42 {
			t.Errorf("%q is taken as %d, %v", text, int64(got), err)
		}
	}
}
