package luma

import (
	"cmp"
	"encoding/json"
	"errors"
	"math"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"dreambot/internal/money"
)

// lumalabs is the dialect of Luma's own Dream Machine API, version 1.1.0 of
// https://github.com/lumalabs/lumaai-api.
type lumalabs struct{}

func (lumalabs) name() string    { return "lumalabs" }
func (lumalabs) baseURL() string { return "https://api.lumalabs.ai/dream-machine/v1" }

// lumalabsModel is sent where a request names none, since one is required.
const lumalabsModel = "ray-2"

// lumalabsDuration is what nearly everybody who offers the API gives as its default;
// of the resolution they give several.
const lumalabsDuration = 5 * time.Second

func (lumalabs) capabilities() Capabilities {
	return Capabilities{
		Models:         []string{lumalabsModel, "ray-flash-2"},
		Durations:      []time.Duration{5 * time.Second, 9 * time.Second},
		Resolutions:    []string{"540p", "720p", "1080p", "4k"},
		AspectRatios:   []string{"16:9", "9:16", "1:1", "4:3", "3:4", "21:9", "9:21"},
		PromptMin:      3,
		PromptMax:      5000,
		Loop:           true,
		ExtendEndImage: true,
		ExtendSettings: true,
		Backward:       true,
		Blend:          true,
		Upscale:        []string{"1080p", "4k"},
		Sound:          true,
		Callbacks:      true,
		List:           true,
		Balance:        true,
		Conflicts: [][2]Trait{
			{TraitLoop, TraitEndImage},
			{TraitLoop, TraitExtension},
			// The frame that it would be is the source.
			{TraitBackward, TraitEndImage},
		},
		Default: Settings{Model: lumalabsModel, Duration: lumalabsDuration},
		Prices:  lumalabsPrices(),
	}
}

// lumalabsPrices: Luma bills by the pixel, $0.0064 a million of ray-2 and $0.0022 of
// ray-flash-2. These are what comes of it in 16:9, as third parties that pass the
// prices on give them (docs.comfy.org, the prices of API nodes); of 1080p, 4k, upscaling
// and sound they contradict each other or Luma's own sums, and nothing is said.
func lumalabsPrices() Prices {
	p := Prices{AsOf: "2025-10-29"}
	for _, row := range []Price{
		{Model: "ray-2", Resolution: "540p", Duration: "5s", Money: 40 * money.Cent},
		{Model: "ray-2", Resolution: "540p", Duration: "9s", Money: 72 * money.Cent},
		{Model: "ray-2", Resolution: "720p", Duration: "5s", Money: 71 * money.Cent},
		{Model: "ray-2", Resolution: "720p", Duration: "9s", Money: 127 * money.Cent},
		{Model: "ray-flash-2", Resolution: "540p", Duration: "5s", Money: 14 * money.Cent},
		{Model: "ray-flash-2", Resolution: "540p", Duration: "9s", Money: 25 * money.Cent},
		{Model: "ray-flash-2", Resolution: "720p", Duration: "5s", Money: 24 * money.Cent},
		{Model: "ray-flash-2", Resolution: "720p", Duration: "9s", Money: 44 * money.Cent},
	} {
		p.Rows = append(p.Rows, row.of(KindCreate, KindExtend, KindBlend)...)
	}
	return p
}

// lumalabsRequest is the body of every paid call. An upscale has no prompt; it and
// a sound have none of the settings but an upscale's resolution.
type lumalabsRequest struct {
	GenerationType string             `json:"generation_type"`
	Prompt         string             `json:"prompt,omitempty"`
	Model          string             `json:"model,omitempty"`
	Resolution     string             `json:"resolution,omitempty"`
	Duration       string             `json:"duration,omitempty"` // "5s"
	AspectRatio    string             `json:"aspect_ratio,omitempty"`
	Loop           bool               `json:"loop,omitempty"`
	Keyframes      *lumalabsKeyframes `json:"keyframes,omitempty"`
	CallbackURL    string             `json:"callback_url,omitempty"`
}

type lumalabsKeyframes struct {
	Frame0 *lumalabsKeyframe `json:"frame0,omitempty"`
	Frame1 *lumalabsKeyframe `json:"frame1,omitempty"`
}

// lumalabsKeyframe is an image with a URL, or a generation with an ID.
type lumalabsKeyframe struct {
	Type string `json:"type"`
	URL  string `json:"url,omitempty"`
	ID   string `json:"id,omitempty"`
}

const lumalabsPath = "/generations"

func (d lumalabs) create(r Request) call {
	of := lumalabsPath + "/" + url.PathEscape(r.Source)
	switch r.Kind {
	case KindUpscale:
		return call{http.MethodPost, of + "/upscale",
			lumalabsRequest{GenerationType: "upscale_video", Resolution: r.Resolution, CallbackURL: r.CallbackURL}}
	case KindSound:
		return call{http.MethodPost, of + "/audio",
			lumalabsRequest{GenerationType: "add_audio", Prompt: r.Prompt, CallbackURL: r.CallbackURL}}
	}
	body := lumalabsRequest{
		GenerationType: "video",
		Prompt:         r.Prompt,
		Model:          cmp.Or(r.Model, lumalabsModel),
		Resolution:     r.Resolution,
		AspectRatio:    r.AspectRatio,
		Loop:           r.Loop,
		CallbackURL:    r.CallbackURL,
	}
	if r.Duration != 0 {
		body.Duration = r.Duration.String()
	}
	if frames := d.keyframes(r); frames != (lumalabsKeyframes{}) {
		body.Keyframes = &frames
	}
	return call{http.MethodPost, lumalabsPath + "/video", body}
}

// keyframes returns what the video begins with and what it ends with.
func (lumalabs) keyframes(r Request) lumalabsKeyframes {
	image := func(i Image) *lumalabsKeyframe {
		if i.IsZero() {
			return nil
		}
		return &lumalabsKeyframe{Type: "image", URL: i.URL}
	}
	generation := func(id string) *lumalabsKeyframe { return &lumalabsKeyframe{Type: "generation", ID: id} }
	switch {
	case r.Kind == KindBlend:
		return lumalabsKeyframes{generation(r.Source), generation(r.Second)}
	case r.Kind == KindExtend && r.Backward:
		return lumalabsKeyframes{nil, generation(r.Source)}
	case r.Kind == KindExtend:
		return lumalabsKeyframes{generation(r.Source), image(r.EndImage)}
	}
	return lumalabsKeyframes{image(r.Image), image(r.EndImage)}
}

func (lumalabs) get(id string) call {
	return call{http.MethodGet, lumalabsPath + "/" + url.PathEscape(id), nil}
}

// reading: the assets are null until there are any.
func (lumalabs) reading() reading {
	return reading{video: func(o object) *Video {
		if link := o.object("assets").link("video"); link != "" {
			return &Video{URL: link}
		}
		return nil
	}}
}

func (lumalabs) list(offset, limit int) call {
	return call{http.MethodGet, lumalabsPath + "?limit=" + strconv.Itoa(limit) + "&offset=" + strconv.Itoa(offset), nil}
}

func (d lumalabs) listed(body []byte, limit int) (entries []object, more bool, err error) {
	layers, _, err := layersOf(body)
	if err != nil {
		return nil, false, err
	}
	for _, o := range layers {
		list, ok := o.objects("generations")
		if !ok {
			continue
		}
		more, known := o.truth("has_more")
		return list, more || !known && len(list) >= limit, nil
	}
	if f, said := d.reading().fault(layers[0]); said {
		return nil, false, &f
	}
	return nil, false, errNoList
}

// asks compares what a request says with the request that a generation of the
// list echoes, as both are written. What either leaves out is what the service
// takes then, where that is known; what the request leaves to it can be anything
// where it is not.
func (d lumalabs) asks(entry object, r Request) bool {
	echo := entry.object("request")
	if told := echo.text("callback_url"); told != "" && r.CallbackURL != "" {
		return told == r.CallbackURL
	}
	switch r.Kind {
	case KindUpscale: // of which source the echo does not say, nor of a sound
		return echo.text("generation_type") == "upscale_video" && echo.text("resolution") == r.Resolution
	case KindSound:
		return echo.text("generation_type") == "add_audio" && echo.text("prompt") == r.Prompt
	}
	wrote, err := json.Marshal(d.create(r).body)
	if err != nil {
		return false
	}
	want := objectOf(wrote)
	for _, field := range []struct{ name, byDefault, beside string }{
		{"generation_type", "video", ""},
		{"prompt", "", ""},
		{"model", lumalabsModel, entry.text("model")},
		{"duration", lumalabsDuration.String(), ""},
		{"aspect_ratio", "16:9", ""},
	} {
		if cmp.Or(want.text(field.name), field.byDefault) != cmp.Or(echo.text(field.name), field.beside, field.byDefault) {
			return false
		}
	}
	if asked := want.text("resolution"); asked != "" && asked != echo.text("resolution") {
		return false
	}
	if loops, _ := echo.truth("loop"); loops != r.Loop {
		return false
	}
	mine, theirs := want.object("keyframes"), echo.object("keyframes")
	return sameFrame(mine.object("frame0"), theirs.object("frame0")) && sameFrame(mine.object("frame1"), theirs.object("frame1"))
}

// sameFrame compares two keyframes of lumalabs. Of a picture's address the query
// does not count: where it is a signature, it is a new one each time.
func sameFrame(a, b object) bool {
	address := func(o object) string { return strings.SplitN(o.text("url"), "?", 2)[0] }
	return a.text("id") == b.text("id") && address(a) == address(b)
}

func (lumalabs) balance() call { return call{http.MethodGet, "/credits", nil} }

var errNoBalance = errors.New("the answer holds no balance")

// maxBalance bounds what is believed, in US cents.
const maxBalance = 1e12

// held: credit_balance is in US cents, and may have decimal places.
func (d lumalabs) held(body []byte) (money.Amount, error) {
	layers, _, err := layersOf(body)
	if err != nil {
		return 0, err
	}
	for _, o := range layers {
		if cents, err := strconv.ParseFloat(o.text("credit_balance"), 64); err == nil && math.Abs(cents) <= maxBalance {
			return money.Amount(math.Round(cents * float64(money.Cent))), nil
		}
	}
	if f, said := d.reading().fault(layers[0]); said {
		return 0, &f
	}
	return 0, errNoBalance
}
