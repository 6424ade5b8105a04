# Hotline. The two commands that matter:
#
#   make run                                  set up, build, and show it all: `hotline demo`
#   make run ARGS="--for 60s --seed 7"        the same for a minute, and end by itself
#   make test                                 set up, build, and prove it all
#
# Both begin with deploy/setup.sh, which installs what is missing and does nothing the second time.

SHELL := /bin/bash
.SHELLFLAGS := -o pipefail -ec
.DELETE_ON_ERROR:
.PHONY: help run test lint race audit upgrade bench-router bench-simulation bench-tickets bench-history bench-recording bench-calls bench-pop bench-stream bench-pages pictures transfers kills recovery test-faults soak setup setup-tests pages build deb clean

pages := agentapi/pages
# Pinned, and built once into Go's cache.
staticcheck := go run honnef.co/go/tools/cmd/staticcheck@v0.8.2
nfpm := go run github.com/goreleaser/nfpm/v2/cmd/nfpm@v2.45.0
say = @printf '==> %s\n'

help: ## this list
	@sed -n 's/^\([a-z-]*\):.*## /  make \1 \t/p' Makefile

run: build ## set up, build, and run the demo; its flags in ARGS="…"
	@bin/hotline demo $(ARGS)

# One package after the other: within a package tests that mostly wait do so beside each other, and those that measure what this
# machine can do run alone.
test: setup-tests lint ## set up, build, and run every check and test
	$(say) "tests of the pages"
	@cd $(pages) && npm test
	$(say) "tests: units, properties, conformance, end to end"
	@.ci/test

lint: $(pages)/dist/index.html ## the checks that run nothing
	$(say) "lint: formatting, vet, staticcheck, set-up script, pages"
	@unformatted=$$(find . -name '*.go' -not -path '*/node_modules/*' -exec gofmt -l {} +); \
	if [ -n "$$unformatted" ]; then echo "not formatted with gofmt:" $$unformatted; exit 1; fi
	@go vet ./...
	@$(staticcheck) ./...
	@bash -n deploy/setup.sh
	@for script in deploy/package/post* deploy/package/pre*; do sh -n $$script; done
	@cd $(pages) && npm run --silent check

race: setup-tests build ## every Go test with the race detector: slow
	@go test -race -p 1 -count=1 -timeout 60m ./...

audit: setup $(pages)/node_modules/.hotline ## what others' code is in the program, and what is known to be wrong with it
	@.ci/audit

upgrade: build ## calls that another version leaves are taken over by this one: FROM=COMMIT
	@.ci/upgrade-from $(or $(FROM),$(error say from which version: make upgrade FROM=COMMIT))

bench-simulation: ## the simulated router against Erlang C and A, a million calls for each of 24 centres: 3 minutes
	@go test ./queues/simulation -run TestSimulationAgreesWithErlang -count=1 -timeout 30m -v -calls 1000000 | sed -n '/^bench-simulation\|FAIL\|_test.go/p'

# Ends with one line of figures, and fails where less is held than promised. BLOCK is how long the router and the scan work in turn, 20 times.
# With AGAINST=COMMIT that commit is measured beside this one, in turn, and the figures of both are shown.
BLOCK := 10s
AGAINST :=
bench-router: ## how fast the router decides, beside a plain scan that decides the same: 10 min; AGAINST=COMMIT: beside that commit, too
ifdef AGAINST
	@.ci/bench-against $(AGAINST) $(BLOCK)
else
	@go test ./queues -run '^$$' -bench '^BenchmarkRouter$$' -benchtime 1x -timeout 30m -block $(BLOCK) -v \
		| awk '/^bench-router/ { line = $$0; next } { print } END { if (!line) exit 1; print line }'
endif

# Ends with one line of figures, and fails where less is held than promised, or where the machine is too busy to say. Three registers are made, the largest of TICKETS tickets, and work one
# after the other while 20 calls come in each second; opening and linking are held against pgbench with the same statements. With DATA=FOLDER the registers stay there for the next run.
TICKETS := 5000000
DATA :=
bench-tickets: setup ## how fast five years of tickets are read and written: 1 h, 35 GB in TMPDIR or DATA=FOLDER; TICKETS=500000: 10 min
	@go test ./tickets/postgres -run '^$$' -bench '^BenchmarkTickets$$' -benchtime 1x -timeout 600m -tickets $(TICKETS) -block $(BLOCK) -data "$(abspath $(DATA))" -v \
		| awk '/^bench-tickets/ { line = $$0; next } /^--- FAIL|^FAIL/ { failed = 1 } { print } END { if (!line) exit 1; print line; exit failed }'

bench-history: setup ## how fast two years of figures are told: 10 min, 6 GB in TMPDIR; DAYS=100: 1 min
	@go test ./queues/postgres -run '^$$' -bench '^BenchmarkHistory$$' -benchtime 1x -timeout 60m $(if $(DAYS),-days $(DAYS)) -v \
		| awk '/^bench-history/ { line = $$0; next } /^--- FAIL|^FAIL/ { failed = 1 } { print } END { if (!line) exit 1; print line; exit failed }'

# Ends with one line of figures, and fails where more is taken than promised. Talks are plain, recorded and listened to in turn, ROUNDS times twice; BLOCK is how long each turn is measured.
TALKS := 8
ROUNDS := 5
bench-recording: setup-tests $(pages)/dist/index.html ## what recording and listening cost, beside plain talks: 10 min; TALKS=4 ROUNDS=1 BLOCK=5s: 2 min
	@go test ./cmd/hotline -run '^TestWhatRecordingAndListeningCost$$' -count=1 -timeout 60m -talks $(TALKS) -block $(BLOCK) -rounds $(ROUNDS) -v \
		| awk '/^bench-recording/ { line = $$0; next } /^--- FAIL|^FAIL/ { failed = 1 } { print } END { if (!line) exit 1; print line; exit failed }'

# Ends with one line of figures, and fails where less is held than promised, or where the machine is too busy to say. The same calls come to app_queue, to Hotline and to a bare queue
# over ARI in turn, BLOCK each, ROUNDS times twice at each of RATES calls a second; then OFFERS a second show what is served of more than can be. A run at 20 and 50 calls a second
# that is not void writes its table into README, and its picture beside it.
RATES := 20 50
AGENTS := 200
OFFERS := 80 100 150 200
SEED := 14
bench-calls: BLOCK := 30s
bench-calls: setup-tests $(pages)/dist/index.html ## what a call costs beside app_queue, and how many can be served: 1 h; RATES=5 AGENTS=20 BLOCK=5s ROUNDS=1 OFFERS=10: 3 min
	@go test ./cmd/hotline -run '^TestWhatACallCosts$$' -count=1 -timeout 240m -rates "$(RATES)" -agents $(AGENTS) -block $(BLOCK) -rounds $(ROUNDS) -offers "$(OFFERS)" -seed $(SEED) -page "$(CURDIR)/README.md" -v \
		| awk '/^bench-calls/ { line = $$0; next } /^--- FAIL|^FAIL/ { failed = 1 } { print } END { if (!line) exit 1; print line; exit failed }'

# Each ends with one line of figures, and fails where less is held than promised. Phones and pages are in another process than Hotline. DESKS of agents who are away are signed in, and WALLS
# watched: bench-stream measures what they take at each of these sizes, and bench-pop how soon a pop is on the desk of one of AGENTS with phones, while RATE calls a second come.
WALLS := 20
bench-stream: DESKS := 1000 2000 5000 10000
bench-stream: BLOCK := 30s
bench-stream: setup-tests $(pages)/dist/index.html ## what ten thousand desks and 20 walls take, idle and as figures change: 10 min; DESKS="100 200 400" BLOCK=5s: 2 min
	@go test ./cmd/hotline -run '^TestManyDesks$$' -count=1 -timeout 120m -desks "$(DESKS)" -walls $(WALLS) -block $(BLOCK) -seed $(SEED) -v \
		| awk '/^bench-stream/ { line = $$0; next } /^--- FAIL|^FAIL/ { failed = 1 } { print } END { if (!line) exit 1; print line; exit failed }'

bench-pop: DESKS := 10000
bench-pop: WALLS := 100
bench-pop: RATE := 20
bench-pop: BLOCK := 60s
bench-pop: setup-tests $(pages)/dist/index.html ## how soon the pop is there beside ten thousand desks and 100 walls, at 20 calls a second: 10 min; DESKS=200 WALLS=5 RATE=5 AGENTS=20 BLOCK=5s: 2 min
	@go test ./cmd/hotline -run '^TestManyDesks$$' -count=1 -timeout 120m -desks "$(DESKS)" -walls $(WALLS) -calls $(RATE) -agents $(AGENTS) -block $(BLOCK) -seed $(SEED) -v \
		| awk '/^bench-pop/ { line = $$0; next } /^--- FAIL|^FAIL/ { failed = 1 } { print } END { if (!line) exit 1; print line; exit failed }'

# Ends with one line of figures, and fails where less is held than promised. HOURS are simulated ones, of a desk, the wall and the lists of tickets.
HOURS := 8
bench-pages: setup-tests $(pages)/dist/index.html ## how soon a desk can be used and a pop is painted, and whether HOURS=8 simulated hours leave the pages' memory as it was
	@cd $(pages) && ALONE=1 HOURS=$(HOURS) node dev/day.mjs \
		| awk '/^bench-pages/ { line = $$0; next } { print } END { if (!line) exit 1; print line }'

# Each state in dev/look.mjs, checked by axe, in both languages and both themes.
OUT := $(pages)/dev/pictures
pictures: setup-tests $(pages)/dist/index.html ## a picture of each state of each page, in each language and theme, into OUT=FOLDER
	@cd $(pages) && OUT="$(abspath $(OUT))" WAIT_S=60 node dev/look.mjs

transfers: setup-tests $(pages)/dist/index.html ## who hears whom, by tones on real phones, in each way in which an agent passes a caller on: 5 min
	@go test ./cmd/hotline -run '^TestRealPhonesHearWhoTheyShouldHoweverTheCallerIsPassedOn$$' -count=1 -timeout 60m -passes -v | sed -n '/^ *--- \|^ok\|^FAIL\|_test.go/p'

# Ends with one line of figures, and fails where anybody was lost. N kills are done in pieces of 50, each of which prints its counts and its seed.
N := 1000
kills: SEED :=
kills: setup-tests $(pages)/dist/index.html ## kill -9 at N=1000 random moments beside calls by real phones: 2 h; N=20: 3 min; SEED=…: the same again
	@go test ./cmd/hotline -run '^TestKillsAtRandomMoments$$' -count=1 -timeout 600m -kills $(N) $(if $(SEED),-rig-seed $(SEED)) -v \
		| awk '/^kills / { line = $$0; next } /^--- FAIL|^FAIL/ { failed = 1 } { print } END { if (!line) exit 1; print line; exit failed }'

UP := 300
recovery: setup-tests $(pages)/dist/index.html ## how soon the next Hotline serves after a kill -9 with UP=300 calls up: 3 min
	@go test ./cmd/hotline -run '^TestTheNextHotlineServesSoonHoweverManyCallsAreUp$$' -count=1 -timeout 60m -up $(UP) -v \
		| awk '/^recovery / { line = $$0; next } /^--- FAIL|^FAIL/ { failed = 1 } { print } END { if (!line) exit 1; print line; exit failed }'

# A line of counts for each fault, and exit status 1 where one is not what it should be. FAULTS is one of them or several, with a comma between: cmd/hotline/e2e_faults_test.go has the table.
FAULTS := all
test-faults: SEED :=
test-faults: setup-tests $(pages)/dist/index.html ## what Hotline depends on fails, one thing after the other, beside calls by real phones: 30 min; FAULTS=kills,menu
	@go test ./cmd/hotline -run '^TestFaults$$' -count=1 -timeout 180m -faults $(FAULTS) $(if $(SEED),-rig-seed $(SEED)) -v \
		| awk '/^fault=/ { lines = lines $$0 "\n" } /^--- FAIL|^FAIL/ { failed = 1 } { print } END { if (!lines) exit 1; printf "%s", lines; exit failed }'

# Ends with one line of figures, and fails where anything was lost, or is left over when all calls are done.
FOR := 30m
soak: SEED :=
soak: setup-tests $(pages)/dist/index.html ## mixed calls for FOR=30m, and one of the faults each minute
	@go test ./cmd/hotline -run '^TestSoak$$' -count=1 -timeout 0 -soak $(FOR) $(if $(SEED),-rig-seed $(SEED)) -v \
		| awk '/^soak for=/ { line = $$0; next } /^--- FAIL|^FAIL/ { failed = 1 } { print } END { if (!line) exit 1; print line; exit failed }'

setup: ## install what is missing
	@deploy/setup.sh

setup-tests: # and what tests alone need
	@deploy/setup.sh tests

build: setup $(pages)/dist/index.html ## bin/hotline
	@mkdir -p bin
	$(say) "building bin/hotline"
	@go build -o bin/hotline ./cmd/hotline

# A number that grows with each commit. The program is static: it runs on any Debian of this architecture.
DEB ?= bin
deb: setup $(pages)/dist/index.html ## bin/hotline_VERSION_ARCH.deb, for a Debian with systemd
	@rm -rf bin/package && mkdir -p bin/package
	$(say) "building the package"
	@CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o bin/package/hotline ./cmd/hotline
	@gzip -9nc deploy/package/hotline.8 >bin/package/hotline.8.gz
	@rm -f $(DEB)/hotline_*.deb
	@VERSION=$${VERSION:-0.$$(git rev-list --count HEAD 2>/dev/null || echo 0)} ARCH=$$(go env GOARCH) \
		$(nfpm) package --config deploy/package/nfpm.yaml --packager deb --target $(DEB)/

pages: $(pages)/dist/index.html ## the pages, which the program embeds

$(pages)/dist/index.html: $(pages)/node_modules/.hotline \
		$(wildcard $(pages)/*.html $(pages)/*.ts $(pages)/*.js $(pages)/*.json) \
		$(shell find $(pages)/src $(pages)/public -type f 2>/dev/null)
	$(say) "building the pages"
	@cd $(pages) && npm run --silent build -- --logLevel warn
	@touch $@

$(pages)/node_modules/.hotline: $(pages)/package-lock.json
	$(say) "npm: fetching what the pages are built from"
	@cd $(pages) && npm ci --no-audit --no-fund
	@touch $@

clean: ## remove what was built; the cache of Asterisk and prompts stays
	rm -rf bin $(pages)/node_modules
	git clean -fdXq $(pages)/dist
