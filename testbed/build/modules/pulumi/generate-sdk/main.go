// Command pulumi-generate-sdk runs Pulumi's own code generators on a schema, for the languages whose host in the bed
// is too old to be asked for it: pulumi-generate-sdk SCHEMA OUT writes OUT/nodejs and OUT/python.
package main

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"github.com/pulumi/pulumi/pkg/v3/codegen/convert"
	"github.com/pulumi/pulumi/pkg/v3/codegen/nodejs"
	"github.com/pulumi/pulumi/pkg/v3/codegen/python"
	"github.com/pulumi/pulumi/pkg/v3/codegen/schema"
	"github.com/pulumi/pulumi/pkg/v3/host"
	"github.com/pulumi/pulumi/pkg/v3/resource/plugin"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag/colors"
)

const tool = "make sdk"

func main() {
	if len(os.Args) != 3 {
		fail(fmt.Errorf("usage: pulumi-generate-sdk SCHEMA OUT"))
	}
	if err := generate(os.Args[1], os.Args[2]); err != nil {
		fail(err)
	}
}

func fail(err error) {
	fmt.Fprintln(os.Stderr, "pulumi-generate-sdk:", err)
	os.Exit(1)
}

func generate(from, to string) error {
	loader, done, err := newLoader()
	if err != nil {
		return err
	}
	defer done()
	for language, run := range map[string]func(*schema.Package, schema.ReferenceLoader) (map[string][]byte, error){
		"nodejs": func(pkg *schema.Package, l schema.ReferenceLoader) (map[string][]byte, error) {
			// With what npm needs to compile it from a folder, as `pulumi package add` lays it into a project.
			return nodejs.GeneratePackage(tool, pkg, nil, nil, true, l)
		},
		"python": func(pkg *schema.Package, l schema.ReferenceLoader) (map[string][]byte, error) {
			return python.GeneratePackage(tool, pkg, nil, l)
		},
	} {
		pkg, err := bind(from, loader)
		if err != nil {
			return err
		}
		files, err := run(pkg, loader)
		if err != nil {
			return fmt.Errorf("%s: %w", language, err)
		}
		if err := write(filepath.Join(to, language), files); err != nil {
			return err
		}
	}
	return nil
}

// newLoader finds the packages that the schema refers to as installed plugins.
func newLoader() (schema.ReferenceLoader, func(), error) {
	here, err := os.Getwd()
	if err != nil {
		return nil, nil, err
	}
	sink := diag.DefaultSink(os.Stderr, os.Stderr, diag.FormatOptions{Color: colors.Never})
	plugins, err := host.New(context.Background(), sink, sink, nil, nil,
		schema.NewLoaderServerFromContext, convert.NewMapperServerFromContext, nil)
	if err != nil {
		return nil, nil, err
	}
	running, err := plugin.NewContext(context.Background(), sink, sink, plugins, nil, here, nil, false, nil)
	if err != nil {
		return nil, nil, err
	}
	return schema.NewPluginLoader(running), func() { _ = running.Close(); _ = plugins.Close() }, nil
}

func bind(path string, loader schema.Loader) (*schema.Package, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var spec schema.PackageSpec
	if err := json.Unmarshal(text, &spec); err != nil {
		return nil, err
	}
	pkg, found, err := schema.BindSpec(spec, loader, schema.ValidationOptions{})
	if err != nil {
		return nil, err
	}
	if found.HasErrors() {
		return nil, found
	}
	return pkg, nil
}

func write(folder string, files map[string][]byte) error {
	if err := os.RemoveAll(folder); err != nil {
		return err
	}
	for name, content := range files {
		path := filepath.Join(folder, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, content, 0o644); err != nil {
			return err
		}
	}
	return nil
}
