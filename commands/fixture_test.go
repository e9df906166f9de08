package commands_test

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"dreambot/commands"
	"dreambot/internal/community"
	"dreambot/internal/i18n"
	"dreambot/luma"
	"dreambot/store"
	"dreambot/store/bolt"
)

var now = time.Unix(1_800_000_000, 0)

// line is a Submitter that stores what it is given.
type line struct {
	store store.Store

	mu      sync.Mutex
	refuses error
	got     []store.Job
	acts    []string // "cancel ID" and "remove ID"
	link    func(store.Job) (string, error)
	linked  int
}

func (l *line) Submit(ctx context.Context, j store.Job) (store.Job, error) {
	l.mu.Lock()
	refuses := l.refuses
	l.mu.Unlock()
	if refuses != nil {
		return store.Job{}, refuses
	}
	if err := l.store.Create(ctx, j); err != nil {
		return store.Job{}, fmt.Errorf("store the new job: %w", err)
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.got = append(l.got, j)
	return j, nil
}

func (l *line) Cancel(_ context.Context, id, message string) error {
	l.acts = append(l.acts, "cancel "+id+message)
	return l.refuses
}

func (l *line) Remove(_ context.Context, id string) error {
	l.acts = append(l.acts, "remove "+id)
	return l.refuses
}

func (l *line) React(ctx context.Context, id, member string, wishes bool) (store.Job, error) {
	return l.store.Update(ctx, id, func(j *store.Job) error {
		j.Reactors = slices.DeleteFunc(slices.Clone(j.Reactors), func(m string) bool { return m == member })
		if wishes {
			j.Reactors = append(j.Reactors, member)
		}
		return nil
	})
}

func (l *line) Link(_ context.Context, j store.Job) (string, error) {
	l.linked++
	if l.link != nil {
		return l.link(j)
	}
	return "", nil
}

// replies is a Replies that answers as the test says; unless it does, pictures
// are gone and there is no video.
type replies struct {
	fresh     func(store.Job) (store.Job, error)
	freshened int
	video     func(store.Job) (string, error)
	mu        sync.Mutex // of looked: videos are looked up at the same time
	looked    int
}

func (r *replies) Fresh(_ context.Context, j store.Job) (store.Job, error) {
	r.freshened++
	if r.fresh != nil {
		return r.fresh(j)
	}
	return j, fmt.Errorf("job %s: %w", j.ID, store.ErrPictureGone)
}

func (r *replies) VideoURL(_ context.Context, j store.Job) (string, error) {
	r.mu.Lock()
	r.looked++
	r.mu.Unlock()
	if r.video != nil {
		return r.video(j)
	}
	return "", nil
}

// rights is a Rights that gives each member theirs; those who are not named may
// use commands.
type rights struct {
	mu    sync.Mutex
	err   error
	of    map[string]uint64
	asked []string // "GUILD CHANNEL MEMBER"
}

func (r *rights) Permissions(_ context.Context, guild, channel string, m commands.Member) (uint64, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked = append(r.asked, strings.Join([]string{guild, channel, m.ID}, " "))
	if p, ok := r.of[m.ID]; ok || r.err != nil {
		return p, r.err
	}
	return mayUse, nil
}

// Permissions, as Discord writes them.
const (
	mayUse    = 1 << 31 // USE_APPLICATION_COMMANDS
	mayManage = 1 << 13 // MANAGE_MESSAGES
)

type fixture struct {
	set       *commands.Set
	community *community.Community // nothing of it runs
	line      *line
	replies   *replies
	rights    *rights
	store     store.Store
	now       time.Time
}

var capabilities = luma.Capabilities{
	Models: []string{"ray-v1", "ray-v2"}, Durations: []time.Duration{5 * time.Second},
	Resolutions: []string{"540p", "720p"}, PromptMin: 3, PromptMax: 5000, ExpandPrompt: true, ExtendEndImage: true,
}

func setUp(t testing.TB) *fixture {
	t.Helper()
	s, err := bolt.Open(filepath.Join(t.TempDir(), "jobs.db"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.Close() })
	c, err := i18n.Load()
	if err != nil {
		t.Fatal(err)
	}
	shared := community.New(community.Config{Store: s.Community(), Jobs: s, Now: func() time.Time { return now }})
	f := &fixture{community: shared, line: &line{store: s}, replies: &replies{}, rights: &rights{}, store: s, now: now}
	f.set = commands.New(commands.Config{Store: s, Submitter: f.line, Replies: f.replies, Rights: f.rights, Community: shared, Catalog: c,
		Capabilities: capabilities, Reactions: commands.Reactions{Extend: "⏩", Members: 1},
		Now: func() time.Time { return f.now }})
	return f
}

// with makes the set anew with another configuration.
func (f *fixture) with(change func(*commands.Config)) *fixture {
	c := f.set.Config
	change(&c)
	f.set = commands.New(c)
	return f
}

// put stores a job that has come as far as state, with its reply accepted.
func (f *fixture) put(t testing.TB, j store.Job, state store.State) store.Job {
	t.Helper()
	if j.Kind == "" {
		j.Kind = store.KindDream
	}
	if j.CreatedAt.IsZero() {
		j.CreatedAt = now
	}
	if j.Message == "" {
		j.Message = "9" + strings.TrimLeft(j.ID[len("d0job"):], "0")
	}
	j.AnsweredAt = j.CreatedAt
	if err := f.store.Create(t.Context(), j); err != nil {
		t.Fatal(err)
	}
	for _, next := range map[store.State][]store.State{
		store.StateQueued:    {store.StateSubmitting, store.StateQueued},
		store.StateDreaming:  {store.StateSubmitting, store.StateDreaming},
		store.StateCompleted: {store.StateSubmitting, store.StateCompleted},
		store.StateFailed:    {store.StateSubmitting, store.StateFailed},
		store.StateCancelled: {store.StateCancelled},
	}[state] {
		f.become(t, j.ID, next)
	}
	j, err := f.store.Get(t.Context(), j.ID)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// become has a job go on to a state.
func (f *fixture) become(t testing.TB, id string, next store.State) {
	t.Helper()
	f.change(t, id, func(j *store.Job) {
		j.State = next
		if next == store.StateFailed {
			j.Failure = store.FailureGeneration
		}
	})
}

func (f *fixture) change(t testing.TB, id string, change func(*store.Job)) {
	t.Helper()
	if _, err := f.store.Update(t.Context(), id, func(j *store.Job) error { change(j); return nil }); err != nil {
		t.Fatal(err)
	}
}

// remove has a job removed.
func (f *fixture) remove(t testing.TB, id string) {
	t.Helper()
	f.change(t, id, func(j *store.Job) { j.Removed = true })
}

// id makes a job's id out of a small number.
func id(n int) string { return fmt.Sprintf("d0job%015d", n) }

// where says who does something, and where.
type where struct{ guild, channel, member string }

var (
	home = where{"100", "200", "400"}
	dm   = where{"", "250", "400"}
)

// payload is an interaction of somebody who may use commands, as Discord
// documents it.
func payload(kind commands.Kind, w where, data string) []byte {
	return payloadBy(kind, w, fmt.Sprint(uint64(mayUse)), data)
}

// payloadBy is payload of somebody with these permissions.
func payloadBy(kind commands.Kind, w where, permissions, data string) []byte {
	who := fmt.Sprintf(`"guild_id":%q,"guild_locale":"en-US","guild":{"id":%[1]q,"features":["COMMUNITY"]},"member":{"user":{"id":%[2]q,"username":"ada"},"permissions":%[3]q,"roles":[]}`, w.guild, w.member, permissions)
	if w.guild == "" {
		who = fmt.Sprintf(`"user":{"id":%q,"username":"ada"}`, w.member)
	}
	return fmt.Appendf(nil, `{"id":"500","application_id":"600","type":%d,"token":"aToken","version":1,"locale":"zh-CN",
		"channel_id":%q,"channel":{"id":%q,"type":0},"attachment_size_limit":10485760,%s,"data":%s}`, kind, w.channel, w.channel, who, data)
}

func (f *fixture) do(t testing.TB, kind commands.Kind, w where, data string) (commands.Answer, error) {
	t.Helper()
	return f.handle(t, payload(kind, w, data))
}

func (f *fixture) handle(t testing.TB, payload []byte) (commands.Answer, error) {
	t.Helper()
	in, err := commands.Decode(payload, f.now)
	if err != nil {
		t.Fatal(err)
	}
	return f.set.Handle(t.Context(), in)
}

// refusal is the key of what a person reads; empty where it is done.
func refusal(t testing.TB, err error) string {
	t.Helper()
	var r *commands.Refusal
	if err != nil && !errors.As(err, &r) {
		t.Fatalf("a fault of ours: %v", err)
	}
	if err == nil {
		return ""
	}
	return r.Key
}

// Addresses of pictures, which end a day after now.
const (
	boatURL = "https://cdn.example/boat.png?ex=6b4b2380&is=1&hm=2"
	endURL  = "https://cdn.example/end.webp?ex=6b4b2380&is=1&hm=2"
)

var pictureEnds = now.Add(24 * time.Hour).UTC()

const picturePNG = `{"id":"1","filename":"boat.png","content_type":"image/png","size":1000,"url":"` + boatURL + `","width":640,"height":360}`

func command(name, options string, files ...string) string {
	return fmt.Sprintf(`{"id":"700","name":%q,"type":1,"options":[%s],"resolved":{"attachments":{%s}}}`, name, options, strings.Join(files, ","))
}

func option(name, value string) string {
	return fmt.Sprintf(`{"name":%q,"type":3,"value":%s}`, name, value)
}

func button(customID string) string {
	return fmt.Sprintf(`{"custom_id":%q,"component_type":2}`, customID)
}

// modal is one that came back, with a prompt and files by the fields that they
// were given to.
func modal(customID, prompt string, files ...string) string {
	var resolved strings.Builder
	fields := fmt.Sprintf(`{"type":18,"id":1,"component":{"type":4,"id":2,"custom_id":"prompt","value":%q}}`, prompt)
	for i := 0; i < len(files); i += 2 {
		fields += fmt.Sprintf(`,{"type":18,"component":{"type":19,"custom_id":%q,"values":["%d"]}}`, files[i], 70+i)
		if i > 0 {
			resolved.WriteString(",")
		}
		fmt.Fprintf(&resolved, `"%d":%s`, 70+i, files[i+1])
	}
	return fmt.Sprintf(`{"custom_id":%q,"components":[%s],"resolved":{"attachments":{%s}}}`, customID, fields, resolved.String())
}

// video stores a completed job whose video stands on its reply.
func (f *fixture) video(t testing.TB, n int, w where, prompt string) store.Job {
	t.Helper()
	j := f.put(t, store.Job{ID: id(n), Guild: w.guild, Channel: w.channel, Member: w.member, Prompt: prompt,
		CreatedAt: now.Add(time.Duration(n) * time.Second)}, store.StateCompleted)
	f.change(t, j.ID, func(j *store.Job) { j.Upload = store.Upload{ID: "800", Name: "dream.mp4", Size: 1000} })
	j, err := f.store.Get(t.Context(), j.ID)
	if err != nil {
		t.Fatal(err)
	}
	return j
}

// share has a job shared.
func (f *fixture) share(t testing.TB, j store.Job) community.Prompt {
	t.Helper()
	p, err := f.community.Share(t.Context(), j)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// vote gives a prompt a number of votes.
func (f *fixture) vote(t testing.TB, p community.Prompt, votes int) {
	t.Helper()
	for n := range votes {
		if _, err := f.community.Store.Vote(t.Context(), community.Vote{Guild: p.Guild, Prompt: p.ID,
			Member: fmt.Sprint(7000 + n), Place: community.PlaceResult}, true); err != nil {
			t.Fatal(err)
		}
	}
}

// rule changes the rules of a server.
func (f *fixture) rule(t testing.TB, guild string, change func(*community.Settings)) {
	t.Helper()
	if _, err := f.community.Store.SetSettings(t.Context(), guild, func(s *community.Settings) error { change(s); return nil }); err != nil {
		t.Fatal(err)
	}
}

// sub is a command with a subcommand.
func sub(name, sub string, options ...string) string {
	return command(name, fmt.Sprintf(`{"type":1,"name":%q,"options":[%s]}`, sub, strings.Join(options, ",")))
}

// asGuest is a payload from where the bot is a guest.
func asGuest(payload []byte) []byte {
	return []byte(strings.Replace(string(payload), `"id":"500"`, `"id":"500","context":0,"authorizing_integration_owners":{"1":"400"}`, 1))
}
