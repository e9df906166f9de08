package rest

import (
	"encoding/json"
	"math"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// retryAfter is how long a 429 asks to wait: its body says so, or else its
// header. 0 where neither does.
func retryAfter(h http.Header, body []byte) time.Duration {
	var answer struct {
		RetryAfter *float64 `json:"retry_after"`
	}
	if json.Unmarshal(body, &answer) == nil && answer.RetryAfter != nil {
		if d, ok := duration(*answer.RetryAfter); ok {
			return d
		}
	}
	d, _ := seconds(h.Get("Retry-After"))
	return d
}

// reach is what a 429 is of.
type reach int

const (
	reachBucket  reach = iota // the call's bucket
	reachBot                  // all of the bot's calls, interaction routes apart
	reachAddress              // everything from this address
)

// reachOf tells what a 429 is of. Discord's own have a retry_after, or headers
// that say whose limit it is. Others come from the servers before Discord's, in
// HTML or in few words, and are of the address.
// Source: discord-api-docs, topics/rate-limits, "Exceeding A Rate Limit".
func reachOf(h http.Header, body []byte) reach {
	var answer struct {
		RetryAfter json.RawMessage `json:"retry_after"`
		Global     bool            `json:"global"`
	}
	_ = json.Unmarshal(body, &answer) // what is no JSON says nothing
	scope := h.Get("X-RateLimit-Scope")
	switch {
	case answer.Global, strings.EqualFold(h.Get("X-RateLimit-Global"), "true"), strings.EqualFold(scope, "global"):
		return reachBot
	case answer.RetryAfter == nil && scope == "" && h.Get("X-RateLimit-Bucket") == "":
		return reachAddress
	}
	return reachBucket
}

// seconds reads a number of seconds, which Discord gives with a fraction.
func seconds(text string) (time.Duration, bool) {
	s, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0, false
	}
	return duration(s)
}

func duration(seconds float64) (time.Duration, bool) {
	if math.IsNaN(seconds) || seconds < 0 {
		return 0, false
	}
	return time.Duration(min(seconds, maxRetryAfter.Seconds()) * float64(time.Second)), true
}
