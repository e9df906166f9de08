package commands

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"time"
	"unicode/utf16"

	"dreambot/bot/reply"
	"dreambot/internal/community"
	"dreambot/store"
)

// prompts is /prompts and its pages: the gallery of the server.
type prompts struct {
	*Set
	pressOnly
}

// Subcommands of /prompts. They are called as the lists are; of the best there is
// a list for each period.
const (
	subTop    = "top"
	subNew    = reply.ListNew
	subSearch = reply.ListSearch
	subRandom = reply.ListRandom
	subMine   = reply.ListMine
)

// Periods of the best prompts, as the option gives them.
const (
	periodWeek  = "week"
	periodMonth = "month"
	periodAll   = "all"
)

// Lengths of the periods.
const (
	week  = 7 * 24 * time.Hour
	month = 30 * 24 * time.Hour
)

func (p *prompts) definition() Definition {
	words := p.option(optionString, "words", "")
	words.Required, words.MinLength, words.MaxLength = true, 1, reply.MaxSearch
	return p.defineInServers("prompts", 0,
		p.sub("prompts", subTop, p.periodOption()),
		p.sub("prompts", subNew),
		p.sub("prompts", subSearch, words),
		p.sub("prompts", subRandom),
		p.sub("prompts", subMine))
}

// sub makes a subcommand, whose words are the catalog's under "command.".
func (s *Set) sub(command, name string, options ...DefinedOption) DefinedOption {
	key := "command." + command + "." + name
	return DefinedOption{Type: optionSub,
		Name: s.say(key + ".name"), NameLocalizations: s.Catalog.Localizations(key + ".name"),
		Description: s.say(key + ".description"), DescriptionLocalizations: s.Catalog.Localizations(key + ".description"),
		Options: options}
}

func (p *prompts) periodOption() DefinedOption {
	o := p.option(optionString, "period", "")
	for _, period := range []string{periodWeek, periodMonth, periodAll} {
		key := "option.period." + period
		o.Choices = append(o.Choices, Choice{Name: p.say(key), NameLocalizations: p.Catalog.Localizations(key), Value: period})
	}
	return o
}

func (p *prompts) run(ctx context.Context, in Interaction) (Answer, error) {
	a := reply.Action{Verb: reply.ActionGallery, Arg: in.Sub}
	switch in.Sub {
	case subTop:
		period, err := chosen(in, "period", p.periodOption().Choices)
		if err != nil {
			return Answer{}, err
		}
		a.Arg += cmp.Or(period, periodWeek)
	case subSearch:
		if a.Text = searched(in.Options["words"].Text); a.Text == "" {
			return Answer{}, refuse("refusal.search.empty")
		}
	case subNew, subRandom, subMine:
	default:
		return Answer{}, refuse("refusal.unknown")
	}
	return p.page(ctx, in, a)
}

// searched is what somebody types to look for, as a custom id can hold it: one
// line of at most MaxSearch UTF-16 units.
func searched(words string) string {
	words = strings.Join(strings.Fields(strings.ToValidUTF8(words, "")), " ")
	units := 0
	for i, r := range words {
		if units += max(utf16.RuneLen(r), 1); units > reply.MaxSearch {
			return strings.TrimSpace(words[:i])
		}
	}
	return words
}

// press turns to another page.
func (p *prompts) press(ctx context.Context, in Interaction, a reply.Action, _ store.Job) (Answer, error) {
	a.Text = searched(a.Text) // it can be forged
	answer, err := p.page(ctx, in, a)
	answer.Replace = !in.Open
	return answer, err
}

// page shows the page of a list that an action names. The author of "mine" is who
// asks, whoever began to turn its pages.
func (p *prompts) page(ctx context.Context, in Interaction, a reply.Action) (Answer, error) {
	if !in.inServer() {
		return Answer{}, refuse("refusal.server")
	}
	found, err := p.list(ctx, in, a)
	if err != nil {
		return Answer{}, err
	}
	rules, err := p.rules(ctx, in.Guild, in.Guest)
	if err != nil {
		return Answer{}, err
	}
	page := reply.GalleryPage{List: a.Arg, Words: a.Text, Page: a.Page, More: found.More}
	for _, shared := range found.Prompts {
		page.Exhibits = append(page.Exhibits, reply.Exhibit{Prompt: shared,
			Hidden:    shared.Spoiler || rules.Hides(in.Channel, in.Parent),
			Withdraws: shared.Author == in.Member || has(in.Permissions, permissionManageMessages)})
	}
	p.addresses(ctx, page.Exhibits)
	m := reply.Gallery(p.Catalog.For(in.Locale), page)
	return Answer{Notice: &m}, nil
}

// list finds the prompts of a page. What names no list was forged.
func (p *prompts) list(ctx context.Context, in Interaction, a reply.Action) (community.Page, error) {
	q := community.Query{Guild: in.Guild, Offset: a.Page * reply.ExhibitsPerPage, Limit: reply.ExhibitsPerPage}
	switch a.Arg {
	case reply.ListTopWeek:
		q.Order, q.Since = community.OrderTop, p.Now().Add(-week)
	case reply.ListTopMonth:
		q.Order, q.Since = community.OrderTop, p.Now().Add(-month)
	case reply.ListTopAll:
		q.Order = community.OrderTop
	case reply.ListNew:
		q.Order = community.OrderNew
	case reply.ListMine:
		q.Order, q.Author = community.OrderMine, in.Member
	case reply.ListSearch:
		q.Order, q.Text = community.OrderSearch, a.Text
	case reply.ListRandom:
		shared, err := p.Community.Store.Random(ctx, in.Guild, rand.Float64())
		if errors.Is(err, community.ErrNotFound) {
			return community.Page{}, nil
		}
		if err != nil {
			return community.Page{}, fmt.Errorf("draw a shared prompt: %w", err)
		}
		return community.Page{Prompts: []community.Prompt{shared}}, nil
	}
	if q.Order == "" || q.Order == community.OrderSearch && q.Text == "" {
		return community.Page{}, refuse("refusal.unknown")
	}
	found, err := p.Community.Store.List(ctx, q)
	if err != nil {
		return community.Page{}, fmt.Errorf("list shared prompts by %s: %w", q.Order, err)
	}
	return found, nil
}

// addresses looks up where the videos of a page can be seen, all at once.
func (p *prompts) addresses(ctx context.Context, exhibits []reply.Exhibit) {
	var looking sync.WaitGroup
	for i := range exhibits {
		looking.Go(func() { exhibits[i].Address = p.exhibited(ctx, exhibits[i].Prompt) })
	}
	looking.Wait()
}

// exhibited is where a shared video can be seen now: on its post, or else on its
// result; empty: nowhere, or nobody knows in time.
func (p *prompts) exhibited(ctx context.Context, shared community.Prompt) string {
	for _, at := range []struct {
		store.Spot
		store.Upload
	}{{shared.Post.Spot(), shared.Post.Video}, {shared.Result, shared.Video}} {
		if at.IsZero() || at.Upload.ID == "" {
			continue
		}
		j := store.Job{ID: shared.ID, Kind: store.KindDream, State: store.StateCompleted, Guild: shared.Guild,
			Channel: at.Channel, Message: at.Message, Member: shared.Author, Upload: at.Upload}
		asking, cancel := context.WithTimeout(ctx, linkLimit)
		address, err := p.Replies.VideoURL(asking, j)
		cancel()
		if err != nil {
			p.Log.Warn("a shared video cannot be looked up", "job", j, "err", err)
		}
		if address != "" {
			return address
		}
	}
	return ""
}
