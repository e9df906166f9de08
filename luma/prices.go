package luma

import (
	"slices"

	"dreambot/internal/money"
)

// Prices is what a dialect's videos cost. Its zero value knows none.
type Prices struct {
	AsOf string // day on which they were published, as "2026-06-30"; empty: not known
	Rows []Price
	// Overrides go before Rows, however little they say.
	Overrides []Price
}

// Price is what requests cost for which its other fields hold; an empty one holds
// for all.
type Price struct {
	Kind       Kind
	Model      string
	Resolution string
	Duration   string // as Go writes it: "5s"
	Money      money.Amount
}

// WithPrices has the rows of these prices go before the dialect's own.
func WithPrices(p Prices) Option {
	return func(c *Client) error {
		c.prices = Prices{AsOf: p.AsOf, Rows: slices.Clone(p.Rows)}
		return nil
	}
}

// Price returns what a request costs, and whether that is known. Of several rows
// that hold the one that says most wins, of those the first. What a request for a
// new video leaves to the service is taken from Default; a row that names what is
// still not known does not hold.
func (c Capabilities) Price(r Request) (money.Amount, bool) {
	if r.Kind == "" {
		r.Kind = KindCreate
	}
	s := Settings{Model: r.Model, Duration: r.Duration, Resolution: r.Resolution}
	if r.Kind == KindCreate || c.ExtendSettings && (r.Kind == KindExtend || r.Kind == KindBlend) {
		s = s.or(c.Default)
	}
	for _, rows := range [][]Price{c.Prices.Overrides, c.Prices.Rows} {
		best, most := Price{}, -1
		for _, p := range rows {
			if said, holds := p.holds(r.Kind, s); holds && said > most {
				best, most = p, said
			}
		}
		if most >= 0 {
			return best.Money, true
		}
	}
	return 0, false
}

// holds reports whether a price holds for such a request, and how many of its
// fields say so.
func (p Price) holds(k Kind, s Settings) (said int, holds bool) {
	duration := ""
	if s.Duration != 0 {
		duration = s.Duration.String()
	}
	for _, field := range [][2]string{
		{string(p.Kind), string(k)}, {p.Model, s.Model}, {p.Resolution, s.Resolution}, {p.Duration, duration},
	} {
		switch field[0] {
		case "":
		case field[1]:
			said++
		default:
			return 0, false
		}
	}
	return said, true
}

// or fills what s leaves open.
func (s Settings) or(d Settings) Settings {
	if s.Model == "" {
		s.Model = d.Model
	}
	if s.Duration == 0 {
		s.Duration = d.Duration
	}
	if s.Resolution == "" {
		s.Resolution = d.Resolution
	}
	return s
}

// of returns rows that hold for these kinds alone.
func (p Price) of(kinds ...Kind) []Price {
	var rows []Price
	for _, k := range kinds {
		p.Kind = k
		rows = append(rows, p)
	}
	return rows
}
