# Every step of development and CI. "make" alone explains them.
export GOTOOLCHAIN := auto
export CGO_ENABLED := 0
SHELL := /bin/bash -o pipefail
STATICCHECK := honnef.co/go/tools/cmd/staticcheck@v0.8.2

help: ## explain the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

run: build ## build and serve on http://127.0.0.1:8090 with demo data and, without a key, the payment sandbox
	@.ci/serve

build: ## compile ./jasaweb, one static binary
	go build -trimpath -ldflags="-s -w" -o jasaweb .

test: ## everything: setup, formatting, vet, staticcheck, tests, race tests
	@.ci/test

test-payments: ## the long property test of payments: 10,000 random schedules (about 20 minutes)
	PAYMENT_SCHEDULES=10000 go test -count=1 -v -timeout 60m -run PW58 ./plugins/midtrans

bench: build ## measure, beside PocketBase's own API in the same run
	go test -run '^$$' -bench . -benchtime 1x -timeout 20m .

lint: ## formatting, vet and staticcheck
	@test -z "$$(gofmt -l .)" || { gofmt -l .; echo "run gofmt -w on these"; exit 1; }
	go vet ./...
	go run $(STATICCHECK) ./...

race: ## every test of the concurrent packages under the race detector (CI runs the essential ones)
	PAYMENT_SCHEDULES=20 CGO_ENABLED=1 go test -race -count=1 -timeout 30m ./plugins/... ./hooks

golden: ## rewrite the golden files after a change that is meant
	UPDATE_GOLDEN=1 go test -count=1 -run Golden .

fonts: ## fetch the fonts of the PDF documents again (Debian) and check their sums
	cd "$$(mktemp -d)" && apt-get download fonts-dejavu-core=2.37-6 && dpkg-deb -x ./*.deb . && \
		cp usr/share/fonts/truetype/dejavu/DejaVuSans{,-Bold}.ttf $(CURDIR)/plugins/documents/fonts/
	cd plugins/documents/fonts && sed -nE 's/^\| (\S+\.ttf) \| `(\w+)` \|$$/\2  \1/p' README.md | sha256sum -c

vendor: ## fetch the vendored font, icons and axe-core again (needs npm) and check their sums
	.ci/vendor

.PHONY: vendor help run build test test-payments bench lint race golden fonts
.DEFAULT_GOAL := help
