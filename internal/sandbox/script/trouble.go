package script

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"dreambot/internal/sandbox"
	"dreambot/internal/sandbox/discord"
	"dreambot/internal/sandbox/luma"
)

// permissions are those that can be taken from the bot and from people, as Discord's client
// names them.
// Source: discord-api-docs, topics/permissions.
func permissions() map[string]int64 {
	return map[string]int64{
		"Add Reactions": 1 << 6, "View Channel": 1 << 10, "Send Messages": 1 << 11,
		"Embed Links": 1 << 14, "Attach Files": 1 << 15, "Read Message History": 1 << 16,
		"Use Application Commands": 1 << 31, "Use External Apps": 1 << 50,
	}
}

// describe returns what a fault does, and false where there is none of its name.
func describe(side, name string) (string, bool, []string) {
	var names []string
	what, found := "", false
	see := func(fault, description string) {
		names = append(names, fault)
		if fault == name {
			what, found = description, true
		}
	}
	if side == "luma" {
		for _, i := range luma.Faults() {
			see(string(i.Name), i.Description)
		}
	} else {
		for _, i := range discord.Faults() {
			see(string(i.Name), i.Description)
		}
	}
	return what, found, names
}

func readFault(r *reader) (run, error) {
	side, ok := r.oneOf("discord", "luma")
	if !ok {
		return nil, errors.New("a fault is one of discord or luma")
	}
	name, err := r.text("the fault's name")
	if err != nil {
		return nil, err
	}
	what, known, names := describe(side, name)
	if !known {
		return nil, fmt.Errorf("%s has no fault %q; it has %s", side, name, list(names))
	}
	how, ok := r.oneOf("on", "off")
	if !ok {
		return nil, errors.New("on or off is missing")
	}
	return func(_ context.Context, p *player) error {
		defer p.box.Refresh()
		if how == "on" {
			p.log.line("(fault of %s: %s is on: %s)", side, name, strings.TrimSuffix(what, "."))
		} else {
			p.log.line("(fault of %s: %s is off)", side, name)
		}
		if side == "luma" {
			return p.box.Luma.SetFaults(switched(p.box.Luma.FaultsOn(), luma.Fault(name), how == "on")...)
		}
		return p.box.Discord.SetFaults(switched(p.box.Discord.FaultsOn(), discord.Fault(name), how == "on")...)
	}, nil
}

// switched is a list with a fault, or without it.
func switched[F ~string](list []F, fault F, on bool) []F {
	list = slices.DeleteFunc(list, func(f F) bool { return f == fault })
	if on {
		list = append(list, fault)
	}
	return list
}

func readFaults(r *reader) (run, error) {
	if !r.is("off") {
		return nil, errors.New("all faults together can only be switched off")
	}
	return func(_ context.Context, p *player) error {
		p.log.line("(all faults are off)")
		defer p.box.Refresh()
		return errors.Join(p.box.Discord.SetFaults(), p.box.Luma.SetFaults())
	}, nil
}

func readPace(r *reader) (run, error) {
	const none = time.Duration(-1)
	queued, dreaming, hold := none, none, ""
	if !r.left() {
		return nil, errors.New("what is to change is missing")
	}
	for r.left() {
		what, ok := r.oneOf("queued", "dreaming", "held", "running")
		var err error
		switch {
		case !ok:
			return nil, r.end()
		case what == "queued":
			queued, err = r.duration(what, maxWait)
		case what == "dreaming":
			dreaming, err = r.duration(what, maxWait)
		default:
			hold = what
		}
		if err != nil {
			return nil, err
		}
	}
	standing := ""
	if hold != "" {
		standing = ", and generations are " + hold
	}
	return func(_ context.Context, p *player) error {
		defer p.box.Refresh()
		q, d := p.box.Luma.Pace()
		if queued != none {
			q = queued
		}
		if dreaming != none {
			d = dreaming
		}
		switch hold {
		case "held":
			p.box.Luma.Hold()
		case "running":
			p.box.Luma.Release()
		}
		p.log.line("(Luma has a video queued for %v and dreams it for %v%s)", q, d, standing)
		return p.box.Luma.SetPace(q, d)
	}, nil
}

func readTokens(r *reader) (run, error) {
	if !r.is("expire") {
		return nil, errors.New("tokens can only expire")
	}
	return func(_ context.Context, p *player) error {
		p.log.line("(all interaction tokens end)")
		p.box.Discord.ExpireTokens()
		return nil
	}, nil
}

func readGateway(r *reader) (run, error) {
	what, ok := r.oneOf("cut", "close", "reconnect", "invalidate")
	if !ok {
		return nil, errors.New("the gateway can be told to cut, close, reconnect or invalidate")
	}
	code := 0
	if what == "close" {
		var err error
		if code, err = r.number("the close code", 1000, 4999); err != nil {
			return nil, err
		}
	}
	return func(_ context.Context, p *player) error {
		if what == "close" {
			p.log.line("(gateway: close %d)", code)
		} else {
			p.log.line("(gateway: %s)", what)
		}
		if err := p.box.Disturb(what, code); err != nil {
			return &Failed{Found: err.Error()}
		}
		return nil
	}, nil
}

// readBot reads an act of the bot's as a program. The step is done once the bot
// is gone, or there.
func readBot(r *reader) (run, error) {
	act, ok := r.oneOf(sandbox.Acts()...)
	if !ok {
		return nil, fmt.Errorf("the bot can be told to %s", list(sandbox.Acts()))
	}
	return func(ctx context.Context, p *player) error {
		p.log.line("(bot: %s)", act)
		before := p.sessions()
		if err := p.box.DoBot(ctx, act); err != nil {
			return &Failed{Found: err.Error()}
		}
		err := error(nil)
		if act != "start" {
			err = p.gone(ctx, before)
		}
		if err == nil && (act == "start" || act == "restart") {
			_, err = p.until(ctx, startWait, func(s discord.State) bool { return s.Online })
		}
		if timedOut(ctx, err) {
			return &Failed{Found: fmt.Sprintf("the bot has not done so within %v", startWait)}
		}
		return err
	}, nil
}

func readClock(r *reader) (run, error) {
	if !r.left() || !strings.HasPrefix(r.words[0].text, "+") {
		return nil, errors.New("the clock goes ahead only: a plus and a time are needed")
	}
	by, err := r.duration("the time", sandbox.MaxSkip)
	return func(_ context.Context, p *player) error {
		p.log.line("(Discord's clock goes ahead by %v)", by)
		p.box.Discord.Skip(by)
		return nil
	}, err
}

func readDelete(r *reader) (run, error) {
	if !r.is("message") {
		return nil, errors.New("a moderator can delete the message in hand")
	}
	return func(_ context.Context, p *player) error {
		m, err := p.look()
		if err != nil {
			return err
		}
		p.log.line("(a moderator deletes the message)")
		return p.box.Discord.DeleteMessage(m.ID)
	}, nil
}

func readDeny(r *reader) (run, error) {
	who, err := r.text("who is denied something")
	if err != nil {
		return nil, err
	}
	var lost int64
	var names []string
	for r.left() && !r.is("in") {
		name, err := r.text("the permission")
		if err != nil {
			return nil, err
		}
		p, ok := permissions()[name]
		if !ok {
			return nil, fmt.Errorf("there is no permission %q; there are %s", name, list(slices.Sorted(maps.Keys(permissions()))))
		}
		lost |= p
		names = append(names, name)
	}
	if lost == 0 {
		return nil, errors.New("the permission is missing")
	}
	channel, err := r.text("the channel")
	return denies(who, channel, lost, "lacks "+strings.Join(names, ", ")), err
}

func readAllow(r *reader) (run, error) {
	who, err := r.text("who is allowed everything again")
	if err != nil {
		return nil, err
	}
	r.is("in")
	channel, err := r.text("the channel")
	return denies(who, channel, 0, "has all permissions"), err
}

// denies takes permissions from the bot or a person in a channel.
func denies(who, channel string, lost int64, what string) run {
	return func(_ context.Context, p *player) error {
		state := p.box.Discord.State()
		id, err := channelNamed(state, p.actor, channel)
		if err != nil {
			return err
		}
		user, ok := userNamed(state, who)
		if who == "bot" {
			user, ok = state.Application, true
		}
		if !ok {
			return &Failed{Found: fmt.Sprintf("there is nobody named %q", who)}
		}
		p.log.line("(%s %s in #%s)", user.GlobalName, what, p.log.place(id))
		if user.Bot {
			return p.box.Discord.Deny(id, lost)
		}
		return p.box.Discord.DenyMember(id, user.ID, lost)
	}
}
