# Shortens `go test -v`: of a test that passes nothing, of one that fails all it said, of one that
# is skipped the reason, so that nothing is skipped in silence; and go test's own lines at the end.
# Output belongs to the test that the last "=== RUN", "=== CONT" or "=== NAME" named. Last comes a
# line with all that failed, and how many tests there were: a run without any fails. With fallen=FILE each
# test that failed stands there with its package; a package that failed otherwise, by itself.

/^=== (RUN|CONT|NAME)/ { test = $3; next }
/^=== PAUSE/ { next }

# After a panic, such as that of the time limit, all is shown to the end of the package, and before it
# what the tests that had not ended have said.
/^(panic:|fatal error:|SIGQUIT|FATAL)/ {
	if (!raw) for (name in said) if (name != "") printf "=== unfinished: %s\n%s", name, said[name]
	raw = 1
}

/^ *--- (PASS|FAIL|SKIP|BENCH): / {
	if ($2 != "PASS:") printf "%s%s\n", said[$3], $0
	if ($2 == "FAIL:") fell = fell " " $3
	if ($2 == "SKIP:") skipped++
	tests++
	delete said[$3]
	test = ""
	fflush()
	next
}

/^FAIL$/ { next }

/^(ok  |FAIL|\?   )/ {
	# What a package said outside of its tests matters when it failed: a server that did not start.
	if (/^FAIL/) {
		printf "%s", said[""]
		failed = failed sprintf("==> FAILED  %s:%s\n", $2, fell == "" ? " outside of its tests" : fell)
		n = raw ? 0 : split(fell, names, " ")
		if (fallen && !n) print $2 > fallen
		for (i = 1; i <= n && fallen; i++) if (names[i] !~ /\//) print $2, names[i] > fallen
	}
	if (/\[no tests to run\]/) {
		failed = failed sprintf("==> FAILED  %s: has tests, and ran none\n", $2)
		if (fallen) print $2 > fallen
	}
	delete said
	fell = ""; test = ""; raw = 0
	print; fflush()
	next
}

/^(PASS|coverage:)/ { next }
raw && /^\t+Test[^ ]* \([0-9.]+m?[0-9.]*s\)$/ { fell = fell " " $1 } # those that the time limit met
raw { print; next }
test == "" && /^#/ { print; next }
{ said[test] = said[test] $0 "\n" }

END {
	if (!tests) {
		failed = failed "==> FAILED  no test was run\n"
		if (fallen) print "none" > fallen
	}
	printf "%s==> %d tests, %d skipped, %s\n", failed, tests, skipped, failed == "" ? "none failed" : "see above for what failed"
	if (failed != "") exit 1
}
