package luma

import (
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// crazyrouter is the dialect of crazyrouter.com, a router in front of Dream
// Machine. Its documentation shows a bare object for a generation.
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

func (crazyrouter) create(r Request) call {
	if r.Kind == KindExtend {
		return call{http.MethodPost, crazyrouterPath + "/" + url.PathEscape(r.Source) + "/extend",
			crazyrouterRequest{UserPrompt: r.Prompt, ImageEndURL: r.EndImage.URL}}
	}
	body := crazyrouterRequest{
		UserPrompt:   r.Prompt,
		ModelName:    r.Model,
		Resolution:   r.Resolution,
		ExpandPrompt: r.ExpandPrompt,
		ImageURL:     r.Image.URL,
		ImageEndURL:  r.EndImage.URL,
	}
	if r.Duration != 0 {
		body.Duration = strconv.Itoa(int(r.Duration / time.Second))
	}
	return call{http.MethodPost, crazyrouterPath, body}
}

func (crazyrouter) get(id string) call {
	return call{http.MethodGet, crazyrouterPath + "/" + url.PathEscape(id), nil}
}

func (crazyrouter) reading() reading {
	return reading{
		video: crazyrouterVideo,
		kinds: map[string]error{
			"invalid_api_key":                ErrUnauthorized,
			"insufficient_quota":             ErrInsufficientQuota,
			"insufficient_user_quota":        ErrInsufficientQuota,
			"pre_consume_token_quota_failed": ErrInsufficientQuota,
			"rate_limit_exceeded":            ErrRateLimited,
			"task_not_exist":                 ErrNotFound,
			"invalid_request":                ErrInvalidRequest,
		},
	}
}

func crazyrouterVideo(o object) *Video {
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
	return nil
}
