package discord

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strconv"
	"unicode/utf8"
)

// maxFormErrors bounds the list of what is wrong with one form.
const maxFormErrors = 100

// form reads a JSON document and collects what is wrong with it, each at its
// place, in the nested shape of Discord's error 50035.
// Source: discord-api-docs, reference, error messages.
type form struct {
	all  *formErrors
	path []string
}

type formErrors struct {
	root  object
	count int
}

func newForm() form { return form{all: &formErrors{root: object{}}} }

// at is the form of a field or an item of this one.
func (f form) at(keys ...string) form {
	return form{f.all, append(slices.Clip(f.path), keys...)}
}

func (f form) item(i int) form { return f.at(strconv.Itoa(i)) }

// bad notes that the place is wrong.
func (f form) bad(code, format string, args ...any) {
	if f.all.count >= maxFormErrors {
		return
	}
	f.all.count++
	here := f.all.root
	for _, key := range f.path {
		next, ok := here[key].(object)
		if !ok {
			next = object{}
			here[key] = next
		}
		here = next
	}
	list, _ := here["_errors"].([]object)
	here["_errors"] = append(list, object{"code": code, "message": fmt.Sprintf(format, args...)})
}

func (f form) failed() bool { return f.all.count > 0 }

// err returns the refusal, nil where nothing is wrong.
func (f form) err() error {
	if !f.failed() {
		return nil
	}
	return &apiError{status: 400, code: 50035, message: "Invalid Form Body", errors: f.all.root}
}

// The readers below return false where the field is missing or null, and where
// it is not what it should be, which they note.

func (f form) text(m object, key string, least, most int) (string, bool) {
	v, ok := m[key]
	if !ok || v == nil {
		return "", false
	}
	s, ok := v.(string)
	if !ok {
		f.at(key).bad("STRING_TYPE_CONVERT", "Could not interpret %q as string.", kindOf(v))
		return "", false
	}
	return s, f.at(key).length(utf8.RuneCountInString(s), least, most)
}

// length notes a length out of its range.
func (f form) length(n, least, most int) bool {
	switch {
	case n >= least && n <= most:
		return true
	case least > 0:
		f.bad("BASE_TYPE_BAD_LENGTH", "Must be between %d and %d in length.", least, most)
	default:
		f.bad("BASE_TYPE_MAX_LENGTH", "Must be %d or fewer in length.", most)
	}
	return false
}

// needText is text for a field that must be there.
func (f form) needText(m object, key string, least, most int) string {
	if !f.need(m, key) {
		return ""
	}
	s, _ := f.text(m, key, least, most)
	return s
}

func (f form) need(m object, key string) bool {
	if v, ok := m[key]; !ok || v == nil {
		f.at(key).bad("BASE_TYPE_REQUIRED", "This field is required")
		return false
	}
	return true
}

func (f form) number(m object, key string, least, most int64) (int, bool) {
	v, ok := m[key]
	if !ok || v == nil {
		return 0, false
	}
	n, ok := whole(v)
	switch {
	case !ok:
		f.at(key).bad("NUMBER_TYPE_COERCE", "Value %q is not int.", kindOf(v))
		return 0, false
	case n < least:
		f.at(key).bad("NUMBER_TYPE_MIN", "int value should be greater than or equal to %d.", least)
		return 0, false
	case n > most:
		f.at(key).bad("NUMBER_TYPE_MAX", "int value should be less than or equal to %d.", most)
		return 0, false
	}
	return int(n), true
}

// real reads a number with a fraction.
func (f form) real(m object, key string) (float64, bool) {
	v, ok := m[key]
	if !ok || v == nil {
		return 0, false
	}
	if n, ok := v.(json.Number); ok {
		if x, err := n.Float64(); err == nil {
			return x, true
		}
	}
	f.at(key).bad("NUMBER_TYPE_COERCE", "Value %q is not float.", kindOf(v))
	return 0, false
}

// choice reads a number that must be one of a few.
func (f form) choice(m object, key string, of ...int) (int, bool) {
	n, ok := f.number(m, key, math.MinInt32, math.MaxInt32)
	if ok && !slices.Contains(of, n) {
		f.at(key).bad("BASE_TYPE_CHOICES", "Value must be one of %v.", of)
		return 0, false
	}
	return n, ok
}

func (f form) flag(m object, key string) (value, given bool) {
	v, ok := m[key]
	if !ok || v == nil {
		return false, false
	}
	b, ok := v.(bool)
	if !ok {
		f.at(key).bad("BOOLEAN_TYPE_CONVERT", "Must be either true or false.")
	}
	return b, ok
}

func (f form) list(m object, key string, least, most int) ([]any, bool) {
	v, ok := m[key]
	if !ok || v == nil {
		return nil, false
	}
	l, ok := v.([]any)
	if !ok {
		f.at(key).bad("LIST_TYPE_CONVERT", "Only iterables may be used in a ListType")
		return nil, false
	}
	return l, f.at(key).length(len(l), least, most)
}

func (f form) object(m object, key string) (object, bool) {
	v, ok := m[key]
	if !ok || v == nil {
		return nil, false
	}
	return f.at(key).asObject(v)
}

// asObject takes an item of a list.
func (f form) asObject(v any) (object, bool) {
	o, ok := v.(object)
	if !ok {
		f.bad("MODEL_TYPE_CONVERT", "Only dictionaries may be used in a ModelType")
	}
	return o, ok
}

// id reads a snowflake, written as a string or a number.
func (f form) id(m object, key string) (string, bool) {
	v, ok := m[key]
	if !ok || v == nil {
		return "", false
	}
	s := idText(v)
	if s == "" {
		f.at(key).bad("NUMBER_TYPE_COERCE", "Value %q is not snowflake.", kindOf(v))
	}
	return s, s != ""
}

func idText(v any) string {
	var s string
	switch v := v.(type) {
	case string:
		s = v
	case json.Number:
		s = v.String()
	}
	if _, err := strconv.ParseUint(s, 10, 64); err != nil {
		return ""
	}
	return s
}

// whole takes a JSON number, or a string of digits as Discord does.
func whole(v any) (int64, bool) {
	var s string
	switch v := v.(type) {
	case json.Number:
		s = v.String()
	case string:
		s = v
	default:
		return 0, false
	}
	n, err := strconv.ParseInt(s, 10, 64)
	return n, err == nil
}

// kindOf names a value's JSON type: the value itself is not repeated, for it
// may be anything.
func kindOf(v any) string {
	switch v.(type) {
	case string:
		return "string"
	case json.Number:
		return "number"
	case bool:
		return "boolean"
	case []any:
		return "array"
	default:
		return "object"
	}
}
