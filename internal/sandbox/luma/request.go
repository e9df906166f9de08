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

// maxBody bounds the body of a request, in bytes.
const maxBody = 1 << 20

// What the documentation allows in a create.
var (
	models      = [...]string{"ray-v1", "ray-v2"}
	durations   = [...]string{"5"}
	resolutions = [...]string{"540p", "720p", "1080p"}
)

// createBody is the body of a create. A pointer tells left out from empty.
type createBody struct {
	Prompt       *string `json:"user_prompt"`
	Model        *string `json:"model_name"`
	Duration     *string `json:"duration"`
	Resolution   *string `json:"resolution"`
	ExpandPrompt *bool   `json:"expand_prompt"`
	ImageURL     *string `json:"image_url"`
	ImageEndURL  *string `json:"image_end_url"`
}

// decode reads the one JSON object of a body.
func decode(r *http.Request, into *createBody) error {
	if media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type")); err != nil || media != "application/json" {
		return badRequest("Content-Type must be application/json")
	}
	d := json.NewDecoder(r.Body)
	if err := d.Decode(into); err != nil {
		var wrong *json.UnmarshalTypeError
		if errors.As(err, &wrong) && wrong.Field != "" {
			return badRequest("%s must be a %s", wrong.Field, strings.TrimPrefix(wrong.Type.String(), "*"))
		}
		return badRequest("The body is not a JSON object")
	}
	if _, err := d.Token(); err != io.EOF {
		return badRequest("The body has more than one JSON value")
	}
	return check(*into)
}

// check holds the fields against the documentation.
func check(b createBody) error {
	if b.Prompt == nil || strings.TrimSpace(*b.Prompt) == "" {
		return badRequest("user_prompt is required")
	}
	for _, f := range []struct {
		name    string
		value   *string
		allowed []string
	}{
		{"model_name", b.Model, models[:]},
		{"duration", b.Duration, durations[:]},
		{"resolution", b.Resolution, resolutions[:]},
	} {
		if f.value != nil && !slices.Contains(f.allowed, *f.value) {
			return badRequest("%s must be one of %s", f.name, strings.Join(f.allowed, ", "))
		}
	}
	for name, value := range map[string]*string{"image_url": b.ImageURL, "image_end_url": b.ImageEndURL} {
		if value == nil {
			continue
		}
		u, err := url.Parse(*value)
		if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
			return badRequest("%s must be an http or https URL", name)
		}
	}
	return nil
}

func value(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}
