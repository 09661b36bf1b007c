package web

import (
	"errors"
	"fmt"
	"net/http"
	"time"
)

// readerPatience is how long a reader of a file may take to take the next piece
// of it.
const readerPatience = 2 * time.Minute

// A patientWriter writes a file of any length: there is no limit on how long
// all of it takes, only on each piece. A server's limit on whole answers would
// cut it off.
type patientWriter struct {
	w     http.ResponseWriter
	c     *http.ResponseController
	limit *time.Timer // ends a write that nobody takes
	each  time.Duration
}

// patient lifts the limit of an answer and returns what writes it.
func patient(w http.ResponseWriter, each time.Duration) (*patientWriter, error) {
	p := &patientWriter{w: w, c: http.NewResponseController(w), each: each}
	if err := p.c.SetWriteDeadline(time.Time{}); err != nil && !errors.Is(err, http.ErrNotSupported) {
		return nil, fmt.Errorf("lift the time limit of an answer: %w", err)
	}
	past := time.Unix(1, 0)
	p.limit = time.AfterFunc(each, func() { _ = p.c.SetWriteDeadline(past) })
	p.limit.Stop()
	return p, nil
}

// Write writes the next piece.
func (p *patientWriter) Write(b []byte) (int, error) {
	p.limit.Reset(p.each)
	defer p.limit.Stop()
	return p.w.Write(b)
}
