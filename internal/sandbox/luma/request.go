package luma

import (
	"encoding/json"
	"errors"
	"io"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// usualBody bounds the body of a request that holds no pictures, in bytes.
const usualBody = 1 << 20

// decode reads the one JSON object of a body. Where it is strict it refuses a field
// that it does not know, though the services overlook it: a client's slip is to be
// seen.
func decode(r *http.Request, strict bool, into any) *apiError {
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		return badRequest("Content-Type must be application/json")
	}
	d := json.NewDecoder(r.Body)
	if strict {
		d.DisallowUnknownFields()
	}
	if err := d.Decode(into); err != nil {
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) && wrong.Field != "" {
			return badRequest("%s must be a %s", wrong.Field, strings.TrimPrefix(wrong.Type.String(), "*"))
		}
		if name, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
			return badRequest("Extra field %s", name)
		}
		return badRequest("The body is not a JSON object")
	}
	if _, err := d.Token(); err != io.EOF {
		return badRequest("The body has more than one JSON value")
	}
	return nil
}

// choice is a field that takes some texts only. A nil value is left out.
type choice struct {
	name    string
	value   *string
	allowed []string
}

// choose holds fields against what each may be.
func choose(fields ...choice) *apiError {
	for _, f := range fields {
		if f.value != nil && !slices.Contains(f.allowed, *f.value) {
			return badRequest("%s must be one of %s", f.name, strings.Join(f.allowed, ", "))
		}
	}
	return nil
}

// address reports whether a text is an http or https URL.
func address(text string) bool {
	u, err := url.Parse(text)
	return err == nil && u.Host != "" && (u.Scheme == "http" || u.Scheme == "https")
}

// value is a field's, the zero one where it is left out.
func value[T any](field *T) T {
	if field == nil {
		var none T
		return none
	}
	return *field
}
