package commands

import (
	"context"
	"fmt"
	"slices"
	"strconv"

	"dreambot/bot/reply"
	"dreambot/internal/community"
	"dreambot/internal/i18n"
)

// profile is /profile: what a member has made and shared in this server.
type profile struct{ *Set }

func (p *profile) definition() Definition {
	return p.defineInServers("profile", 0, p.option(optionUser, "member", ""))
}

func (p *profile) run(ctx context.Context, in Interaction) (Answer, error) {
	if !in.inServer() {
		return Answer{}, refuse("refusal.server")
	}
	of := reply.Profile{Member: in.Member}
	if o, ok := in.Options["member"]; ok {
		if of.Member = o.Text; !snowflake(of.Member) {
			return Answer{}, refuse("refusal.option", i18n.Args{"Option": "member"})
		}
	}
	var err error
	if of.Tally, err = p.Store.Tally(ctx, in.Guild, of.Member); err != nil {
		return Answer{}, fmt.Errorf("read what a member has made: %w", err)
	}
	if of.Standing, err = p.Community.Store.Standing(ctx, in.Guild, of.Member); err != nil {
		return Answer{}, fmt.Errorf("read what a member has shared: %w", err)
	}
	if of.Best, err = p.best(ctx, in.Guild, of.Member, reply.MaxBest); err != nil {
		return Answer{}, err
	}
	m := reply.ProfileCard(p.Catalog.For(in.Locale), of)
	return Answer{Notice: &m}, nil
}

// profileScan is how many of a member's shared prompts the best are chosen from:
// the newest.
const profileScan = 10 * community.MaxPage

// best are the shared prompts of a member with the most votes, at most limit; of
// as many votes the newest.
func (s *Set) best(ctx context.Context, guild, member string, limit int) ([]community.Prompt, error) {
	var all []community.Prompt
	for offset := 0; offset < profileScan; offset += community.MaxPage {
		page, err := s.Community.Store.List(ctx, community.Query{Guild: guild, Order: community.OrderMine, Author: member, Offset: offset})
		if err != nil {
			return nil, fmt.Errorf("list what a member has shared: %w", err)
		}
		all = append(all, page.Prompts...)
		if !page.More {
			break
		}
	}
	slices.SortStableFunc(all, func(a, b community.Prompt) int { return b.Votes - a.Votes })
	return all[:min(len(all), limit)], nil
}

// snowflake reports whether s has the form of an id at Discord: a number of 64
// bits, which is not 0.
// Source: discord-api-docs, reference#snowflakes.
func snowflake(s string) bool {
	n, err := strconv.ParseUint(s, 10, 64)
	return err == nil && n > 0 && s == strconv.FormatUint(n, 10)
}
