package reply

import (
	"strconv"
	"strings"

	"dreambot/internal/i18n"
	"dreambot/store"
)

// Units of amounts, which are in millionths of a US dollar.
const (
	dollar = 1_000_000
	cent   = dollar / 100
)

// dollars writes an amount: to the cent, but one of less than ten cents with all
// that it has.
func dollars(amount int64) string {
	sign := ""
	if amount < 0 {
		sign, amount = "-", -amount
	}
	if amount >= 10*cent {
		amount = (amount + cent/2) / cent * cent
	}
	fraction := strconv.FormatInt(dollar+amount%dollar, 10)[1:] // six digits
	return sign + "$" + itoa(amount/dollar) + "." + fraction[:2] + strings.TrimRight(fraction[2:], "0")
}

// costs says what a job costs while that can still be thought over, or is under
// way; empty where the card says no price.
func costs(p i18n.Printer, j store.Job) string {
	if !j.Priced || j.Price <= 0 || j.State.Final() {
		return ""
	}
	return p.Say("card.costs", i18n.Args{"Price": dollars(j.Price)})
}

// paid says what a job has cost, or may have.
func paid(p i18n.Printer, j store.Job) []string {
	if !j.Priced || j.Price <= 0 {
		return nil
	}
	args := i18n.Args{"Price": dollars(j.Price)}
	switch {
	case j.State == store.StateCompleted:
		return []string{p.Say("card.cost", args)}
	case j.State == store.StateFailed && j.Failure.MayCost():
		return []string{p.Say("card.cost.perhaps", args)}
	}
	return nil
}
