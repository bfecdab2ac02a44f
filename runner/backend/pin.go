package backend

import (
	"path/filepath"
	"runtime"
)

// The wheel that InstallCPU fetches: the CPU plugin as the OpenXLA authors publish it (Apache-2.0).
const (
	wheelName    = "xla-cpu-pjrt"
	wheelVersion = "0.0.1"
	wheelFile    = "xla_plugins/xla_cpu_pjrt/xla_cpu_pjrt.so"
)

// pin is what a wheel and the plugin in it must be.
type pin struct {
	wheel string // sha256 of the wheel
	size  int64  // bytes of the plugin
	file  string // sha256 of the plugin
}

// pinned are the wheels by architecture; amd64 is the one that was measured.
var pinned = map[string]pin{
	"amd64": {
		wheel: "55837b6b7b47daa717f2d9a5a03563ea0ceaa338d06a81a1e2d3f060d960decc",
		size:  259284552,
		file:  "88c3f28c5900f48ad4a82cab9e79bba9537809743395e341485f8794268820dc",
	},
	"arm64": {
		wheel: "8f613be6e891858f40d64f9799319502fff42689661944fc18a6ffd8210b30c9",
		size:  200328224,
		file:  "fcf411f3e8ff635c2b2cf87215aa7016f460e66d236c3db08309e7486583532d",
	},
}

// installedFolder and installedPath are where InstallCPU puts the wheel and its plugin, below Inkstone's own folder.
func installedFolder(own string) string {
	return filepath.Join(own, wheelName+"-"+wheelVersion+"-"+runtime.GOARCH)
}

func installedPath(own string) string { return filepath.Join(installedFolder(own), wheelFile) }
