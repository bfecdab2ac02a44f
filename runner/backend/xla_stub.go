//go:build !(cgo && linux && (amd64 || arm64))

package backend

import (
	"errors"

	"github.com/gomlx/compute"
)

const xlaMissing = "this build has no XLA: it needs Linux on amd64 or arm64 and a C compiler when Inkstone is built (CGO_ENABLED=1)"

func openXLA(string) (compute.Backend, error) { return nil, errors.New(xlaMissing) }

func pluginVersion(string) (major, minor int, err error) { return 0, 0, errors.New(xlaMissing) }
