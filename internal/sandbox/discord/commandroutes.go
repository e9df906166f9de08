package discord

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strconv"
)

// single finds the command that a request names, and its scope. mu is held.
func (s *Server) single(r *request) (scope string, i int, err error) {
	if scope, err = s.scope(r); err != nil {
		return scope, -1, err
	}
	i = slices.IndexFunc(s.commands[scope], func(c *command) bool { return c.ID == r.vars["command"] })
	if i < 0 {
		return scope, i, errUnknownCommand()
	}
	return scope, i, nil
}

func (s *Server) getCommand(r *request) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	scope, i, err := s.single(r)
	if err != nil {
		return answer{}, err
	}
	return ok(s.commandJSON(s.commands[scope][i]))
}

// postCommand adds a command to a scope: in the place of the one with its name
// and type, where there is one.
// Source: discord-api-docs, interactions/application-commands, create global
// application command.
func (s *Server) postCommand(r *request) (answer, error) {
	data, err := r.body.object()
	if err != nil {
		return answer{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	scope, err := s.scope(r)
	if err != nil {
		return answer{}, err
	}
	f := newForm()
	c := readCommand(f, data, scope == "")
	if err := f.err(); err != nil {
		return answer{}, err
	}
	list := slices.Clone(s.commands[scope])
	if i := slices.IndexFunc(list, c.names); i >= 0 {
		c.ID = list[i].ID
		list[i] = c
		s.register(scope, list)
		return ok(s.commandJSON(c))
	}
	count := 0
	for _, other := range list {
		if other.Type == c.Type {
			count++
		}
	}
	if count >= mostCommands(c.Type) {
		return answer{}, errTooManyCommands(mostCommands(c.Type))
	}
	s.register(scope, append(list, c))
	return answer{http.StatusCreated, s.commandJSON(c)}, nil
}

// patchCommand changes the fields of a command that the body has, all but its
// type.
func (s *Server) patchCommand(r *request) (answer, error) {
	data, err := r.body.object()
	if err != nil {
		return answer{}, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	scope, i, err := s.single(r)
	if err != nil {
		return answer{}, err
	}
	list := slices.Clone(s.commands[scope])
	old := list[i]
	next, err := s.asSent(old)
	if err != nil {
		return answer{}, err
	}
	maps.Copy(next, data)
	next["type"] = json.Number(strconv.Itoa(old.Type))
	f := newForm()
	c := readCommand(f, next, scope == "")
	if slices.ContainsFunc(list, func(o *command) bool { return o.ID != old.ID && c.names(o) }) {
		f.at("name").bad("APPLICATION_COMMANDS_DUPLICATE_NAME", "Application command names must be unique")
	}
	if err := f.err(); err != nil {
		return answer{}, err
	}
	c.ID = old.ID
	list[i] = c
	s.register(scope, list)
	return ok(s.commandJSON(c))
}

// asSent is a command as the bot could have sent it.
func (s *Server) asSent(c *command) (object, error) {
	sent := s.commandJSON(c)
	if c.IntegrationTypes == nil {
		delete(sent, "integration_types")
	}
	raw, err := json.Marshal(sent)
	if err != nil {
		return nil, err
	}
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var o object
	return o, d.Decode(&o)
}

func (s *Server) deleteCommand(r *request) (answer, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	scope, i, err := s.single(r)
	if err != nil {
		return answer{}, err
	}
	s.register(scope, slices.Delete(slices.Clone(s.commands[scope]), i, i+1))
	return nothing()
}

// names reports whether two commands cannot both be in a scope.
func (c *command) names(other *command) bool { return c.Name == other.Name && c.Type == other.Type }

// register makes a list the commands of a scope. A command without an id is
// new, one without a version has changed. mu is held.
func (s *Server) register(scope string, list []*command) {
	for _, c := range list {
		c.GuildID = scope
		if c.ID == "" {
			c.ID = s.newID()
		}
		if c.Version == "" {
			c.Version = s.newID()
		}
	}
	s.commands[scope] = list
	s.record(record{Commands: &commandSet{scope, list}})
	s.publish(Event{Type: EventCommands, Commands: s.allCommands()})
}
