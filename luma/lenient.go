package luma

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// object is a JSON object whose fields are read one by one, so that a field of
// the wrong type spoils nothing but itself.
type object map[string]json.RawMessage

// firstValue returns the first JSON value of a body: some answers hold two.
func firstValue(body []byte) (json.RawMessage, error) {
	var raw json.RawMessage
	dec := json.NewDecoder(bytes.NewReader(bytes.TrimPrefix(body, []byte("\uFEFF"))))
	if err := dec.Decode(&raw); err != nil {
		return nil, fmt.Errorf("decode the answer: %w", err)
	}
	return raw, nil
}

// objectOf returns raw as an object, or the object that is alone in an array;
// nil where it is neither.
func objectOf(raw json.RawMessage) object {
	var o object
	if json.Unmarshal(raw, &o) == nil {
		return o
	}
	var list []object
	if json.Unmarshal(raw, &list) == nil && len(list) == 1 {
		return list[0]
	}
	return nil
}

// textOf returns a string, or a number as it is written; else "".
func textOf(raw json.RawMessage) string {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return strings.TrimSpace(s)
	}
	var n json.Number
	if json.Unmarshal(raw, &n) == nil {
		return n.String()
	}
	return ""
}

func (o object) object(name string) object { return objectOf(o[name]) }
func (o object) text(name string) string   { return textOf(o[name]) }

// first returns the text of the first of the fields that has one.
func (o object) first(names ...string) string {
	for _, name := range names {
		if s := o.text(name); s != "" {
			return s
		}
	}
	return ""
}

// pixels returns a length of a picture; 0 where there is none to believe.
func (o object) pixels(name string) int {
	n, err := strconv.ParseFloat(o.text(name), 64)
	if err != nil || !(n >= 1 && n <= 1<<16) {
		return 0
	}
	return int(n)
}

// link returns a field that is an absolute http or https URL; else "".
func (o object) link(name string) string { return linkOf(o[name]) }

func linkOf(raw json.RawMessage) string {
	s := textOf(raw)
	u, err := url.Parse(s)
	if err != nil || u.Scheme != "https" && u.Scheme != "http" || u.Hostname() == "" {
		return ""
	}
	return s
}

// time returns a field that is a time in one of the formats that were seen,
// in UTC; else zero.
func (o object) time(name string) time.Time {
	s := o.text(name)
	if n, err := strconv.ParseFloat(s, 64); err == nil {
		if n >= 1e11 { // in seconds that would be the year 5138: milliseconds
			n /= 1000
		}
		if !(n > 0 && n < 1e11) {
			return time.Time{}
		}
		return time.UnixMilli(int64(n * 1000)).UTC()
	}
	for _, layout := range []string{time.RFC3339, "2006-01-02T15:04:05", time.DateTime} {
		if t, err := time.Parse(layout, s); err == nil {
			// Others write the time as JSON, which cannot hold every year.
			if t = t.UTC(); t.Year() < 1970 || t.Year() > 9999 {
				return time.Time{}
			}
			return t
		}
	}
	return time.Time{}
}

// truth returns a field that is true or false, or the word for it; known is whether
// it is one.
func (o object) truth(name string) (value, known bool) {
	var b bool
	if raw := o[name]; len(raw) > 0 && string(raw) != "null" && json.Unmarshal(raw, &b) == nil {
		return b, true
	}
	switch strings.ToLower(o.text(name)) {
	case "true":
		return true, true
	case "false":
		return false, true
	}
	return false, false
}

// objects returns a field that is a list, but for what in it is no object; ok is
// whether it is a list.
func (o object) objects(name string) (list []object, ok bool) {
	var raws []json.RawMessage
	if json.Unmarshal(o[name], &raws) != nil || raws == nil {
		return nil, false
	}
	for _, raw := range raws {
		var one object
		if json.Unmarshal(raw, &one) == nil && one != nil {
			list = append(list, one)
		}
	}
	return list, true
}
