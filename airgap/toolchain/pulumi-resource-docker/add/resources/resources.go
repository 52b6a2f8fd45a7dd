// Package resources hands out the provider's resources, which live in a package that no other module may import.
package resources

import (
	"github.com/hashicorp/terraform-plugin-sdk/v2/helper/schema"
	"github.com/terraform-providers/terraform-provider-docker/internal/provider"
)

// New makes the provider as its own main program does.
func New() *schema.Provider {
	return provider.New("dev")()
}
