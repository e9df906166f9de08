package config_test

import (
	"slices"
	"strings"
	"testing"

	"dreambot/internal/config"
)

func TestCallbacksNeedAnAddressThatIsServed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ callback, served, want string }{
		{"https://bot.example", ":9090", ""},
		{"", "", ""},
		{"", ":9090", ""},
		{"https://bot.example", "", "CALLBACK_URL is set, and HTTP_ADDR is not; it should be empty, or the public address of an HTTP_ADDR that is set"},
		{"https://bot.example", "9090", `HTTP_ADDR is "9090"; it should be host:port, as 127.0.0.1:9090, or empty`}, // the other is not to blame
		{"bot.example", "", "CALLBACK_URL is no full address; it should be an address, as https://host or https://host/path, with HTTP_ADDR set; plain http only to this machine"},
	} {
		got := ""
		if _, err := config.Load(minimal("CALLBACK_URL", c.callback, "HTTP_ADDR", c.served), known); err != nil {
			got = err.Error()
		}
		if got != c.want {
			t.Errorf("callbacks to %q, served at %q: %q, want %q", c.callback, c.served, got, c.want)
		}
	}
}

func TestPricesAreHeldToWhatIsKnown(t *testing.T) {
	t.Parallel()
	var asked []string
	none := config.Known{Dialects: known.Dialects}
	asking := config.Known{Dialects: known.Dialects, Prices: func(text string) error { asked = append(asked, text); return nil }}
	for name, c := range map[string]struct {
		known config.Known
		text  string
		want  []string
	}{
		"nobody knows":    {none, "what?", nil},
		"somebody does":   {asking, " what? ", []string{"what?"}},
		"there are none":  {asking, " ", nil},
		"nothing is said": {asking, "", nil},
	} {
		asked = nil
		got, err := config.Load(minimal("PRICES", c.text), c.known)
		if err != nil || got.Luma.Prices != strings.TrimSpace(c.text) || !slices.Equal(asked, c.want) {
			t.Errorf("%s: %q, %v, asked for %q; want %q", name, got.Luma.Prices, err, asked, c.want)
		}
	}
}
