# make demo   train the demonstration and look at it          make test   all that CI runs
# make bench  measure                                          make check  formatting and static analysis alone
GO ?= go
export GOFLAGS ?= -mod=readonly

.PHONY: build demo test check unit race bench clean

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
	$(GO) test ./...

# The packages where goroutines share state; the rest would only pay for it.
race:
	$(GO) test -race ./tracker/... ./server ./runner/data ./runner/dispatch ./runner/launch

bench:
	$(GO) test -run '^$$' -bench . -benchmem ./...

clean:
	rm -f inkstone
