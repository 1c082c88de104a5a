// Command pulumi-resource-random is the random plugin: HashiCorp's Terraform provider behind Pulumi's bridge.
// Run as "pulumi-resource-random generate DIR" it writes the schema that it then embeds.
package main

import (
	"context"
	_ "embed"
	"os"

	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/pf/tfgen"
	bridge "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge/tokens"
	"github.com/terraform-providers/terraform-provider-random/shim"
)

//go:embed schema.json
var schema []byte

//go:embed bridge-metadata.json
var metadata []byte

var version string // set by the linker

func provider() bridge.ProviderInfo {
	p := bridge.ProviderInfo{
		P:            tfbridge.ShimProvider(shim.New()),
		Name:         "random",
		Version:      version,
		MetadataInfo: bridge.NewProviderMetadata(metadata),
		Resources:    map[string]*bridge.ResourceInfo{},
	}
	p.Resources["random_bytes"] = &bridge.ResourceInfo{ComputeID: bridge.DelegateIDField("base64", "random", "")}
	p.MustComputeTokens(tokens.SingleModule("random_", "index", func(module, name string) (string, error) {
		return tokens.MakeStandard("random")(module, "Random"+name)
	}))
	p.MustApplyAutoAliases()
	return p
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "generate" {
		os.Args = append([]string{os.Args[0], "schema", "--skip-docs", "--skip-examples", "--out"}, os.Args[2:]...)
		tfgen.Main("random", provider())
		return
	}
	tfbridge.Main(context.Background(), "random", provider(), tfbridge.ProviderMetadata{PackageSchema: schema})
}
