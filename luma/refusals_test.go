package luma

import "strings"

// Refusal is an answer that is no success, and the error it is.
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

func commonRefusals() []Refusal {
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
		{Name: "forbidden", Status: 403, Body: `{"detail":{"reason":"suspended","code":17}}`, Kind: ErrUnauthorized, Code: "17", Message: "suspended"},
		{Name: "out of balance, as a bad request", Status: 400, Body: `{"detail":"Insufficient credits"}`,
			Kind: ErrInsufficientQuota, Message: "Insufficient credits"},
		{Name: "too little light, which is no balance", Status: 400, Body: `{"detail":"Insufficient contrast"}`,
			Kind: ErrInvalidRequest, Message: "Insufficient contrast"},
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
		{Name: "bad fields", Status: 422, Body: `{"detail":[{"loc":["body","prompt"],"msg":"too short","type":"a"},{"loc":["body","model"],"msg":"none","type":"b"}]}`,
			Kind: ErrInvalidRequest, Message: "too short"},
		{Name: "no field", Status: 422, Body: `{"detail":[]}`, Kind: ErrInvalidRequest, Message: `{"detail":[]}`},
		{Name: "details that are none", Status: 422, Body: `{"detail":["a","b"]}`, Kind: ErrInvalidRequest, Message: `{"detail":["a","b"]}`},
		{Name: "a number as the detail", Status: 400, Body: `{"detail":7}`, Kind: ErrInvalidRequest, Message: "7"},
		{Name: "a picture too large", Status: 413, Body: `{"detail":"The image is too large"}`,
			Kind: ErrInvalidRequest, Message: "The image is too large", Reason: ReasonImageUnreadable},
		{Name: "moderated prompt", Status: 400, Body: `{"detail":"Contains blacklisted words"}`,
			Kind: ErrInvalidRequest, Message: "Contains blacklisted words", Reason: ReasonPromptModerated},
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
		{Name: "200, a detail", Status: 200, Body: `{"detail":"Invalid API key"}`, Kind: ErrUnavailable, Message: "Invalid API key", Maybe: true},
		{Name: "200, a status as the code", Status: 200, Body: `{"code":429,"message":"slow down","data":null}`,
			Kind: ErrRateLimited, Code: "429", Message: "slow down", Maybe: true},
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
