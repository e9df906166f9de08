// Package order says what a job asks Luma for: the one place where a job's fields
// become a request's.
package order

import (
	"dreambot/luma"
	"dreambot/store"
)

// kinds are the requests that jobs make.
var kinds = map[store.Kind]luma.Kind{
	store.KindDream:   luma.KindCreate,
	store.KindExtend:  luma.KindExtend,
	store.KindBlend:   luma.KindBlend,
	store.KindUpscale: luma.KindUpscale,
	store.KindSound:   luma.KindSound,
}

// Request returns what a job asks for, its pictures by their addresses. Source
// and Second are empty where only the parents' jobs know them.
func Request(j store.Job) luma.Request {
	r := luma.Request{
		Kind: kinds[j.Kind], Prompt: j.Prompt, Model: j.Settings.Model, Duration: j.Settings.Duration,
		Resolution: j.Settings.Resolution, AspectRatio: j.Settings.AspectRatio, Loop: j.Settings.Loop,
		ExpandPrompt: j.Settings.ExpandPrompt, Image: luma.Image{URL: j.Image.URL}, EndImage: luma.Image{URL: j.EndImage.URL},
		Source: j.Source, Second: j.SecondSource, Backward: j.Backward,
	}
	if j.Kind == store.KindUpscale {
		r.Prompt = "" // it is its parent's, for people to read
	}
	return r
}
