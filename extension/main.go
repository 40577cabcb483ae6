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

// ballast is never touched, so it takes no memory; the garbage collector sees a heap that is larger by it and runs less
// often. A load generator makes much garbage over little live memory: at 64 streams collecting took a sixth to a fifth of its
// time. Unlike a higher GOGC it costs about as much however many VUs there are: the heap may grow by twice its size more
// before it is collected.
var ballast []byte

func init() {
	if os.Getenv("GOGC") == "" {
		ballast = make([]byte, 128<<20)
	}
	module.Version = version
	if _, set := os.LookupEnv(marker); !set {
		_ = os.Setenv(marker, version)
	}
}

func main() { cmd.Execute() }
