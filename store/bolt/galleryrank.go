package bolt

import (
	"container/heap"
	"slices"
)

// ranked is a prompt in a list that is ordered by something else than its seq.
type ranked struct {
	score float64
	seq   uint64
	id    string
}

// better orders prompts: the highest score, and the newest, first.
func (r ranked) better(other ranked) bool {
	if r.score != other.score {
		return r.score > other.score
	}
	return r.seq > other.seq
}

// leaders keeps the best of many, at most as many as its room; its first is the
// worst of them.
type leaders struct {
	list []ranked
	room int
}

func (l *leaders) Len() int           { return len(l.list) }
func (l *leaders) Less(i, j int) bool { return l.list[j].better(l.list[i]) }
func (l *leaders) Swap(i, j int)      { l.list[i], l.list[j] = l.list[j], l.list[i] }
func (l *leaders) Push(x any)         { l.list = append(l.list, x.(ranked)) }
func (l *leaders) Pop() any {
	last := l.list[len(l.list)-1]
	l.list = l.list[:len(l.list)-1]
	return last
}

// takes reports whether one with such a score and seq would be kept.
func (l *leaders) takes(score float64, seq uint64) bool {
	return len(l.list) < l.room || ranked{score: score, seq: seq}.better(l.list[0])
}

func (l *leaders) add(r ranked) {
	if len(l.list) < l.room {
		heap.Push(l, r)
	} else if r.better(l.list[0]) {
		l.list[0] = r
		heap.Fix(l, 0)
	}
}

// ids returns what was kept behind an offset, the best first.
func (l *leaders) ids(offset int) []string {
	slices.SortFunc(l.list, func(a, b ranked) int {
		if a.better(b) {
			return -1
		}
		return 1
	})
	var ids []string
	for _, r := range l.list[min(offset, len(l.list)):] {
		ids = append(ids, r.id)
	}
	return ids
}
