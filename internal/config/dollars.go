package config

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// Dollars is an amount in millionths of a US dollar.
type Dollars int64

const (
	dollar     Dollars = 1_000_000
	maxDollars         = 1_000_000 * dollar
)

// amount is a number with up to six decimal places, and no more digits before them
// than the greatest one has.
var amount = regexp.MustCompile(`^([0-9]{1,7})(?:\.([0-9]{1,6}))?$`)

var errDollars = errors.New("not an amount in US dollars from 0 to 1000000 with up to six decimal places")

// UnmarshalText implements encoding.TextUnmarshaler: "0.50" and "12" are amounts.
func (d *Dollars) UnmarshalText(text []byte) error {
	parts := amount.FindSubmatch(text)
	if parts == nil {
		return errDollars
	}
	millionths := string(parts[2]) + strings.Repeat("0", 6-len(parts[2]))
	n, err := strconv.ParseInt(string(parts[1])+millionths, 10, 64)
	if err != nil || Dollars(n) > maxDollars {
		return errDollars
	}
	*d = Dollars(n)
	return nil
}

// String returns the amount as UnmarshalText reads it, with no more decimal places
// than it needs.
func (d Dollars) String() string {
	return strings.TrimSuffix(strings.TrimRight(fmt.Sprintf("%d.%06d", d/dollar, d%dollar), "0"), ".")
}
