package luma

import (
	"encoding/json"
	"fmt"
	"net/http"
)

// apiError is an answer that is not a success, as the first dialect has it. What
// the others make of it they say themselves.
type apiError struct {
	status              int
	kind, code, message string
}

func (e *apiError) Error() string { return e.message }

// The codes that not all dialects tell of in the same way.
const (
	codeUnauthorized = "invalid_api_key"
	codeNoBalance    = "insufficient_quota"
	codeTooLarge     = "too_large"
)

func badRequest(format string, args ...any) *apiError {
	return &apiError{http.StatusBadRequest, "invalid_request_error", "invalid_request", fmt.Sprintf(format, args...)}
}

// unprocessable is for a field that is not of its documented form.
func unprocessable(format string, args ...any) *apiError {
	e := badRequest(format, args...)
	e.status = http.StatusUnprocessableEntity
	return e
}

func notFound(what string) *apiError {
	return &apiError{http.StatusNotFound, "invalid_request_error", "not_found", what + " not found"}
}

func writeError(w http.ResponseWriter, d dialect, e *apiError) {
	status, body := d.refuse(e)
	writeJSON(w, status, body)
}

func writeJSON(w http.ResponseWriter, status int, value any) {
	w.Header().Set("Content-Type", "application/json; charset=utf-8")
	w.WriteHeader(status)
	// What cannot be sent, nobody is there to read.
	_ = json.NewEncoder(w).Encode(value)
}
