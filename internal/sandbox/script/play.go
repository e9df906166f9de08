package script

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"dreambot/internal/sandbox"
	"dreambot/internal/sandbox/discord"
)

// player is a play under way: who acts and where, and what they look at.
type player struct {
	box    *sandbox.Sandbox
	dir    string
	log    *transcript
	client *http.Client

	actor   discord.User
	place   string // as it is written
	channel string // id, as place means it for the actor

	awaited bool             // the next step says what this one brings
	brought *discord.Outcome // by the last act; nil where it brings nothing at once
	hand    string           // id of the message in hand
	handled map[string]bool  // ids of all that were in hand
	marks   map[string]string
	modal   *discord.Modal // the open one
	values  map[string]string

	problem string // why the last video could not be fetched

	paidBefore map[string]bool // generations that were there when the play began
	held       int             // expectations that held
}

// Play plays the script in a sandbox, once its bot is online and has registered
// commands, and writes the transcript to w. Its error is a *Failed where a step
// did not go as it should; nothing after that is played.
func (s Script) Play(ctx context.Context, box *sandbox.Sandbox, w io.Writer) (err error) {
	transport := &http.Transport{}
	defer transport.CloseIdleConnections()
	p := &player{
		box: box, dir: s.dir, client: &http.Client{Transport: transport, Timeout: usualWait},
		handled: map[string]bool{}, marks: map[string]string{}, paidBefore: map[string]bool{},
	}
	p.log = newTranscript(w, s.Untimed, box)
	if err := p.begin(ctx); err != nil {
		return err
	}
	for _, one := range s.steps {
		if err := p.knows(one); err != nil {
			return p.ends(s.file, one, err)
		}
	}
	for _, one := range s.steps {
		p.awaited = one.awaited
		if err := one.run(ctx, p); err != nil {
			return p.ends(s.file, one, err)
		}
		if p.log.err != nil {
			return fmt.Errorf("writing the transcript: %w", p.log.err)
		}
	}
	p.log.line("all %d expectations held", p.held)
	return p.log.err
}

// begin waits for the bot and puts Ada into the first channel.
func (p *player) begin(ctx context.Context) error {
	state, err := p.until(ctx, startWait, func(s discord.State) bool { return s.Online && len(s.Commands) > 0 })
	switch {
	case ctx.Err() != nil:
		return ctx.Err()
	case err != nil && !state.Online:
		return fmt.Errorf("no bot has come online within %v", startWait)
	case err != nil:
		return fmt.Errorf("the bot has registered no commands within %v", startWait)
	}
	for _, g := range p.box.Luma.Generations() {
		p.paidBefore[g.ID] = true
	}
	p.place = "direct"
	for _, g := range slices.Backward(state.Guilds) {
		if len(g.Channels) > 0 {
			p.place = g.Name + "/" + g.Channels[0].Name
		}
	}
	return p.become(state, state.Users[0].Username)
}

// knows finds a step that names somebody or a place that is not there, before
// anything is played.
func (p *player) knows(one step) error {
	if !one.is("as") {
		return nil
	}
	other := player{place: "direct"} // which everybody has
	if len(one.words) > 3 {
		other.place = one.words[3].text
	}
	return other.become(p.log.state, one.words[1].text)
}

// ends tells what ended the play at a step.
func (p *player) ends(file string, one step, err error) error {
	var failed *Failed
	switch {
	case errors.As(err, &failed):
	case errors.Is(err, discord.ErrInvalid), errors.Is(err, discord.ErrUnknown):
		failed = &Failed{Found: err.Error()}
	default:
		return fmt.Errorf("line %d: %s: %w", one.line, one.text, err)
	}
	failed.File, failed.Line, failed.Step = file, one.line, one.text
	p.log.line("FAILED in %v", failed)
	return failed
}

// until waits until something holds of the state, and returns that state, or
// the last one with an error.
func (p *player) until(ctx context.Context, patience time.Duration, holds func(discord.State) bool) (discord.State, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		state := p.box.Discord.State()
		if holds(state) {
			return state, nil
		}
		if err := ctx.Err(); err != nil {
			return state, err
		}
		one, done := context.WithCancel(ctx)
		_, more := <-p.box.Discord.Subscribe(one, state.Seq) // ends with ctx
		done()
		if !more && ctx.Err() == nil {
			return state, errors.New("the sandbox is closing")
		}
	}
}

// timedOut reports whether err is the end of a wait of ours, rather than of the
// play as a whole.
func timedOut(ctx context.Context, err error) bool {
	return errors.Is(err, context.DeadlineExceeded) && ctx.Err() == nil
}

// become has somebody act from here on, in p.place.
func (p *player) become(state discord.State, name string) error {
	user, ok := userNamed(state, name)
	if !ok {
		names := []string{}
		for _, u := range state.Users {
			names = append(names, u.Username)
		}
		return &Failed{Found: fmt.Sprintf("there is nobody named %q; there are %s", name, list(names))}
	}
	channel, err := channelNamed(state, user, p.place)
	if err != nil {
		return err
	}
	p.actor, p.channel = user, channel
	return nil
}

func userNamed(state discord.State, name string) (discord.User, bool) {
	for _, u := range append(state.Users, state.Application) {
		if u.ID == name || strings.EqualFold(u.Username, name) || strings.EqualFold(u.GlobalName, name) {
			return u, true
		}
	}
	return discord.User{}, false
}

// channelNamed finds a channel as somebody means it: by its name, with its
// server's where two have one name, "direct" for the direct messages with the
// bot, "private" for those with another person, or by its id.
func channelNamed(state discord.State, user discord.User, name string) (string, error) {
	var found, known []string
	for _, c := range state.Direct {
		called := ""
		switch {
		case c.Recipient == user.ID:
			called = "direct"
		case len(c.People) > 0 && (c.People[0] == user.ID || c.People[len(c.People)-1] == user.ID):
			called = "private"
		default:
			continue
		}
		known = append(known, called)
		if name == called || name == c.ID {
			found = append(found, c.ID)
		}
	}
	for _, g := range state.Guilds {
		for _, c := range g.Channels {
			known = append(known, g.Name+"/"+c.Name)
			if bare := strings.TrimPrefix(name, "#"); bare == c.Name || bare == g.Name+"/"+c.Name || bare == c.ID {
				found = append(found, c.ID)
			}
		}
	}
	switch len(found) {
	case 1:
		return found[0], nil
	case 0:
		return "", &Failed{Found: fmt.Sprintf("there is no channel %q; there are %s", name, list(known))}
	}
	return "", &Failed{Found: fmt.Sprintf("several channels are named %q; name the server as well, as one of %s", name, list(known))}
}

// look returns the message in hand as it is now.
func (p *player) look() (discord.Message, error) {
	if p.hand == "" {
		return discord.Message{}, &Failed{Found: "no message is in hand yet: none has answered so far"}
	}
	m, ok := p.message(p.hand)
	if !ok {
		return m, &Failed{Found: "the message in hand is deleted"}
	}
	return m, nil
}

func (p *player) message(id string) (discord.Message, bool) {
	for _, m := range p.box.Discord.State().Messages {
		if m.ID == id {
			return m, true
		}
	}
	return discord.Message{}, false
}

// take takes a message in hand.
func (p *player) take(m discord.Message) {
	p.hand, p.handled[m.ID] = m.ID, true
}
