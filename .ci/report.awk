# Shortens `go test -v`: of a test that passes nothing, of one that fails all it said, of one that
# is skipped the reason, so that nothing is skipped in silence; and go test's own lines at the end.
# Output belongs to the test that the last "=== RUN", "=== CONT" or "=== NAME" named.

/^=== (RUN|CONT|NAME)/ { test = $3; next }
/^=== PAUSE/ { next }

# After a panic all is shown, to the end of the package.
/^(panic:|fatal error:|SIGQUIT|FATAL)/ { raw = 1 }

/^ *--- (PASS|FAIL|SKIP|BENCH): / {
	if ($2 != "PASS:") printf "%s%s\n", said[$3], $0
	delete said[$3]
	test = ""
	fflush()
	next
}

/^(ok  |FAIL|\?   )/ {
	# What a package said outside of its tests matters when it failed: a server that did not start.
	if (/^FAIL./) printf "%s", said[""]
	delete said
	test = ""; raw = 0
	print; fflush()
	next
}

/^(PASS|coverage:)/ { next }
raw { print; next }
test == "" && /^#/ { print; next }
{ said[test] = said[test] $0 "\n" }
