package discord

import (
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
)

// spec is Discord's own description of its API, where DISCORD_OPENAPI names
// its file; nil without it.
var spec = sync.OnceValues(func() (*openapi3.T, error) {
	name := os.Getenv("DISCORD_OPENAPI")
	if name == "" {
		return nil, nil
	}
	return openapi3.NewLoader().LoadFromFile(name)
})

// checked counts what was checked, by test and route.
var checked sync.Map

// checkAnswer checks that an answer has the shape that the spec gives it.
func checkAnswer(t *testing.T, req *http.Request, r reply) {
	t.Helper()
	doc, err := spec()
	if err != nil {
		t.Fatal(err)
	}
	if doc == nil || r.json == nil || r.status >= 400 {
		return // the spec takes the codes within a form's errors for numbers
	}
	o, template := operation(doc, req.Method, strings.TrimPrefix(req.URL.Path, "/api/v10"))
	if o == nil {
		return
	}
	n, _ := checked.LoadOrStore(t.Name()+req.Method+template, new(atomic.Int64))
	if n.(*atomic.Int64).Add(1) > 2 {
		return // a check takes up to 100 ms; more of the same say little more
	}
	res := o.Responses.Status(r.status)
	if res == nil {
		t.Errorf("%s %s: the spec has no answer %d", req.Method, template, r.status)
		return
	}
	schema := res.Value.Content.Get("application/json").Schema.Value
	if err := schema.VisitJSON(r.json, openapi3.VisitAsResponse(), openapi3.EnableJSONSchema2020()); err != nil {
		t.Errorf("%s %s: the answer is not as the spec says: %.2000v", req.Method, template, err)
	}
}

// operation finds what a path is described as: words before parameters.
func operation(doc *openapi3.T, method, path string) (o *openapi3.Operation, template string) {
	parts := strings.Split(path, "/")
	var best *openapi3.PathItem
	words := -1
	for name, item := range doc.Paths.Map() {
		want := strings.Split(name, "/")
		same := 0
		for i := 0; same >= 0 && i < len(want); i++ {
			switch {
			case len(want) != len(parts):
				same = -1
			case want[i] == parts[i]:
				same++
			case !strings.HasPrefix(want[i], "{"):
				same = -1
			}
			if same < 0 {
				break
			}
		}
		if same > words {
			best, words, template = item, same, name
		}
	}
	if best == nil {
		return nil, ""
	}
	return best.GetOperation(method), template
}
