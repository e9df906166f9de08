package luma

import (
	"encoding/base64"
	"errors"
	"net/http"
	"slices"
	"unicode/utf8"
)

// agents is the service's newest API.
// Source: its Go, Python and TypeScript SDKs; its guides to videos and to errors.
type agents struct{}

func (agents) name() string { return "agents" }
func (agents) path() string { return "/agents/" }
func (agents) base() string { return "/agents/v1" }

// maxBody has room for two of the largest pictures as base64.
func (agents) maxBody() int64 { return usualBody + 2*int64(base64.StdEncoding.EncodedLen(maxInline)) }

func (agents) newID() string { return newUUID() }

// maxInline is the most bytes of a picture that comes as data.
const maxInline = 50 << 20

// What its documentation allows.
var (
	agentsModels      = []string{"ray-3.2"}
	agentsDurations   = []string{agentsShort, agentsLong}
	agentsResolutions = []string{"360p", "540p", "720p", "1080p"}
	agentsRatios      = []string{"9:16", "3:4", "1:1", "4:3", "16:9", "21:9"}
	agentsMedia       = []string{"image/jpeg", "image/png", "image/webp"}
)

const (
	agentsShort, agentsLong = "5s", "10s"
	agentsPromptMax         = 6_000 // characters
)

func (d agents) routes(s *Server, mux *http.ServeMux) {
	create := func(r *http.Request) (reply, error) { return d.create(s, r) }
	mux.Handle("POST /agents/v1/generations", s.api(d, paid, create))
	mux.Handle("GET /agents/v1/generations/{id}", s.api(d, query, s.query(d)))
}

// agentsBody is the body of a create.
type agentsBody struct {
	Model       *string     `json:"model"`
	Type        *string     `json:"type"`
	Prompt      *string     `json:"prompt"`
	AspectRatio *string     `json:"aspect_ratio"`
	UserID      *string     `json:"user_id"`
	Video       agentsVideo `json:"video"`
}

type agentsVideo struct {
	Duration   *string       `json:"duration"`
	Resolution *string       `json:"resolution"`
	Loop       *bool         `json:"loop"`
	Start      *agentsFrame  `json:"start_frame"`
	End        *agentsFrame  `json:"end_frame"`
	Keyframes  []agentsFrame `json:"keyframes"`
	Indexes    []int         `json:"keyframe_indexes"`
}

// agentsFrame is a picture or a generation.
type agentsFrame struct {
	URL          *string `json:"url"`
	Data         *string `json:"data"` // base64
	MediaType    *string `json:"media_type"`
	GenerationID *string `json:"generation_id"`
	FileID       *string `json:"file_id"`
}

// check holds a frame against its documented forms.
func (f *agentsFrame) check(name string) *apiError {
	if f == nil {
		return nil
	}
	given := 0
	for _, v := range []*string{f.URL, f.Data, f.GenerationID, f.FileID} {
		if v != nil {
			given++
		}
	}
	switch {
	case given != 1:
		return badRequest("%s must have exactly one of url, data, generation_id and file_id", name)
	case (f.Data != nil) != (f.MediaType != nil):
		return badRequest("%s: data and media_type go together", name)
	case f.MediaType != nil && !slices.Contains(agentsMedia, *f.MediaType):
		return unprocessable("%s: media_type %q is not supported", name, *f.MediaType)
	case f.URL != nil && !address(*f.URL):
		return badRequest("%s: url must be an http or https URL", name)
	case f.FileID != nil:
		return notFound("File") // there is no call that would make one
	}
	return nil
}

// picture returns the address of the picture that a frame is, or its data.
func (f *agentsFrame) picture(name string) (url string, data []byte, err *apiError) {
	if f == nil {
		return "", nil, nil
	}
	if f.Data == nil {
		return value(f.URL), nil, nil
	}
	data, bad := base64.StdEncoding.DecodeString(*f.Data)
	switch {
	case bad != nil || len(data) == 0:
		return "", nil, unprocessable("%s: bad image data", name)
	case len(data) > maxInline:
		return "", nil, &apiError{http.StatusBadRequest, "invalid_request_error", codeTooLarge, "Image exceeds 50 MB"}
	}
	return "", data, nil
}

func (f *agentsFrame) generation() string {
	if f == nil {
		return ""
	}
	return value(f.GenerationID)
}

func (d agents) create(s *Server, r *http.Request) (reply, error) {
	var b agentsBody
	if err := decode(r, true, &b); err != nil {
		return reply{}, err
	}
	if err := b.check(); err != nil {
		return reply{}, err
	}
	w, err := b.wish()
	if err != nil {
		return reply{}, err
	}
	return s.accept(r, d, http.StatusCreated, w)
}

// check holds a create against the documentation: first each field by itself, and
// then what does not go together.
func (b agentsBody) check() *apiError {
	v := b.Video
	if b.Prompt == nil || b.Model == nil || b.Type == nil {
		return badRequest("model, type and prompt are required")
	}
	if n := utf8.RuneCountInString(*b.Prompt); n < 1 || n > agentsPromptMax {
		return badRequest("prompt must have 1 to %d characters", agentsPromptMax)
	}
	if err := choose(
		choice{"model", b.Model, agentsModels},
		choice{"type", b.Type, []string{"video"}},
		choice{"aspect_ratio", b.AspectRatio, agentsRatios},
		choice{"video.duration", v.Duration, agentsDurations},
		choice{"video.resolution", v.Resolution, agentsResolutions},
	); err != nil {
		return err
	}
	if err := v.Start.check("video.start_frame"); err != nil {
		return err
	}
	if err := v.End.check("video.end_frame"); err != nil {
		return err
	}
	for i := range v.Keyframes {
		if err := v.Keyframes[i].check("video.keyframes"); err != nil {
			return err
		}
	}
	return b.combine()
}

// combine refuses what does not go together.
func (b agentsBody) combine() *apiError {
	v := b.Video
	var (
		long      = value(v.Duration) == agentsLong
		loop      = value(v.Loop)
		keyframes = len(v.Keyframes)+len(v.Indexes) > 0
		extension = v.Start.generation()+v.End.generation() != ""
	)
	switch {
	case keyframes && (len(v.Keyframes) != 1 || !slices.Equal(v.Indexes, []int{0})):
		// More of them there can be; where they would stand is not documented.
		return unprocessable("This stand-in knows one keyframe, with keyframe_indexes [0]")
	case keyframes && (v.Start != nil || v.End != nil):
		return unprocessable("keyframes go in place of start_frame and end_frame")
	case keyframes && v.Keyframes[0].GenerationID != nil:
		return unprocessable("A generation is extended by start_frame or end_frame")
	case long && extension:
		return unprocessable("An extension is 5s")
	case long && (v.Start != nil || v.End != nil):
		return unprocessable("10s does not go with start_frame or end_frame; use keyframes")
	case b.AspectRatio != nil && (v.Start != nil || v.End != nil || keyframes):
		return unprocessable("aspect_ratio does not go with frames")
	case loop && long:
		return unprocessable("loop does not go with 10s")
	case loop && v.End != nil:
		return unprocessable("loop does not go with end_frame")
	case loop && keyframes:
		return unprocessable("loop does not go with keyframes")
	}
	return nil
}

// wish is what the body asks for.
func (b agentsBody) wish() (wish, error) {
	v := b.Video
	w := wish{Generation: Generation{
		Kind: kindCreate, Prompt: value(b.Prompt), Model: value(b.Model), Duration: value(v.Duration),
		Resolution: value(v.Resolution), AspectRatio: value(b.AspectRatio), Loop: value(v.Loop),
	}}
	start := v.Start
	if len(v.Keyframes) > 0 {
		start = &v.Keyframes[0]
	}
	var err *apiError
	if w.ImageURL, w.image, err = start.picture("start_frame"); err != nil {
		return wish{}, err
	}
	if w.ImageEndURL, w.imageEnd, err = v.End.picture("end_frame"); err != nil {
		return wish{}, err
	}
	switch from, to := v.Start.generation(), v.End.generation(); {
	case from != "" && to != "": // third parties tell of it
		w.Kind, w.Parent, w.Second = kindBlend, from, to
	case from != "":
		w.Kind, w.Parent = kindExtend, from
	case to != "":
		w.Kind, w.Parent, w.Backward = kindExtend, to, true
	}
	return w, nil
}

// unread refuses a request whose picture cannot be fetched; one that is no picture
// shows later.
func (agents) unread(err error) (*apiError, string) {
	switch {
	case errors.Is(err, errUnreachable):
		return &apiError{http.StatusServiceUnavailable, "server_error", "unavailable",
			"Image ingestion unavailable: the image could not be fetched from its URL"}, ""
	case errors.Is(err, errTooLarge):
		return nil, failureTooLarge
	}
	return nil, failureFrames
}

func (agents) refuse(e *apiError) (int, any) {
	status, detail := e.status, e.message
	switch e.code {
	case codeNoBalance:
		status, detail = http.StatusPaymentRequired, "Insufficient balance"
	case codeTooLarge:
		status = http.StatusRequestEntityTooLarge
	}
	return status, map[string]any{"detail": detail}
}
