package commands

import (
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"dreambot/internal/i18n"
	"dreambot/store"
)

// pictureLimit is the largest picture that is taken, in bytes.
const pictureLimit = 20 << 20

// pictureTypes are the images that Luma reads.
var pictureTypes = []string{"image/jpeg", "image/png", "image/webp"}

// pictureLife is how long the address of a picture surely works where it does
// not say: Discord signs addresses for a day.
const pictureLife = 23 * time.Hour

// maxExpires is in the year 6325: later ones come to be such that JSON has no
// form for them.
const maxExpires = 1 << 37 // s

// Expires returns until when a signed address of Discord's works that was seen
// at a time: it says so itself, in hexadecimal seconds.
// Source: discord-api-docs, reference, "Signed Attachment CDN URLs".
func Expires(address string, seen time.Time) time.Time {
	if u, err := url.Parse(address); err == nil {
		if ex, err := strconv.ParseInt(u.Query().Get("ex"), 16, 64); err == nil && ex > 0 && ex < maxExpires {
			return time.Unix(ex, 0).UTC()
		}
	}
	return seen.Add(pictureLife)
}

// picture returns the attachment of an option; the zero Picture where the
// option is not given.
func picture(in Interaction, option string) (store.Picture, error) {
	given, ok := in.Options[option]
	if !ok {
		return store.Picture{}, nil
	}
	f := in.Files[given.Text]
	if f.Name == "" {
		f.Name = option
	}
	return readPicture(f, in.Received)
}

// readPicture checks that a file is a picture that can be used. Width and
// height are Discord's, who decoded the image: better evidence than a file's
// name.
func readPicture(f File, seen time.Time) (store.Picture, error) {
	switch {
	case !f.isPicture():
		return store.Picture{}, refuse("refusal.image.kind", i18n.Args{"Name": f.Name})
	case f.Size > pictureLimit:
		return store.Picture{}, refuse("refusal.image.size", i18n.Args{"Name": f.Name, "Max": pictureLimit >> 20})
	}
	return store.Picture{URL: f.URL, Expires: Expires(f.URL, seen), Name: f.Name, Width: f.Width, Height: f.Height, Size: f.Size}, nil
}

func (f File) isPicture() bool {
	kind, _, _ := strings.Cut(strings.ToLower(f.ContentType), ";")
	return f.URL != "" && f.Width > 0 && f.Height > 0 && slices.Contains(pictureTypes, strings.TrimSpace(kind))
}
