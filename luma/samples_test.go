package luma

import (
	"strings"
	"time"
)

// Sample is a body of the crazyrouter dialect, and the generation in it.
type Sample struct {
	Name, Body string
	Want       Generation
}

const (
	sampleID   = "luma_gen_abc123"
	sampleLink = "https://cdn.example/v.mp4?X-Amz-Expires=3600&X-Amz-Signature=ab"
)

// Samples returns what the service and its siblings answer where a call
// succeeds: the documented bodies first, then the variations seen.
func Samples() []Sample {
	at := time.Date(2024, 3, 1, 12, 0, 0, 0, time.UTC)
	gen := func(s State) Generation { return Generation{ID: sampleID, State: s} }
	done := func(v *Video) Generation { return Generation{ID: sampleID, State: StateCompleted, Video: v} }
	failed := func(r Reason, cause string) Generation {
		return Generation{ID: sampleID, State: StateFailed, Reason: r, Cause: cause}
	}
	link := &Video{URL: sampleLink}
	dated := func(g Generation) Generation { g.CreatedAt = at; return g }
	list := []Sample{
		{"documented, created", `{"id":"luma_gen_abc123","state":"queued","created_at":"2024-03-01T12:00:00Z"}`,
			dated(gen(StateQueued))},
		{"documented, dreaming", `{"id":"luma_gen_abc123","state":"dreaming","created_at":"2024-03-01T12:00:00Z"}`,
			dated(gen(StateDreaming))},
		{"documented, completed", `{"id":"luma_gen_abc123","state":"completed","created_at":"2024-03-01T12:00:00Z",
			"video":{"url":"https://cdn.example/watch","download_url":"` + sampleLink + `"}}`, dated(done(link))},
		{"documented, failed", `{"id":"luma_gen_abc123","state":"failed","created_at":"2024-03-01T12:00:00Z"}`,
			dated(failed(ReasonOther, ""))},

		{"all fields of the siblings", `{"id":"luma_gen_abc123","prompt":"a fox","state":"completed","queue_state":null,
			"created_at":"2024-03-01T12:00:00Z","batch_id":"","video":{"url":"https://cdn.example/watch.mp4","width":1360,"height":752,
			"thumbnail":"https://cdn.example/t.jpg","download_url":"` + sampleLink + `"},"video_raw":{"url":"https://cdn.example/raw.mp4","width":1,"height":1},
			"liked":null,"estimate_wait_seconds":null,"thumbnail":{"url":"https://cdn.example/t.webp"},
			"last_frame":{"url":"https://cdn.example/l.webp"},"failure_reason":null}`,
			dated(done(&Video{URL: sampleLink, Width: 1360, Height: 752}))},
		{"null fields", `{"id":"luma_gen_abc123","state":"queued","created_at":null,"video":null,"video_raw":null,"error":null,
			"detail":null,"code":null,"data":null,"message":null,"failure_reason":null,"estimate_wait_seconds":null,"last_frame":null}`,
			gen(StateQueued)},

		{"an array of one", `[{"id":"luma_gen_abc123","state":"dreaming"}]`, gen(StateDreaming)},
		{"an envelope", `{"code":"success","message":"","data":{"id":"luma_gen_abc123","state":"dreaming"}}`, gen(StateDreaming)},
		{"an envelope, code 0", `{"code":0,"message":"ok","data":{"id":"luma_gen_abc123","state":"dreaming"}}`, gen(StateDreaming)},
		{"an envelope, code 200", `{"code":200,"msg":"ok","data":{"id":"luma_gen_abc123","state":"dreaming"}}`, gen(StateDreaming)},
		{"an envelope of an array", `{"code":"success","data":[{"id":"luma_gen_abc123","state":"dreaming"}]}`, gen(StateDreaming)},
		{"an envelope of an id", `{"code":"success","message":"","data":"luma_gen_abc123"}`, gen(StateDreaming)},
		{"a status of the envelope is not the generation's", `{"status":"success","data":{"id":"luma_gen_abc123","state":"queued"}}`,
			gen(StateQueued)},
		{"a task", `{"code":"success","message":"","data":{"id":77,"task_id":"luma_gen_abc123","action":"generations","status":"SUCCESS",
			"fail_reason":"","submit_time":1709294400,"progress":"100%","data":{"id":"behind","state":"completed",
			"created_at":"2024-03-01T12:00:00.000Z","video":{"url":"` + sampleLink + `","download_url":""}}}}`, dated(done(link))},
		{"a task not begun", `{"code":"success","data":{"task_id":"luma_gen_abc123","status":"IN_PROGRESS","progress":"50%","fail_reason":null,"data":null}}`,
			gen(StateDreaming)},
		{"a task failed over a generation that lags", `{"code":"success","data":{"task_id":"luma_gen_abc123","status":"FAILURE",
			"fail_reason":"task timed out","progress":"100%","data":{"id":"behind","state":"dreaming"}}}`,
			failed(ReasonOther, "task timed out")},
		{"a generation ahead of its task", `{"code":"success","data":{"task_id":"luma_gen_abc123","status":"IN_PROGRESS","progress":50,
			"data":{"id":"behind","state":"completed","video":{"download_url":"` + sampleLink + `"}}}}`, done(link)},
		{"a task without an envelope", `{"task_id":"luma_gen_abc123","status":"SUBMITTED"}`, gen(StateQueued)},
		{"a generation, whatever the code", `{"code":"weird","data":{"id":"luma_gen_abc123","state":"queued"}}`, gen(StateQueued)},

		{"two values", `{"id":"luma_gen_abc123","state":"dreaming"}{"error":{"message":"late"}}`, gen(StateDreaming)},
		{"two values on two lines", "{\"id\":\"luma_gen_abc123\",\"state\":\"dreaming\"}\n\nnull", gen(StateDreaming)},
		{"a byte order mark", "\uFEFF" + `{"id":"luma_gen_abc123","state":"dreaming"}`, gen(StateDreaming)},

		{"completed without a video", `{"id":"luma_gen_abc123","state":"completed","video":null}`, done(nil)},
		{"completed with empty links", `{"id":"luma_gen_abc123","state":"completed","video":{"url":"","download_url":""}}`, done(nil)},
		{"the raw video where there is no download", `{"id":"luma_gen_abc123","state":"completed","video":{"url":"https://cdn.example/watch.mp4",
			"download_url":"","width":640,"height":360},"video_raw":{"url":"` + sampleLink + `","width":1280,"height":720}}`,
			done(&Video{URL: sampleLink, Width: 1280, Height: 720})},
		{"the raw video without a size", `{"id":"luma_gen_abc123","state":"completed","video":{"download_url":null,"width":640,"height":360},
			"video_raw":{"url":"` + sampleLink + `"}}`, done(&Video{URL: sampleLink, Width: 640, Height: 360})},
		{"the video's link at last", `{"id":"luma_gen_abc123","state":"completed","video":{"url":"` + sampleLink + `","download_url":null},"video_raw":{"url":""}}`,
			done(link)},
		{"a link that is none is passed over", `{"id":"luma_gen_abc123","state":"completed","video":{"url":"` + sampleLink + `","download_url":"/v.mp4"},
			"video_raw":{"url":"file:///v.mp4"}}`, done(link)},
		{"no link that is one", `{"id":"luma_gen_abc123","state":"completed","video":{"url":"javascript:alert(1)","download_url":"https://"}}`, done(nil)},
		{"a video as a text", `{"id":"luma_gen_abc123","state":"completed","video":"` + sampleLink + `"}`, done(link)},
		{"a link before the end is not the video", `{"id":"luma_gen_abc123","state":"dreaming","video":{"download_url":"` + sampleLink + `"}}`,
			gen(StateDreaming)},

		{"no state", `{"id":"luma_gen_abc123"}`, gen(StateDreaming)},
		{"a state that nobody knows", `{"id":"luma_gen_abc123","state":"pondering"}`, gen(StateDreaming)},
		{"a number as an id", `{"id":12345678901234567890,"state":"queued"}`, Generation{ID: "12345678901234567890", State: StateQueued}},
		{"wrong types", `{"id":"luma_gen_abc123","state":"completed","created_at":{"a":1},"thumbnail":7,"failure_reason":["a"],"progress":true,
			"last_frame":"x","video_raw":"y","video":{"download_url":"` + sampleLink + `","url":9,"width":"1280","height":"tall"}}`,
			done(&Video{URL: sampleLink, Width: 1280})},
		{"sizes out of bounds", `{"id":"luma_gen_abc123","state":"completed","video":{"download_url":"` + sampleLink + `","width":-1,"height":1e300}}`, done(link)},
		{"sizes as decimals", `{"id":"luma_gen_abc123","state":"completed","video":{"download_url":"` + sampleLink + `","width":1280.0,"height":"720.0"}}`,
			done(&Video{URL: sampleLink, Width: 1280, Height: 720})},

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

// Refusal is an answer of the crazyrouter dialect that is no success, and the
// error it is.
type Refusal struct {
	Name          string
	Status        int
	Body          string
	Kind          error
	Code, Message string
	Reason        Reason
	// Maybe is whether it leaves open that a paid call was accepted.
	Maybe bool
}

// Refusals returns what the service and its siblings answer where a call does
// not succeed.
func Refusals() []Refusal {
	cloudflare := "<!DOCTYPE html>\n<html><head><title>502</title></head><body>" + strings.Repeat("Bad gateway ", 100) + "</body></html>"
	return []Refusal{
		{Name: "a bad key", Status: 401, Body: `{"error":{"message":"Invalid API key","type":"authentication_error","code":"invalid_api_key"}}`,
			Kind: ErrUnauthorized, Code: "invalid_api_key", Message: "Invalid API key"},
		{Name: "a bad key, detail", Status: 401, Body: `{"detail":"Not authenticated"}`, Kind: ErrUnauthorized, Message: "Not authenticated"},
		{Name: "out of balance", Status: 403, Body: `{"error":{"message":"Insufficient quota","type":"billing","code":"insufficient_quota"}}`,
			Kind: ErrInsufficientQuota, Code: "insufficient_quota", Message: "Insufficient quota"},
		{Name: "out of balance, as a type", Status: 403, Body: `{"error":{"message":"no","type":"insufficient_quota","code":null}}`,
			Kind: ErrInsufficientQuota, Code: "insufficient_quota", Message: "no"},
		{Name: "out of balance, flat", Status: 403, Body: `{"code":"insufficient_quota","message":"no","data":null}`,
			Kind: ErrInsufficientQuota, Code: "insufficient_quota", Message: "no"},
		{Name: "out of balance, by status", Status: 402, Body: `{"detail":"no"}`, Kind: ErrInsufficientQuota, Message: "no"},
		{Name: "out of balance, 429", Status: 429, Body: `{"error":{"message":"no","code":"insufficient_quota"}}`,
			Kind: ErrInsufficientQuota, Code: "insufficient_quota", Message: "no"},
		{Name: "forbidden", Status: 403, Body: `{"detail":{"reason":"suspended","code":17}}`, Kind: ErrUnauthorized, Code: "17", Message: "suspended"},
		{Name: "out of balance, in words", Status: 403, Body: `{"detail":"Insufficient credits"}`,
			Kind: ErrInsufficientQuota, Message: "Insufficient credits"},
		{Name: "a key that has run out", Status: 403, Body: `{"error":{"message":"该令牌已过期 (request id: 1)","type":"new_api_error","code":""}}`,
			Kind: ErrUnauthorized, Code: "new_api_error", Message: "该令牌已过期 (request id: 1)"},
		{Name: "a model that the key may not use", Status: 403, Body: `{"error":{"message":"该令牌无权访问模型 ray-v2","type":"new_api_error"}}`,
			Kind: ErrForbidden, Code: "new_api_error", Message: "该令牌无权访问模型 ray-v2"},
		{Name: "forbidden, and nobody says why", Status: 403, Body: `{"detail":"Forbidden"}`, Kind: ErrForbidden, Message: "Forbidden"},
		{Name: "forbidden by a firewall", Status: 403, Body: "<html>Your account and key are blocked</html>",
			Kind: ErrForbidden, Message: "an HTML page"},
		{Name: "forbidden, no body", Status: 403, Kind: ErrForbidden},
		{Name: "200, forbidden", Status: 200, Body: `{"code":403,"message":"no"}`, Kind: ErrForbidden, Code: "403", Message: "no"},
		{Name: "unknown task", Status: 400, Body: `{"code":"task_not_exist","message":"task not exist","data":null}`,
			Kind: ErrNotFound, Code: "task_not_exist", Message: "task not exist"},
		{Name: "unknown", Status: 404, Body: `{"error":{"message":"Not found","type":"invalid_request_error","code":"not_found"}}`,
			Kind: ErrNotFound, Code: "not_found", Message: "Not found"},
		{Name: "too many", Status: 429, Body: `{"error":{"message":"Rate limit exceeded","type":"rate_limit","code":"rate_limit_exceeded"}}`,
			Kind: ErrRateLimited, Code: "rate_limit_exceeded", Message: "Rate limit exceeded"},
		{Name: "bad request", Status: 400, Body: `{"error":{"message":"model_name is unknown","type":"invalid_request_error","code":""}}`,
			Kind: ErrInvalidRequest, Code: "invalid_request_error", Message: "model_name is unknown"},
		{Name: "bad request, in two values", Status: 400, Body: `{"error":{"message":"first"}}{"error":{"message":"second"}}`,
			Kind: ErrInvalidRequest, Message: "first"},
		{Name: "bad request, error as a text", Status: 400, Body: `{"error":"no"}`, Kind: ErrInvalidRequest, Message: "no"},
		{Name: "bad request, in an array", Status: 400, Body: `[{"error":{"message":"no","code":4001}}]`, Kind: ErrInvalidRequest, Code: "4001", Message: "no"},
		{Name: "bad request, message alone", Status: 422, Body: `{"message":"no"}`, Kind: ErrInvalidRequest, Message: "no"},
		{Name: "bad field", Status: 422, Body: `{"detail":[{"loc":["body","user_prompt"],"msg":"field required","type":"missing"}]}`,
			Kind: ErrInvalidRequest, Message: "field required"},
		{Name: "moderated prompt", Status: 400, Body: `{"detail":"Contains blacklisted words"}`,
			Kind: ErrInvalidRequest, Message: "Contains blacklisted words", Reason: ReasonPromptModerated},
		{Name: "moderated prompt, 403", Status: 403, Body: `{"error":{"message":"no","code":"sensitive_words_detected"}}`,
			Kind: ErrInvalidRequest, Code: "sensitive_words_detected", Message: "no", Reason: ReasonPromptModerated},
		{Name: "moderated image", Status: 400, Body: `{"detail":{"reason":"failed to moderate image","code":4}}`,
			Kind: ErrInvalidRequest, Code: "4", Message: "failed to moderate image", Reason: ReasonImageModerated},
		{Name: "unreadable image", Status: 422, Body: `{"detail":"Failed to read user input frames"}`,
			Kind: ErrInvalidRequest, Message: "Failed to read user input frames", Reason: ReasonImageUnreadable},
		{Name: "too large", Status: 413, Body: "<html>413</html>", Kind: ErrInvalidRequest, Message: "an HTML page"},
		{Name: "text", Status: 400, Body: "no\x00\r\nway \xff", Kind: ErrInvalidRequest, Message: "no way \uFFFD"},
		{Name: "a long text", Status: 400, Body: strings.Repeat("é", 2000), Kind: ErrInvalidRequest, Message: strings.Repeat("é", 499) + "…"},
		{Name: "no body", Status: 400, Kind: ErrInvalidRequest},

		{Name: "gave up waiting", Status: 408, Body: `{"error":{"message":"slow"}}`, Kind: ErrUnavailable, Message: "slow", Maybe: true},
		{Name: "in trouble", Status: 500, Body: `{"error":{"message":"Internal error","type":"server_error","code":"internal_error"}}`,
			Kind: ErrUnavailable, Code: "internal_error", Message: "Internal error", Maybe: true},
		{Name: "in trouble, in words of moderation", Status: 500, Body: `{"detail":"failed to moderate image"}`,
			Kind: ErrUnavailable, Message: "failed to moderate image", Maybe: true},
		{Name: "bad gateway", Status: 502, Body: "\n " + cloudflare, Kind: ErrUnavailable, Message: "an HTML page", Maybe: true},
		{Name: "overloaded", Status: 503, Body: `{"error":{"message":"no","code":"insufficient_quota"}}`,
			Kind: ErrUnavailable, Code: "insufficient_quota", Message: "no", Maybe: true},
		{Name: "gateway gave up", Status: 504, Kind: ErrUnavailable, Maybe: true},
		{Name: "moved", Status: 301, Body: "", Kind: ErrUnavailable, Maybe: true},

		{Name: "200, unknown task", Status: 200, Body: `{"code":"task_not_exist","message":"task not exist","data":null}`,
			Kind: ErrNotFound, Code: "task_not_exist", Message: "task not exist", Maybe: true},
		{Name: "200, bad key", Status: 200, Body: `{"error":{"message":"Invalid API key","code":"invalid_api_key"}}`,
			Kind: ErrUnauthorized, Code: "invalid_api_key", Message: "Invalid API key"},
		{Name: "200, a status as the code", Status: 200, Body: `{"code":429,"message":"slow down","data":null}`,
			Kind: ErrRateLimited, Code: "429", Message: "slow down", Maybe: true},
		{Name: "200, moderated", Status: 200, Body: `{"code":"invalid_request","message":"Contains blacklisted words","data":null}`,
			Kind: ErrInvalidRequest, Code: "invalid_request", Message: "Contains blacklisted words", Reason: ReasonPromptModerated},
		{Name: "200, an id and an error", Status: 200, Body: `{"id":"req_1","error":{"message":"no","code":"rate_limit_exceeded"}}`,
			Kind: ErrRateLimited, Code: "rate_limit_exceeded", Message: "no", Maybe: true},
		{Name: "200, an error that nobody knows", Status: 200, Body: `{"error":{"message":"oops","type":"server_error"}}`,
			Kind: ErrUnavailable, Code: "server_error", Message: "oops", Maybe: true},
		{Name: "200, a code that nobody knows", Status: 200, Body: `{"code":"fail","message":"oops","data":{}}`,
			Kind: ErrUnavailable, Code: "fail", Message: "oops", Maybe: true},
		{Name: "200, a code of 500", Status: 200, Body: `{"code":500,"message":"oops"}`, Kind: ErrUnavailable, Code: "500", Message: "oops", Maybe: true},
		{Name: "200, a message", Status: 200, Body: `{"message":"hello"}`, Kind: ErrUnavailable, Message: "hello", Maybe: true},
		{Name: "200, a status of the call", Status: 200, Body: `{"status":"failed","message":"oops"}`, Kind: ErrUnavailable, Message: "oops", Maybe: true},
		{Name: "200, HTML", Status: 200, Body: cloudflare, Kind: ErrUnavailable, Message: "an HTML page", Maybe: true},
		{Name: "200, nothing", Status: 200, Kind: ErrUnavailable, Maybe: true},
		{Name: "204", Status: 204, Kind: ErrUnavailable, Maybe: true},
		{Name: "200, null", Status: 200, Body: "null", Kind: ErrUnavailable, Message: "null", Maybe: true},
		{Name: "200, an empty object", Status: 200, Body: "{}", Kind: ErrUnavailable, Message: "{}", Maybe: true},
		{Name: "200, an empty array", Status: 200, Body: "[]", Kind: ErrUnavailable, Message: "[]", Maybe: true},
		{Name: "200, an array of two", Status: 200, Body: `[{"id":"a"},{"id":"b"}]`, Kind: ErrUnavailable, Message: `[{"id":"a"},{"id":"b"}]`, Maybe: true},
		{Name: "200, half an object", Status: 200, Body: `{"id":"a"`, Kind: ErrUnavailable, Message: `{"id":"a"`, Maybe: true},
		{Name: "200, envelopes without an end", Status: 200, Body: strings.Repeat(`{"data":`, 9) + `{"id":"a"}` + strings.Repeat("}", 9),
			Kind: ErrUnavailable, Message: strings.Repeat(`{"data":`, 9) + `{"id":"a"}` + strings.Repeat("}", 9), Maybe: true},
	}
}
