// Package money is amounts of US dollars, exact: how they are read, and how they are
// written.
package money

import (
	"fmt"
	"strconv"
	"strings"
)

// Amount is in millionths of a US dollar.
type Amount int64

// What amounts are counted in.
const (
	Cent   Amount = 10_000
	Dollar        = 100 * Cent
)

// decimals is how many decimal places of a dollar an Amount has.
const decimals = 6

// Parse reads an amount as it is written in digits, without a sign or an exponent,
// with up to 6 decimal places: "0.50" and "12" are amounts. most is the most that it
// can be.
func Parse(text string, most Amount) (Amount, error) {
	whole, part, point := strings.Cut(text, ".")
	digits := func(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
	if !digits(whole) || point && !digits(part) {
		return 0, fmt.Errorf("%q is not a number of US dollars, as 0.30", text)
	}
	if len(part) > decimals {
		return 0, fmt.Errorf("%q has more than %d decimal places", text, decimals)
	}
	n, err := strconv.ParseInt(whole+part+strings.Repeat("0", decimals-len(part)), 10, 64)
	if err != nil || Amount(n) > most {
		return 0, fmt.Errorf("%q is more than %v", text, most)
	}
	return Amount(n), nil
}

// String implements fmt.Stringer: in US dollars and cents, as "$0.30", with as many
// more decimal places as it takes.
func (a Amount) String() string {
	sign, n := "", uint64(a)
	if a < 0 {
		sign, n = "-", -n
	}
	whole, part := n/uint64(Dollar), fmt.Sprintf("%06d", n%uint64(Dollar))
	return sign + "$" + strconv.FormatUint(whole, 10) + "." + part[:2] + strings.TrimRight(part[2:], "0")
}

// Short is String to the cent, but all of an amount of less than ten cents.
func (a Amount) Short() string {
	switch {
	case a < 0 && a > -10*Cent, a >= 0 && a < 10*Cent:
		return a.String()
	case a < 0:
		return ((a - Cent/2) / Cent * Cent).String()
	}
	return ((a + Cent/2) / Cent * Cent).String()
}
