package luma

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maxID bounds an id, in bytes. Those seen are under 50.
const maxID = 256

func checkRequest(can Capabilities, r Request) error {
	if r.Kind != KindUpscale {
		if err := checkPrompt(can, r.Prompt); err != nil {
			return err
		}
	}
	for _, check := range []func(Capabilities, Request) error{checkSources, checkSettings, checkImages} {
		if err := check(can, r); err != nil {
			return err
		}
	}
	if one, other, ok := can.Conflict(r); ok {
		return fmt.Errorf("the dialect does not take %s and %s together", one, other)
	}
	return nil
}

// checkSources checks the kind, and the generations that it is about.
func checkSources(can Capabilities, r Request) error {
	understood, sources := true, []string{r.Source}
	switch r.Kind {
	case KindCreate:
		sources = nil
	case KindExtend:
	case KindBlend:
		understood, sources = can.Blend, append(sources, r.Second)
	case KindUpscale:
		understood = len(can.Upscale) > 0
	case KindSound:
		understood = can.Sound
	default:
		understood = false
	}
	if !understood || r.Backward && (!can.Backward || r.Kind != KindExtend) {
		return fmt.Errorf("the dialect has no %q of this kind", r.Kind)
	}
	for _, id := range sources {
		if err := checkID(id); err != nil {
			return err
		}
	}
	return nil
}

// checkSettings checks what is asked for of the video. An upscale has a resolution
// and no other setting, a sound has none: what else stands in them is their
// source's, and not sent.
func checkSettings(can Capabilities, r Request) error {
	switch r.Kind {
	case KindUpscale:
		if !slices.Contains(can.Upscale, r.Resolution) {
			return fmt.Errorf("resolution %q is not one of %q", r.Resolution, can.Upscale)
		}
		return nil
	case KindSound:
		return nil
	}
	switch {
	case r.Model != "" && !slices.Contains(can.Models, r.Model):
		return fmt.Errorf("model %q is not one of %q", r.Model, can.Models)
	case r.Duration != 0 && !slices.Contains(can.Durations, r.Duration):
		return fmt.Errorf("duration %v is not one of %v", r.Duration, can.Durations)
	case r.Resolution != "" && !slices.Contains(can.Resolutions, r.Resolution):
		return fmt.Errorf("resolution %q is not one of %q", r.Resolution, can.Resolutions)
	case r.AspectRatio != "" && !slices.Contains(can.AspectRatios, r.AspectRatio):
		return fmt.Errorf("aspect ratio %q is not one of %q", r.AspectRatio, can.AspectRatios)
	case r.Loop && (!can.Loop || r.Kind == KindBlend):
		return fmt.Errorf("the dialect does not loop a %q", r.Kind)
	case r.ExpandPrompt != nil && !can.ExpandPrompt:
		return errors.New("the dialect does not expand prompts")
	}
	return nil
}

func checkImages(can Capabilities, r Request) error {
	if r.Kind == KindExtend && !r.EndImage.IsZero() && !can.ExtendEndImage {
		return errors.New("the dialect does not extend toward an image")
	}
	for _, i := range []Image{r.Image, r.EndImage} {
		if len(i.Data) > can.Inline {
			return fmt.Errorf("a picture of %d bytes is more than the %d that can be sent", len(i.Data), can.Inline)
		}
		if len(i.Data) > 0 && !strings.HasPrefix(i.MediaType, "image/") {
			return fmt.Errorf("%q is no picture's media type", i.MediaType)
		}
	}
	return nil
}

func checkPrompt(can Capabilities, prompt string) error {
	if strings.TrimSpace(prompt) == "" {
		return errors.New("the prompt is empty")
	}
	if n := utf8.RuneCountInString(prompt); n < can.PromptMin || n > can.PromptMax {
		return fmt.Errorf("the prompt has %d characters, not %d to %d", n, can.PromptMin, can.PromptMax)
	}
	return nil
}

// checkID refuses an id that cannot be one segment of a path, escaped: the
// rest of the world resolves "." and ".." before it looks.
func checkID(id string) error {
	switch {
	case strings.TrimSpace(id) == "":
		return errors.New("the id is empty")
	case len(id) > maxID:
		return fmt.Errorf("the id has %d bytes, more than %d", len(id), maxID)
	case id == "." || id == "..", !utf8.ValidString(id), strings.ContainsFunc(id, unicode.IsControl):
		return fmt.Errorf("%q is no id", id)
	}
	return nil
}
