package main

import (
	"context"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"time"

	"dreambot/internal/sandbox/discord"
	"dreambot/internal/sandbox/luma"
	"dreambot/store"
	"dreambot/store/bolt"
)

// ends are the words of final cards, in both languages.
var ends = map[string]string{"Completed": "Completed", "Failed": "Failed", "Cancelled": "Cancelled",
	"已完成": "Completed", "失败": "Failed", "已取消": "Cancelled"}

// end is how a card ended, or "" where it has not.
func end(m discord.Message) string {
	head, _, _ := strings.Cut(strings.TrimSpace(says(&m)), "\n")
	for word, name := range ends {
		if strings.Contains(head, word) {
			return name
		}
	}
	return ""
}

var numbered = regexp.MustCompile(`dream number \d{6}`)

// cards are the messages that show a job, by its prompt.
func (w *torture) cards() map[string][]discord.Message {
	cards := map[string][]discord.Message{}
	for _, channel := range []string{dreams, general, workshop} {
		for _, m := range w.box.Discord.Messages(channel) {
			if p := w.about(m); p != "" && m.OnlyFor == "" {
				if byReaction(m) {
					p = carried(p, m.ReplyTo)
				}
				cards[p] = append(cards[p], m)
			}
		}
	}
	return cards
}

// about is the prompt that a card is about. One that was moderated away is not
// shown: then the card's job tells, as far as it is known by now.
func (w *torture) about(m discord.Message) string {
	text := says(&m)
	if p := numbered.FindString(text); p != "" {
		return p
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.prompts[jobOf(m)]
}

// jobOf is the id of the job that a card shows, or "". It is the last one that is
// named: before it stands the one that it goes on from.
func jobOf(m discord.Message) string {
	ids := identified.FindAllString(says(&m), -1)
	if len(ids) == 0 {
		return ""
	}
	return strings.Trim(ids[len(ids)-1], "`")
}

var identified = regexp.MustCompile("`[0-9a-v]{20}`")

// byReaction reports whether a reaction asked for what a card shows.
func byReaction(m discord.Message) bool { return strings.Contains(says(&m), fastForward+" ") }

// carried names what a reaction to a message asked for: it has the prompt of
// what the message shows.
func carried(prompt, message string) string { return prompt + " carried on from " + message }

// free are the cards that keep nobody from asking for the same again: what they
// show came to nothing, unpaid.
func free(m discord.Message) bool {
	how := end(m)
	return how == "Cancelled" || how == "Failed" && !cannotTell(m)
}

func cannotTell(m discord.Message) bool {
	return strings.Contains(says(&m), "can't tell") || strings.Contains(says(&m), "无法确定")
}

// settled waits until every card has come to its end.
func (w *torture) settled() {
	open := map[string]bool{}
	for _, list := range w.cards() {
		for _, m := range list {
			open[m.ID] = true
		}
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	_, err := w.box.Discord.Wait(ctx, func(m discord.Message) bool {
		// A result is whole when the bot's own reaction is under it.
		if how := end(m); how != "" && (how != "Completed" || reactors(m, fastForward)[dreambot]) {
			delete(open, m.ID)
		}
		return len(open) == 0
	})
	if err != nil {
		for _, list := range w.cards() {
			for _, m := range list {
				if open[m.ID] {
					w.t.Errorf("never comes to an end:\n%s", says(&m))
				}
			}
		}
	}
}

// deleted are the prompts whose card a moderator deleted, and for which there
// is no other.
func (w *torture) deleted() map[string]bool {
	cards, missing := w.cards(), map[string]bool{}
	for prompt, told := range w.told {
		if p := numbered.FindString(prompt); told == "deleted" && len(cards[p]) == 0 {
			missing[p] = true
		}
	}
	return missing
}

// posted waits for the messages that come in place of deleted cards. A card can
// have shown the end of its job before it was deleted: then none comes, and the
// store is asked.
func (w *torture) posted() {
	missing := w.deleted()
	if len(missing) == 0 {
		return
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience/6)
	defer cancel()
	_, err := w.box.Discord.Wait(ctx, func(m discord.Message) bool {
		if end(m) != "" && !byReaction(m) {
			delete(missing, w.about(m))
		}
		return len(missing) == 0
	})
	if err != nil {
		w.t.Logf("%d cards were deleted and did not come again", len(missing))
	}
}

// quit ends the bot as an operator does.
func (w *torture) quit(c *exec.Cmd) {
	if err := c.Process.Signal(syscall.SIGTERM); err != nil {
		w.t.Error(err)
	}
	late := time.AfterFunc(patience, func() { _ = c.Process.Kill() })
	defer late.Stop()
	if err := c.Wait(); err != nil {
		w.t.Errorf("told to stop, it ends with %v", err)
	}
}

// account holds what people were told, what they see, what Luma was paid for
// and what the store holds against one another.
func (w *torture) account() {
	t := w.t
	t.Helper()
	paid := w.paidFor()
	cards := w.cards()
	lost, twice, several := 0, 0, 0
	for prompt, told := range w.told {
		p := numbered.FindString(prompt)
		switch {
		case told == "deleted":
			// Audited below.
		case told == "card" && len(cards[p]) == 0, told != "card" && len(cards[p]) == 0 && len(paid[p]) > 0:
			lost++
			t.Errorf("lost: %s: told %s, paid for %d times, and no message", p, told, len(paid[p]))
		case told == "refusal" && len(cards[p])+len(paid[p]) > 0:
			t.Errorf("%s: refused, and yet begun", p)
		}
	}
	seen := map[string]int{}
	for p, list := range cards {
		if byReaction(list[0]) && len(list) > 1 {
			list = slices.DeleteFunc(list, free)
		}
		if len(list) != 1 {
			several++
			t.Errorf("%s: %d messages", p, len(list))
			continue
		}
		if len(paid[p]) > 1 {
			twice++
			t.Errorf("paid twice: %s: %d generations", p, len(paid[p]))
		}
		how := end(list[0])
		switch _, video := media(list[0]); {
		case how == "Completed" && (video == nil || len(paid[p]) != 1):
			t.Errorf("%s: completed with %d generations, video %v", p, len(paid[p]), video != nil)
		case how == "Cancelled" && len(paid[p]) > 0:
			t.Errorf("%s: cancelled and paid for", p)
		case how == "Failed" && cannotTell(list[0]):
			how = "can't tell"
			if w.can.List && len(paid[p]) > 0 {
				t.Errorf("%s: nobody can tell, though Luma has it in its list", p)
			}
		}
		seen[how]++
	}
	unanswered := w.audit(cards)
	t.Logf("%d kills in %v; %d jobs with a card: %d completed, %d failed, %d cancelled, %d \"we can't tell\"; %d commands not answered, %d jobs of them still to be dropped, unpaid; %d lost, %d paid twice, %d with several messages",
		w.killed.Load(), time.Since(w.begun).Round(time.Second), len(cards), seen["Completed"], seen["Failed"], seen["Cancelled"], seen["can't tell"],
		w.silent.Load(), unanswered, lost, twice, several)
}

// audit reads the store, which nobody uses now: every job whose reply Discord
// accepted has ended and is shown. It returns how many others are unfinished:
// no reply of theirs stands, and the next run would drop them.
func (w *torture) audit(cards map[string][]discord.Message) (unanswered int) {
	t := w.t
	jobs := w.open()
	defer func() { _ = jobs.Close() }()
	open, err := jobs.Open(w.context())
	if err != nil {
		t.Fatal(err)
	}
	due, err := jobs.Due(w.context())
	if err != nil {
		t.Fatal(err)
	}
	for _, j := range open {
		if j.Answered() || j.State != store.StateWaiting || len(cards[numbered.FindString(j.Prompt)]) > 0 {
			t.Errorf("unfinished in the store: %s, %s, answered %v", j.Prompt, j.State, j.Answered())
		}
		unanswered++
	}
	missing := w.deleted()
	for _, j := range w.jobs(jobs) {
		if p := numbered.FindString(j.Prompt); missing[p] && !j.Reaction && (!j.State.Final() || j.Posted) {
			t.Errorf("lost: %s: deleted, %s, posted %v, and no message", p, j.State, j.Posted)
		}
	}
	here := map[string]discord.Message{}
	for _, list := range cards {
		for _, m := range list {
			here[m.ID] = m
		}
	}
	for _, j := range due {
		// A reaction of the bot's own that is there, or whose message is gone, can
		// have been put there without being noted: putting it again does no harm.
		if m, ok := here[j.Message]; j.Shown == j.Revision && (!ok || reactors(m, fastForward)[dreambot]) {
			continue
		}
		t.Errorf("not shown as it is: %s, %s, revision %d of %d", j.Prompt, j.State, j.Shown, j.Revision)
	}
	return unanswered
}

// open opens the store of a bot that has ended.
func (w *torture) open() store.Store {
	w.t.Helper()
	jobs, err := bolt.Open(w.environ["DATABASE_URL"])
	if err != nil {
		w.t.Fatal(err)
	}
	return jobs
}

// paidFor are the generations, by the prompt, or by what was carried on. One that
// carries on has the prompt of its parent.
func (w *torture) paidFor() map[string][]luma.Generation {
	jobs := w.open()
	defer func() { _ = jobs.Close() }()
	messages := map[string]string{} // by generation
	for _, j := range w.jobs(jobs) {
		messages[j.Remote] = j.Message
		w.names(j.ID, j.Prompt)
	}
	all, paid := w.box.Luma.Generations(), map[string][]luma.Generation{}
	prompts := map[string]string{}
	for _, g := range all {
		prompts[g.ID] = numbered.FindString(g.Prompt)
	}
	for _, g := range all {
		p := prompts[g.ID]
		if g.Parent != "" && p == prompts[g.Parent] {
			p = carried(p, messages[g.Parent])
		}
		paid[p] = append(paid[p], g)
	}
	return paid
}

// jobs are all jobs of a store.
func (w *torture) jobs(s store.Store) (found []store.Job) {
	for _, channel := range []string{dreams, general, workshop} {
		for q := (store.Query{Channel: channel}); ; {
			page, err := s.List(w.context(), q)
			if err != nil {
				w.t.Fatal(err)
			}
			found = append(found, page.Jobs...)
			if q.Cursor = page.Next; q.Cursor == "" {
				break
			}
		}
	}
	return found
}
