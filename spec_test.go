package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"
	"github.com/getkin/kin-openapi/routers/gorillamux"

	"dreambot/internal/sandbox/discord"
)

// spec holds every request of the bot against Discord's official OpenAPI
// document, which DISCORD_OPENAPI names. Without it, it checks nothing.
type spec struct {
	t      testing.TB
	router routers.Router

	mu     sync.Mutex
	paused bool
	seen   []discord.Call // with copies of their payloads
}

// loadSpec reads the document once for all tests.
var loadSpec = sync.OnceValues(func() (routers.Router, error) {
	path := os.Getenv("DISCORD_OPENAPI")
	if path == "" {
		return nil, nil
	}
	doc, err := openapi3.NewLoader().LoadFromFile(path)
	if err != nil {
		return nil, fmt.Errorf("load Discord's spec: %w", err)
	}
	doc.Servers = openapi3.Servers{{URL: "/api/v10"}}
	// One known fault of the document: Discord takes a string there.
	for _, s := range doc.Components.Schemas {
		if p := s.Value.Properties["default_member_permissions"]; p != nil {
			p.Value = openapi3.NewStringSchema().WithNullable()
		}
	}
	return gorillamux.NewRouter(doc)
})

func newSpec(t testing.TB) *spec {
	t.Helper()
	router, err := loadSpec()
	if err != nil {
		t.Fatal(err)
	}
	return &spec{t: t, router: router}
}

// pause leaves the requests from now on unchecked: a check takes longer than
// the request.
func (s *spec) pause() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.paused = true
}

// check notes a request. It is checked when the test is over: Discord's answer,
// for which people wait three seconds, is not to wait for that.
func (s *spec) check(c discord.Call) {
	s.mu.Lock()
	defer s.mu.Unlock()
	// A request that was refused before its body was read has nothing to check.
	unread := len(c.Payload) == 0 && c.Request.ContentLength != 0
	if s.router == nil || s.paused || unread {
		return
	}
	c.Body, c.Payload = nil, bytes.Clone(c.Payload)
	s.seen = append(s.seen, c)
}

func (s *spec) validate(c discord.Call) error {
	r := c.Request.Clone(context.Background())
	r.URL.Path = strings.Replace(r.URL.Path, "/api/v9/", "/api/v10/", 1)
	r.Body = io.NopCloser(bytes.NewReader(c.Payload))
	r.ContentLength = int64(len(c.Payload))
	if len(c.Payload) > 0 {
		r.Header.Set("Content-Type", "application/json")
	}
	route, params, err := s.router.FindRoute(r)
	if err != nil {
		return fmt.Errorf("no such route: %w", err)
	}
	return openapi3filter.ValidateRequest(r.Context(), &openapi3filter.RequestValidationInput{
		Request: r, PathParams: params, Route: route,
		Options: &openapi3filter.Options{AuthenticationFunc: openapi3filter.NoopAuthenticationFunc},
	})
}

// checking is held by the test whose requests are being checked: the others go on
// meanwhile, and need the machine too.
var checking sync.Mutex

// report fails the test for every fault that is found, and where nothing was
// checked though it should have been.
func (s *spec) report() {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.router == nil {
		return
	}
	checking.Lock()
	defer checking.Unlock()
	faults := map[string]int{}
	for _, c := range s.seen {
		if err := s.validate(c); err != nil {
			faults[fmt.Sprintf("%s %s: %v", c.Method, c.Path, err)]++
		}
	}
	for fault, times := range faults {
		s.t.Errorf("against Discord's spec (%d times): %s", times, fault)
	}
	if len(s.seen) == 0 && !s.paused {
		s.t.Error("no request was checked against Discord's spec")
	}
}
