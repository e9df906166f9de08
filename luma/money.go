package luma

import (
	"fmt"
	"strconv"
	"strings"
)

// Money is an amount in millionths of a US dollar.
type Money int64

// What amounts are counted in.
const (
	Cent   Money = 10_000
	Dollar       = 100 * Cent
)

// String implements fmt.Stringer: in US dollars and cents, as "$0.30", with as many
// more decimal places as it takes.
func (m Money) String() string {
	sign := ""
	if m < 0 {
		sign = "-"
	}
	n := uint64(m)
	if m < 0 {
		n = -n
	}
	whole, part := n/uint64(Dollar), fmt.Sprintf("%06d", n%uint64(Dollar))
	return sign + "$" + strconv.FormatUint(whole, 10) + "." + part[:2] + strings.TrimRight(part[2:], "0")
}

// decimals is how many decimal places of a dollar a Money has.
const decimals = 6

// dollars reads an amount of US dollars as it is written in digits, without a sign
// or an exponent, with up to 6 decimal places; most is the most that it can be.
func dollars(text string, most Money) (Money, error) {
	whole, part, point := strings.Cut(text, ".")
	digits := func(s string) bool { return s != "" && strings.Trim(s, "0123456789") == "" }
	if !digits(whole) || point && !digits(part) {
		return 0, fmt.Errorf("%q is not a number of US dollars, as 0.30", text)
	}
	if len(part) > decimals {
		return 0, fmt.Errorf("%q has more than %d decimal places", text, decimals)
	}
	n, err := strconv.ParseInt(whole+part+strings.Repeat("0", decimals-len(part)), 10, 64)
	if err != nil || Money(n) > most {
		return 0, fmt.Errorf("%q is more than %v", text, most)
	}
	return Money(n), nil
}
