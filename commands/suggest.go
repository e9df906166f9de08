package commands

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"dreambot/bot/reply"
	"dreambot/internal/community"
	"dreambot/store"
)

// suggestLimit bounds what is looked up for a suggestion: who types waits for it at
// every key.
const suggestLimit = 80 * time.Millisecond

// suggestionMark begins the value of a suggestion whose words the value itself
// cannot hold, or which has an author to be credited: the id of a job follows.
const suggestionMark = "prompt:"

// suggestedPrompts are the member's own last prompts here and then the best that
// the server shares, as far as they match what was typed.
func (s *Set) suggestedPrompts(ctx context.Context, in Interaction) []Choice {
	ctx, cancel := context.WithTimeout(ctx, suggestLimit)
	defer cancel()
	typed := strings.TrimSpace(in.Options["prompt"].Text)
	list := suggestions{seen: map[string]bool{}}
	own, err := s.Store.List(ctx, store.Query{Member: in.Member, Guild: in.Guild, Limit: store.MaxPage})
	if err != nil {
		s.Log.Warn("a member's own prompts cannot be suggested", "err", err)
	}
	for _, j := range own.Jobs {
		if suggests(in, j) && strings.Contains(strings.ToLower(j.Prompt), strings.ToLower(typed)) {
			list.add("", j.Prompt, ownValue(j))
		}
	}
	if !in.inServer() || list.full() {
		return list.choices
	}
	q := community.Query{Guild: in.Guild, Order: community.OrderSearch, Text: typed, Prefix: true}
	if typed == "" {
		q.Order, q.Since = community.OrderTop, s.Now().Add(-week)
	}
	found, err := s.Community.Store.List(ctx, q)
	if err != nil {
		s.Log.Warn("shared prompts cannot be suggested", "err", err)
	}
	for _, shared := range found.Prompts {
		list.add("🌟 ", shared.Text, suggestionMark+shared.ID)
	}
	return list.choices
}

// suggests reports whether a job's words can be suggested to a member: their own
// ones for what a video shows, that moderation has not refused. A reaction and a
// higher resolution have none of their own, and a sound others.
func suggests(in Interaction, j store.Job) bool {
	return j.Kind != store.KindUpscale && j.Kind != store.KindSound && j.Member == in.Member && in.sees(j) && !j.Removed && !j.Reaction && j.Failure != store.FailurePromptRejected
}

// ownValue is the value of one's own prompt: the words themselves, where they fit
// and nobody else is to be credited.
func ownValue(j store.Job) string {
	if len(j.Remixes) == 0 && reply.Label(j.Prompt) == j.Prompt && !strings.HasPrefix(j.Prompt, suggestionMark) {
		return j.Prompt
	}
	return suggestionMark + j.ID
}

// suggestions are choices, each prompt once.
type suggestions struct {
	choices []Choice
	seen    map[string]bool // by what they say
}

func (l *suggestions) full() bool { return len(l.choices) >= maxChoices }

func (l *suggestions) add(sign, prompt, value string) {
	name := reply.Label(sign + prompt)
	key := strings.ToLower(reply.Label(prompt))
	if key == "" || l.seen[key] || l.full() {
		return
	}
	l.seen[key] = true
	l.choices = append(l.choices, Choice{Name: name, Value: value})
}

// resolved finds what a chosen suggestion stands for: its words, and who is to be
// credited for them. Any other text is returned as it is. An id can be forged: it
// is one of the member's own jobs, or of a prompt that this server shares.
func (s *Set) resolved(ctx context.Context, in Interaction, text string) (string, []store.Credit, error) {
	id, ok := strings.CutPrefix(strings.TrimSpace(text), suggestionMark)
	if !ok || len(id) != 20 || strings.Trim(id, "0123456789abcdefghijklmnopqrstuv") != "" {
		return text, nil, nil
	}
	j, err := s.visible(ctx, in, id)
	switch {
	case err == nil && suggests(in, j):
		return j.Prompt, store.CreditsFrom(j, in.Member), nil
	case err != nil && !errors.Is(err, store.ErrNotFound):
		return "", nil, err
	case !in.inServer():
		return "", nil, refuse("refusal.suggestion.gone")
	}
	shared, err := s.Community.Store.Prompt(ctx, in.Guild, id)
	switch {
	case errors.Is(err, community.ErrNotFound):
		return "", nil, refuse("refusal.suggestion.gone")
	case err != nil:
		return "", nil, fmt.Errorf("read shared prompt %q: %w", id, err)
	}
	return shared.Text, creditsFrom(shared, in.Member), nil
}

// creditsFrom is what a dream of a member is credited with that has the words of a
// shared prompt.
func creditsFrom(shared community.Prompt, member string) []store.Credit {
	return store.CreditsFrom(store.Job{ID: shared.ID, Member: shared.Author, Remixes: shared.Remixes}, member)
}
