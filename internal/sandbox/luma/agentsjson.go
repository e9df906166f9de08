package luma

// failureTooLarge is for a picture with too many pixels.
const failureTooLarge = "Input image is too large"

// failureCode is the code of a failure that is told in the first dialect's words,
// or by a code of this one.
func failureCode(reason string) string {
	switch reason {
	case "content_moderated", "generation_failed", "budget_exhausted", "output_not_found", "image_too_large",
		"unsupported_format", "corrupt_input", "invalid_request", "rate_limited":
		return reason
	case failurePrompt, "Frame moderation failed", "Contains blacklisted words":
		return "content_moderated"
	case failureFrames:
		return "corrupt_input"
	case failureTooLarge:
		return "image_too_large"
	}
	return "generation_failed"
}

func (agents) write(a answer) any {
	type output struct {
		Type string `json:"type"`
		URL  string `json:"url"`
	}
	body := struct {
		ID            string   `json:"id"`
		Type          string   `json:"type"`
		Model         string   `json:"model"`
		State         string   `json:"state"`
		CreatedAt     string   `json:"created_at"` // UTC, microseconds
		Output        []output `json:"output"`     // null until there is one
		FailureCode   *string  `json:"failure_code"`
		FailureReason *string  `json:"failure_reason"`
	}{ID: a.ID, Type: "video", Model: a.Model, State: a.State, CreatedAt: microseconds(a.CreatedAt), FailureReason: nullable(a.Failure)}
	if a.State == stateDreaming {
		body.State = "processing"
	}
	if a.Failure != "" {
		body.FailureCode = nullable(failureCode(a.Failure))
	}
	if a.link != "" {
		body.Output = []output{{"video", a.link}}
	}
	return body
}
