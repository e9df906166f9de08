package luma

func lumalabsSamples() []Sample {
	gen, done := generation, completed
	const request = `"request":{"generation_type":"video","prompt":"a fox","model":"ray-2","resolution":"720p","duration":"5s",
		"aspect_ratio":"16:9","loop":false,"keyframes":null,"callback_url":null}`
	return []Sample{
		{"documented, created", `{"id":"luma_gen_abc123","generation_type":"video","state":"queued","failure_reason":null,
			"created_at":"2024-03-01T12:00:00Z","assets":null,"model":"ray-2",` + request + `}`, dated(gen(StateQueued))},
		{"documented, dreaming", `{"id":"luma_gen_abc123","generation_type":"video","state":"dreaming","failure_reason":null,
			"created_at":"2024-03-01T12:00:00.000000Z","assets":null,"model":"ray-2",` + request + `}`, dated(gen(StateDreaming))},
		{"documented, completed", `{"id":"luma_gen_abc123","generation_type":"video","state":"completed","failure_reason":null,
			"created_at":"2024-03-01T12:00:00Z","assets":{"video":"` + sampleLink + `","image":"https://cdn.example/i.jpg",
			"progress_video":null},"model":"ray-2",` + request + `}`, dated(done(&Video{URL: sampleLink}))},
		{"documented, failed", `{"id":"luma_gen_abc123","generation_type":"video","state":"failed","failure_reason":"Frame moderation failed",
			"created_at":"2024-03-01T12:00:00Z","assets":null,"model":"ray-2",` + request + `}`,
			dated(failed(ReasonImageModerated, "Frame moderation failed"))},
		{"an upscale", `{"id":"luma_gen_abc123","state":"completed","assets":{"video":"` + sampleLink + `"},
			"request":{"generation_type":"upscale_video","resolution":"4k"}}`, done(&Video{URL: sampleLink})},
		{"completed without assets", `{"id":"luma_gen_abc123","state":"completed","assets":null}`, done(nil)},
		{"completed with empty assets", `{"id":"luma_gen_abc123","state":"completed","assets":{}}`, done(nil)},
		{"completed with no video yet", `{"id":"luma_gen_abc123","state":"completed","assets":{"video":null,"progress_video":"` + sampleLink + `"}}`, done(nil)},
		{"assets of another type", `{"id":"luma_gen_abc123","state":"completed","assets":"` + sampleLink + `"}`, done(nil)},
		{"a link that is none", `{"id":"luma_gen_abc123","state":"completed","assets":{"video":"/v.mp4"}}`, done(nil)},
		{"a link before the end is not the video", `{"id":"luma_gen_abc123","state":"dreaming","assets":{"video":"` + sampleLink + `"}}`, gen(StateDreaming)},
		{"null fields", `{"id":"luma_gen_abc123","state":"queued","created_at":null,"assets":null,"model":null,"request":null,"failure_reason":null,
			"detail":null,"error":null}`, gen(StateQueued)},
		{"wrong types", `{"id":"luma_gen_abc123","state":"completed","created_at":[],"request":"a","model":7,"failure_reason":{},
			"assets":{"video":"` + sampleLink + `","image":9}}`, done(&Video{URL: sampleLink})},
	}
}

func lumalabsRefusals() []Refusal {
	return []Refusal{
		{Name: "documented, a bad key", Status: 401, Body: `{"detail":"Invalid API key is provided"}`,
			Kind: ErrUnauthorized, Message: "Invalid API key is provided"},
		{Name: "documented, no credits", Status: 403, Body: `{"detail":"Insufficient credits"}`, Kind: ErrInsufficientQuota, Message: "Insufficient credits"},
		{Name: "documented, unknown", Status: 404, Body: `{"detail":"Generation not found"}`, Kind: ErrNotFound, Message: "Generation not found"},
		{Name: "documented, too many", Status: 429, Body: `{"detail":"Rate limit exceeded"}`, Kind: ErrRateLimited, Message: "Rate limit exceeded"},
		{Name: "documented, in trouble", Status: 500, Body: `{"detail":"Internal server error"}`, Kind: ErrUnavailable, Message: "Internal server error", Maybe: true},
		{Name: "a picture that could not be fetched, and a 503", Status: 503, Body: `{"detail":"Could not fetch image"}`,
			Kind: ErrUnavailable, Message: "Could not fetch image", Maybe: true},
		{Name: "a code that is another dialect's", Status: 400, Body: `{"code":"task_not_exist","message":"no"}`,
			Kind: ErrInvalidRequest, Code: "task_not_exist", Message: "no"},
	}
}
