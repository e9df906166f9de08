package script

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"path"
	"slices"
	"strings"

	"dreambot/internal/sandbox"
	"dreambot/internal/sandbox/discord"
	"dreambot/internal/sandbox/luma"
)

// shape asks for an emoji's picture, which Discord leaves out or not.
const shape = "\uFE0F"

// waiting is a step that waits.
type waiting struct {
	until func(ctx context.Context, p *player) error
	// lacks says what was there instead, once the time is over.
	lacks func(p *player) (wanted, found string)
}

func readWait(r *reader) (run, error) {
	w, err := readWaiting(r)
	if err != nil {
		return nil, err
	}
	within := usualWait
	if r.is("within") {
		if within, err = r.duration("the time", maxWait); err != nil {
			return nil, err
		}
	}
	return func(ctx context.Context, p *player) error {
		waits, cancel := context.WithTimeout(ctx, within)
		defer cancel()
		err := w.until(waits, p)
		if timedOut(ctx, err) {
			wanted, found := w.lacks(p)
			return &Failed{Wanted: fmt.Sprintf("%s within %v", wanted, within), Found: found}
		}
		if err == nil {
			p.held++
		}
		return err
	}, nil
}

func readWaiting(r *reader) (waiting, error) {
	what, _ := r.oneOf("answer", "message", "video", "reaction", "gone", "online", "offline", "paid")
	switch what {
	case "reaction":
		emoji, err := r.text("the emoji")
		return waitReaction(emoji), err
	case "gone":
		return waitGone(), nil
	case "online", "offline":
		return waitPresence(what), nil
	case "paid":
		n, err := r.number("how often", 1, 10_000)
		return waitPaid(n), err
	}
	w, err := readWords(r)
	switch {
	case err != nil:
		return waiting{}, err
	case what == "answer" || what == "message":
		return waitNew(what, w), nil
	case what == "video":
		return waitVideo(w), nil
	case w.empty():
		return waiting{}, errors.New("what is waited for is missing")
	}
	return waitWords(w), nil
}

// inHand says what the message in hand shows when a wait is over.
func inHand(wanted string) func(p *player) (string, string) {
	return func(p *player) (string, string) {
		m, err := p.look()
		if err != nil {
			return wanted, "it is deleted"
		}
		return wanted, "the message in hand says:\n" + strings.Join(p.log.flat(m), "\n")
	}
}

// shows waits until something holds of the message in hand.
func (p *player) shows(ctx context.Context, holds func(discord.Message) bool) (discord.Message, error) {
	if _, err := p.look(); err != nil {
		return discord.Message{}, err
	}
	return p.box.Discord.Wait(ctx, func(m discord.Message) bool { return m.ID == p.hand && holds(m) })
}

// edited prints the message in hand as it has become.
func (p *player) edited(m discord.Message) {
	p.log.message(m, "%s has edited it:", m.Author.GlobalName)
}

func waitWords(w words) waiting {
	return waiting{func(ctx context.Context, p *player) error {
		m, err := p.shows(ctx, func(m discord.Message) bool { return p.says(m, w) })
		if err == nil {
			p.edited(m)
		}
		return err
	}, inHand(w.String())}
}

func waitReaction(emoji string) waiting {
	e := emojiOf(emoji)
	return waiting{func(ctx context.Context, p *player) error {
		_, err := p.shows(ctx, func(m discord.Message) bool {
			return slices.ContainsFunc(m.Reactions, func(r discord.Reaction) bool {
				return r.Emoji.ID == e.ID && strings.TrimSuffix(r.Emoji.Name, shape) == strings.TrimSuffix(e.Name, shape)
			})
		})
		return err
	}, inHand("the reaction " + emoji)}
}

func waitGone() waiting {
	return waiting{func(ctx context.Context, p *player) error {
		if p.hand == "" {
			_, err := p.look()
			return err
		}
		_, err := p.until(ctx, maxWait, func(s discord.State) bool {
			return !slices.ContainsFunc(s.Messages, func(m discord.Message) bool { return m.ID == p.hand })
		})
		if err == nil {
			p.log.line("the message is gone")
		}
		return err
	}, inHand("the message to be deleted")}
}

// waitNew waits for a message of the bot's that was not in hand before: an
// answer to the one in hand, or any where the actor is.
func waitNew(what string, w words) waiting {
	wanted := "an answer to the message in hand"
	if what == "message" {
		wanted = "a new message of the bot's"
	}
	if !w.empty() {
		wanted += " that says " + w.String()
	}
	return waiting{func(ctx context.Context, p *player) error {
		if what == "answer" {
			if _, err := p.look(); err != nil {
				return err
			}
		}
		m, err := p.box.Discord.Wait(ctx, func(m discord.Message) bool {
			fits := m.ChannelID == p.channel
			if what == "answer" {
				fits = m.ReplyTo == p.hand
			}
			return fits && m.Author.Bot && !p.handled[m.ID] && (m.OnlyFor == "" || m.OnlyFor == p.actor.ID) && p.says(m, w)
		})
		if err != nil {
			return err
		}
		p.take(m)
		p.log.message(m, "%s %s:", m.Author.GlobalName, map[string]string{"answer": "answers the message", "message": "writes"}[what])
		return nil
	}, func(p *player) (string, string) { return wanted, "none has come" }}
}

// waitVideo waits for a video that can be fetched. One that cannot is not asked
// for again.
func waitVideo(w words) waiting {
	return waiting{func(ctx context.Context, p *player) error {
		p.problem = ""
		tried := map[string]bool{}
		for {
			m, err := p.shows(ctx, func(m discord.Message) bool {
				v := video(m)
				return v != "" && !tried[v] && p.says(m, w)
			})
			if err != nil {
				return err
			}
			v := video(m)
			tried[v] = true
			size, err := p.fetch(ctx, v)
			switch {
			case err == nil:
				p.edited(m)
				p.log.line("(the video plays: an MP4 of %d KiB)", (size+1023)>>10)
				return nil
			case ctx.Err() != nil:
				return ctx.Err()
			}
			p.problem = err.Error()
		}
	}, func(p *player) (string, string) {
		wanted := "a video that can be fetched"
		if !w.empty() {
			wanted += ", and " + w.String()
		}
		wanted, found := inHand(wanted)(p)
		if p.problem != "" {
			found = p.problem + "; " + found
		}
		return wanted, found
	}}
}

// video is where the first video of a message is: one that was uploaded, or one
// that plays from elsewhere, of which Discord does not tell what it is.
func video(m discord.Message) string {
	if v := sandbox.Video(m); v != nil {
		return v.URL
	}
	for _, i := range items(m.Components) {
		if u, err := url.Parse(i.Media.URL); err == nil && path.Ext(u.Path) == ".mp4" {
			return i.Media.URL
		}
	}
	return ""
}

// items are those of all galleries.
func items(all []discord.Component) []discord.GalleryItem {
	var out []discord.GalleryItem
	sandbox.Walk(all, func(c discord.Component) { out = append(out, c.Items...) })
	return out
}

// fetch reads a video of the sandbox's and returns its size. Another host is not
// asked.
func (p *player) fetch(ctx context.Context, address string) (int64, error) {
	if !strings.HasPrefix(address, p.box.URL()+"/") {
		return 0, errors.New("its video is not one of the sandbox's")
	}
	r, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, err
	}
	resp, err := p.client.Do(r)
	if err != nil {
		return 0, fmt.Errorf("its video cannot be fetched: %w", err)
	}
	defer resp.Body.Close()
	const most = 1 << 30
	head := make([]byte, 12)
	n, err := io.ReadFull(resp.Body, head)
	if resp.StatusCode != http.StatusOK || err != nil || string(head[4:8]) != "ftyp" {
		return 0, fmt.Errorf("its video cannot be fetched as an MP4: status %d", resp.StatusCode)
	}
	rest, err := io.Copy(io.Discard, io.LimitReader(resp.Body, most))
	if err != nil {
		return 0, fmt.Errorf("its video breaks off: %w", err)
	}
	return int64(n) + rest, nil
}

func waitPresence(what string) waiting {
	return waiting{func(ctx context.Context, p *player) error {
		state, err := p.until(ctx, maxWait, func(s discord.State) bool { return s.Online == (what == "online") })
		if err == nil {
			p.log.line("%s is %s", state.Application.GlobalName, what)
		}
		return err
	}, func(*player) (string, string) { return "the bot to be " + what, "it is not" }}
}

func waitPaid(n int) waiting {
	return waiting{func(ctx context.Context, p *player) error {
		for seen := map[string]bool{}; len(seen) < n; {
			g, err := p.box.Luma.WaitGeneration(ctx, func(g luma.Generation) bool { return !p.paidBefore[g.ID] && !seen[g.ID] })
			if err != nil {
				return err
			}
			seen[g.ID] = true
		}
		p.log.line("(Luma has accepted %s)", prompts(p.paid()))
		return nil
	}, func(p *player) (string, string) {
		return fmt.Sprintf("%d paid generations since the script began", n), "Luma has accepted " + prompts(p.paid())
	}}
}

// gone waits until no session of these is connected any more.
func (p *player) gone(ctx context.Context, sessions map[string]bool) error {
	_, err := p.until(ctx, startWait, func(discord.State) bool {
		return !slices.ContainsFunc(p.box.Discord.Gateway().Status().Sessions, func(s discord.SessionStatus) bool {
			return s.Connected && sessions[s.ID]
		})
	})
	return err
}

// sessions are the ids of those that are connected.
func (p *player) sessions() map[string]bool {
	ids := map[string]bool{}
	for _, s := range p.box.Discord.Gateway().Status().Sessions {
		if s.Connected {
			ids[s.ID] = true
		}
	}
	return ids
}
