// Command pulumi-resource-kubernetes is the Kubernetes plugin with the schema of its own module,
// which the bed's build puts beside this file.
package main

import (
	_ "embed"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
)

//go:embed schema.json
var schema []byte

//go:embed terraform-mapping.json
var mapping []byte

var version string // set by the linker

func main() { provider.Serve("kubernetes", version, schema, mapping) }
