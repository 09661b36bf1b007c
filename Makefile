# Quid: every target works alone on a fresh clone. `make help` lists them.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PORT ?= 8080
DB   ?= demo/quid.db
GO   ?= go
FOR  ?= 24h

VERSION     := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
GOFUMPT     := mvdan.cc/gofumpt@v0.12.0
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2
GOSEC       := github.com/securego/gosec/v2/cmd/gosec@v2.30.0

# The commands that look at every package; node_modules holds no Go of ours.
PACKAGES := ./...

# The packages whose tests take longest begin first: go test takes them as they are
# named, and one that begins last has the machine to itself and leaves half of it idle.
LONGEST := ./internal/web ./internal/app ./e2e

.PHONY: help run build generate test test-postgres check attack bench cover golden clean

help: ## show this list
	@awk -F ':.*## ' '/^[a-z][a-z-]*:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: build ## set up, build, make the demo company if it is missing, serve it (PORT=9000 for another port)
	@mkdir -p $(dir $(DB))
	@[[ -e $(DB) ]] || bin/quid demo --db $(DB)
	bin/quid serve --db $(DB) --listen 127.0.0.1:$(PORT)

build: generate ## build bin/quid: static, one file
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '-s -w -X main.version=$(VERSION)' -o bin/quid ./cmd/quid

# The stamp is the file that npm itself writes when an installation is whole.
node_modules/.package-lock.json: package-lock.json package.json
	npm ci --no-audit --no-fund --loglevel=error
	@touch $@

generate: node_modules/.package-lock.json ## make the Go of the templ pages and the bundles of the assets
	$(GO) generate ./...

test: generate ## install what the tests need, then run all of them on SQLite, a private PostgreSQL and a browser
	e2e/setup.sh
	e2e/with-postgres.sh $(GO) test -shuffle=on -timeout 10m $(LONGEST) $(PACKAGES)

test-postgres: generate ## run the tests of the store and the changes on both engines
	e2e/setup.sh postgres
	e2e/with-postgres.sh $(GO) test -shuffle=on ./internal/store/... ./internal/app/... ./internal/job/...

check: generate ## format, go vet, staticcheck, gosec
	e2e/check.sh $(GO) $(GOFUMPT) $(STATICCHECK) $(GOSEC)

attack: generate ## let sqlmap and wapiti loose on every route: hours (FOR=30m: sqlmap begins nothing after that)
	e2e/setup.sh attack
	$(GO) run ./e2e/attack -v -for $(FOR)

bench: generate ## run the benchmarks of every package once (whole programs: see bench/README.md)
	$(GO) test -run '^$$' -bench . -benchtime 1x $(PACKAGES)

cover: generate ## show how much of each package the tests reach
	e2e/setup.sh
	e2e/with-postgres.sh $(GO) test -coverprofile=coverage.out $(PACKAGES)
	$(GO) tool cover -func=coverage.out | tail -1

golden: generate ## write the golden files anew; read the diff before you commit it
	@packages=$$(grep -rl --include='*_test.go' 'flag.Bool("update"' . | xargs -r -n1 dirname | sort -u); \
	if [[ -z $$packages ]]; then echo "no package has golden files"; else $(GO) test $$packages -update; fi

clean: ## remove what was built and generated (the demo company stays)
	rm -rf bin node_modules coverage.out
	find . -name '*_templ.go' -not -path './node_modules/*' -delete
	find internal/web/dist -mindepth 1 -not -name .keep -delete
