package commands

import (
	"slices"
	"strings"

	"dreambot/internal/i18n"
	"dreambot/store"
)

// pictureLimit is the largest picture that is taken, in bytes.
const pictureLimit = 20 << 20

// pictureTypes are the images that Luma reads.
var pictureTypes = []string{"image/jpeg", "image/png", "image/webp"}

// picture returns the attachment of an option; the zero Picture where the
// option is not given. Width and height are Discord's, who decoded the image:
// better evidence than a file's name.
func picture(in Interaction, option string) (store.Picture, error) {
	given, ok := in.Options[option]
	if !ok {
		return store.Picture{}, nil
	}
	f, ok := in.Files[given.Text]
	kind, _, _ := strings.Cut(strings.ToLower(f.ContentType), ";")
	switch {
	case !ok, f.URL == "", f.Width <= 0, f.Height <= 0, !slices.Contains(pictureTypes, strings.TrimSpace(kind)):
		name := f.Name
		if name == "" {
			name = option
		}
		return store.Picture{}, refuse("refusal.image.kind", i18n.Args{"Name": name})
	case f.Size > pictureLimit:
		return store.Picture{}, refuse("refusal.image.size", i18n.Args{"Name": f.Name, "Max": pictureLimit >> 20})
	}
	return store.Picture{URL: f.URL, Name: f.Name, Width: f.Width, Height: f.Height, GivenAt: in.Received}, nil
}
