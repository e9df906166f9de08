package secret_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"dreambot/internal/secret"
)

func TestTextIsHiddenWhereverItIsPrinted(t *testing.T) {
	const value = "MTk4NjIy.Cl2FMQ.ZnCjm1XVW7vRze4b7Cq4se7kKWs"
	s := secret.New(value)
	holder := struct {
		Name  string
		Token secret.Text
		Ptr   *secret.Text
		inner secret.Text
		deep  struct{ list []secret.Text }
	}{"bot", s, &s, s, struct{ list []secret.Text }{[]secret.Text{s}}}

	var out bytes.Buffer
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		fmt.Fprintf(&out, verb, s)
		fmt.Fprintf(&out, verb, holder)
		fmt.Fprintf(&out, verb, []secret.Text{s})
	}
	for _, h := range []slog.Handler{
		slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}),
		slog.NewJSONHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}),
	} {
		slog.New(h).Debug("all", "secret", s, "holder", holder)
	}
	j, err := json.Marshal(holder)
	if err != nil {
		t.Fatal(err)
	}
	out.Write(j)

	printed := out.String()
	if strings.Contains(printed, value) || strings.Contains(printed, fmt.Sprintf("%x", value)) {
		t.Errorf("the value is printed:\n%s", printed)
	}
	if !strings.Contains(printed, "[hidden]") {
		t.Errorf("nothing says that a secret is there:\n%s", printed)
	}
}

func TestTextsAreEqualWhereTheirValuesAre(t *testing.T) {
	a, same, other := secret.New("a"), secret.New("a"), secret.New("b")
	if a != same || a == other || secret.New("") != (secret.Text{}) {
		t.Error("== does not compare the values")
	}
}

func TestReveal(t *testing.T) {
	if got := secret.New("k").Reveal(); got != "k" {
		t.Errorf("Reveal() = %q, want %q", got, "k")
	}
	var zero secret.Text
	if !zero.IsZero() || zero.String() != "" {
		t.Errorf("the zero Text: IsZero %v, String %q", zero.IsZero(), zero.String())
	}
	if err := zero.UnmarshalText([]byte("v")); err != nil || zero.Reveal() != "v" {
		t.Errorf("UnmarshalText: %v, %q", err, zero.Reveal())
	}
}
