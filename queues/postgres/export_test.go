package postgres

import "context"

// NewSmallRecorder is NewRecorder with room for so many decisions.
var NewSmallRecorder = newRecorder

// Write writes once, as Run does when there is news.
func (r *Recorder) Write(ctx context.Context) error { return r.write(ctx) }

// Left counts the decisions that are not written yet.
func (r *Recorder) Left() int { return r.left() }
