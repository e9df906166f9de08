package luma

import (
	"strings"
	"time"
)

// Sample is the body of an answer, and the generation in it.
type Sample struct {
	Name, Body string
	Want       Generation
}

const (
	sampleID   = "luma_gen_abc123"
	sampleLink = "https://cdn.example/v.mp4?X-Amz-Expires=3600&X-Amz-Signature=ab"
)

// sampleTime is when the generations of samples were created.
var sampleTime = time.Date(2024, 3, 1, 12, 0, 0, 0, time.UTC)

func generation(s State) Generation { return Generation{ID: sampleID, State: s} }

func completed(v *Video) Generation {
	return Generation{ID: sampleID, State: StateCompleted, Video: v}
}

func failed(r Reason, cause string) Generation {
	return Generation{ID: sampleID, State: StateFailed, Reason: r, Cause: cause}
}

func dated(g Generation) Generation {
	g.CreatedAt = sampleTime
	return g
}

// bodies are what each dialect answers besides what all of them do: where a call
// succeeds, and where it does not.
var bodies = map[string]struct {
	samples  func() []Sample
	refusals func() []Refusal
}{
	"crazyrouter": {crazyrouterSamples, crazyrouterRefusals},
	"lumalabs":    {lumalabsSamples, lumalabsRefusals},
	"agents":      {agentsSamples, agentsRefusals},
}

// Samples returns what services answer in a dialect where a call succeeds: the
// documented bodies first, then the variations seen.
func Samples(dialect string) []Sample {
	return append(bodies[dialect].samples(), commonSamples()...)
}

// Refusals returns what services answer in a dialect where a call does not
// succeed.
func Refusals(dialect string) []Refusal {
	return append(bodies[dialect].refusals(), commonRefusals()...)
}

func commonSamples() []Sample {
	gen, at := generation, sampleTime
	list := []Sample{
		{"an array of one", `[{"id":"luma_gen_abc123","state":"dreaming"}]`, gen(StateDreaming)},
		{"an envelope", `{"code":"success","message":"","data":{"id":"luma_gen_abc123","state":"dreaming"}}`, gen(StateDreaming)},
		{"an envelope, code 0", `{"code":0,"message":"ok","data":{"id":"luma_gen_abc123","state":"dreaming"}}`, gen(StateDreaming)},
		{"an envelope, code 200", `{"code":200,"msg":"ok","data":{"id":"luma_gen_abc123","state":"dreaming"}}`, gen(StateDreaming)},
		{"an envelope of an array", `{"code":"success","data":[{"id":"luma_gen_abc123","state":"dreaming"}]}`, gen(StateDreaming)},
		{"an envelope of an id", `{"code":"success","message":"","data":"luma_gen_abc123"}`, gen(StateDreaming)},
		{"a status of the envelope is not the generation's", `{"status":"success","data":{"id":"luma_gen_abc123","state":"queued"}}`,
			gen(StateQueued)},
		{"a task not begun", `{"code":"success","data":{"task_id":"luma_gen_abc123","status":"IN_PROGRESS","progress":"50%","fail_reason":null,"data":null}}`,
			gen(StateDreaming)},
		{"a task failed over a generation that lags", `{"code":"success","data":{"task_id":"luma_gen_abc123","status":"FAILURE",
			"fail_reason":"task timed out","progress":"100%","data":{"id":"behind","state":"dreaming"}}}`,
			failed(ReasonOther, "task timed out")},
		{"a task without an envelope", `{"task_id":"luma_gen_abc123","status":"SUBMITTED"}`, gen(StateQueued)},
		{"a generation, whatever the code", `{"code":"weird","data":{"id":"luma_gen_abc123","state":"queued"}}`, gen(StateQueued)},
		{"two values", `{"id":"luma_gen_abc123","state":"dreaming"}{"error":{"message":"late"}}`, gen(StateDreaming)},
		{"two values on two lines", "{\"id\":\"luma_gen_abc123\",\"state\":\"dreaming\"}\n\nnull", gen(StateDreaming)},
		{"a byte order mark", "\uFEFF" + `{"id":"luma_gen_abc123","state":"dreaming"}`, gen(StateDreaming)},
		{"no state", `{"id":"luma_gen_abc123"}`, gen(StateDreaming)},
		{"a state that nobody knows", `{"id":"luma_gen_abc123","state":"pondering"}`, gen(StateDreaming)},
		{"a number as an id", `{"id":12345678901234567890,"state":"queued"}`, Generation{ID: "12345678901234567890", State: StateQueued}},
		{"failure_reason", `{"id":"luma_gen_abc123","state":"failed","failure_reason":"Prompt processing failed"}`,
			failed(ReasonOther, "Prompt processing failed")},
		{"an error of a generation", `{"id":"luma_gen_abc123","state":"failed","error":{"message":"Contains blacklisted words","code":"x"}}`,
			failed(ReasonPromptModerated, "Contains blacklisted words")},
		{"words over several lines", `{"id":"luma_gen_abc123","state":"failed","failure_reason":"a\r\n\u0000b\u001b[31mc\u0085d"}`,
			failed(ReasonOther, "a b [31mc d")},
		{"words without end", `{"id":"luma_gen_abc123","state":"failed","failure_reason":"` + strings.Repeat("狐", 501) + `"}`,
			failed(ReasonOther, strings.Repeat("狐", 499)+"…")},
		{"words up to the bound", `{"id":"luma_gen_abc123","state":"failed","failure_reason":"` + strings.Repeat("狐", 500) + `"}`,
			failed(ReasonOther, strings.Repeat("狐", 500))},
	}
	for words, reason := range map[string]Reason{
		"Contains blacklisted words":                ReasonPromptModerated,
		"Advanced prompt moderation failed":         ReasonPromptModerated,
		"PROMPT MODERATED":                          ReasonPromptModerated,
		"sensitive_words_detected":                  ReasonPromptModerated,
		"prompt of the image violates moderation":   ReasonPromptModerated,
		"Frame moderation failed":                   ReasonImageModerated,
		"failed to moderate image":                  ReasonImageModerated,
		"400: Image moderation failed.":             ReasonImageModerated,
		"Failed to read user input frames":          ReasonImageUnreadable,
		"could not fetch image_url":                 ReasonImageUnreadable,
		"failed to download image":                  ReasonImageUnreadable,
		"Unsupported picture format":                ReasonImageUnreadable,
		"The image is too large":                    ReasonImageUnreadable,
		"image exceeds 50 MB":                       ReasonImageUnreadable,
		"the prompt exceeds what an image allows":   ReasonOther,
		"internal error while rendering the frames": ReasonOther,
		"case sensitive":                            ReasonOther,
	} {
		list = append(list, Sample{"words: " + words,
			`{"id":"luma_gen_abc123","state":"failed","failure_reason":"` + words + `"}`, failed(reason, words)})
	}
	for word, state := range map[string]State{
		"pending": StateQueued, "NOT_START": StateQueued, "SUBMITTED": StateQueued, "QUEUED": StateQueued,
		"processing": StateDreaming, "IN_PROGRESS": StateDreaming, "UNKNOWN": StateDreaming, "": StateDreaming,
		"SUCCESS": StateCompleted, "succeed": StateCompleted, "Completed": StateCompleted,
	} {
		list = append(list,
			Sample{"state: " + word, `{"id":"luma_gen_abc123","state":"` + word + `"}`, gen(state)},
			Sample{"status: " + word, `{"code":"success","data":{"task_id":"luma_gen_abc123","status":"` + word + `"}}`, gen(state)})
	}
	for _, word := range []string{"FAILURE", "failed"} {
		list = append(list, Sample{"status: " + word, `{"data":{"task_id":"luma_gen_abc123","status":"` + word + `","fail_reason":"no"}}`,
			failed(ReasonOther, "no")})
	}
	for value, want := range map[string]time.Time{
		`"2024-03-01T12:00:00Z"`:        at,
		`"2024-03-01T12:00:00.000000Z"`: at,
		`"2024-03-01T13:00:00+01:00"`:   at,
		`"2024-03-01T12:00:00"`:         at,
		`"2024-03-01T12:00:00.000000"`:  at,
		`"2024-03-01 12:00:00"`:         at,
		`1709294400`:                    at,
		`1709294400000`:                 at,
		`"1709294400"`:                  at,
		`0`:                             {},
		`-1`:                            {},
		`1e300`:                         {},
		`"NaN"`:                         {},
		`"yesterday"`:                   {},
		`"0001-01-01T00:00:00Z"`:        {},
		`"9999-12-31T23:59:59-05:00"`:   {},
	} {
		g := gen(StateQueued)
		g.CreatedAt = want
		list = append(list, Sample{"created_at: " + value, `{"id":"luma_gen_abc123","state":"queued","created_at":` + value + `}`, g})
	}
	return list
}
