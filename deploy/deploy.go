// Package deploy holds what an installation needs beside the program: Asterisk's configuration as templates, and
// the database's schema. Beside it stand, for people, the set-up script, the systemd unit and a commented
// configuration file; package private, below, runs a whole PostgreSQL and Asterisk from these
// for the demo and the tests.
package deploy

import "embed"

// Schema is schema/*.sql: the database's migrations, for goose, in the order of their numbers. Each
// belongs to one domain; none is changed after a release.
//
//go:embed schema/*.sql
var Schema embed.FS

// Configuration is the commented example of a configuration, which is also the demo's: a small internet provider.
//
//go:embed hotline.yaml
var Configuration []byte
