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

func checkCreate(can Capabilities, r CreateRequest) error {
	if err := checkPrompt(can, r.Prompt); err != nil {
		return err
	}
	switch {
	case r.Model != "" && !slices.Contains(can.Models, r.Model):
		return fmt.Errorf("model %q is not one of %q", r.Model, can.Models)
	case r.Duration != 0 && !slices.Contains(can.Durations, r.Duration):
		return fmt.Errorf("duration %v is not one of %v", r.Duration, can.Durations)
	case r.Resolution != "" && !slices.Contains(can.Resolutions, r.Resolution):
		return fmt.Errorf("resolution %q is not one of %q", r.Resolution, can.Resolutions)
	case r.ExpandPrompt != nil && !can.ExpandPrompt:
		return errors.New("the dialect does not expand prompts")
	}
	return nil
}

func checkExtend(can Capabilities, id string, r ExtendRequest) error {
	if err := checkID(id); err != nil {
		return err
	}
	if err := checkPrompt(can, r.Prompt); err != nil {
		return err
	}
	if r.EndImageURL != "" && !can.ExtendEndImage {
		return errors.New("the dialect does not extend toward an image")
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
