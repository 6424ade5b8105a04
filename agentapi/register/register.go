// Package register is tickets and customers over REST: rooms of operations that agentapi/rest serves beside its own.
//
//	Files   what belongs to a ticket as files: sending, listing, taking and removing them
//
// What holds here: whoever may see a ticket may see what belongs to it, and of what they may not see they are told as of what is not there;
// whoever is shown what is a customer's leaves a line in the audit first; bodies that may be large are read as they come, within bounds.
package register
