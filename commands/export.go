package commands

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"dreambot/bot/reply"
	"dreambot/internal/community"
	"dreambot/internal/money"
	"dreambot/store"
)

// Bounds of an export. The file goes up with the answer, for which Discord gives
// three seconds.
const (
	exportSize = 4 << 20 // bytes
	exportTime = 1200 * time.Millisecond
	exportName = "dreambot-data.json"
)

// export is /export: what is kept of the person, as a file for them alone. In a
// server it is what is kept of them there; outside, all.
type export struct{ *Set }

func (e *export) definition() Definition { return e.define("export") }

func (e *export) run(ctx context.Context, in Interaction) (Answer, error) {
	reading, cancel := context.WithTimeout(ctx, exportTime)
	defer cancel()
	data := collection{Member: in.Member, Server: in.Guild, ExportedAt: e.Now().UTC(), left: int(min(exportSize, in.UploadLimit)) - exportHead}
	err := e.collect(reading, in, &data)
	if errors.Is(err, errExportFull) || reading.Err() != nil && ctx.Err() == nil {
		data.Cut, err = true, nil
	}
	if err != nil {
		return Answer{}, fmt.Errorf("export a member's data: %w", err)
	}
	content, err := json.MarshalIndent(data, "", exportIndent)
	if err != nil {
		return Answer{}, fmt.Errorf("write a member's data: %w", err)
	}
	d := reply.Document{Name: exportName, ContentType: "application/json", Content: content}
	m := reply.Export(e.Catalog.For(in.Locale), d, in.Guild == "", data.Cut)
	return Answer{Notice: &m, File: &d}, nil
}

// collect reads everything that is kept of the person, until the collection is
// full.
func (e *export) collect(ctx context.Context, in Interaction, data *collection) error {
	here := func(guild string) bool { return in.Guild == "" || guild == in.Guild }
	guilds := map[string]bool{}
	err := e.Store.Each(ctx, in.Member, func(j store.Job) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if !here(j.Guild) {
			return nil
		}
		guilds[j.Guild] = true
		return data.add(&data.Dreams, exportedDream(j))
	})
	if err != nil {
		return err
	}
	err = e.Community.Store.Each(ctx, in.Member, func(kept any) error {
		if ctx.Err() != nil {
			return ctx.Err()
		}
		switch k := kept.(type) {
		case community.Prompt:
			if here(k.Guild) {
				guilds[k.Guild] = true
				return data.add(&data.Prompts, exportedPrompt(k))
			}
		case community.Vote:
			if here(k.Guild) {
				return data.add(&data.Votes, vote{k.Guild, k.Prompt, string(k.Place)})
			}
		case community.Contest:
			if here(k.Guild) {
				return data.add(&data.Contests, exportedContest(k, in.Member))
			}
		}
		return nil
	})
	if err != nil {
		return err
	}
	if in.Guild != "" {
		guilds[in.Guild] = true
	}
	delete(guilds, "") // nothing is counted outside of servers
	for guild := range guilds {
		t, err := e.Store.Tally(ctx, guild, in.Member)
		if err != nil {
			return err
		}
		u, err := e.Store.Usage(ctx, guild, in.Member, e.Now())
		if err != nil {
			return err
		}
		if t == (store.Tally{}) && u == (store.Usage{}) {
			continue
		}
		if err := data.add(&data.Counts, count{guild, t.Dreams, t.Length.Seconds(), t.Remixed, u.Dreams, u.Length.Seconds(), inDollars(u.Cost)}); err != nil {
			return err
		}
	}
	return nil
}

// errExportFull ends a collection that has no room for more.
var errExportFull = errors.New("the export has no room for more")

const (
	exportIndent = " "
	exportHead   = 1 << 10 // bytes, for what stands around the lists
)

// collection is the file of an export. It holds no address that is signed, no
// token, and nothing of the operator's.
type collection struct {
	Member     string            `json:"member"`
	Server     string            `json:"server,omitempty"` // empty: all of them, and direct messages
	ExportedAt time.Time         `json:"exported_at"`
	Cut        bool              `json:"cut,omitempty"` // there is more than the file has room for
	Dreams     []json.RawMessage `json:"dreams"`
	Prompts    []json.RawMessage `json:"shared_prompts"`
	Votes      []json.RawMessage `json:"votes"`
	Contests   []json.RawMessage `json:"contests"`
	Counts     []json.RawMessage `json:"counts"`

	left int // bytes
}

// add puts a thing to a list, where there is room for it as it is written there.
func (c *collection) add(list *[]json.RawMessage, thing any) error {
	text, err := json.MarshalIndent(thing, exportIndent+exportIndent, exportIndent)
	if err != nil {
		return err
	}
	if c.left -= len(text) + 2*len(exportIndent) + len(",\n"); c.left < 0 {
		return errExportFull
	}
	*list = append(*list, text)
	return nil
}

// dreamed is a job in an export.
type dreamed struct {
	ID          string         `json:"id"`
	Kind        store.Kind     `json:"kind"`
	Server      string         `json:"server,omitempty"`
	Channel     string         `json:"channel"`
	Message     string         `json:"message,omitempty"` // its address
	Locale      string         `json:"locale"`
	Prompt      string         `json:"prompt"`
	Model       string         `json:"model,omitempty"`
	Seconds     float64        `json:"seconds,omitempty"` // that were asked for
	Resolution  string         `json:"resolution,omitempty"`
	AspectRatio string         `json:"aspect_ratio,omitempty"`
	Loop        bool           `json:"loop,omitempty"`
	Expand      *bool          `json:"expand_prompt,omitempty"`
	Spoiler     bool           `json:"spoiler,omitempty"`
	ByReaction  bool           `json:"by_reaction,omitempty"`
	Extends     string         `json:"extends,omitempty"` // id of a job
	Backward    bool           `json:"backward,omitempty"`
	MadeFrom    []string       `json:"made_from,omitempty"` // ids of jobs, where it extends none
	Part        int            `json:"part,omitempty"`
	RemixedFrom []string       `json:"remixed_from,omitempty"` // ids of jobs
	Pictures    []givenPicture `json:"pictures,omitempty"`
	State       store.State    `json:"state"`
	Failure     store.Failure  `json:"failure,omitempty"`
	Deleted     bool           `json:"deleted,omitempty"`
	AskedAt     time.Time      `json:"asked_at"`
	FinishedAt  time.Time      `json:"finished_at,omitzero"`
	Dollars     float64        `json:"usd,omitempty"` // what it cost, as far as that is known
}

type givenPicture struct {
	Name   string `json:"name"`
	Width  int    `json:"width"`
	Height int    `json:"height"`
	Size   int64  `json:"bytes,omitempty"`
}

func exportedDream(j store.Job) dreamed {
	d := dreamed{ID: j.ID, Kind: j.Kind, Server: j.Guild, Channel: j.Channel, Locale: j.Locale, Prompt: j.Prompt,
		Model: j.Settings.Model, Seconds: j.Settings.Duration.Seconds(), Resolution: j.Settings.Resolution,
		AspectRatio: j.Settings.AspectRatio, Loop: j.Settings.Loop,
		Expand: j.Settings.ExpandPrompt, Spoiler: j.Spoiler, ByReaction: j.Reaction, Backward: j.Backward, Part: j.Part,
		State: j.State, Failure: j.Failure, Deleted: j.Removed, AskedAt: j.CreatedAt, FinishedAt: j.FinishedAt}
	if at := j.Spot(); !at.IsZero() {
		d.Message = reply.Link(j.SpotGuild(), at)
	}
	switch j.Kind {
	case store.KindExtend:
		d.Extends = j.Parent
	case store.KindBlend:
		d.MadeFrom = []string{j.Parent, j.Second}
	case store.KindUpscale, store.KindSound:
		d.MadeFrom = []string{j.Parent}
	}
	if j.State == store.StateCompleted || j.Failure.MayCost() {
		d.Dollars = inDollars(j.Price)
	}
	for _, c := range j.Remixes {
		d.RemixedFrom = append(d.RemixedFrom, c.Job)
	}
	for _, p := range []store.Picture{j.Image, j.EndImage} {
		if !p.IsZero() {
			d.Pictures = append(d.Pictures, givenPicture{p.Name, p.Width, p.Height, p.Size})
		}
	}
	return d
}

// sharedPrompt is a prompt in an export; what it is of is the job of that id.
type sharedPrompt struct {
	ID        string    `json:"id"`
	Server    string    `json:"server"`
	Prompt    string    `json:"prompt"`
	SharedAt  time.Time `json:"shared_at"`
	Votes     int       `json:"votes"`
	Contest   string    `json:"contest,omitempty"` // id
	Result    string    `json:"result"`            // its address
	Post      string    `json:"post,omitempty"`    // likewise
	Withdrawn bool      `json:"withdrawn,omitempty"`
}

func exportedPrompt(p community.Prompt) sharedPrompt {
	s := sharedPrompt{ID: p.ID, Server: p.Guild, Prompt: p.Text, SharedAt: p.SharedAt, Votes: p.Votes, Contest: p.Contest,
		Result: reply.Link(p.Guild, p.Result), Withdrawn: p.Withdrawn}
	if at := p.Post.Spot(); !at.IsZero() {
		s.Post = reply.Link(p.Guild, at)
	}
	return s
}

type vote struct {
	Server string `json:"server"`
	Prompt string `json:"prompt"` // id of the job
	Under  string `json:"under"`
}

// contestPart is a contest in an export: one that the person has begun or won.
type contestPart struct {
	ID      string    `json:"id"`
	Server  string    `json:"server"`
	Theme   string    `json:"theme"`
	Started bool      `json:"started_by_you,omitempty"`
	Starts  time.Time `json:"starts"`
	Ends    time.Time `json:"ends"`
	Places  []place   `json:"places,omitempty"`
}

// place is one that the person has taken in a contest.
type place struct {
	Place  int    `json:"place"` // from 1
	Prompt string `json:"prompt"`
	Votes  int    `json:"votes"`
}

func exportedContest(c community.Contest, member string) contestPart {
	p := contestPart{ID: c.ID, Server: c.Guild, Theme: c.Theme, Started: c.StartedBy == member, Starts: c.Starts, Ends: c.Ends}
	for i, w := range c.Winners {
		if w.Author == member {
			p.Places = append(p.Places, place{i + 1, w.Text, w.Votes})
		}
	}
	return p
}

// count is, in an export, what a member has made in a server, and used of this day.
type count struct {
	Server       string  `json:"server"`
	Dreams       int     `json:"dreams"`
	Seconds      float64 `json:"seconds"`
	Remixed      int     `json:"remixed"`
	DreamsToday  int     `json:"dreams_today"`
	SecondsToday float64 `json:"seconds_today"`
	DollarsToday float64 `json:"usd_today,omitempty"`
}

// inDollars is an amount as JSON has numbers.
func inDollars(a money.Amount) float64 { return float64(a) / float64(money.Dollar) }
