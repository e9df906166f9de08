package luma

import "net/http"

// recorder remembers what a call came to, for Config.Observe.
type recorder struct {
	http.ResponseWriter
	dialect    dialect
	status     int // 0: the connection was dropped
	generation string
	problem    string
	fault      Fault
}

// refuse answers with an error of the service's own.
func (w *recorder) refuse(e *apiError) {
	w.problem = e.message
	writeError(w, w.dialect, e)
}

// Unwrap is for http.ResponseController.
func (w *recorder) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *recorder) Write(data []byte) (int, error) {
	if w.status == 0 {
		w.status = http.StatusOK
	}
	return w.ResponseWriter.Write(data)
}

func (w *recorder) WriteHeader(status int) {
	w.status = status
	w.ResponseWriter.WriteHeader(status)
}
