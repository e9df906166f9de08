// Package secret keeps tokens and keys out of logs, errors and pages: a Text
// says "[hidden]" wherever it is printed, and gives its value only to code
// that asks for it by name.
package secret

import (
	"fmt"
	"log/slog"
	"unique"
)

// hidden is what every way of printing a Text shows.
const hidden = "[hidden]"

// Text is a bot token, an API key or an interaction token. Its zero value is
// the empty secret. It formats, logs and marshals as "[hidden]" (an empty one
// as ""), inside of other values too; Reveal gives the value.
type Text struct {
	// A handle, because fmt calls no method of an unexported field of somebody
	// else's struct, and sees no more than an address there. Equal values have
	// equal handles, so that Texts can be compared.
	value unique.Handle[string]
}

// New wraps value.
func New(value string) Text {
	if value == "" {
		return Text{}
	}
	return Text{unique.Make(value)}
}

// Reveal returns the value itself. Callers put it into a request or a record
// and nowhere else.
func (t Text) Reveal() string {
	if t.IsZero() {
		return ""
	}
	return t.value.Value()
}

// IsZero reports whether there is no secret.
func (t Text) IsZero() bool { return t == Text{} }

// String implements fmt.Stringer.
func (t Text) String() string {
	if t.IsZero() {
		return ""
	}
	return hidden
}

// Format implements fmt.Formatter, so that no verb (%#v, %x, %q) reaches the
// value by reflection.
func (t Text) Format(f fmt.State, _ rune) { _, _ = f.Write([]byte(t.String())) }

// LogValue implements slog.LogValuer.
func (t Text) LogValue() slog.Value { return slog.StringValue(t.String()) }

// MarshalText implements encoding.TextMarshaler: a record that must hold the
// value stores Reveal's result in a field of its own.
func (t Text) MarshalText() ([]byte, error) { return []byte(t.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler, for configuration.
func (t *Text) UnmarshalText(b []byte) error {
	*t = New(string(b))
	return nil
}
