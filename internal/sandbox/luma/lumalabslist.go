package luma

import (
	"net/http"
	"slices"
	"strconv"
	"time"
)

// list tells of the generations of all dialects, the newest first.
func (d lumalabs) list(s *Server, r *http.Request) (reply, error) {
	limit, err := number(r, "limit", lumalabsList, 1, lumalabsList)
	if err != nil {
		return reply{}, err
	}
	offset, err := number(r, "offset", 0, 0, maxKept)
	if err != nil {
		return reply{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	now := time.Now()
	page := reply{status: http.StatusOK}
	for i := len(s.order) - 1 - offset; i >= 0 && len(page.of) < limit; i-- {
		s.settle(s.order[i], now)
		page.of = append(page.of, s.answer(s.order[i].generation(), s.base, now))
	}
	more := offset+len(page.of) < len(s.order)
	page.body = func(of []answer) any {
		list := make([]any, 0, len(of))
		for _, a := range of {
			list = append(list, d.write(a))
		}
		return map[string]any{"has_more": more, "count": len(of), "limit": limit, "offset": offset, "generations": list}
	}
	return page, nil
}

// number reads a number from the query of an address.
func number(r *http.Request, name string, usual, least, most int) (int, error) {
	text := r.URL.Query().Get(name)
	if text == "" {
		return usual, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < least || n > most {
		return 0, unprocessable("%s must be a number from %d to %d", name, least, most)
	}
	return n, nil
}

func (lumalabs) remove(s *Server, r *http.Request) (reply, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	rec, ok := s.records[r.PathValue("id")]
	if !ok {
		return reply{}, notFound("Generation")
	}
	rec.Gone = true
	s.keepOrWarn(rec)
	delete(s.records, rec.ID)
	delete(s.watched, rec.ID)
	s.order = slices.DeleteFunc(s.order, func(other *record) bool { return other == rec })
	s.announce()
	return reply{status: http.StatusNoContent}, nil
}

func (lumalabs) credits(s *Server, _ *http.Request) (reply, error) {
	balance := s.Balance()
	return reply{status: http.StatusOK, body: func([]answer) any { return map[string]any{"credit_balance": balance} }}, nil
}

func (lumalabs) ping(*Server, *http.Request) (reply, error) {
	return reply{status: http.StatusOK, body: func([]answer) any { return map[string]any{"message": "pong"} }}, nil
}
