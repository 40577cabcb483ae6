// Command k6 is k6 with the module k6/x/llmload built in.
package main

import (
	"os"

	"github.com/llmload/llmload/extension/module"
	"go.k6.io/k6/cmd"
)

// version is set by the build: -ldflags '-X main.version=…'.
var version = "dev"

// marker tells scripts that this binary streams: k6 aborts on a require() of a module that is not there, so they cannot try.
const marker = "LLMLOAD_NATIVE"

func init() {
	module.Version = version
	if _, set := os.LookupEnv(marker); !set {
		_ = os.Setenv(marker, version)
	}
}

func main() { cmd.Execute() }
