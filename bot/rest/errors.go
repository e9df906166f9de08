package rest

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"
	"unicode"

	"dreambot/internal/secret"
)

// Error is an answer of Discord's that is not a success. It holds no token.
type Error struct {
	Route      string        // as Config.Observe sees it
	Status     int           // HTTP status
	Code       int           // Discord's code, 0 where the body has none
	Message    string        // Discord's words, cut to a bound
	RetryAfter time.Duration // on a 429
}

func (e *Error) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: status %d", e.Route, e.Status)
	if e.Code != 0 {
		fmt.Fprintf(&b, ", code %d", e.Code)
	}
	if e.Message != "" {
		fmt.Fprintf(&b, ": %s", e.Message)
	}
	if e.RetryAfter > 0 {
		fmt.Fprintf(&b, " (again in %s)", e.RetryAfter)
	}
	return b.String()
}

// Codes that callers decide by.
// Source: discord-api-docs, topics/opcodes-and-status-codes.
const (
	CodeUnknownChannel         = 10003
	CodeUnknownGuild           = 10004
	CodeUnknownMessage         = 10008
	CodeUnknownWebhook         = 10015 // an interaction that was not answered has none
	CodeUnknownInteraction     = 10062 // its first answer came too late
	CodeTooLarge               = 40005
	CodeAlreadyAnswered        = 40060 // an interaction has one first answer
	CodeMissingAccess          = 50001
	CodeCannotMessageUser      = 50007
	CodeMissingPermissions     = 50013
	CodeInvalidWebhookToken    = 50027
	CodeEditLimitOfOldMessages = 30046
)

// maxMessage bounds Error.Message, and texts of the network, in runes.
const maxMessage = 500

// newError reads the answer of a call that is not a success. hide are the
// values that must not stand in it, should the server echo them.
func newError(route string, status int, header http.Header, body []byte, hide []string) *Error {
	e := &Error{Route: route, Status: status}
	var answer struct {
		Code    int             `json:"code"`
		Message string          `json:"message"`
		Errors  json.RawMessage `json:"errors"`
	}
	// A field of another type than it should have leaves the others readable.
	var mistyped *json.UnmarshalTypeError
	if err := json.Unmarshal(body, &answer); err == nil || errors.As(err, &mistyped) {
		e.Code = answer.Code
		e.Message = answer.Message
		if len(answer.Errors) > 0 {
			e.Message += " " + string(answer.Errors)
		}
	}
	if e.Message == "" {
		e.Message = http.StatusText(status)
	}
	e.Message = clean(e.Message, hide)
	if status == http.StatusTooManyRequests {
		e.RetryAfter = retryAfter(header, body)
	}
	return e
}

// clean makes a foreign text fit for a line of a log: secrets hidden, control
// characters gone, cut to maxMessage runes.
func clean(text string, hide []string) string {
	text = conceal(text, hide)
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == unicode.ReplacementChar {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, " "))
	text = strings.TrimSpace(text)
	n := 0
	for i := range text {
		if n == maxMessage {
			return text[:i] + "…"
		}
		n++
	}
	return text
}

// conceal replaces the values of hide.
func conceal(text string, hide []string) string {
	for _, h := range hide {
		if h != "" {
			text = strings.ReplaceAll(text, h, secret.New(h).String())
		}
	}
	return text
}

// concealError is err, or a plain error with its concealed text where the text
// holds a secret.
func concealError(err error, hide []string) error {
	if text := err.Error(); conceal(text, hide) != text {
		return errors.New(clean(text, hide))
	}
	return err
}
