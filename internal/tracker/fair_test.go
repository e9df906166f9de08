package tracker

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"dreambot/store"
)

// waits is the nth job to come, as a story tells it: "A:b" is asked for by b in
// server A, "b" by b outside of servers, "A:b?" is not answered, and "A:b!" comes
// from where the bot is a guest.
func waits(told string, n int) store.Job {
	guild, member, inGuild := strings.Cut(strings.TrimRight(told, "?!"), ":")
	if !inGuild {
		guild, member = "", guild
	}
	j := store.Job{ID: fmt.Sprint(member, n), Guild: guild, Member: member, Guest: strings.HasSuffix(told, "!"),
		CreatedAt: time.Unix(int64(n), 0)}
	if !strings.HasSuffix(told, "?") {
		j.AnsweredAt = j.CreatedAt
	}
	return j
}

// lined is a line in which those of a story wait.
func lined(story string) line {
	l := newLine()
	for n, told := range strings.Fields(story) {
		l.join(waits(told, n), turns{})
	}
	return l
}

// sent takes all out of the line that can be sent.
func sent(l *line) string {
	var ids []string
	for id, _, ok := l.next(); ok; id, _, ok = l.next() {
		ids = append(ids, id)
	}
	return strings.Join(ids, " ")
}

func shownOrder(l *line) string {
	var ids []string
	for _, p := range l.order() {
		ids = append(ids, p.id)
	}
	return strings.Join(ids, " ")
}

func TestTheOrderOfALine(t *testing.T) {
	for name, c := range map[string]struct{ comes, want string }{
		"nobody":                          {"", ""},
		"one member, first come first":    {"A:a A:a A:a", "a0 a1 a2"},
		"one dream behind three":          {"A:a A:a A:a A:b", "a0 b3 a1 a2"},
		"members of a server in turn":     {"A:a A:a A:b A:b A:c", "a0 b2 c4 a1 b3"},
		"servers in turn":                 {"A:a A:a A:a B:b B:b", "a0 b3 a1 b4 a2"},
		"a server of many, one of one":    {"A:a A:b A:c A:d B:e B:e B:e", "a0 e4 b1 e5 c2 e6 d3"},
		"a member of two servers":         {"A:a A:a B:a B:b", "a0 a2 a1 b3"},
		"outside of servers":              {"a a a b A:c A:d", "a0 b3 c4 a1 d5 a2"},
		"no turn more for a guest":        {"A:a! B:a! C:a! A:b A:b", "a0 b3 a1 b4 a2"},
		"no turn more in direct messages": {"a A:a! B:b", "a0 b2 a1"},
	} {
		t.Run(name, func(t *testing.T) {
			l := lined(c.comes)
			if got := shownOrder(&l); got != c.want {
				t.Errorf("places in the order %s, want %s", got, c.want)
			}
			if got := sent(&l); got != c.want {
				t.Errorf("sent in the order %s, want %s", got, c.want)
			}
		})
	}
}

// Who is not answered yet holds nobody up, and goes next once they are.
func TestWhatIsNotAnsweredIsPassedOver(t *testing.T) {
	l := lined("A:a? A:a A:b B:c? B:c? C:d C:d")
	if got, want := shownOrder(&l), "a0 c3 d5 b2 c4 d6 a1"; got != want {
		t.Errorf("places in the order %s, want %s", got, want)
	}
	for _, want := range []string{"a1", "d5", "b2"} {
		if id, _, _ := l.next(); id != want {
			t.Errorf("%s is sent, want %s", id, want)
		}
	}
	l.answer("c4") // B's turn came first, and has waited
	l.answer("a0")
	if got, want := sent(&l), "c4 d6 a0"; got != want {
		t.Errorf("then sent in the order %s, want %s", got, want)
	}
	if _, _, ok := l.next(); ok || l.len() != 1 {
		t.Errorf("%d wait, and one is sent: %v", l.len(), ok)
	}
}

func TestWhoAlwaysComesBackHoldsNobodyUp(t *testing.T) {
	l := lined("A:a A:a A:a A:a A:b")
	order := ""
	for n := range 8 {
		id, _, _ := l.next()
		order += id[:1]
		if id[:1] == "b" {
			l.join(waits("A:b", 10+n), turns{})
		}
	}
	if order != "abababab" {
		t.Errorf("served in the order %s", order)
	}
}

// A paid call that surely did not start costs nobody their turn.
func TestAJobThatWasNotSentHasItsTurnBack(t *testing.T) {
	const comes = "A:a A:a A:b B:c B:c D:d"
	l := lined(comes)
	want := shownOrder(&l)
	back := map[string]turns{}
	for range 3 {
		id, had, _ := l.next()
		back[id] = had
	}
	for n, told := range strings.Fields(comes) {
		if j := waits(told, n); back[j.ID] != (turns{}) {
			l.join(j, back[j.ID])
		}
	}
	if got := shownOrder(&l); got != want {
		t.Errorf("places in the order %s, want %s", got, want)
	}
	if got := sent(&l); got != want {
		t.Errorf("sent in the order %s, want %s", got, want)
	}
}
