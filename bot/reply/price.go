package reply

import (
	"dreambot/internal/i18n"
	"dreambot/store"
)

// costs says what a job costs while that can still be thought over, or is under
// way; empty where the card says no price.
func costs(p i18n.Printer, j store.Job) string {
	if !j.Priced || j.Price <= 0 || j.State.Final() {
		return ""
	}
	return p.Say("card.costs", i18n.Args{"Price": j.Price.Short()})
}

// paid says what a job has cost, or may have.
func paid(p i18n.Printer, j store.Job) []string {
	if !j.Priced || j.Price <= 0 {
		return nil
	}
	args := i18n.Args{"Price": j.Price.Short()}
	switch {
	case j.State == store.StateCompleted:
		return []string{p.Say("card.cost", args)}
	case j.State == store.StateFailed && j.Failure.MayCost():
		return []string{p.Say("card.cost.perhaps", args)}
	}
	return nil
}
