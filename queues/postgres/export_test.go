package postgres

// NewSmallRecorder is NewRecorder with room for so many decisions.
var NewSmallRecorder = newRecorder
