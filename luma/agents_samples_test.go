package luma

func agentsSamples() []Sample {
	gen, done := generation, completed
	list := []Sample{
		{"documented, created", `{"id":"luma_gen_abc123","type":"video","model":"ray-3.2","state":"queued","created_at":"2024-03-01T12:00:00Z",
			"output":[],"failure_code":null,"failure_reason":null}`, dated(gen(StateQueued))},
		{"documented, processing", `{"id":"luma_gen_abc123","type":"video","model":"ray-3.2","state":"processing","created_at":"2024-03-01T12:00:00Z",
			"output":null,"failure_code":null,"failure_reason":null}`, dated(gen(StateDreaming))},
		{"documented, completed", `{"id":"luma_gen_abc123","type":"video","model":"ray-3.2","state":"completed","created_at":"2024-03-01T12:00:00Z",
			"output":[{"type":"video","url":"` + sampleLink + `"}]}`, dated(done(&Video{URL: sampleLink}))},
		{"documented, failed", `{"id":"luma_gen_abc123","type":"video","model":"ray-3.2","state":"failed","created_at":"2024-03-01T12:00:00Z",
			"output":null,"failure_code":"generation_failed","failure_reason":"It broke"}`,
			dated(failed(ReasonOther, "generation_failed: It broke"))},
		{"several outputs", `{"id":"luma_gen_abc123","state":"completed","output":[{"type":"image","url":"https://cdn.example/i.png"},null,7,
			{"type":"video","url":""},{"type":"exr","url":"https://cdn.example/v.exr"},{"type":"video","url":"` + sampleLink + `"},
			{"type":"video","url":"https://cdn.example/second.mp4"}]}`, done(&Video{URL: sampleLink})},
		{"completed with no output", `{"id":"luma_gen_abc123","state":"completed","output":[]}`, done(nil)},
		{"completed with null", `{"id":"luma_gen_abc123","state":"completed","output":null}`, done(nil)},
		{"completed without a word of it", `{"id":"luma_gen_abc123","state":"completed"}`, done(nil)},
		{"an output that is no list", `{"id":"luma_gen_abc123","state":"completed","output":{"type":"video","url":"` + sampleLink + `"}}`, done(nil)},
		{"a picture is no video", `{"id":"luma_gen_abc123","state":"completed","output":[{"type":"image","url":"` + sampleLink + `"}]}`, done(nil)},
		{"a link that is none", `{"id":"luma_gen_abc123","state":"completed","output":[{"type":"video","url":"file:///v.mp4"}]}`, done(nil)},
		{"a link before the end is not the video", `{"id":"luma_gen_abc123","state":"processing","output":[{"type":"video","url":"` + sampleLink + `"}]}`,
			gen(StateDreaming)},
		{"wrong types", `{"id":"luma_gen_abc123","state":"failed","failure_code":{"a":1},"failure_reason":[1],"output":7,"created_at":true}`,
			failed(ReasonOther, "")},
	}
	for _, c := range []struct {
		code, words string
		reason      Reason
	}{
		{"content_moderated", "The prompt was flagged", ReasonPromptModerated},
		{"content_moderated", "The image was flagged", ReasonImageModerated},
		{"content_moderated", "Start frame violates our policy", ReasonImageModerated},
		{"content_moderated", "The prompt does not go with the image", ReasonPromptModerated},
		{"content_moderated", "", ReasonPromptModerated},
		{"CONTENT_MODERATED", "no", ReasonPromptModerated},
		{"image_too_large", "more than 50 MB", ReasonImageUnreadable},
		{"unsupported_format", "GIF", ReasonImageUnreadable},
		{"corrupt_input", "", ReasonImageUnreadable},
		{"generation_failed", "Could not download image", ReasonImageUnreadable},
		{"budget_exhausted", "Out of credits", ReasonOther},
		{"output_not_found", "", ReasonOther},
		{"invalid_request", "no", ReasonOther},
		{"rate_limited", "slow down", ReasonOther},
		{"a_new_code", "no", ReasonOther},
	} {
		cause := c.code
		if c.words != "" {
			cause += ": " + c.words
		}
		list = append(list, Sample{"failed: " + cause, `{"id":"luma_gen_abc123","state":"failed","failure_code":"` + c.code +
			`","failure_reason":"` + c.words + `","output":[]}`, failed(c.reason, cause)})
	}
	return list
}

func agentsRefusals() []Refusal {
	return []Refusal{
		{Name: "documented, a bad request", Status: 400, Body: `{"detail":"duration 10s is not supported with start_frame"}`,
			Kind: ErrInvalidRequest, Message: "duration 10s is not supported with start_frame"},
		{Name: "documented, a bad key", Status: 401, Body: `{"detail":"Invalid API key"}`, Kind: ErrUnauthorized, Message: "Invalid API key"},
		{Name: "documented, no balance", Status: 402, Body: `{"detail":"Insufficient balance"}`, Kind: ErrInsufficientQuota, Message: "Insufficient balance"},
		{Name: "documented, suspended", Status: 403, Body: `{"detail":"Account suspended"}`, Kind: ErrUnauthorized, Message: "Account suspended"},
		{Name: "documented, unknown", Status: 404, Body: `{"detail":"Generation not found"}`, Kind: ErrNotFound, Message: "Generation not found"},
		{Name: "documented, a body too large", Status: 413, Body: `{"detail":"Request entity too large"}`,
			Kind: ErrInvalidRequest, Message: "Request entity too large"},
		{Name: "documented, too many", Status: 429, Body: `{"detail":"Too many concurrent generations"}`,
			Kind: ErrRateLimited, Message: "Too many concurrent generations"},
		{Name: "documented, overloaded", Status: 503, Body: `{"detail":"Service temporarily unavailable"}`,
			Kind: ErrUnavailable, Message: "Service temporarily unavailable", Maybe: true},
		{Name: "502, a picture", Status: 502, Body: `{"detail":"Could not fetch image"}`, Kind: ErrUnavailable, Message: "Could not fetch image", Maybe: true},
		{Name: "503, moderation of a picture", Status: 503, Body: `{"detail":"Image moderation is not available"}`,
			Kind: ErrUnavailable, Message: "Image moderation is not available", Maybe: true},
		{Name: "400, a picture", Status: 400, Body: `{"detail":"Could not fetch image from url"}`,
			Kind: ErrInvalidRequest, Message: "Could not fetch image from url", Reason: ReasonImageUnreadable},
		{Name: "a code, no balance", Status: 400, Body: `{"detail":{"code":"budget_exhausted","message":"no"}}`,
			Kind: ErrInsufficientQuota, Code: "budget_exhausted", Message: "no"},
		{Name: "a code, a picture", Status: 400, Body: `{"detail":{"code":"corrupt_input","message":"no"}}`,
			Kind: ErrInvalidRequest, Code: "corrupt_input", Message: "no", Reason: ReasonImageUnreadable},
		{Name: "a code, moderated", Status: 400, Body: `{"error":{"code":"content_moderated","message":"no"}}`,
			Kind: ErrInvalidRequest, Code: "content_moderated", Message: "no", Reason: ReasonPromptModerated},
		{Name: "a code, too many", Status: 429, Body: `{"code":"rate_limited","message":"no"}`, Kind: ErrRateLimited, Code: "rate_limited", Message: "no"},
	}
}
