package discord

import (
	"cmp"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

const (
	maxProblem = 500 // characters of Call.Problem
	// maxField is how long a field's name may be there. All of Discord's are
	// shorter, and every token is longer.
	maxField = 40
)

// call is what Config.Observe is told of a request.
func (s *Server) call(req *request, rec *result) Call {
	c := Call{
		Time: req.now, Method: req.Method, Path: s.hidden(req.URL.Path, req.vars["token"]), Status: rec.status, Code: rec.code,
		Took: time.Since(req.now), Problem: rec.problem, Fault: rec.fault,
		Request: req.Request, Body: req.body.kept, Payload: req.body.payload,
	}
	c.Interaction, c.Message = s.concerns(req)
	return c
}

// concerns returns the ids of the interaction and of the message that a request
// is about, empty where there is none.
func (s *Server) concerns(req *request) (interaction, message string) {
	interaction, _ = s.tokenOf(req.vars["token"])
	if id := req.vars["interaction"]; interaction == "" && snowflake(id) != 0 {
		interaction = id
	}
	switch id := req.vars["message"]; {
	case req.made != "":
		return interaction, req.made
	case snowflake(id) != 0:
		return interaction, id
	case id != original && req.vars["interaction"] == "":
		return interaction, ""
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if in := s.acts.byID[interaction]; in != nil {
		message = in.Original
	}
	return interaction, message
}

// problem says in words what is wrong.
func (e *apiError) problem() string {
	words := e.message
	if e.errors != nil {
		words = strings.Join(inWords(e.errors, ""), "; ")
	}
	if cut := []rune(words); len(cut) > maxProblem {
		words = string(cut[:maxProblem-1]) + "…"
	}
	return words
}

// inWords lists what is wrong with a form at a place and below, each with its
// field as people write it: components[0].content.
func inWords(errors object, at string) []string {
	var out []string
	before := ""
	if at != "" {
		before = at + ": "
	}
	list, _ := errors["_errors"].([]object)
	for _, e := range list {
		if message, ok := e["message"].(string); ok {
			out = append(out, before+message)
		}
	}
	for _, key := range slices.SortedFunc(maps.Keys(errors), compareKeys) {
		below, ok := errors[key].(object)
		if !ok {
			continue
		}
		if len(key) > maxField {
			key = "…"
		}
		switch _, err := strconv.Atoi(key); {
		case err == nil:
			key = at + "[" + key + "]"
		case at != "":
			key = at + "." + key
		}
		out = append(out, inWords(below, key)...)
	}
	return out
}

// compareKeys sorts the places in a list by their numbers, and what follows by
// name.
func compareKeys(a, b string) int {
	n, errA := strconv.Atoi(a)
	m, errB := strconv.Atoi(b)
	switch {
	case errA == nil && errB == nil:
		return cmp.Compare(n, m)
	case errA == nil:
		return -1
	case errB == nil:
		return 1
	}
	return strings.Compare(a, b)
}
