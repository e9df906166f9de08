// Package luma is a client of Luma Dream Machine: it creates videos from
// prompts and pictures, extends, blends, upscales them and gives them sound, and
// asks how far they are. What costs money is one call, Create, which is sent once;
// what became of one whose answer was lost is found by Find.
//
// The API is spoken in several dialects. A Client's face is the same for all
// of them; what a dialect can do and what it costs is said by its Capabilities,
// and how it speaks is in one file.
package luma

import (
	"context"
	"slices"
	"time"
)

// State is how far a generation is.
type State string

// The states of a generation. A word that nobody knows counts as dreaming.
const (
	StateQueued    State = "queued"
	StateDreaming  State = "dreaming"
	StateCompleted State = "completed"
	StateFailed    State = "failed"
)

// Kind says what a Request asks for.
type Kind string

// The kinds of requests. The text of each is Error.Op, too.
const (
	KindCreate  Kind = "create"  // a new video, from a prompt and up to two pictures
	KindExtend  Kind = "extend"  // what comes after a completed video, or before it
	KindBlend   Kind = "blend"   // the way from one completed video to another
	KindUpscale Kind = "upscale" // a completed video in a higher resolution
	KindSound   Kind = "sound"   // a completed video with sound
)

// Request asks for a video, which costs money. Zero fields are left to the
// service. Capabilities says which fields of which kinds a dialect has. Of
// KindUpscale only the resolution is sent of the settings, of KindSound none.
type Request struct {
	Kind         Kind          // empty: KindCreate
	Prompt       string        // required, but of KindUpscale, which has none
	Model        string        // one of Capabilities.Models
	Duration     time.Duration // one of Capabilities.Durations
	Resolution   string        // one of Capabilities.Resolutions; of KindUpscale one of Upscale, required
	AspectRatio  string        // one of Capabilities.AspectRatios
	Loop         bool          // the end leads to the beginning
	ExpandPrompt *bool         // let the service enrich the prompt; nil: its default
	Image        Image         // first frame, of KindCreate
	EndImage     Image         // last frame, of KindCreate and KindExtend
	// Source is the id of the generation that is extended, blended from, upscaled
	// or given sound; Second of the one that is blended to.
	Source, Second string
	// Backward: the new video ends where Source begins.
	Backward bool
	// CallbackURL is told of the generation's progress, unsigned: what arrives
	// there is a hint to ask. Left out where the dialect has no callbacks.
	CallbackURL string
}

// Image is a picture: its address, or itself. Its zero value is none.
type Image struct {
	URL string
	// Data is the file itself, at most Capabilities.Inline bytes, of MediaType,
	// as "image/png". With it, URL is not used.
	Data      []byte
	MediaType string
}

// IsZero reports whether there is no picture.
func (i Image) IsZero() bool { return i.URL == "" && len(i.Data) == 0 }

// Generation is what the service says of a video.
type Generation struct {
	ID        string
	State     State
	CreatedAt time.Time // zero where the service does not say
	// Video is nil until there is a link, which can come after StateCompleted.
	Video *Video
	// Reason is set when State is StateFailed.
	Reason Reason
	// Cause is the service's own words for a failure: for the operator's log,
	// not for people.
	Cause string
}

// Video is a finished video. Its link can expire within the hour.
type Video struct {
	URL    string
	Width  int // pixels, 0 where the service does not say
	Height int // pixels, 0 where the service does not say
}

// Reason is why the service failed a generation.
type Reason string

// The reasons that can be told apart.
const (
	ReasonOther           Reason = "other"
	ReasonPromptModerated Reason = "prompt_moderated" // the prompt was refused
	ReasonImageModerated  Reason = "image_moderated"  // a picture was refused
	ReasonImageUnreadable Reason = "image_unreadable" // a picture could not be fetched or decoded
)

// Capabilities is what a dialect can do.
type Capabilities struct {
	Models       []string        // the service's own default is not among them, unless one is required
	Durations    []time.Duration // of a new video, the shortest first
	Resolutions  []string        // of a new video, the least first
	AspectRatios []string        // empty: there is no choice
	PromptMin    int             // runes
	PromptMax    int             // runes
	ExpandPrompt bool            // Request.ExpandPrompt is understood
	Loop         bool            // Request.Loop is understood
	// ExtendEndImage: Request.EndImage is understood of KindExtend.
	ExtendEndImage bool
	// ExtendSettings: the model, resolution and aspect ratio of an extension, or of
	// a blend, are chosen anew. Where false they are those of its source.
	ExtendSettings bool
	Backward       bool     // Request.Backward is understood
	Blend          bool     // KindBlend is understood
	Upscale        []string // the resolutions of KindUpscale, the least first; empty: it is not understood
	Sound          bool     // KindSound is understood
	Inline         int      // most bytes of Image.Data; 0: it is not understood
	Callbacks      bool     // Request.CallbackURL is understood
	List           bool     // Find works
	Balance        bool     // Client.Balance works
	// Conflicts are the pairs of traits that no request may have both of.
	Conflicts [][2]Trait
	// Default is what the service takes where a request does not say, as far as it
	// is known.
	Default Settings
	Prices  Prices
}

// Settings are what a video's price goes by.
type Settings struct {
	Model      string
	Duration   time.Duration
	Resolution string
}

// Trait is what a request has, as far as combinations of it are refused.
type Trait string

// The traits.
const (
	TraitImage       Trait = "image"        // a first frame
	TraitEndImage    Trait = "end_image"    // a last frame
	TraitLoop        Trait = "loop"         // Request.Loop
	TraitAspectRatio Trait = "aspect_ratio" // Request.AspectRatio
	TraitLong        Trait = "long"         // longer than the shortest of Capabilities.Durations
	TraitExtension   Trait = "extension"    // KindExtend, either way
	TraitBackward    Trait = "backward"     // Request.Backward
)

// has reports whether a request has a trait.
func (c Capabilities) has(r Request, t Trait) bool {
	switch t {
	case TraitImage:
		return !r.Image.IsZero()
	case TraitEndImage:
		return !r.EndImage.IsZero()
	case TraitLoop:
		return r.Loop
	case TraitAspectRatio:
		return r.AspectRatio != ""
	case TraitLong:
		return len(c.Durations) > 0 && r.Duration > c.Durations[0]
	case TraitExtension:
		return r.Kind == KindExtend
	case TraitBackward:
		return r.Backward
	}
	return false
}

// Conflict returns the first two traits of a request that the service does not
// take together, and whether there are any.
func (c Capabilities) Conflict(r Request) (one, other Trait, ok bool) {
	for _, pair := range c.Conflicts {
		if c.has(r, pair[0]) && c.has(r, pair[1]) {
			return pair[0], pair[1], true
		}
	}
	return "", "", false
}

// Capabilities returns what the client's dialect can do. The caller may keep
// and change it.
func (c *Client) Capabilities() Capabilities {
	can := c.dialect.capabilities()
	can.Models = slices.Clone(can.Models)
	can.Durations = slices.Clone(can.Durations)
	can.Resolutions = slices.Clone(can.Resolutions)
	can.AspectRatios = slices.Clone(can.AspectRatios)
	can.Upscale = slices.Clone(can.Upscale)
	can.Conflicts = slices.Clone(can.Conflicts)
	can.Prices.Rows = slices.Clone(can.Prices.Rows)
	if len(c.prices.Rows) > 0 {
		can.Prices.AsOf, can.Prices.Overrides = c.prices.AsOf, slices.Clone(c.prices.Rows)
	}
	return can
}

// Create asks for a video. It costs money: it is sent once, and never again by
// the client. An error for which ErrUncertain holds leaves open whether the
// service has accepted it; after any other error it surely has not. ErrNotFound
// says that there is no generation Source, or Second. A request that breaks the
// Capabilities is ErrInvalidRequest and is not sent. It takes 90 s at most.
// Every error is an *Error.
func (c *Client) Create(ctx context.Context, r Request) (Generation, error) {
	if r.Kind == "" {
		r.Kind = KindCreate
	}
	if err := checkRequest(c.dialect.capabilities(), r); err != nil {
		return Generation{}, refuse(string(r.Kind), err)
	}
	return c.pay(ctx, string(r.Kind), c.dialect.create(r))
}

// Get asks how far the generation id is. It is free: where that can help it is
// sent up to 3 times, with at most 5 s in between. ErrUnavailable is worth
// another call later, and so is ErrRateLimited after Error.RetryAfter. The
// Generation's ID is id. Every error is an *Error.
func (c *Client) Get(ctx context.Context, id string) (Generation, error) {
	if err := checkID(id); err != nil {
		return Generation{}, refuse(opGet, err)
	}
	var g Generation
	if err := c.query(ctx, c.about(&g, opGet, c.dialect.get(id))); err != nil {
		return Generation{}, err
	}
	// An envelope can name the generation by another id; the one that was
	// asked for is the one that is known to work.
	g.ID = id
	return g, nil
}

// pingID is an id that no generation has.
const pingID = "dreambot-ping"

// Ping asks, once and for free, whether the service can be reached and accepts
// the key: it asks for a generation that does not exist, and being told so is
// nil. It takes 45 s at most. Every error is an *Error, as Get's. What the
// balance is no query tells, so nil does not say that a paid call is accepted.
func (c *Client) Ping(ctx context.Context) error {
	var none Generation
	fail := c.ask(ctx, c.about(&none, opPing, c.dialect.get(pingID)))
	if fail == nil || fail.Status != 0 && (fail.Kind == ErrNotFound || fail.Kind == ErrInvalidRequest) {
		return nil
	}
	return fail
}
