package tracker

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"dreambot/store"
)

// moves is a line that bytes move, and what is known of it besides.
type moves struct {
	t       *testing.T
	line    line
	came    int
	waiting map[string]store.Job
	away    map[string]store.Job // sent, and not back
	had     map[string]turns     // by which
	// returns: what was sent may come back. It has its turn then before those who
	// have theirs now, so nobody's turns are counted.
	returns bool
	// passed is how often one queue was served while another could have been, by
	// the names of that one and this.
	passed map[[2]string]int
}

// names are those of a job's queues: its server's, and its member's in that.
func names(j store.Job) (server, member string) {
	server = fmt.Sprint(partyOf(j))
	return server, server + "/" + j.Member
}

// ready returns the queues that could be served.
func (m *moves) ready() (servers map[string]bool, members map[string]string) {
	servers, members = map[string]bool{}, map[string]string{}
	for _, j := range m.waiting {
		if j.Answered() {
			server, member := names(j)
			servers[server], members[member] = true, server
		}
	}
	return servers, members
}

// pick returns one of them; empty where there is none.
func pick(from map[string]store.Job, which byte) string {
	if len(from) == 0 {
		return ""
	}
	return slices.Sorted(maps.Keys(from))[int(which)%len(from)]
}

func (m *moves) move(what, which byte) {
	switch what % 8 {
	default:
		m.comes(which)
	case 3:
		if id := pick(m.waiting, which); id != "" {
			j := m.waiting[id]
			j.AnsweredAt = j.CreatedAt
			m.waiting[id] = j
			m.line.answer(id)
		}
	case 4:
		m.line.leave(pick(m.waiting, which))
		delete(m.waiting, pick(m.waiting, which))
	case 5, 6:
		m.serve()
	case 7:
		if id := pick(m.away, which); m.returns && id != "" {
			m.line.join(m.away[id], m.had[id])
			m.waiting[id] = m.away[id]
			delete(m.away, id)
		}
	}
	servers, members := m.ready()
	maps.DeleteFunc(m.passed, func(of [2]string, _ int) bool {
		_, member := members[of[0]]
		return !servers[of[0]] && !member
	})
	m.holds()
}

func (m *moves) comes(which byte) {
	told := fmt.Sprintf("%c:%c", 'A'+which%3, 'a'+which/3%4)
	switch which / 12 % 6 {
	case 0:
		told = told[2:]
	case 1:
		told += "!"
	case 2:
		told += "?"
	}
	j := waits(told, m.came)
	m.came++
	before := m.line.before(j)
	m.line.join(j, turns{})
	m.waiting[j.ID] = j
	if at := slices.IndexFunc(m.line.order(), func(p *place) bool { return p.id == j.ID }); at != before {
		m.t.Errorf("%s was to have %d before it, and has %d", j.ID, before, at)
	}
}

func (m *moves) serve() {
	servers, members := m.ready()
	id, had, ok := m.line.next()
	if ok != (len(servers) > 0) {
		m.t.Fatalf("sent %q, and of %d servers one can be sent", id, len(servers))
	}
	if !ok {
		return
	}
	j := m.waiting[id]
	if !j.Answered() {
		m.t.Fatalf("%q is sent, which does not wait, or is not answered", id)
	}
	delete(m.waiting, id)
	m.away[id], m.had[id] = j, had
	server, member := names(j)
	for _, other := range m.waiting {
		if _, of := names(other); of == member && other.Answered() && other.CreatedAt.Before(j.CreatedAt) {
			m.t.Errorf("%s is sent before %s, which came before it", id, other.ID)
		}
	}
	if m.returns {
		return
	}
	for waits := range servers {
		m.pass(waits, server)
	}
	for waits, in := range members {
		if in == server {
			m.pass(waits, member)
		}
	}
}

// pass notes that a queue was served while another could have been.
func (m *moves) pass(waits, served string) {
	if waits == served {
		maps.DeleteFunc(m.passed, func(of [2]string, _ int) bool { return of[0] == served })
		return
	}
	of := [2]string{waits, served}
	if m.passed[of]++; m.passed[of] > 1 {
		m.t.Errorf("%s is served %d times while %s waits", served, m.passed[of], waits)
	}
}

// holds checks the line by what waits.
func (m *moves) holds() {
	order, servers := m.line.order(), map[string]int{}
	seen, firsts := map[string]bool{}, map[string]int{}
	for i, p := range order {
		j, ok := m.waiting[p.id]
		if !ok || seen[p.id] || p.answered != j.Answered() {
			m.t.Errorf("%s is in line twice, or not as it waits", p.id)
		}
		seen[p.id] = true
		server, _ := names(j)
		servers[server]++
		if _, ok := firsts[j.Member]; !ok {
			firsts[j.Member] = i
		}
	}
	if len(order) != len(m.waiting) || m.line.len() != len(m.waiting) {
		m.t.Errorf("%d are in line, and %d wait", len(order), len(m.waiting))
	}
	for member := range firsts {
		if n, ok := m.line.beforeMember(member); !ok || n != firsts[member] {
			m.t.Errorf("%d are before the first of %s, and %d are said to be", firsts[member], member, n)
		}
	}
	if len(m.line.servers) != len(servers) || len(m.line.ring) != len(servers) {
		m.t.Errorf("%d servers are kept, of which %d wait", len(m.line.servers), len(servers))
	}
	if !slices.IsSortedFunc(m.line.ring, func(a, b *server) int { return cmp.Compare(a.turn, b.turn) }) {
		m.t.Error("servers do not stand by their turns")
	}
	for _, s := range m.line.ring {
		if s.waiting != servers[fmt.Sprint(s.party)] || len(s.members) != len(s.ring) {
			m.t.Errorf("server %v: %d are said to wait, of %d members", s.party, s.waiting, len(s.ring))
		}
		if !slices.IsSortedFunc(s.ring, func(a, b *member) int { return cmp.Compare(a.turn, b.turn) }) {
			m.t.Errorf("members of %v do not stand by their turns", s.party)
		}
	}
}

// moved moves a line as bytes say, and then has all answered and sent.
func moved(t *testing.T, returns bool, bytes []byte) {
	m := &moves{t: t, line: newLine(), waiting: map[string]store.Job{}, away: map[string]store.Job{},
		had: map[string]turns{}, returns: returns, passed: map[[2]string]int{}}
	for len(bytes) > 1 {
		m.move(bytes[0], bytes[1])
		bytes = bytes[2:]
	}
	for id, j := range m.waiting {
		j.AnsweredAt = j.CreatedAt
		m.waiting[id] = j
		m.line.answer(id)
	}
	want := shownOrder(&m.line)
	var order []string
	for len(m.waiting) > 0 {
		before := slices.Collect(maps.Keys(m.waiting))
		m.serve()
		order = append(order, slices.DeleteFunc(before, func(id string) bool { _, ok := m.waiting[id]; return ok })...)
	}
	if got := strings.Join(order, " "); got != want {
		t.Errorf("sent in the order %s, and places were in the order %s", got, want)
	}
	m.holds()
	if m.line.len()+len(m.line.ring)+len(m.line.servers) != 0 {
		t.Error("an empty line keeps something")
	}
}

// Whatever comes and goes: no job is lost or sent twice, a member's own are sent
// in the order of their coming, while a queue waits every other around it is
// served once at most before it is its turn, and places are what comes true.
func FuzzLine(f *testing.F) {
	f.Add(true, []byte("abcdefghijklmnopqrstuvwxyz"))
	f.Add(false, []byte("\x00\x30\x00\x31\x00\x33\x05\x00\x03\x01\x05\x00\x04\x00"))
	f.Fuzz(func(t *testing.T, returns bool, bytes []byte) {
		if len(bytes) > 1000 {
			return // the checks of a long line are slow
		}
		moved(t, returns, bytes)
	})
}

func TestLinesOfChance(t *testing.T) {
	const lines = 300
	for seed := range uint64(lines) {
		random := rand.New(rand.NewPCG(seed, 1))
		bytes := make([]byte, 2*random.IntN(200))
		for i := range bytes {
			bytes[i] = byte(random.Uint32())
		}
		moved(t, seed%2 == 0, bytes)
		if t.Failed() {
			t.Fatalf("so it was with seed %d", seed)
		}
	}
}
