package config

import (
	"errors"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"

	"github.com/caarlos0/env/v11"

	"dreambot/internal/money"
)

// Known is what the values of some variables are held to, by those who know.
type Known struct {
	Dialects []string                // the names that LUMA_API may have
	Prices   func(text string) error // says what is wrong with PRICES; nil: nothing is
}

// Load reads environ, a map from names to values as Environ makes it; names
// that are no variable of the bot's are ignored. White space around a value is
// dropped, and an empty value counts as not set, but for REACTION_EXTEND, which
// it switches off.
//
// What is wrong is returned as Problems, all of it at once; no value of a
// secret is in their text.
func Load(environ map[string]string, known Known) (Config, error) {
	given := map[string]string{} // never nil: for nil the library reads the process's environment
	list := Variables()
	for _, v := range list {
		value := strings.TrimSpace(environ[v.Name])
		switch v.Name {
		case "DISCORD_TOKEN":
			value = withoutScheme(value, "Bot")
		case "LUMA_API_KEY":
			value = withoutScheme(value, "Bearer")
		}
		if value != "" {
			given[v.Name] = value
		}
	}

	var c Config
	found := findings{variables: list, given: given}
	if err := env.ParseWithOptions(&c, env.Options{Environment: given, FuncMap: map[reflect.Type]env.ParserFunc{
		reflect.TypeFor[money.Amount](): func(text string) (any, error) { return money.Parse(text, maxDollars) },
	}}); err != nil {
		if err := found.addParsing(err); err != nil {
			return Config{}, err
		}
	}
	if value, set := environ["REACTION_EXTEND"]; set && strings.TrimSpace(value) == "" {
		c.Reaction.Extend = "" // the library takes the default for nothing
	}
	c.check(&found, known)
	if problems := found.sorted(); len(problems) > 0 {
		return Config{}, problems
	}
	return c, nil
}

// withoutScheme drops the word that goes before a token in the Authorization
// header, where somebody took it along.
func withoutScheme(value, scheme string) string {
	first, rest, _ := strings.Cut(value, " ")
	if !strings.EqualFold(first, scheme) {
		return value
	}
	return strings.TrimSpace(rest)
}

// ErrNothingConfigured holds for Problems of which neither the bot's token nor
// Luma's key is set: somebody is here for the first time.
var ErrNothingConfigured = errors.New("nothing is configured yet; dreambot sandbox needs no account and no configuration")

// Problem is one thing that is wrong with the configuration.
type Problem struct {
	Variable string
	Message  string // goes on after the variable's name: what it is and what it should be
	Missing  bool   // it is required, and not set
}

// Problems is everything that is wrong with a configuration.
type Problems []Problem

// Error lists the problems, one a line, and ErrNothingConfigured after them
// where it holds.
func (p Problems) Error() string {
	lines := make([]string, 0, len(p)+1)
	for _, one := range p {
		lines = append(lines, one.Variable+" "+one.Message)
	}
	if p.nothingConfigured() {
		lines = append(lines, ErrNothingConfigured.Error())
	}
	return strings.Join(lines, "\n")
}

// Is makes errors.Is find ErrNothingConfigured.
func (p Problems) Is(target error) bool {
	return target == ErrNothingConfigured && p.nothingConfigured()
}

func (p Problems) nothingConfigured() bool {
	missing := func(name string) bool {
		return slices.ContainsFunc(p, func(one Problem) bool { return one.Missing && one.Variable == name })
	}
	return missing("DISCORD_TOKEN") && missing("LUMA_API_KEY")
}

// findings collects problems, at most one for each variable: what is found
// after the first is its consequence.
type findings struct {
	variables []Variable
	given     map[string]string
	problems  Problems
}

// add notes that a variable's value is wrong. what completes "NAME …" and
// holds no value but through shown and reason.
func (f *findings) add(name, what string) { f.addShould(name, what, "") }

// addShould is add with other words for what the value should be.
func (f *findings) addShould(name, what, should string) {
	if slices.ContainsFunc(f.problems, func(p Problem) bool { return p.Variable == name }) {
		return
	}
	if should == "" {
		should = f.variables[f.index(name)].Should
	}
	f.problems = append(f.problems, Problem{Variable: name, Message: what + "; it should be " + should})
}

func (f *findings) index(name string) int {
	return slices.IndexFunc(f.variables, func(v Variable) bool { return v.Name == name })
}

// addParsing notes the problems that the library found, in own words: the
// library's hold the values. It returns what is no problem of a value.
func (f *findings) addParsing(err error) error {
	var all env.AggregateError
	if !errors.As(err, &all) {
		return fmt.Errorf("reading the environment: %w", err)
	}
	for _, one := range all.Errors {
		var parse env.ParseError
		var unset env.VarIsNotSetError
		switch {
		case errors.As(one, &unset):
			f.add(unset.Key, "is not set")
			f.problems[len(f.problems)-1].Missing = true
		case errors.As(one, &parse):
			at := slices.IndexFunc(f.variables, func(v Variable) bool { return v.field == parse.Name })
			name := f.variables[at].Name
			f.add(name, "is "+f.shown(name))
		default:
			return fmt.Errorf("reading the environment: %w", one)
		}
	}
	return nil
}

// long matches what could be a secret in the text of an error: characters of tokens
// and keys, more than longestShown of them.
var long = regexp.MustCompile(fmt.Sprintf(`[\w.~+/=-]{%d,}`, longestShown+1))

// reason returns what an error says of a variable's value, without what could be a
// secret.
func (f *findings) reason(err error) string {
	text := err.Error()
	for _, secret := range f.secrets() {
		if strings.Contains(text, secret) {
			return "it holds a secret of another variable"
		}
	}
	return long.ReplaceAllStringFunc(text, func(s string) string { return fmt.Sprintf("(%d bytes)", len(s)) })
}

// secrets returns the secrets that were given.
func (f *findings) secrets() []string {
	all := []string{f.given["DISCORD_TOKEN"], f.given["LUMA_API_KEY"]}
	return slices.DeleteFunc(all, func(s string) bool { return s == "" })
}

// longestShown is the most bytes of a value that a problem shows. Tokens and
// keys are longer, so one that was put in the wrong variable is not shown.
const longestShown = 24

// shown returns a variable's value for people, or its length where it could be
// a secret.
func (f *findings) shown(name string) string {
	value := f.given[name]
	if value == "" {
		value = f.variables[f.index(name)].Default
	}
	for _, secret := range f.secrets() {
		if strings.Contains(value, secret) {
			return "a secret of another variable"
		}
	}
	if len(value) > longestShown {
		return fmt.Sprintf("a text of %d bytes", len(value))
	}
	return fmt.Sprintf("%q", value)
}

// sorted returns the problems in the order of Variables.
func (f *findings) sorted() Problems {
	slices.SortStableFunc(f.problems, func(a, b Problem) int { return f.index(a.Variable) - f.index(b.Variable) })
	return f.problems
}
