// Package luma is a client of Luma Dream Machine: it creates videos from
// prompts and pictures, extends them, and asks how far they are.
//
// The API is spoken in several dialects. A Client's face is the same for all
// of them; what a dialect can do is said by its Capabilities, and how it
// speaks is in one file.
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

// CreateRequest asks for a new video. Zero fields are left to the service.
type CreateRequest struct {
	Prompt       string        // required; Capabilities gives the bounds
	Model        string        // one of Capabilities.Models
	Duration     time.Duration // one of Capabilities.Durations
	Resolution   string        // one of Capabilities.Resolutions
	ExpandPrompt *bool         // let the service enrich the prompt; nil: its default
	ImageURL     string        // first frame
	EndImageURL  string        // last frame
}

// ExtendRequest asks for a video that goes on from a completed one.
type ExtendRequest struct {
	Prompt      string // required
	EndImageURL string // last frame
}

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
	Models       []string        // the service's own default is not among them
	Durations    []time.Duration // of a new video
	Resolutions  []string
	PromptMin    int  // runes
	PromptMax    int  // runes
	ExpandPrompt bool // CreateRequest.ExpandPrompt is understood
	// ExtendEndImage: ExtendRequest.EndImageURL is understood.
	ExtendEndImage bool
}

// Capabilities returns what the client's dialect can do. The caller may keep
// and change it.
func (c *Client) Capabilities() Capabilities {
	can := c.dialect.capabilities()
	can.Models = slices.Clone(can.Models)
	can.Durations = slices.Clone(can.Durations)
	can.Resolutions = slices.Clone(can.Resolutions)
	return can
}

// Create asks for a new video. It costs money: it is sent once, and never
// again by the client. An error for which ErrUncertain holds leaves open
// whether the service has accepted it; after any other error it surely has
// not. A request that breaks the Capabilities is ErrInvalidRequest and is not
// sent. It takes 90 s at most. Every error is an *Error.
func (c *Client) Create(ctx context.Context, r CreateRequest) (Generation, error) {
	if err := checkCreate(c.dialect.capabilities(), r); err != nil {
		return Generation{}, refuse(opCreate, err)
	}
	return c.pay(ctx, opCreate, c.dialect.create(r))
}

// Extend asks for a video that goes on from the completed generation id. What
// holds for Create holds for it; ErrNotFound says that there is no generation
// id.
func (c *Client) Extend(ctx context.Context, id string, r ExtendRequest) (Generation, error) {
	if err := checkExtend(c.dialect.capabilities(), id, r); err != nil {
		return Generation{}, refuse(opExtend, err)
	}
	return c.pay(ctx, opExtend, c.dialect.extend(id, r))
}

// Get asks how far the generation id is. It is free: where that can help it is
// sent up to 3 times, with at most 5 s in between. ErrUnavailable is worth
// another call later, and so is ErrRateLimited after Error.RetryAfter. The
// Generation's ID is id. Every error is an *Error.
func (c *Client) Get(ctx context.Context, id string) (Generation, error) {
	if err := checkID(id); err != nil {
		return Generation{}, refuse(opGet, err)
	}
	g, err := c.query(ctx, c.dialect.get(id))
	if err != nil {
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
	_, fail := c.ask(ctx, opPing, c.dialect.get(pingID))
	if fail == nil || fail.Status != 0 && (fail.Kind == ErrNotFound || fail.Kind == ErrInvalidRequest) {
		return nil
	}
	return fail
}
