// Package play is the command "dreambot sandbox": it starts the stand-ins, and
// the bot between them as a process of its own, so that it can be killed as by a
// crash while the page looks on.
package play

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"dreambot/internal/child"
	"dreambot/internal/sandbox"
	"dreambot/internal/sandbox/script"
)

// ErrUsage is for a command line that is wrong.
var ErrUsage = errors.New("not how the sandbox is started")

// How long things take in the sandbox, where nothing else is said: so that a
// dream can be watched without a wait.
const (
	queued   = 2 * time.Second
	dreaming = 6 * time.Second

	grace   = 10 * time.Second // for the bot, to stop
	down    = 3 * time.Second  // after a kill
	closing = 5 * time.Second  // for the stand-ins, to stop
)

// Config is what the command needs of its surroundings.
type Config struct {
	Stdout, Stderr io.Writer
	// Environ are variables of which the bot gets some. Without HTTP_ADDR it listens
	// on a free port of this machine.
	Environ map[string]string
	// Bot makes the command that runs the bot by Obey.
	Bot func() *exec.Cmd
}

// options are what the command line says.
type options struct {
	addr, dir        string
	queued, dreaming time.Duration
	luma             string // dialect of Luma's API
	headless         bool
	script           string
}

func parse(args []string, stderr io.Writer) (o options, err error) {
	flags := flag.NewFlagSet("dreambot sandbox", flag.ContinueOnError)
	flags.SetOutput(stderr)
	flags.StringVar(&o.addr, "addr", "127.0.0.1:8642", "loopback `address` of the page; another port is taken where this one is busy")
	flags.StringVar(&o.dir, "data", "", "`folder` that keeps the sandbox's state; a temporary one without it")
	flags.StringVar(&o.luma, "luma", sandbox.Dialects()[0], "`dialect` of Luma's API that the bot speaks: "+strings.Join(sandbox.Dialects(), ", "))
	flags.DurationVar(&o.queued, "queued", queued, "how long Luma's stand-in has a video queued")
	flags.DurationVar(&o.dreaming, "dreaming", dreaming, "how long it dreams it")
	flags.BoolVar(&o.headless, "headless", false, "serve both APIs for a bot of your own, without page and bot")
	flags.StringVar(&o.script, "script", "", "play this `file`, print the transcript, and end")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return o, err
	case err != nil, flags.NArg() > 0:
		return o, ErrUsage
	}
	if !slices.Contains(sandbox.Dialects(), o.luma) {
		return o, fmt.Errorf("-luma names no dialect of Luma's API: %q; there are %s", o.luma, strings.Join(sandbox.Dialects(), ", "))
	}
	return o, nil
}

// Run does what the arguments behind "dreambot sandbox" say, until ctx ends.
// Errors are ErrUsage, flag.ErrHelp, a *script.Failed, and what kept it from
// running.
func Run(ctx context.Context, c Config, args []string) (err error) {
	o, err := parse(args, c.Stderr)
	if err != nil {
		return err
	}
	var plot script.Script
	if o.script != "" {
		if plot, err = script.Load(o.script); err != nil {
			return err
		}
	}
	box, err := sandbox.Start(sandbox.Config{Addr: o.addr, Dir: o.dir, Luma: o.luma, Queued: o.queued, Dreaming: o.dreaming,
		Headless: o.headless})
	if err != nil {
		return err
	}
	defer func() {
		ctx, cancel := context.WithTimeout(context.Background(), closing)
		defer cancel()
		err = errors.Join(err, box.Close(ctx))
	}()
	var bot *child.Process
	if o.headless {
		export(c.Stdout, box)
	} else {
		if bot, err = botOf(c, box); err != nil {
			return err
		}
		box.RunBy(runner{bot})
		if o.script == "" {
			fmt.Fprintf(c.Stdout, "Open %s in a browser.\n", box.URL())
			fmt.Fprintln(c.Stdout, "Try: /dream a paper boat sails into a painted sunset")
		}
	}

	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var running sync.WaitGroup
	defer running.Wait()
	var ended error
	if bot != nil {
		running.Go(func() {
			defer cancel()
			if ended = bot.Run(ctx); ended != nil {
				box.BotIs(sandbox.BotStopped, ended.Error())
			}
		})
	}
	if o.script != "" {
		err = plot.Play(ctx, box, c.Stdout)
		cancel()
	}
	<-ctx.Done()
	running.Wait()
	return errors.Join(ended, err)
}

// export prints the variables that point a bot at the sandbox, as a shell takes
// them.
func export(w io.Writer, box *sandbox.Sandbox) {
	settings := box.Environ()
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		fmt.Fprintf(w, "export %s=%s\n", name, settings[name])
	}
}

// passed are the variables of the surroundings that the sandbox's bot gets.
var passed = []string{"LOG_LEVEL", "LOG_FORMAT", "HTTP_ADDR", "PRICES", "PRICE_SHOWN_FROM", "BALANCE_WARN"}

// botOf is the bot, to be run on the sandbox's servers.
func botOf(c Config, box *sandbox.Sandbox) (*child.Process, error) {
	own := map[string]string{
		"DATABASE_URL":       filepath.Join(box.Dir(), "dreambot.db"),
		"LUMA_POLL_INTERVAL": "500ms",
		"LOG_LEVEL":          "warn",
	}
	for _, name := range passed {
		if v, ok := c.Environ[name]; ok {
			own[name] = v
		}
	}
	if _, ok := own["HTTP_ADDR"]; !ok {
		own["HTTP_ADDR"] = "127.0.0.1:0" // it says which port it has got
	}
	if own["HTTP_ADDR"] != "" {
		own["CALLBACK_URL"] = box.BotURL()
	}
	return child.New(child.Config{
		Command: func() *exec.Cmd {
			cmd := c.Bot()
			cmd.Stderr = c.Stderr
			return cmd
		},
		Input: func() []byte {
			settings := box.Environ()
			maps.Copy(settings, own)
			input, err := json.Marshal(settings)
			if err != nil {
				panic(err) // texts always marshal
			}
			return append(input, '\n')
		},
		Line: func(line []byte) {
			var told told
			switch err := json.Unmarshal(line, &told); {
			case err != nil:
			case told.Serves != "":
				box.BotServes(told.Serves)
			case told.ID != "":
				box.Report(told.Job)
			}
		},
		State: func(s child.State) { box.BotIs(sandbox.BotState(s), "") },
		Grace: grace, Down: down,
	}), nil
}

// runner is the bot as the sandbox's control API knows it.
type runner struct{ bot *child.Process }

func (r runner) Do(ctx context.Context, act string) error { return r.bot.Do(ctx, child.Act(act)) }
