package luma

import (
	"encoding/json"
	"strings"
)

// reading is what differs between dialects in how answers are read. The services
// and their siblings answer with the bare generation, in envelopes and in arrays
// of one, with several words for a state, and with fields of other types than
// documented; all of that is read of every dialect.
type reading struct {
	// video returns the video that an object tells of; nil where it has no link.
	video func(object) *Video
	// kinds and reasons are what codes mean, in lower case, where they tell more
	// than the status and the words.
	kinds   map[string]error
	reasons map[string]Reason
	// picture503: a paid call that is answered by a 503 whose words say that a
	// picture could not be read is surely not accepted.
	picture503 bool
}

// maxLayers is how many objects are looked into: the envelope, the task in its
// data, the generation in the task's data, and one to spare.
const maxLayers = 4

// layersOf returns the objects of a body from the outermost envelope to the
// innermost data. inner is the innermost data where it is a text: the id alone.
func layersOf(body []byte) (layers []object, inner string, err error) {
	raw, err := firstValue(body)
	if err != nil {
		return nil, "", err
	}
	for len(layers) < maxLayers {
		o := objectOf(raw)
		if o == nil {
			break
		}
		layers = append(layers, o)
		raw = o["data"]
	}
	if len(layers) == 0 {
		return nil, "", errNoGeneration
	}
	return layers, textOf(raw), nil
}

// decode reads the body of an answer with a status 2xx. The error is a *fault
// where the body says that the call did not succeed. The generation has at least
// an id or a known state; its Cause is as the service wrote it.
func (r reading) decode(body []byte) (Generation, error) {
	layers, inner, err := layersOf(body)
	if err != nil {
		return Generation{}, err
	}
	g := r.generation(layers)
	refused, said := r.fault(layers[0])
	switch {
	case g.ID != "" && g.State != "":
		// It is a generation, whatever else stands around it.
	case said:
		return Generation{}, &refused
	case g.ID == "" && g.State == "" && inner != "":
		g.ID = inner
	case g.ID == "" && g.State == "" && refused.message != "":
		return Generation{}, &refused
	case g.ID == "" && g.State == "":
		return Generation{}, errNoGeneration
	}
	if g.State == "" {
		g.State = StateDreaming
	}
	return g, nil
}

// generation returns what layers tell of a generation. Its ID and its State are
// empty where they tell none that is known.
func (r reading) generation(layers []object) Generation {
	g := Generation{ID: idOf(layers), State: stateOf(layers)}
	for _, o := range layers {
		if g.CreatedAt.IsZero() {
			g.CreatedAt = o.time("created_at")
		}
	}
	switch g.State {
	case StateCompleted:
		for i := range layers {
			if g.Video = r.video(layers[len(layers)-1-i]); g.Video != nil {
				break
			}
		}
	case StateFailed:
		g.Reason, g.Cause = r.failure(layers)
	}
	return g
}

// idOf prefers the outermost task's, since a router knows its tasks by it; the
// generation inside may bear the id of another service behind.
func idOf(layers []object) string {
	for _, o := range layers {
		if id := o.text("task_id"); id != "" {
			return id
		}
	}
	for i := range layers {
		if id := layers[len(layers)-1-i].text("id"); id != "" {
			return id
		}
	}
	return ""
}

// stateOf returns the furthest state that any layer gives, since layers lag
// behind each other; "" where none gives one that is known.
func stateOf(layers []object) State {
	furthest := 0
	for _, o := range layers {
		furthest = max(furthest, rankOf(o.text("state")))
		// Without an id, it is the status of the call and not of a generation.
		if o.first("task_id", "id") != "" {
			furthest = max(furthest, rankOf(o.text("status")))
		}
	}
	return [...]State{"", StateQueued, StateDreaming, StateCompleted, StateFailed}[furthest]
}

// rankOf returns how far a word says that a generation is: 1 for queued to 4 for
// failed, 0 for a word that is not known.
func rankOf(word string) int {
	switch strings.ToLower(word) {
	case "queued", "pending", "not_start", "submitted":
		return 1
	case "dreaming", "processing", "in_progress":
		return 2
	case "completed", "success", "succeed", "succeeded":
		return 3
	case "failed", "failure":
		return 4
	}
	return 0
}

// failure returns why a generation failed, and the innermost code and words for
// it.
func (r reading) failure(layers []object) (Reason, string) {
	for i := range layers {
		o := layers[len(layers)-1-i]
		f := fault{code: o.text("failure_code"), message: o.first("failure_reason", "fail_reason")}
		f.reason = r.reasons[strings.ToLower(f.code)]
		if f.code == "" && f.message == "" {
			said, ok := r.fault(o)
			if !ok || said.message == "" {
				continue
			}
			f = fault{message: said.message, reason: said.reason}
		}
		cause := f.message
		if f.code != "" {
			cause = strings.TrimSuffix(f.code+": "+f.message, ": ")
		}
		if why := f.why(); why != "" {
			return why, cause
		}
		return ReasonOther, cause
	}
	return ReasonOther, ""
}

// refusal reads the body of an answer with another status; its zero value means
// that the body does not tell.
func (r reading) refusal(body []byte) fault {
	layers, _, err := layersOf(body)
	if err != nil {
		return fault{}
	}
	f, _ := r.fault(layers[0])
	return f
}

// fault reads the shapes of errors. said is whether the object says that it is
// one, which a message alone does not.
func (r reading) fault(o object) (f fault, said bool) {
	var kind string // of error, in words; some put the code there
	if e := o.object("error"); len(e) > 0 {
		f, said = fault{code: e.text("code"), message: e.first("message", "detail")}, true
		kind = e.text("type")
	} else if words := o.text("error"); words != "" {
		f, said = fault{message: words}, true
	} else if e := detailOf(o["detail"]); len(e) > 0 {
		f, said = fault{code: e.text("code"), message: e.first("reason", "message", "msg")}, true
	} else if words := o.text("detail"); words != "" {
		f, said = fault{message: words}, true
	}
	if f.message == "" {
		f.message = o.first("message", "msg")
	}
	if code := o.text("code"); f.code == "" && !succeeded(code) {
		f.code, said = code, true
	}
	if f.kind = r.kinds[strings.ToLower(f.code)]; f.kind == nil {
		f.kind = r.kinds[strings.ToLower(kind)]
	}
	if f.code == "" {
		f.code = kind
	}
	f.reason = r.reasons[strings.ToLower(f.code)]
	return f, said
}

// detailOf returns an error's detail as an object: the first of a list, as
// FastAPI gives one for each field.
func detailOf(raw json.RawMessage) object {
	if o := objectOf(raw); o != nil {
		return o
	}
	var list []object
	if json.Unmarshal(raw, &list) == nil && len(list) > 0 {
		return list[0]
	}
	return nil
}

// succeeded reports whether an envelope's code, or the lack of one, says that
// all is well.
func succeeded(code string) bool {
	switch strings.ToLower(code) {
	case "", "success", "succeed", "ok", "0", "200":
		return true
	}
	return false
}
