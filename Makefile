# The project's commands. `make` alone lists them.
.DEFAULT_GOAL := help
GO ?= go

help: ## this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 14

demo: ## run everything on this machine with live sandbox platforms
	$(GO) run ./cmd/palmonas demo

build: ## static binary in bin/
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags "-s -w" -o bin/palmonas ./cmd/palmonas

generate: ## regenerate templ components
	$(GO) tool templ generate

fmt: ## format Go and templ
	gofmt -w $$(git ls-files '*.go' | grep -v _templ.go) && $(GO) tool templ fmt views

test: ## the test suite
	$(GO) test ./...

race: ## the test suite with the race detector
	$(GO) test -race ./...

lint: ## vet and golangci-lint
	$(GO) vet ./... && golangci-lint run

check: fmt lint generate race ## everything a commit must pass
	git diff --exit-code -- '*_templ.go'

bench: ## benchmarks of the store and the pages; BENCH="--url U --email E --password P" measures a running server too
	$(GO) test -run '^$$' -bench . -benchtime 2s ./store/... ./handlers/... ./desk/... ./export/...
	$(if $(BENCH),$(GO) run ./bench $(BENCH))

faults: ## live through the faults of the matrix and print it
	$(GO) run ./.ci/faults

kills: ## kill writing processes a thousand times, fail system calls, fill a disk; KILLS=DIR keeps JSON summaries
	$(GO) test -count=1 -timeout 60m -v ./store/killtest -kills 1000 -mongo-kills 50 $(if $(KILLS),-summary $(abspath $(KILLS)))

many: ## read 200,000 orders of one channel and show the memory on the way
	PALMONAS_TEST_MANY_ORDERS=200000 $(GO) test -count=1 -timeout 60m -v -run TestManyOrders ./ingest

platforms: ## run the suite of every adapter and print it as a table
	$(GO) run ./.ci/platforms

security: ## negative tests, readers of the code and scanners, as one table
	.ci/security

vendors: ## WooCommerce's and Shopify's own clients against the sandboxes (needs npm)
	.ci/run vendors

vendor-js: ## fetch htmx again (needs npm) and compare with the checksums
	cd static/vendor && tar -xzf "$$(npm pack htmx.org@4.0.1 --silent)" --strip-components=2 package/dist/htmx.min.js \
	  package/dist/ext/hx-sse.min.js package/dist/ext/hx-ptag.min.js && rm -f htmx.org-*.tgz && sha256sum -c SHA256SUMS

.PHONY: help demo build generate fmt test race lint check bench faults kills platforms security vendors vendor-js
