package luma

import (
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// crazyrouter is the dialect of crazyrouter.com, a router in front of Dream
// Machine. Its documentation shows a bare object for a generation; the service
// and its siblings also answer in envelopes, with other words for states, and
// with fields of other types, all of which is read here.
type crazyrouter struct{}

func (crazyrouter) name() string    { return "crazyrouter" }
func (crazyrouter) baseURL() string { return "https://crazyrouter.com" }

// capabilities: the documentation gives no length of a prompt, while the
// dialect's siblings say 5,000 characters; nor does it give a last frame for
// an extension, which the siblings take as image_end_url.
func (crazyrouter) capabilities() Capabilities {
	return Capabilities{
		Models:         []string{"ray-v1", "ray-v2"},
		Durations:      []time.Duration{5 * time.Second},
		Resolutions:    []string{"540p", "720p", "1080p"},
		PromptMin:      1,
		PromptMax:      5000,
		ExpandPrompt:   true,
		ExtendEndImage: true,
	}
}

// crazyrouterRequest is the body of a create; an extend has the prompt and the
// last frame of it.
type crazyrouterRequest struct {
	UserPrompt   string `json:"user_prompt"`
	ModelName    string `json:"model_name,omitempty"`
	Duration     string `json:"duration,omitempty"` // seconds
	Resolution   string `json:"resolution,omitempty"`
	ExpandPrompt *bool  `json:"expand_prompt,omitempty"`
	ImageURL     string `json:"image_url,omitempty"`
	ImageEndURL  string `json:"image_end_url,omitempty"`
}

const crazyrouterPath = "/luma/generations"

func (crazyrouter) create(r CreateRequest) call {
	body := crazyrouterRequest{
		UserPrompt:   r.Prompt,
		ModelName:    r.Model,
		Resolution:   r.Resolution,
		ExpandPrompt: r.ExpandPrompt,
		ImageURL:     r.ImageURL,
		ImageEndURL:  r.EndImageURL,
	}
	if r.Duration != 0 {
		body.Duration = strconv.Itoa(int(r.Duration / time.Second))
	}
	return call{http.MethodPost, crazyrouterPath, body}
}

func (crazyrouter) extend(id string, r ExtendRequest) call {
	return call{http.MethodPost, crazyrouterPath + "/" + url.PathEscape(id) + "/extend",
		crazyrouterRequest{UserPrompt: r.Prompt, ImageEndURL: r.EndImageURL}}
}

func (crazyrouter) get(id string) call {
	return call{http.MethodGet, crazyrouterPath + "/" + url.PathEscape(id), nil}
}

// crazyrouterLayers is how many objects are looked into: the envelope, the
// task in its data, the generation in the task's data, and one to spare.
const crazyrouterLayers = 4

// layers returns the objects of a body from the outermost envelope to the
// innermost data. inner is the innermost data where it is a text: the id alone.
func (crazyrouter) layers(body []byte) (list []object, inner string, err error) {
	raw, err := firstValue(body)
	if err != nil {
		return nil, "", err
	}
	for len(list) < crazyrouterLayers {
		o := objectOf(raw)
		if o == nil {
			break
		}
		list = append(list, o)
		raw = o["data"]
	}
	if len(list) == 0 {
		return nil, "", errNoGeneration
	}
	return list, textOf(raw), nil
}

func (d crazyrouter) decode(body []byte) (Generation, error) {
	list, inner, err := d.layers(body)
	if err != nil {
		return Generation{}, err
	}
	id, state := d.id(list), d.state(list)
	refused, said := d.fault(list[0])
	switch {
	case id != "" && state != "":
		// It is a generation, whatever else stands around it.
	case said:
		return Generation{}, &refused
	case id == "" && state == "" && inner != "":
		id = inner
	case id == "" && state == "" && refused.message != "":
		return Generation{}, &refused
	case id == "" && state == "":
		return Generation{}, errNoGeneration
	}
	g := Generation{ID: id, State: state}
	for _, o := range list {
		if g.CreatedAt.IsZero() {
			g.CreatedAt = o.time("created_at")
		}
	}
	switch g.State {
	case "":
		g.State = StateDreaming
	case StateCompleted:
		g.Video = d.video(list)
	case StateFailed:
		g.Cause = d.cause(list)
		if g.Reason = reasonOf(g.Cause); g.Reason == "" {
			g.Reason = ReasonOther
		}
	}
	return g, nil
}

// id prefers the outermost task's, since the router knows its tasks by it; the
// generation inside may bear the id of another service behind.
func (crazyrouter) id(list []object) string {
	for _, o := range list {
		if id := o.text("task_id"); id != "" {
			return id
		}
	}
	for i := range list {
		if id := list[len(list)-1-i].text("id"); id != "" {
			return id
		}
	}
	return ""
}

// state returns the furthest state that any layer gives, since layers lag
// behind each other; "" where none gives one that is known.
func (crazyrouter) state(list []object) State {
	furthest := 0
	for _, o := range list {
		furthest = max(furthest, crazyrouterState(o.text("state")))
		// Without an id, it is the status of the call and not of a generation.
		if o.first("task_id", "id") != "" {
			furthest = max(furthest, crazyrouterState(o.text("status")))
		}
	}
	return [...]State{"", StateQueued, StateDreaming, StateCompleted, StateFailed}[furthest]
}

// crazyrouterState returns how far a word says that a generation is: 1 for
// queued to 4 for failed, 0 for a word that is not known.
func crazyrouterState(word string) int {
	switch strings.ToLower(word) {
	case "queued", "pending", "not_start", "submitted":
		return 1
	case "dreaming", "processing", "in_progress":
		return 2
	case "completed", "success", "succeed", "succeeded":
		return 3
	case "failed", "failure":
		return 4
	}
	return 0
}

// video returns the innermost video that has a link; nil where none has.
func (crazyrouter) video(list []object) *Video {
	for i := range list {
		o := list[len(list)-1-i]
		video, rawVideo := o.object("video"), o.object("video_raw")
		for _, c := range []struct {
			url  string
			size object
		}{
			{video.link("download_url"), video},
			{rawVideo.link("url"), rawVideo},
			{video.link("url"), video},
			{o.link("video"), nil},
		} {
			if c.url == "" {
				continue
			}
			v := &Video{URL: c.url, Width: c.size.pixels("width"), Height: c.size.pixels("height")}
			if v.Width == 0 || v.Height == 0 {
				v.Width, v.Height = video.pixels("width"), video.pixels("height")
			}
			return v
		}
	}
	return nil
}

// cause returns the innermost words for a failure.
func (d crazyrouter) cause(list []object) string {
	for i := range list {
		o := list[len(list)-1-i]
		if words := o.first("failure_reason", "fail_reason"); words != "" {
			return words
		}
		if f, said := d.fault(o); said && f.message != "" {
			return f.message
		}
	}
	return ""
}

func (d crazyrouter) refusal(body []byte) fault {
	list, _, err := d.layers(body)
	if err != nil {
		return fault{}
	}
	f, _ := d.fault(list[0])
	return f
}

// fault reads the shapes of errors. said is whether the object says that it is
// one, which a message alone does not.
func (d crazyrouter) fault(o object) (f fault, said bool) {
	var kind string // of error, in words; some put the code there
	if e := o.object("error"); len(e) > 0 {
		f, said = fault{code: e.text("code"), message: e.first("message", "detail")}, true
		kind = e.text("type")
	} else if words := o.text("error"); words != "" {
		f, said = fault{message: words}, true
	} else if e := o.object("detail"); len(e) > 0 {
		f, said = fault{code: e.text("code"), message: e.first("reason", "message", "msg")}, true
	} else if words := o.text("detail"); words != "" {
		f, said = fault{message: words}, true
	}
	if f.message == "" {
		f.message = o.first("message", "msg")
	}
	if code := o.text("code"); f.code == "" && !d.succeeded(code) {
		f.code, said = code, true
	}
	if f.kind = d.kindOf(f.code); f.kind == nil {
		f.kind = d.kindOf(kind)
	}
	if f.code == "" {
		f.code = kind
	}
	return f, said
}

// succeeded reports whether an envelope's code, or the lack of one, says that
// all is well.
func (crazyrouter) succeeded(code string) bool {
	switch strings.ToLower(code) {
	case "", "success", "succeed", "ok", "0", "200":
		return true
	}
	return false
}

// kindOf returns nil where a code does not tell more than the status.
func (crazyrouter) kindOf(code string) error {
	switch strings.ToLower(code) {
	case "invalid_api_key":
		return ErrUnauthorized
	case "insufficient_quota", "insufficient_user_quota", "pre_consume_token_quota_failed":
		return ErrInsufficientQuota
	case "rate_limit_exceeded":
		return ErrRateLimited
	case "task_not_exist":
		return ErrNotFound
	case "invalid_request":
		return ErrInvalidRequest
	}
	return nil
}
