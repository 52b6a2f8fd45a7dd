// Pulumi's Docker provider: the Terraform provider for Docker behind Pulumi's bridge, as the official plugin is.
//
// The official plugin is published as a program, not as a Go module. This one is built from the same two parts; its
// tokens and names of inputs are those of the Python package pulumi-docker, as far as this program makes use of them.
package main

import (
	"github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfbridge"
	shimv2 "github.com/pulumi/pulumi-terraform-bridge/v3/pkg/tfshim/sdk-v2"
	"github.com/pulumi/pulumi/sdk/v3/go/common/tokens"
	"github.com/terraform-providers/terraform-provider-docker/resources"
)

// version is the one of the Python package; the build stamps it in.
var version = "0.0.0"

// schema: Pulumi's engine asks for it, and needs no more than the name of what it deploys.
const schema = `{"name": "docker"}`

func token(kind string) tokens.Type {
	module := string(kind[0]+'a'-'A') + kind[1:]
	return tokens.Type("docker:index/" + module + ":" + kind)
}

func same(name string) map[string]*tfbridge.SchemaInfo {
	return map[string]*tfbridge.SchemaInfo{name: {Name: name}}
}

func main() {
	// singular by the bridge's rule, where the Python package has the plural, or the other way round
	container := map[string]*tfbridge.SchemaInfo{
		"command":           {Name: "command"},
		"networks_advanced": {Name: "networksAdvanced"},
	}
	info := tfbridge.ProviderInfo{
		P:       shimv2.NewProvider(resources.New()),
		Name:    "docker",
		Version: version,
		Resources: map[string]*tfbridge.ResourceInfo{
			"docker_container": {Tok: token("Container"), DeleteBeforeReplace: true, Fields: container},
			"docker_image":     {Tok: token("RemoteImage"), Fields: same("name")},
			"docker_network":   {Tok: token("Network")},
			"docker_volume":    {Tok: token("Volume")},
		},
		IgnoreMappings: []string{
			"docker_buildx_builder", "docker_compose", "docker_config", "docker_plugin", "docker_registry_image",
			"docker_secret", "docker_service", "docker_tag",
		},
	}
	tfbridge.Main("docker", version, info, []byte(schema))
}
