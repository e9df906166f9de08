package luma

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"dreambot/internal/money"
)

// The bounds of prices that an operator gives.
const (
	maxPriceText = 64 << 10 // bytes
	maxPriceRows = 1000
	maxPrice     = 10_000 * money.Dollar
	maxClip      = time.Hour // the duration of a row
)

// ParsePrices reads prices as an operator gives them: a JSON array of objects with
// "usd", a number from 0 to 10,000 with up to 6 decimal places, and any of "kind",
// "model", "resolution" and "duration". Text without a character is no prices. It
// is read strictly: a field that is not known, a row that is there twice, more than
// 64 KiB or 1,000 rows are errors, which name the row, the first being 1.
func ParsePrices(text string) (Prices, error) {
	if len(text) > maxPriceText {
		return Prices{}, fmt.Errorf("the prices have %d bytes, more than %d", len(text), maxPriceText)
	}
	if strings.TrimSpace(text) == "" {
		return Prices{}, nil
	}
	var list []json.RawMessage
	if err := json.Unmarshal([]byte(text), &list); err != nil || list == nil {
		return Prices{}, errors.New(`the prices are not a JSON array, as [{"resolution":"720p","duration":"5s","usd":0.30}]`)
	}
	if len(list) > maxPriceRows {
		return Prices{}, fmt.Errorf("the prices have %d rows, more than %d", len(list), maxPriceRows)
	}
	var p Prices
	seen := map[Price]int{}
	for i, raw := range list {
		row, err := parsePrice(raw)
		if err != nil {
			return Prices{}, fmt.Errorf("row %d of the prices: %w", i+1, err)
		}
		of := row
		of.Money = 0
		if first, ok := seen[of]; ok {
			return Prices{}, fmt.Errorf("row %d of the prices is for the same as row %d", i+1, first)
		}
		seen[of] = i + 1
		p.Rows = append(p.Rows, row)
	}
	return p, nil
}

// parsePrice reads one row.
func parsePrice(raw json.RawMessage) (Price, error) {
	var fields map[string]json.RawMessage
	if err := json.Unmarshal(raw, &fields); err != nil || fields == nil {
		return Price{}, errors.New("it is not a JSON object")
	}
	if fields["usd"] == nil {
		return Price{}, errors.New(`it has no "usd"`)
	}
	var p Price
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if err := p.set(name, fields[name]); err != nil {
			return Price{}, err
		}
	}
	return p, nil
}

// set reads one field of a row.
func (p *Price) set(name string, raw json.RawMessage) error {
	if name == "usd" {
		raw = bytes.TrimSpace(raw)
		if bytes.HasPrefix(raw, []byte(`"`)) {
			return fmt.Errorf(`"usd" is not a number but the text %s`, cut(string(raw), 40))
		}
		amount, err := money.Parse(cut(string(raw), 40), maxPrice)
		if err != nil {
			return fmt.Errorf(`"usd": %w`, err)
		}
		p.Money = amount
		return nil
	}
	field, ok := map[string]*string{
		"kind": (*string)(&p.Kind), "model": &p.Model, "resolution": &p.Resolution, "duration": &p.Duration,
	}[name]
	if !ok {
		return fmt.Errorf(`%q is not one of "usd", "kind", "model", "resolution" and "duration"`, cut(name, 40))
	}
	var value string
	if err := json.Unmarshal(raw, &value); err != nil || value == "" {
		return fmt.Errorf("%q is not a text", name)
	}
	switch name {
	case "kind":
		if kinds := []Kind{KindCreate, KindExtend, KindBlend, KindUpscale, KindSound}; !slices.Contains(kinds, Kind(value)) {
			return fmt.Errorf(`"kind" is %q, not one of %q`, cut(value, 40), kinds)
		}
	case "duration":
		d, err := time.ParseDuration(value)
		if err != nil || d <= 0 || d > maxClip {
			return fmt.Errorf(`"duration" is %q, not a time as "5s" of up to %v`, cut(value, 40), maxClip)
		}
		value = d.String()
	}
	*field = value
	return nil
}
