package luma

import (
	"net/http"
	"strings"
	"unicode/utf8"
)

// lumalabs is the service's own API, Dream Machine.
// Source: lumalabs/lumaai-api, openapi.yaml 1.1.0; its pages on errors, callbacks
// and credits.
type lumalabs struct{}

func (lumalabs) name() string   { return "lumalabs" }
func (lumalabs) path() string   { return "/dream-machine/" }
func (lumalabs) base() string   { return "/dream-machine/v1" }
func (lumalabs) maxBody() int64 { return usualBody }

func (lumalabs) newID() string { return newUUID() }

// What its documentation allows.
var (
	lumalabsModels      = []string{"ray-2", "ray-flash-2"}
	lumalabsDurations   = []string{"5s", "9s"}
	lumalabsResolutions = []string{"540p", "720p", "1080p", "4k"}
	lumalabsRatios      = []string{"1:1", "16:9", "9:16", "4:3", "3:4", "21:9", "9:21"}
)

const (
	lumalabsRatio     = "16:9" // where none is given
	lumalabsPromptMin = 3      // characters
	lumalabsPromptMax = 5_000  // characters
	lumalabsList      = 100    // the most of a page of the list, and how many it has unasked
)

func (d lumalabs) routes(s *Server, mux *http.ServeMux) {
	const at = "/dream-machine/v1"
	for pattern, c := range map[string]struct {
		kind calls
		call func(*Server, *http.Request) (reply, error)
	}{
		"POST " + at + "/generations/video":        {paid, d.create},
		"POST " + at + "/generations/{id}/upscale": {paid, d.upscale},
		"POST " + at + "/generations/{id}/audio":   {paid, d.sound},
		"GET " + at + "/generations":               {other, d.list},
		"DELETE " + at + "/generations/{id}":       {other, d.remove},
		"GET " + at + "/credits":                   {other, d.credits},
		"GET " + at + "/ping":                      {other, d.ping},
	} {
		mux.Handle(pattern, s.api(d, c.kind, func(r *http.Request) (reply, error) { return c.call(s, r) }))
	}
	mux.Handle("GET "+at+"/generations/{id}", s.api(d, query, s.query(d)))
}

// lumalabsRead and lumalabsChoose are decode and choose with the status that this
// API has for what is not of the documented form.
func lumalabsRead(r *http.Request, into any) *apiError { return as422(decode(r, true, into)) }

func lumalabsChoose(fields ...choice) *apiError { return as422(choose(fields...)) }

func as422(e *apiError) *apiError {
	if e != nil {
		e.status = http.StatusUnprocessableEntity
	}
	return e
}

// lumalabsBody is the body of a create.
type lumalabsBody struct {
	Type        *string            `json:"generation_type"`
	Prompt      *string            `json:"prompt"`
	Model       *string            `json:"model"`
	Duration    *string            `json:"duration"`
	Resolution  *string            `json:"resolution"`
	AspectRatio *string            `json:"aspect_ratio"`
	Loop        *bool              `json:"loop"`
	Keyframes   *lumalabsKeyframes `json:"keyframes"`
	CallbackURL *string            `json:"callback_url"`
}

type lumalabsKeyframes struct {
	Frame0 *lumalabsKeyframe `json:"frame0"`
	Frame1 *lumalabsKeyframe `json:"frame1"`
}

// lumalabsKeyframe is a picture or a generation.
type lumalabsKeyframe struct {
	Type string  `json:"type"` // image, generation
	URL  *string `json:"url,omitempty"`
	ID   *string `json:"id,omitempty"`
}

func (f *lumalabsKeyframe) check(name string) *apiError {
	switch {
	case f == nil:
		return nil
	case f.Type == "image" && f.ID == nil && address(value(f.URL)):
		return nil
	case f.Type == "generation" && f.URL == nil && value(f.ID) != "":
		return nil
	}
	return unprocessable(`keyframes.%s must be {"type":"image","url"} or {"type":"generation","id"}`, name)
}

// generation is the id of the one that the keyframe is, image the address of the
// picture that it is.
func (f *lumalabsKeyframe) generation() string {
	if f == nil {
		return ""
	}
	return value(f.ID)
}

func (f *lumalabsKeyframe) image() string {
	if f == nil {
		return ""
	}
	return value(f.URL)
}

func (d lumalabs) create(s *Server, r *http.Request) (reply, error) {
	var b lumalabsBody
	if err := lumalabsRead(r, &b); err != nil {
		return reply{}, err
	}
	w := wish{Generation: Generation{
		Kind: kindCreate, Prompt: value(b.Prompt), Model: value(b.Model), Duration: value(b.Duration), Resolution: value(b.Resolution),
		AspectRatio: value(b.AspectRatio), Loop: value(b.Loop), CallbackURL: value(b.CallbackURL),
	}}
	if b.Keyframes != nil {
		first, last := b.Keyframes.Frame0, b.Keyframes.Frame1
		w.ImageURL, w.ImageEndURL = first.image(), last.image()
		switch from, to := first.generation(), last.generation(); {
		case from != "" && to != "":
			w.Kind, w.Parent, w.Second = kindBlend, from, to
		case from != "":
			w.Kind, w.Parent = kindExtend, from
		case to != "":
			w.Kind, w.Parent, w.Backward = kindExtend, to, true
		}
	}
	if err := b.check(w.Generation); err != nil {
		return reply{}, err
	}
	return s.accept(r, d, http.StatusCreated, w)
}

// check holds a create against the documentation. The words of what is not a
// matter of form are the service's own.
func (b lumalabsBody) check(g Generation) *apiError {
	if b.Model == nil {
		return unprocessable("model is required")
	}
	if err := lumalabsChoose(
		choice{"generation_type", b.Type, []string{"video"}},
		choice{"model", b.Model, lumalabsModels},
		choice{"duration", b.Duration, lumalabsDurations},
		choice{"resolution", b.Resolution, lumalabsResolutions},
		choice{"aspect_ratio", b.AspectRatio, lumalabsRatios},
	); err != nil {
		return err
	}
	if err := checkCallback(b.CallbackURL); err != nil {
		return err
	}
	if k := b.Keyframes; k != nil {
		if k.Frame0 == nil && k.Frame1 == nil {
			return badRequest("No keyframes provided")
		}
		if err := k.Frame0.check("frame0"); err != nil {
			return err
		}
		if err := k.Frame1.check("frame1"); err != nil {
			return err
		}
	}
	switch n := utf8.RuneCountInString(g.Prompt); {
	case strings.TrimSpace(g.Prompt) == "" && g.ImageURL+g.ImageEndURL == "":
		return badRequest("Prompt is required")
	case g.Prompt != "" && n < lumalabsPromptMin:
		return badRequest("Prompt is too short, minimum length is %d characters", lumalabsPromptMin)
	case n > lumalabsPromptMax:
		return badRequest("Prompt is too long, maximum length is %d characters", lumalabsPromptMax)
	}
	if !g.Loop {
		return nil
	}
	switch {
	case g.Kind == kindBlend:
		return badRequest("Loop is not supported for interpolate between two videos")
	case g.Backward:
		return badRequest("Loop is not supported for extend reverse")
	case g.Kind == kindExtend:
		return badRequest("Loop is not supported for extend")
	case g.ImageEndURL != "":
		return badRequest("Loop is not supported for end frame")
	}
	return nil
}

func (d lumalabs) upscale(s *Server, r *http.Request) (reply, error) {
	var b struct {
		Type        *string `json:"generation_type"`
		Resolution  *string `json:"resolution"`
		CallbackURL *string `json:"callback_url"`
	}
	if err := lumalabsRead(r, &b); err != nil {
		return reply{}, err
	}
	if err := lumalabsChoose(
		choice{"generation_type", b.Type, []string{"upscale_video"}},
		choice{"resolution", b.Resolution, lumalabsResolutions},
	); err != nil {
		return reply{}, err
	}
	if err := checkCallback(b.CallbackURL); err != nil {
		return reply{}, err
	}
	return s.accept(r, d, http.StatusOK, wish{Generation: Generation{Kind: kindUpscale, Parent: r.PathValue("id"),
		Resolution: value(b.Resolution), CallbackURL: value(b.CallbackURL)}})
}

func (d lumalabs) sound(s *Server, r *http.Request) (reply, error) {
	var b struct {
		Type        *string `json:"generation_type"`
		Prompt      *string `json:"prompt"`
		Negative    *string `json:"negative_prompt"`
		CallbackURL *string `json:"callback_url"`
	}
	if err := lumalabsRead(r, &b); err != nil {
		return reply{}, err
	}
	if err := lumalabsChoose(choice{"generation_type", b.Type, []string{"add_audio"}}); err != nil {
		return reply{}, err
	}
	if err := checkCallback(b.CallbackURL); err != nil {
		return reply{}, err
	}
	return s.accept(r, d, http.StatusOK, wish{Generation: Generation{Kind: kindSound, Parent: r.PathValue("id"),
		Prompt: value(b.Prompt), Sound: true, CallbackURL: value(b.CallbackURL)}})
}

func (lumalabs) unread(error) (*apiError, string) { return nil, failureFrames }

// refuse tells of an empty balance as of any other request that cannot be done: no
// document says which status it has, and this one has to be known by its words.
func (lumalabs) refuse(e *apiError) (int, any) {
	status, detail := e.status, e.message
	switch e.code {
	case codeUnauthorized:
		detail = "Invalid API key is provided"
	case codeNoBalance:
		status, detail = http.StatusBadRequest, "Insufficient credits"
	}
	return status, map[string]any{"detail": detail}
}
