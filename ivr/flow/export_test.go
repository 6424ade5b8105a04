package flow

// Names lists the kinds for tests outside.
var Names = names
