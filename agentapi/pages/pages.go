// Package pages carries the built pages, the desk and the wall, inside the binary. They
// are written in Svelte beside this file, and built into dist by make pages;
// without that, dist holds nothing and the server says what to do.
package pages

import (
	"embed"
	"io/fs"
)

//go:embed all:dist
var built embed.FS

// FS is the built pages, index.html at its top.
func FS() fs.FS {
	dist, err := fs.Sub(built, "dist")
	if err != nil {
		panic(err) // a constant path
	}
	return dist
}
