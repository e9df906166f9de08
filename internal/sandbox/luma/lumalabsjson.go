package luma

// lumalabsGeneration is a generation as the API writes it. What there is not is
// null.
type lumalabsGeneration struct {
	ID        string          `json:"id"`
	Type      string          `json:"generation_type"`
	State     string          `json:"state"`
	Failure   *string         `json:"failure_reason"`
	CreatedAt string          `json:"created_at"` // UTC, microseconds
	Assets    *lumalabsAssets `json:"assets"`
	Model     *string         `json:"model"`
	Request   any             `json:"request"`
}

type lumalabsAssets struct {
	Video         string  `json:"video"`
	Image         *string `json:"image"`
	ProgressVideo *string `json:"progress_video"`
}

// lumalabsRequest is what was asked for, with the defaults that are documented.
type lumalabsRequest struct {
	Type        string             `json:"generation_type"`
	Prompt      *string            `json:"prompt"`
	AspectRatio string             `json:"aspect_ratio"`
	Loop        bool               `json:"loop"`
	Keyframes   *lumalabsKeyframes `json:"keyframes"`
	CallbackURL *string            `json:"callback_url"`
	Model       *string            `json:"model"`
	Resolution  *string            `json:"resolution"`
	Duration    *string            `json:"duration"`
}

func (lumalabs) write(a answer) any {
	g := lumalabsGeneration{
		ID: a.ID, Type: "video", State: a.State, Failure: nullable(a.Failure), Model: nullable(a.Model),
		CreatedAt: microseconds(a.CreatedAt), Request: lumalabsEcho(a.Generation),
	}
	if a.link != "" {
		g.Assets = &lumalabsAssets{Video: a.link}
	}
	return g
}

// lumalabsEcho repeats what was asked for.
func lumalabsEcho(g Generation) any {
	type upscale struct {
		Type        string  `json:"generation_type"`
		Resolution  *string `json:"resolution"`
		CallbackURL *string `json:"callback_url"`
	}
	type sound struct {
		Type        string  `json:"generation_type"`
		Prompt      *string `json:"prompt"`
		CallbackURL *string `json:"callback_url"`
	}
	switch g.Kind {
	case kindUpscale:
		return upscale{"upscale_video", nullable(g.Resolution), nullable(g.CallbackURL)}
	case kindSound:
		return sound{"add_audio", nullable(g.Prompt), nullable(g.CallbackURL)}
	}
	ratio := g.AspectRatio
	if ratio == "" {
		ratio = lumalabsRatio
	}
	return lumalabsRequest{
		Type: "video", Prompt: nullable(g.Prompt), AspectRatio: ratio, Loop: g.Loop, Keyframes: lumalabsFrames(g),
		CallbackURL: nullable(g.CallbackURL), Model: nullable(g.Model), Resolution: nullable(g.Resolution), Duration: nullable(g.Duration),
	}
}

// lumalabsFrames are the keyframes of a generation, nil where it has none.
func lumalabsFrames(g Generation) *lumalabsKeyframes {
	image := func(url string) *lumalabsKeyframe {
		if url == "" {
			return nil
		}
		return &lumalabsKeyframe{Type: "image", URL: &url}
	}
	generation := func(id string) *lumalabsKeyframe { return &lumalabsKeyframe{Type: "generation", ID: &id} }
	frames := lumalabsKeyframes{Frame0: image(g.ImageURL), Frame1: image(g.ImageEndURL)}
	switch {
	case g.Kind == kindBlend:
		frames.Frame0, frames.Frame1 = generation(g.Parent), generation(g.Second)
	case g.Kind == kindExtend && g.Backward:
		frames.Frame1 = generation(g.Parent)
	case g.Kind == kindExtend:
		frames.Frame0 = generation(g.Parent)
	}
	if frames == (lumalabsKeyframes{}) {
		return nil
	}
	return &frames
}
