// Command dreambot is a Discord bot that turns prompts and pictures into
// videos with Luma Dream Machine.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/signal"
	"runtime/debug"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"

	"dreambot/bot"
	"dreambot/bot/gateway"
	"dreambot/bot/rest"
	"dreambot/commands"
	"dreambot/internal/backup"
	"dreambot/internal/callback"
	"dreambot/internal/community"
	"dreambot/internal/config"
	"dreambot/internal/i18n"
	"dreambot/internal/metrics"
	"dreambot/internal/sandbox/play"
	"dreambot/internal/tracker"
	"dreambot/luma"
	"dreambot/store"
	"dreambot/store/bolt"
	"dreambot/store/watch"
)

// Exit statuses.
const (
	exitOK    = 0
	exitError = 1 // something failed that was begun
	exitUsage = 2 // the command line or the configuration is wrong; nothing was begun
)

// paidGrace is how long a paid call under way may take to end when the process
// is told to stop.
const paidGrace = 5 * time.Second

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second signal ends the process at once.
	context.AfterFunc(ctx, stop)
	environ, err := config.Environ(".env")
	if err != nil {
		fmt.Fprintln(os.Stderr, "dreambot:", err)
		os.Exit(exitUsage)
	}
	self, err := os.Executable()
	if err != nil {
		self = os.Args[0]
	}
	p := program{environ: environ, stdin: os.Stdin, stdout: os.Stdout, stderr: os.Stderr, now: time.Now, self: self}
	os.Exit(p.run(ctx, os.Args[1:]))
}

// program is main with its surroundings handed in.
type program struct {
	environ        map[string]string
	stdin          io.Reader
	stdout, stderr io.Writer
	now            func() time.Time
	self           string          // path of the program's own file
	tell           func(store.Job) // of each job as it is stored; nil: nobody
	serves         func(net.Addr)  // of where health and metrics are served; nil: nobody
}

// run does what the arguments say. It returns the exit status, and nothing that
// it started is left when it does.
func (p program) run(ctx context.Context, args []string) int {
	name, rest := "", args
	if len(args) > 0 {
		name, rest = args[0], args[1:]
	}
	err := errUsage
	switch {
	case name == "" && len(rest) == 0:
		err = p.serve(ctx)
	case name == "backup" && len(rest) == 1:
		err = p.copyData(ctx, rest[0])
	case name == "sandbox" && slices.Equal(rest, []string{"bot"}):
		err = p.obey(ctx)
	case name == "sandbox":
		err = p.play(ctx, rest)
	case name == "version" && len(rest) == 0:
		_, err = fmt.Fprintln(p.stdout, "dreambot", version())
	case (name == "help" || name == "-h" || name == "-help" || name == "--help") && len(rest) == 0:
		_, err = fmt.Fprint(p.stdout, usage, "\n", config.Help())
	}
	var problems config.Problems
	switch {
	case err == nil:
		return exitOK
	case errors.Is(err, flag.ErrHelp):
		return exitOK // the flags have said it
	case errors.Is(err, errUsage):
		fmt.Fprint(p.stderr, usage)
		return exitUsage
	case errors.As(err, &problems):
		fmt.Fprintln(p.stderr, err)
		return exitUsage
	}
	fmt.Fprintln(p.stderr, "dreambot:", err)
	return exitError
}

var errUsage = errors.New("no such command")

const usage = `dreambot turns prompts and pictures into videos, in Discord.

Usage:
  dreambot                      run the bot
  dreambot sandbox              try it in a browser, with no account;
                                -headless serves a bot of your own,
                                -script FILE plays a script, -h tells of more
  dreambot backup FILE          copy the data, of a bot that runs too
  dreambot version              print the version
  dreambot help                 print this, and the configuration
`

// version is what the Go tool recorded in the binary.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" {
		return "(unknown)"
	}
	return info.Main.Version
}

// known is what the configuration is held to that Luma's client knows.
func known() config.Known {
	return config.Known{Dialects: luma.Dialects(), Prices: func(text string) error {
		_, err := luma.ParsePrices(text)
		return err
	}}
}

// serve runs the bot by the environment's configuration.
func (p program) serve(ctx context.Context) error {
	c, err := config.Load(p.environ, known())
	if err != nil {
		return err
	}
	return p.runBot(ctx, c)
}

// copyData makes a copy of the data that the environment's configuration names:
// a bot that runs is asked for it at HTTP_ADDR, since it holds the file's lock.
func (p program) copyData(ctx context.Context, path string) error {
	c, err := config.Load(p.environ, known())
	if err != nil {
		return err
	}
	size, err := backup.Save(path, func(w io.Writer) error {
		if c.HTTPAddr != "" {
			if err := backup.Fetch(ctx, c.HTTPAddr, c.Discord.Token, w); !errors.Is(err, backup.ErrNotRunning) {
				return err
			}
		}
		_, err := bolt.Copy(ctx, c.Database, w)
		if errors.Is(err, store.ErrInUse) {
			return fmt.Errorf("%w: start it with HTTP_ADDR, and set the same here, so that it can be asked for its data", err)
		}
		return err
	}, bolt.Verify)
	if err != nil {
		return fmt.Errorf("backup: %w", err)
	}
	_, err = fmt.Fprintf(p.stdout, "%s holds a copy of %s: %d bytes, checked.\n", path, c.Database, size)
	return err
}

// play runs the sandbox, with this program again as the bot in it.
func (p program) play(ctx context.Context, args []string) error {
	err := play.Run(ctx, play.Config{Stdout: p.stdout, Stderr: p.stderr, Environ: p.environ, Bot: p.again}, args)
	if errors.Is(err, play.ErrUsage) {
		return errUsage
	}
	return err
}

// again is this program, to be run as the bot of a sandbox.
func (p program) again() *exec.Cmd {
	return exec.Command(p.self, "sandbox", "bot")
}

// obey runs the bot of a sandbox, which has started this process.
func (p program) obey(ctx context.Context) error {
	ctx, settings, err := play.Obey(ctx, p.stdin)
	if err != nil {
		return err
	}
	c, err := config.Load(settings, known())
	if err != nil {
		return err
	}
	report := play.NewReport(p.stdout)
	p.tell, p.serves = report.Job, report.Serves
	return p.runBot(ctx, c)
}

// runBot builds the bot and runs it until ctx ends. It is stopped in the order
// of the way of a job: the gateway, handlers in flight, what is shared, the
// tracker, replies, the store.
func (p program) runBot(ctx context.Context, c config.Config) (err error) {
	log := c.Log.Logger(p.stderr)
	registry := prometheus.NewRegistry()
	registry.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	m := metrics.New(registry)
	catalog, err := i18n.Load()
	if err != nil {
		return err
	}
	generator, err := client(c.Luma)
	if err != nil {
		return err
	}
	defer generator.Close()
	can := generator.Capabilities()

	data, err := bolt.Open(c.Database)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, data.Close()) }()
	var jobs store.Store = data
	if p.tell != nil {
		jobs = watch.New(data, p.tell)
	}

	discord := rest.New(rest.Config{BaseURL: c.Discord.APIURL, Token: c.Discord.Token, Log: log, Observe: m.DiscordCall})
	defer discord.Close()
	metrics.WatchInvalid(registry, discord.Invalid)
	showcase := bot.NewShowcase(bot.ShowcaseConfig{Jobs: jobs, REST: discord, Catalog: catalog, Log: log,
		Loopback: c.Luma.Loopback(), Now: p.now})
	defer showcase.Close()
	rules := data.Community()
	var track *tracker.Tracker
	editor := bot.NewEditor(bot.EditorConfig{Store: jobs, REST: discord, Catalog: catalog, Log: log, Metrics: m,
		Loopback: c.Luma.Loopback(), Emoji: c.Reaction.Extend, Rules: rules, Now: p.now,
		Link: func(ctx context.Context, j store.Job) (string, error) { return track.Link(ctx, j) }})
	shared := community.New(community.Config{Store: rules, Jobs: jobs, Poster: showcase, Cards: editor, Log: log, Now: p.now})
	var calls *callback.Endpoint
	var address func(job string) string
	if c.Luma.CallbackURL != "" && can.Callbacks {
		calls = callback.New(c.Luma.Key, c.Luma.CallbackURL)
		address = calls.URL
	}
	track = tracker.New(tracker.Config{Store: jobs, Generator: generator, Notifier: editor, Capabilities: can,
		Concurrency: c.Luma.Concurrency, Poll: c.Luma.PollInterval, Deadline: c.Job.Deadline, Callback: address,
		MemberJobs: c.Member.MaxJobs, Retention: c.Job.Retention, BalanceWarn: c.Luma.BalanceWarn,
		Log: log, Metrics: m, Now: p.now})
	set := commands.New(commands.Config{Store: jobs, Submitter: track, Replies: editor, Rights: bot.NewRights(discord),
		Community: shared, Catalog: catalog, Capabilities: can, Account: track,
		PricesFrom: c.Luma.PriceShownFrom, PerMinute: c.Member.CommandsPerMinute,
		Reactions: commands.Reactions{Extend: commands.Emoji(c.Reaction.Extend, ""), Members: c.Reaction.Members},
		Log:       log, Now: p.now})
	b := bot.New(bot.Config{REST: discord, Guild: c.Discord.GuildID, Commands: set, Tracker: track, Votes: shared, Catalog: catalog,
		Log: log, Metrics: m, Now: p.now,
		Gateway: gateway.Config{BaseURL: c.Discord.APIURL, Token: c.Discord.Token, Log: log}})

	mux := http.NewServeMux()
	mux.Handle("/", metrics.Handler(registry, b.Ready))
	mux.Handle(backup.Path, backup.Handler(c.Discord.Token, data, log))
	if calls != nil {
		mux.Handle(callback.Path, calls.Handler(track.Nudge))
	}
	stopHTTP, err := p.observe(c.HTTPAddr, mux, log)
	if err != nil {
		return err
	}
	defer stopHTTP()

	// The editor first: what the tracker finds out is shown by its rules.
	if err := errors.Join(editor.Resume(ctx), track.Resume(ctx), shared.Resume(ctx)); err != nil {
		if ctx.Err() != nil {
			return nil // told to stop before it began
		}
		return err
	}
	stopEditor := background(editor.Run)
	defer stopEditor()
	stopTracker := background(func(ctx context.Context) { track.Run(ctx, paidGrace) })
	defer stopTracker()
	stopCommunity := background(shared.Run)
	defer stopCommunity()

	log.Info("dreambot is starting", "version", version(), "luma", c.Luma.Dialect, "database", c.Database)
	err = b.Run(ctx)
	log.Info("dreambot is stopping")
	return err
}

// client returns the client of Luma's API that the configuration asks for.
func client(c config.Luma) (*luma.Client, error) {
	prices, err := luma.ParsePrices(c.Prices)
	if err != nil {
		return nil, fmt.Errorf("PRICES: %w", err)
	}
	options := []luma.Option{luma.WithDialect(c.Dialect), luma.WithPrices(prices)}
	if c.APIURL != "" {
		options = append(options, luma.WithBaseURL(c.APIURL))
	}
	return luma.New(c.Key.Reveal(), options...)
}

// background starts work; the function that it returns ends it and waits.
func background(work func(context.Context)) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var done sync.WaitGroup
	done.Go(func() { work(ctx) })
	return func() {
		cancel()
		done.Wait()
	}
}

// observe serves health, metrics and backups at addr, if there is one.
func (p program) observe(addr string, h http.Handler, log *slog.Logger) (stop func(), err error) {
	if addr == "" {
		return func() {}, nil
	}
	l, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("HTTP_ADDR: %w", err)
	}
	server := &http.Server{Handler: h, ReadHeaderTimeout: 5 * time.Second, ReadTimeout: 10 * time.Second,
		WriteTimeout: 30 * time.Second, IdleTimeout: time.Minute}
	log.Info("serving /healthz, /readyz and /metrics", "addr", l.Addr().String())
	if p.serves != nil {
		p.serves(l.Addr())
	}
	stopServing := background(func(context.Context) {
		if err := server.Serve(l); !errors.Is(err, http.ErrServerClosed) {
			log.Error("health and metrics are no longer served", "err", err)
		}
	})
	return func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Second)
		defer cancel()
		if err := server.Shutdown(ctx); err != nil {
			_ = server.Close()
		}
		stopServing()
	}, nil
}
