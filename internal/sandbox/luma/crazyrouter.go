package luma

import (
	"crypto/rand"
	"net/http"
	"strings"
	"time"
)

// crazyrouter is the first dialect: that of a router in front of the service.
type crazyrouter struct{}

func (crazyrouter) name() string   { return "crazyrouter" }
func (crazyrouter) path() string   { return "/luma/" }
func (crazyrouter) base() string   { return "" }
func (crazyrouter) maxBody() int64 { return usualBody }

// What its documentation allows in a create.
var (
	crazyrouterModels      = []string{"ray-v1", "ray-v2"}
	crazyrouterDurations   = []string{"5"}
	crazyrouterResolutions = []string{"540p", "720p", "1080p"}
)

func newKey() string { return "sk-sandbox-" + rand.Text() }

func (crazyrouter) newID() string { return "luma_gen_" + strings.ToLower(rand.Text()[:16]) }

func (d crazyrouter) routes(s *Server, mux *http.ServeMux) {
	create := func(r *http.Request) (reply, error) { return d.create(s, r) }
	extend := func(r *http.Request) (reply, error) { return d.extend(s, r) }
	mux.Handle("POST /luma/generations", s.api(d, paid, create))
	mux.Handle("GET /luma/generations/{id}", s.api(d, query, s.query(d)))
	mux.Handle("POST /luma/generations/{id}/extend", s.api(d, paid, extend))
}

// crazyrouterBody is the body of a create. A pointer tells left out from empty.
type crazyrouterBody struct {
	Prompt       *string `json:"user_prompt"`
	Model        *string `json:"model_name"`
	Duration     *string `json:"duration"`
	Resolution   *string `json:"resolution"`
	ExpandPrompt *bool   `json:"expand_prompt"`
	ImageURL     *string `json:"image_url"`
	ImageEndURL  *string `json:"image_end_url"`
}

// read decodes a body and holds its fields against the documentation.
func (crazyrouter) read(r *http.Request) (b crazyrouterBody, err error) {
	if err := decode(r, false, &b); err != nil {
		return b, err
	}
	if strings.TrimSpace(value(b.Prompt)) == "" {
		return b, badRequest("user_prompt is required")
	}
	if err := choose(
		choice{"model_name", b.Model, crazyrouterModels},
		choice{"duration", b.Duration, crazyrouterDurations},
		choice{"resolution", b.Resolution, crazyrouterResolutions},
	); err != nil {
		return b, err
	}
	for name, value := range map[string]*string{"image_url": b.ImageURL, "image_end_url": b.ImageEndURL} {
		if value != nil && !address(*value) {
			return b, badRequest("%s must be an http or https URL", name)
		}
	}
	return b, nil
}

func (b crazyrouterBody) wish(kind, parent string) wish {
	return wish{Generation: Generation{
		Kind: kind, Parent: parent, Prompt: value(b.Prompt), Model: value(b.Model), Duration: value(b.Duration),
		Resolution: value(b.Resolution), ExpandPrompt: b.ExpandPrompt,
		ImageURL: value(b.ImageURL), ImageEndURL: value(b.ImageEndURL),
	}}
}

func (d crazyrouter) create(s *Server, r *http.Request) (reply, error) {
	b, err := d.read(r)
	if err != nil {
		return reply{}, err
	}
	if b.ImageEndURL != nil && b.ImageURL == nil {
		return reply{}, badRequest("image_end_url needs image_url")
	}
	return s.accept(r, d, http.StatusOK, b.wish(kindCreate, ""))
}

// extend takes what siblings of the service take too: expand_prompt and the
// two pictures. Model, duration and resolution are those of the parent.
func (d crazyrouter) extend(s *Server, r *http.Request) (reply, error) {
	b, err := d.read(r)
	if err != nil {
		return reply{}, err
	}
	if b.Model != nil || b.Duration != nil || b.Resolution != nil {
		return reply{}, badRequest("model_name, duration and resolution cannot be set for an extension")
	}
	return s.accept(r, d, http.StatusOK, b.wish(kindExtend, r.PathValue("id")))
}

func (crazyrouter) unread(error) (*apiError, string) { return nil, failureFrames }

func (crazyrouter) refuse(e *apiError) (int, any) {
	var body struct {
		Error struct {
			Message string `json:"message"`
			Type    string `json:"type"`
			Code    string `json:"code"`
		} `json:"error"`
	}
	body.Error.Message, body.Error.Type, body.Error.Code = e.message, e.kind, e.code
	if e.code == codeTooLarge {
		body.Error.Code = "invalid_request"
	}
	return e.status, body
}

func (crazyrouter) write(a answer) any {
	type video struct {
		URL         string `json:"url"`
		DownloadURL string `json:"download_url"`
	}
	body := struct {
		ID        string `json:"id"`
		State     string `json:"state"`
		CreatedAt string `json:"created_at"` // UTC, whole seconds
		Failure   string `json:"failure_reason,omitempty"`
		Video     *video `json:"video,omitempty"`
	}{ID: a.ID, State: a.State, CreatedAt: a.CreatedAt.UTC().Format(time.RFC3339), Failure: a.Failure}
	if a.link != "" {
		body.Video = &video{URL: a.link, DownloadURL: a.link + "&download=1"}
	}
	return body
}
