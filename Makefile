# Every step of development and CI. "make" alone explains them.
export GOTOOLCHAIN := auto
export CGO_ENABLED := 0
SHELL := /bin/bash -o pipefail
REDOCLY := 2.77.0
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2

help: ## explain the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 20

run: build ## build and serve on http://127.0.0.1:8090 with demo data and, without a key, the payment sandbox
	@.ci/serve

build: ## compile ./jasaweb, one static binary
	go build -trimpath -ldflags="-s -w" -o jasaweb .

release: ## the program for Linux, macOS and Windows with checksums and licences, in release/
	@.ci/release

test: ## everything: setup, formatting, vet, staticcheck, tests, race tests, tests on Postgres
	@.ci/test

test-full: ## the same, and PocketBase's own tests also when nothing that they depend on has changed
	@FULL=1 .ci/test

check: ## for daily work: format, vet and the tests of what changed since main and of what imports it, without browsers and processes
	@.ci/check

test-payments: ## the long property test of payments: 10,000 random schedules (about 20 minutes)
	PAYMENT_SCHEDULES=10000 go test -count=1 -v -timeout 180m -run PW58 ./plugins/payments

test-contract: ## the long property test of the API's contract: 20,000 random requests (about 10 minutes)
	CONTRACT_REQUESTS=20000 go test -count=1 -v -timeout 60m -run TestAnswersKeepTheContract ./tests/api

bench: build ## measure, beside PocketBase's own API in the same run
	go test -run '^$$' -bench . -benchtime 1x -timeout 20m ./tests/bench ./plugins/jobs
	go test -run '^$$' -bench 'RoundTrips|BesideSQLite' -benchtime 1x -timeout 40m ./plugins/postgres
	go test -run '^$$' -bench Translate -benchmem ./plugins/postgres ./plugins/postgres/translate

lint: ## formatting, vet and staticcheck
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo "run gofmt -w on these"; exit 1; }
	go vet ./...
	go run $(STATICCHECK) ./...

quality: lint build ## lint, and where node exists Lighthouse's scores of the site and Redocly's rules for the API's document
	@.ci/lighthouse
	@command -v npx >/dev/null || { echo "node is missing: Redocly left out"; exit 0; }; file=$$(mktemp --suffix=.json) && \
		OPENAPI_FILE=$$file go test -count=1 -run TestDocumentIsValid ./tests/api && \
		npx --yes @redocly/cli@$(REDOCLY) lint --config .ci/redocly.yaml $$file; code=$$?; rm -f $$file; exit $$code

race: ## every test of the concurrent packages under the race detector (CI runs the essential ones)
	PAYMENT_SCHEDULES=20 CGO_ENABLED=1 go test -race -count=1 -timeout 30m ./plugins/... ./hooks

mutate: ## change payments, invariants and accounts in one place after the other and list what no test notices (about an hour; ARGS="-n 20 ./hooks")
	nice -n 10 go run ./tests/mutate $(ARGS)

fuzz: ## 50,000 random requests to SQLite and Postgres side by side (about 30 minutes)
	FUZZ_CASES=50000 go test -count=1 -v -timeout 3h -run PostgresAnswersLikeSQLite ./plugins/postgres/differential

import-export: ## move a directory of 200 MB to Postgres and back, with progress, MB/s and peak memory (some minutes)
	IMPORT_MB=200 go test -count=1 -v -timeout 60m -run TestImportAndExportOfADirectory ./tests/process

conformance: ## PocketBase's own tests on Postgres, compared with SQLite's outcomes (about 5 minutes); records a green run
	go run ./plugins/postgres/conformance

conformance-golden: ## run the same on SQLite after an upgrade of PocketBase, and keep its outcomes
	go run ./plugins/postgres/conformance -golden

conformance-matrix: ## the same on Postgres 15 and 17, C and ICU, superuser and plain role, unnamed and prepared (about an hour; needs npm)
	go run ./plugins/postgres/conformance -matrix

conformance-pooler: ## a part of the same through PgBouncer in transaction mode (needs Debian's pgbouncer)
	go run ./plugins/postgres/conformance -pooler

golden: ## rewrite the golden files after a change that is meant
	UPDATE_GOLDEN=1 go test -count=1 -run Golden ./tests/api ./tests/house ./pb_migrations ./plugins/postgres/translate

fonts: ## fetch the fonts of the PDF documents again (Debian) and check their sums
	cd "$$(mktemp -d)" && apt-get download fonts-dejavu-core=2.37-6 && dpkg-deb -x ./*.deb . && \
		cp usr/share/fonts/truetype/dejavu/DejaVuSans{,-Bold}.ttf $(CURDIR)/plugins/documents/fonts/
	cd plugins/documents/fonts && sed -nE 's/^\| (\S+\.ttf) \| `(\w+)` \|$$/\2  \1/p' README.md | sha256sum -c

screenshots: ## pictures of every page and state at 390 and 1280 px, light and dark, with contact sheets, in screenshots/
	rm -rf screenshots && mkdir screenshots
	SCREENSHOTS=$(CURDIR)/screenshots go test -count=1 -timeout 35m -run TestRenderTable ./tests/pages

vendor: ## fetch the vendored font, icons, list of common passwords and axe-core again (needs npm) and check their sums
	.ci/vendor

swagger-ui: ## fetch Swagger UI again with npm and check its sums
	cd "$$(mktemp -d)" && npm pack --silent swagger-ui-dist@5.35.0 && tar xzf *.tgz && cd package && \
		for f in swagger-ui.css swagger-ui-bundle.js; do gzip -9nc $$f > $(CURDIR)/plugins/openapi/swagger-ui/$$f.gz || exit; done && \
		cp LICENSE NOTICE swagger-ui-bundle.js.LICENSE.txt $(CURDIR)/plugins/openapi/swagger-ui/
	go test -count=1 -run TestSwaggerUI ./tests/api

.PHONY: help run build release test test-full check mutate fuzz import-export conformance conformance-golden conformance-matrix conformance-pooler test-payments test-contract bench lint quality race golden fonts screenshots vendor swagger-ui
.DEFAULT_GOAL := help
