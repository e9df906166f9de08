package luma

import (
	"net/http"
	"net/url"
	"time"

	"dreambot/internal/money"
)

// agents is the dialect of Luma's Agents API, as of June 2026: its SDKs' types
// (https://github.com/lumalabs/luma-agents-go) and https://docs.agents.lumalabs.ai.
type agents struct{}

func (agents) name() string    { return "agents" }
func (agents) baseURL() string { return "https://agents.lumalabs.ai/v1" }

// agentsModel is sent always, since one is required.
const agentsModel = "ray-3.2"

// capabilities: that a video leads from one generation to another, or from one to a
// picture, is written nowhere outright, though each frame can be either; so neither
// is offered. Inline is the bot's own bound, the API takes 50 MB.
func (agents) capabilities() Capabilities {
	return Capabilities{
		Models:         []string{agentsModel},
		Durations:      []time.Duration{5 * time.Second, 10 * time.Second},
		Resolutions:    []string{"360p", "540p", "720p", "1080p"},
		AspectRatios:   []string{"16:9", "9:16", "1:1", "4:3", "3:4", "21:9"},
		PromptMin:      1,
		PromptMax:      6000,
		Loop:           true,
		ExtendSettings: true,
		Backward:       true,
		Inline:         20 << 20,
		Conflicts: [][2]Trait{
			{TraitLoop, TraitEndImage},
			{TraitLoop, TraitLong},
			{TraitLoop, TraitBackward},
			{TraitAspectRatio, TraitImage},
			{TraitAspectRatio, TraitEndImage},
			{TraitAspectRatio, TraitExtension},
			// A first frame is written as a keyframe then; of a last one nobody says which
			// index it has.
			{TraitLong, TraitEndImage},
			{TraitLong, TraitExtension},
		},
		Default: Settings{Model: agentsModel, Duration: 5 * time.Second, Resolution: "720p"},
		Prices:  agentsPrices(),
	}
}

// agentsPrices are those that third parties give for a clip without high dynamic
// range, as of June 2026; Luma says that they may change.
func agentsPrices() Prices {
	p := Prices{AsOf: "2026-06-30"}
	for _, row := range []Price{
		{Resolution: "360p", Duration: "5s", Money: 6 * money.Cent},
		{Resolution: "540p", Duration: "5s", Money: 15 * money.Cent},
		{Resolution: "720p", Duration: "5s", Money: 30 * money.Cent},
		{Resolution: "1080p", Duration: "5s", Money: 120 * money.Cent},
		{Resolution: "360p", Duration: "10s", Money: 18 * money.Cent},
		{Resolution: "540p", Duration: "10s", Money: 45 * money.Cent},
		{Resolution: "720p", Duration: "10s", Money: 90 * money.Cent},
		{Resolution: "1080p", Duration: "10s", Money: 360 * money.Cent},
	} {
		row.Model = agentsModel
		p.Rows = append(p.Rows, row.of(KindCreate, KindExtend)...)
	}
	return p
}

// agentsRequest is the body of every paid call.
type agentsRequest struct {
	Model       string      `json:"model"`
	Type        string      `json:"type"`
	Prompt      string      `json:"prompt"`
	AspectRatio string      `json:"aspect_ratio,omitempty"`
	Video       agentsVideo `json:"video"`
}

type agentsVideo struct {
	Duration   string     `json:"duration,omitempty"` // "5s"
	Resolution string     `json:"resolution,omitempty"`
	Loop       bool       `json:"loop,omitempty"`
	StartFrame *agentsRef `json:"start_frame,omitempty"`
	EndFrame   *agentsRef `json:"end_frame,omitempty"`
	// Keyframes and the frames' places stand in place of a start frame in a video of
	// ten seconds.
	Keyframes       []*agentsRef `json:"keyframes,omitempty"`
	KeyframeIndexes []int        `json:"keyframe_indexes,omitempty"`
}

// agentsRef is a picture by its address, a picture itself, or a generation.
type agentsRef struct {
	URL          string `json:"url,omitempty"`
	Data         []byte `json:"data,omitempty"` // base64
	MediaType    string `json:"media_type,omitempty"`
	GenerationID string `json:"generation_id,omitempty"`
}

const agentsPath = "/generations"

func (d agents) create(r Request) call {
	body := agentsRequest{Model: agentsModel, Type: "video", Prompt: r.Prompt, AspectRatio: r.AspectRatio,
		Video: agentsVideo{Resolution: r.Resolution, Loop: r.Loop}}
	v := &body.Video
	if r.Duration != 0 {
		v.Duration = r.Duration.String()
	}
	switch first := d.picture(r.Image); {
	case r.Kind == KindExtend:
		v.Duration = "5s" // there is no other
		if source := (&agentsRef{GenerationID: r.Source}); r.Backward {
			v.EndFrame = source
		} else {
			v.StartFrame = source
		}
	case first != nil && r.Duration == 10*time.Second:
		v.Keyframes, v.KeyframeIndexes = []*agentsRef{first}, []int{0}
	default:
		v.StartFrame, v.EndFrame = first, d.picture(r.EndImage)
	}
	return call{http.MethodPost, agentsPath, body}
}

// picture returns nil where there is none.
func (agents) picture(i Image) *agentsRef {
	switch {
	case len(i.Data) > 0:
		return &agentsRef{Data: i.Data, MediaType: i.MediaType}
	case i.URL != "":
		return &agentsRef{URL: i.URL}
	}
	return nil
}

func (agents) get(id string) call {
	return call{http.MethodGet, agentsPath + "/" + url.PathEscape(id), nil}
}

func (agents) reading() reading {
	return reading{
		video: func(o object) *Video {
			outputs, _ := o.objects("output")
			for _, output := range outputs {
				if link := output.link("url"); link != "" && output.text("type") == "video" {
					return &Video{URL: link}
				}
			}
			return nil
		},
		kinds: map[string]error{
			"budget_exhausted": ErrInsufficientQuota,
			"invalid_request":  ErrInvalidRequest,
			"rate_limited":     ErrRateLimited,
		},
		reasons: map[string]Reason{
			"image_too_large":    ReasonImageUnreadable,
			"unsupported_format": ReasonImageUnreadable,
			"corrupt_input":      ReasonImageUnreadable,
		},
		picture503: true,
	}
}
