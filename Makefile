# make demo   train the demonstration and look at it          make test   all that CI runs
# make bench  measure                                          make check  formatting and static analysis alone
# make kill   kill, and take the power away, again and again   make shots  pictures of every page
GO ?= go
export GOFLAGS ?= -mod=readonly

.PHONY: build demo test check unit race kill bench shots clean

build:
	$(GO) build -o inkstone .

demo: build
	@./scripts/demo.sh

test: check unit race

check:
	@out=$$(gofmt -l .); if [ -n "$$out" ]; then echo "gofmt needed:"; echo "$$out"; exit 1; fi
	$(GO) vet ./...
	$(GO) tool staticcheck ./...

unit: build
	$(GO) test -timeout 30m ./...

# The packages where goroutines share state; the rest would only pay for it, and so would browsers and whatever takes long alone.
race:
	$(GO) test -race -short -timeout 30m ./tracker/... ./server/... ./runner/data ./runner/dispatch ./runner/launch

# The ordinary tests do a few rounds of these.
INKSTONE_KILLS ?= 100
kill: build
	INKSTONE_KILLS=$(INKSTONE_KILLS) $(GO) test -run 'Kill|PowerLoss' -count 1 -timeout 60m -v ./tracker/... ./server/... ./internal/cli/...

bench:
	$(GO) run ./internal/bench $(BENCH)

shots: build
	@./scripts/shots.sh

clean:
	rm -f inkstone
