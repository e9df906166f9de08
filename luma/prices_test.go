package luma_test

import (
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dreambot/internal/money"
	"dreambot/luma"
)

func TestParsePrices(t *testing.T) {
	t.Parallel()
	for text, want := range map[string][]luma.Price{
		"":             nil,
		" \n":          nil,
		"[]":           nil,
		`[{"usd":0}]`:  {{}},
		`[{"usd":10}]`: {{Money: 10 * money.Dollar}},
		` [ { "usd" : 0.30 , "resolution" : "720p" , "duration" : "5s" } ] `: {
			{Resolution: "720p", Duration: "5s", Money: 30 * money.Cent}},
		`[{"usd":10000,"kind":"upscale","model":"ray-2"},{"usd":0.000001,"kind":"sound"}]`: {
			{Kind: luma.KindUpscale, Model: "ray-2", Money: 10_000 * money.Dollar}, {Kind: luma.KindSound, Money: 1}},
		`[{"usd":1,"duration":"0.1m"},{"usd":2,"duration":"1m0s"},{"usd":3,"duration":"1h"}]`: {
			{Duration: "6s", Money: money.Dollar}, {Duration: "1m0s", Money: 2 * money.Dollar}, {Duration: "1h0m0s", Money: 3 * money.Dollar}},
	} {
		got, err := luma.ParsePrices(text)
		if diff := cmp.Diff(luma.Prices{Rows: want}, got); diff != "" || err != nil {
			t.Errorf("%s: %v, -want +got:\n%s", text, err, diff)
		}
	}
}

func TestParsePricesRefusesWhatIsNotClear(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		`{"usd":1}`:                         "not a JSON array",
		`null`:                              "not a JSON array",
		`[{"usd":1}`:                        "not a JSON array",
		`[{"usd":1}] x`:                     "not a JSON array",
		`720p=0.3`:                          "not a JSON array",
		`[1]`:                               "row 1 of the prices: it is not a JSON object",
		`[{"usd":1},null]`:                  "row 2 of the prices: it is not a JSON object",
		`[{}]`:                              `row 1 of the prices: it has no "usd"`,
		`[{"model":"ray-2"}]`:               `it has no "usd"`,
		`[{"usd":null}]`:                    `"usd": "null" is not a number`,
		`[{"usd":"0.3"}]`:                   `"usd" is not a number but the text "0.3"`,
		`[{"usd":-1}]`:                      `"-1" is not a number of US dollars, as 0.30`,
		`[{"usd":1e3}]`:                     `"1e3" is not a number`,
		`[{"usd":[1]}]`:                     `"[1]" is not a number`,
		`[{"usd":10000.000001}]`:            `"10000.000001" is more than $10000.00`,
		`[{"usd":99999999999999999999999}]`: "is more than",
		`[{"usd":0.0000001}]`:               `"0.0000001" has more than 6 decimal places`,
		`[{"usd":1,"cost":2}]`:              `"cost" is not one of "usd", "kind", "model", "resolution" and "duration"`,
		`[{"USD":1}]`:                       `it has no "usd"`,
		`[{"usd":1,"kind":"dream"}]`:        `"kind" is "dream", not one of ["create" "extend" "blend" "upscale" "sound"]`,
		`[{"usd":1,"kind":1}]`:              `"kind" is not a text`,
		`[{"usd":1,"model":""}]`:            `"model" is not a text`,
		`[{"usd":1,"model":null}]`:          `"model" is not a text`,
		`[{"usd":1,"duration":"5"}]`:        `"duration" is "5", not a time as "5s" of up to 1h0m0s`,
		`[{"usd":1,"duration":5}]`:          `"duration" is not a text`,
		`[{"usd":1,"duration":"0s"}]`:       `"duration" is "0s"`,
		`[{"usd":1,"duration":"-5s"}]`:      `"duration" is "-5s"`,
		`[{"usd":1,"duration":"2h"}]`:       `"duration" is "2h"`,
		`[{"usd":1,"model":"a"},{"usd":1},{"model":"a","usd":2}]`:     "row 3 of the prices is for the same as row 1",
		`[{"usd":1,"duration":"60s"},{"usd":1,"duration":"1m"}]`:      "row 2 of the prices is for the same as row 1",
		`[` + strings.Repeat(`{"usd":1},`, 1000) + `{"usd":1}]`:       "1001 rows, more than 1000",
		`[{"usd":1,"model":"` + strings.Repeat("a", 64<<10) + `"}]`:   "more than 65536",
		`[{"usd":1,"` + strings.Repeat("a", 60000) + `":1}]`:          "…",
		`[{"usd":` + strings.Repeat("1", 60000) + `}]`:                "…",
		`[{"usd":1,"kind":"` + strings.Repeat("k", 60000) + `"}]`:     "…",
		`[{"usd":1,"duration":"` + strings.Repeat("1", 60000) + `"}]`: "…",
		`[{"usd":"` + strings.Repeat("1", 60000) + `"}]`:              "…",
	} {
		p, err := luma.ParsePrices(text)
		if err == nil || !strings.Contains(err.Error(), want) || len(err.Error()) > 300 {
			t.Errorf("%.80s: %v, want an error with %s", text, err, want)
		}
		if diff := cmp.Diff(luma.Prices{}, p); diff != "" {
			t.Errorf("%.80s: prices besides the error:\n%s", text, diff)
		}
	}
	var rows []string
	for i := range 1000 {
		rows = append(rows, `{"usd":1,"model":"m`+strconv.Itoa(i)+`"}`)
	}
	if p, err := luma.ParsePrices("[" + strings.Join(rows, ",") + "]"); err != nil || len(p.Rows) != 1000 {
		t.Errorf("1,000 rows: %d, %v", len(p.Rows), err)
	}
}

func TestTheRowThatSaysMostIsThePrice(t *testing.T) {
	t.Parallel()
	can := luma.Capabilities{
		ExtendSettings: true,
		Default:        luma.Settings{Model: "m", Duration: 5 * time.Second, Resolution: "720p"},
		Prices: luma.Prices{Rows: []luma.Price{
			{Money: 1},
			{Model: "m", Money: 2},
			{Resolution: "720p", Money: 3},
			{Model: "m", Duration: "10s", Money: 4},
			{Model: "m", Resolution: "720p", Duration: "10s", Money: 5},
			{Kind: luma.KindSound, Money: 6},
			{Kind: luma.KindUpscale, Resolution: "4k", Money: 7},
			{Kind: luma.KindExtend, Model: "n", Resolution: "1080p", Duration: "5s", Money: 8},
		}},
	}
	for name, c := range map[string]struct {
		request luma.Request
		want    money.Amount
	}{
		"the defaults; of two that say as much the first": {luma.Request{}, 2},
		"another model":              {luma.Request{Kind: luma.KindCreate, Model: "n"}, 3},
		"nothing but what holds all": {luma.Request{Model: "n", Resolution: "1080p"}, 1},
		"two fields":                 {luma.Request{Resolution: "1080p", Duration: 10 * time.Second}, 4},
		"three fields":               {luma.Request{Duration: 10 * time.Second}, 5},
		"a kind":                     {luma.Request{Kind: luma.KindSound}, 6},
		"a kind and a field":         {luma.Request{Kind: luma.KindUpscale, Resolution: "4k"}, 7},
		"an upscale has no defaults": {luma.Request{Kind: luma.KindUpscale, Resolution: "1080p"}, 1},
		"an extension":               {luma.Request{Kind: luma.KindExtend, Model: "n", Resolution: "1080p"}, 8},
		"the way between two":        {luma.Request{Kind: luma.KindBlend, Model: "n"}, 3},
	} {
		if got, ok := can.Price(c.request); !ok || got != c.want {
			t.Errorf("%s: %d, %v, want %d", name, got, ok, c.want)
		}
	}
	can.ExtendSettings = false
	if got, ok := can.Price(luma.Request{Kind: luma.KindExtend}); !ok || got != 1 {
		t.Errorf("an extension whose settings are its source's: %d, %v", got, ok)
	}
	can.Prices.Overrides = []luma.Price{{Resolution: "720p", Money: 9}, {Kind: luma.KindCreate, Resolution: "720p", Money: 0}}
	if got, ok := can.Price(luma.Request{Duration: 10 * time.Second}); !ok || got != 0 {
		t.Errorf("what goes before: %d, %v", got, ok)
	}
	if got, ok := can.Price(luma.Request{Resolution: "1080p"}); !ok || got != 2 {
		t.Errorf("what does not hold does not go before: %d, %v", got, ok)
	}
	if _, ok := (luma.Capabilities{Prices: luma.Prices{Rows: can.Prices.Rows[1:]}}).Price(luma.Request{}); ok {
		t.Error("a price of what nobody knows")
	}
}

func TestPricesOfTheDialects(t *testing.T) {
	t.Parallel()
	const five, nine, ten = 5 * time.Second, 9 * time.Second, 10 * time.Second
	for _, c := range []struct {
		dialect string
		request luma.Request
		want    string // empty: not known
	}{
		{"crazyrouter", luma.Request{}, ""},
		{"agents", luma.Request{}, "$0.30"},
		{"agents", luma.Request{Resolution: "360p"}, "$0.06"},
		{"agents", luma.Request{Resolution: "540p", Duration: five}, "$0.15"},
		{"agents", luma.Request{Resolution: "1080p", Model: "ray-3.2"}, "$1.20"},
		{"agents", luma.Request{Resolution: "360p", Duration: ten}, "$0.18"},
		{"agents", luma.Request{Resolution: "540p", Duration: ten}, "$0.45"},
		{"agents", luma.Request{Duration: ten}, "$0.90"},
		{"agents", luma.Request{Resolution: "1080p", Duration: ten}, "$3.60"},
		{"agents", luma.Request{Kind: luma.KindExtend, Resolution: "1080p"}, "$1.20"},
		{"lumalabs", luma.Request{}, ""}, // of no resolution that is known
		{"lumalabs", luma.Request{Resolution: "540p"}, "$0.40"},
		{"lumalabs", luma.Request{Resolution: "540p", Duration: nine}, "$0.72"},
		{"lumalabs", luma.Request{Resolution: "720p", Duration: five}, "$0.71"},
		{"lumalabs", luma.Request{Kind: luma.KindBlend, Resolution: "720p", Duration: nine, Model: "ray-2"}, "$1.27"},
		{"lumalabs", luma.Request{Resolution: "540p", Model: "ray-flash-2"}, "$0.14"},
		{"lumalabs", luma.Request{Resolution: "540p", Duration: nine, Model: "ray-flash-2"}, "$0.25"},
		{"lumalabs", luma.Request{Kind: luma.KindExtend, Resolution: "720p", Model: "ray-flash-2"}, "$0.24"},
		{"lumalabs", luma.Request{Resolution: "720p", Duration: nine, Model: "ray-flash-2"}, "$0.44"},
		{"lumalabs", luma.Request{Resolution: "1080p"}, ""},
		{"lumalabs", luma.Request{Kind: luma.KindUpscale, Resolution: "4k", Model: "ray-2", Duration: five}, ""},
		{"lumalabs", luma.Request{Kind: luma.KindSound, Resolution: "720p", Model: "ray-2", Duration: five}, ""},
	} {
		can := capabilities(t, luma.WithDialect(c.dialect))
		got, ok := can.Price(c.request)
		if ok != (c.want != "") || ok && got.String() != c.want {
			t.Errorf("%s, %+v: %v, %v, want %q", c.dialect, c.request, got, ok, c.want)
		}
		if _, err := time.Parse(time.DateOnly, can.Prices.AsOf); (err == nil) != (len(can.Prices.Rows) > 0) {
			t.Errorf("%s: %d prices as of %q", c.dialect, len(can.Prices.Rows), can.Prices.AsOf)
		}
	}
}

func TestTheOperatorsPricesGoBefore(t *testing.T) {
	t.Parallel()
	p, err := luma.ParsePrices(`[{"usd":0.25,"resolution":"720p"}]`)
	if err != nil {
		t.Fatal(err)
	}
	can := capabilities(t, luma.WithPrices(p), luma.WithDialect("agents"))
	p.Rows[0].Money = 0 // it is the client's own
	for resolution, want := range map[string]money.Amount{"": 25 * money.Cent, "720p": 25 * money.Cent, "1080p": 120 * money.Cent} {
		if got, ok := can.Price(luma.Request{Resolution: resolution}); !ok || got != want {
			t.Errorf("%q: %v, %v, want %v", resolution, got, ok, want)
		}
	}
	if can.Prices.AsOf != "" {
		t.Errorf("the operator's prices are as of %q", can.Prices.AsOf)
	}
	if got := capabilities(t, luma.WithPrices(luma.Prices{}), luma.WithDialect("agents")).Prices; got.AsOf == "" || len(got.Overrides) != 0 {
		t.Errorf("no prices of the operator's: %+v", got)
	}
}

func FuzzParsePrices(f *testing.F) {
	for _, text := range []string{``, `[]`, `[{"usd":0.30,"resolution":"720p","duration":"5s"}]`, `[{"usd":1e3,"kind":"create"}]`, `[{"usd":007}]`} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		p, err := luma.ParsePrices(text)
		if err != nil {
			if len(p.Rows) > 0 || len(err.Error()) > 600 || strings.ContainsAny(err.Error(), "\r\n") {
				t.Errorf("%+v besides %q", p, err)
			}
			return
		}
		for _, row := range p.Rows {
			if row.Money < 0 || row.Money > 10_000*money.Dollar {
				t.Errorf("%q costs %v", text, row.Money)
			}
			d, err := time.ParseDuration(row.Duration)
			if row.Duration != "" && (err != nil || d <= 0) {
				t.Errorf("%q lasts %q", text, row.Duration)
			}
			can := luma.Capabilities{Prices: luma.Prices{Overrides: []luma.Price{row}}}
			r := luma.Request{Kind: row.Kind, Model: row.Model, Resolution: row.Resolution, Duration: d}
			if got, ok := can.Price(r); !ok || got != row.Money {
				t.Errorf("%q: %+v costs %v, %v", text, r, got, ok)
			}
		}
	})
}
