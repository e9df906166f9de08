package tracker

import (
	"cmp"
	"slices"
	"time"

	"dreambot/store"
)

// line is the jobs that wait, in the order in which they are sent: round robin
// over servers, then over the members of a server, then first come first. A
// member with ten jobs waiting holds up another with one for one job at most.
//
// Servers, and members in each, have their turns by number, the least first.
// One that newly waits takes the next number of a clock, and so does one that
// was served; so whoever always comes back stands behind those who waited
// meanwhile. Nothing is kept of a server or a member of whom nothing waits,
// which bounds the line by its jobs. The numbers live in memory alone: after a
// start they are given anew, by the first job of each.
type line struct {
	clock   int
	jobs    map[string]*place // by id
	servers map[party]*server
	ring    []*server // those of servers, by their turns
}

// party is whose turn it is among servers: a server, or, outside of servers, a
// member, who is then one by themselves. It is the same where a member alone
// has installed the bot: the servers into which they take it are no more turns
// for them.
type party struct{ guild, member string }

func partyOf(j store.Job) party {
	if j.Guild == "" || j.Guest {
		return party{member: j.Member}
	}
	return party{guild: j.Guild}
}

// server is a party's part of the line.
type server struct {
	party   party
	turn    int
	waiting int
	ready   int // of those, answered
	members map[string]*member
	ring    []*member // those of members, by their turns
}

// member is a member's part of a server's.
type member struct {
	id    string
	turn  int
	jobs  []*place // first come first
	ready int      // of those, answered
}

// place is a job's place in line.
type place struct {
	id       string
	created  time.Time
	answered bool // it may be sent
	measure  store.Measure
	shown    shown
	server   *server
	member   *member
}

// turns are those by which a job was sent. It is given them back where the
// call did not start. The zero value is none.
type turns struct{ server, member int }

func newLine() line {
	return line{jobs: map[string]*place{}, servers: map[party]*server{}}
}

func (l *line) len() int { return len(l.jobs) }

func (l *line) has(id string) bool {
	_, ok := l.jobs[id]
	return ok
}

// join puts a job into the line. had are the turns by which it was sent before,
// if it was.
func (l *line) join(j store.Job, had turns) {
	s := l.servers[partyOf(j)]
	if s == nil {
		s = &server{party: partyOf(j), turn: l.tick(), members: map[string]*member{}}
		l.servers[s.party] = s
		l.ring = append(l.ring, s)
	}
	m := s.members[j.Member]
	if m == nil {
		m = &member{id: j.Member, turn: l.tick()}
		s.members[m.id] = m
		s.ring = append(s.ring, m)
	}
	if had.server > 0 && had.server < s.turn {
		l.ring = turned(l.ring, s, had.server)
	}
	if had.member > 0 && had.member < m.turn {
		s.ring = turned(s.ring, m, had.member)
	}
	p := &place{id: j.ID, created: j.CreatedAt, measure: j.Measure(), shown: shown{j.Place, j.Hold}, server: s, member: m}
	at, _ := slices.BinarySearchFunc(m.jobs, p, func(a, b *place) int {
		return cmp.Or(a.created.Compare(b.created), -1) // behind those of the same time
	})
	m.jobs = slices.Insert(m.jobs, at, p)
	l.jobs[p.id] = p
	s.waiting++
	if j.Answered() {
		l.answer(p.id)
	}
}

// answer says that a job in line may be sent.
func (l *line) answer(id string) {
	if p, ok := l.jobs[id]; ok && !p.answered {
		p.answered = true
		p.member.ready++
		p.server.ready++
	}
}

// leave takes a job out of the line, if it is there.
func (l *line) leave(id string) {
	p, ok := l.jobs[id]
	if !ok {
		return
	}
	s, m := p.server, p.member
	delete(l.jobs, id)
	at := slices.Index(m.jobs, p)
	m.jobs = slices.Delete(m.jobs, at, at+1)
	s.waiting--
	if p.answered {
		m.ready--
		s.ready--
	}
	if len(m.jobs) == 0 {
		delete(s.members, m.id)
		s.ring = out(s.ring, m)
	}
	if s.waiting == 0 {
		delete(l.servers, s.party)
		l.ring = out(l.ring, s)
	}
}

// next takes the job out of the line that is to be sent now: of whoever has the
// least turn, among those with a job that was answered. had are the turns for
// join, should it not be sent after all.
func (l *line) next() (id string, had turns, ok bool) {
	at := slices.IndexFunc(l.ring, func(s *server) bool { return s.ready > 0 })
	if at < 0 {
		return "", turns{}, false
	}
	s := l.ring[at]
	m := s.ring[slices.IndexFunc(s.ring, func(m *member) bool { return m.ready > 0 })]
	p := m.jobs[slices.IndexFunc(m.jobs, func(p *place) bool { return p.answered })]
	had = turns{s.turn, m.turn}
	l.ring = turned(l.ring, s, l.tick())
	s.ring = turned(s.ring, m, l.tick())
	l.leave(p.id)
	return p.id, had, true
}

func (l *line) tick() int {
	l.clock++
	return l.clock
}

// order returns all that wait in the order in which they would be sent, if
// nothing else came and all were answered.
func (l *line) order() []*place {
	servers := make([][]*place, len(l.ring))
	for i, s := range l.ring {
		members := make([][]*place, len(s.ring))
		for k, m := range s.ring {
			members[k] = m.jobs
		}
		servers[i] = rounds(members)
	}
	return rounds(servers)
}

// rounds takes one from each queue after the other, until none is left.
func rounds(queues [][]*place) []*place {
	if len(queues) == 1 {
		return queues[0]
	}
	n := 0
	for _, q := range queues {
		n += len(q)
	}
	all := make([]*place, 0, n)
	for round := 0; len(queues) > 0; round++ {
		left := queues[:0]
		for _, q := range queues {
			all = append(all, q[round])
			if len(q) > round+1 {
				left = append(left, q)
			}
		}
		queues = left
	}
	return all
}

// before returns how many would be sent before a job that is new in line.
func (l *line) before(j store.Job) int {
	s := l.servers[partyOf(j)]
	if s == nil {
		return ahead(l.ring, nil, 0)
	}
	m := s.members[j.Member]
	if m == nil {
		return ahead(l.ring, s, ahead(s.ring, nil, 0))
	}
	return ahead(l.ring, s, ahead(s.ring, m, len(m.jobs)))
}

// beforeMember returns how many would be sent before the first of a member's
// jobs, wherever it was asked for, and whether there is one.
func (l *line) beforeMember(id string) (least int, ok bool) {
	for _, s := range l.ring {
		m := s.members[id]
		if m == nil {
			continue
		}
		if n := ahead(l.ring, s, ahead(s.ring, m, 0)); !ok || n < least {
			least, ok = n, true
		}
	}
	return least, ok
}

// queue is what has its turns in a ring. A ring is in the order of its turns.
type queue interface {
	comparable
	number() int
	take(turn int)
	size() int // how many jobs of it wait
}

func (s *server) number() int   { return s.turn }
func (s *server) take(turn int) { s.turn = turn }
func (s *server) size() int     { return s.waiting }

func (m *member) number() int   { return m.turn }
func (m *member) take(turn int) { m.turn = turn }
func (m *member) size() int     { return len(m.jobs) }

// seat returns where a turn stands in a ring, or would.
func seat[Q queue](ring []Q, turn int) int {
	at, _ := slices.BinarySearchFunc(ring, turn, func(q Q, turn int) int { return cmp.Compare(q.number(), turn) })
	return at
}

// out takes a queue out of its ring.
func out[Q queue](ring []Q, q Q) []Q {
	at := seat(ring, q.number())
	return slices.Delete(ring, at, at+1)
}

// turned gives a queue of a ring another turn.
func turned[Q queue](ring []Q, q Q, turn int) []Q {
	ring = out(ring, q)
	q.take(turn)
	return slices.Insert(ring, seat(ring, turn), q)
}

// ahead returns how many jobs of a ring are served before the one of q that has
// nth others of q before it. A q that is not in the ring comes last.
func ahead[Q queue](ring []Q, q Q, nth int) int {
	n, passed := nth, false
	for _, other := range ring {
		switch {
		case other == q:
			passed = true
		case passed:
			n += min(other.size(), nth)
		default:
			n += min(other.size(), nth+1)
		}
	}
	return n
}
