// Command pulumi-resource-kubernetes is the Kubernetes plugin with the schema of its own module,
// which the bed's build puts beside this file.
package main

import (
	"bytes"
	_ "embed"
	"fmt"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
)

//go:embed schema.json
var schema []byte

//go:embed terraform-mapping.json
var mapping []byte

var version string // set by the linker

func main() {
	// The module's schema lacks the version that the released one has, and packages that refer to it need it.
	dated := bytes.Replace(schema, []byte("{"), []byte(fmt.Sprintf("{\n    %q: %q,", "version", version)), 1)
	provider.Serve("kubernetes", version, dated, mapping)
}
