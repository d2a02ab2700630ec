package accounts

import (
	"fmt"

	"github.com/pocketbase/pocketbase/core"
	"github.com/spf13/cobra"

	"jasaweb/collections"
)

// adminCommand is "jasaweb admin": the way in when nobody is an admin yet.
func (p *plugin) adminCommand() *cobra.Command {
	var name string
	create := &cobra.Command{
		Use:          "create EMAIL PASSWORD",
		Short:        "Create an admin, who can sign in to the site and the dashboard",
		Example:      "admin create sari@agensi.id kata-sandi-panjang --name Sari",
		Args:         cobra.ExactArgs(2),
		SilenceUsage: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := p.app.RunAllMigrations(); err != nil {
				return fmt.Errorf("admin create: migrate: %w", err)
			}
			if _, err := CreateAdmin(p.app, args[0], args[1], name); err != nil {
				return fmt.Errorf("admin create: %w", err)
			}
			fmt.Fprintln(cmd.OutOrStdout(), "Admin "+args[0]+" created.")
			return nil
		},
	}
	create.Flags().StringVar(&name, "name", "Admin", "the admin's name")
	admin := &cobra.Command{Use: "admin", Short: "Manage the agency's admins"}
	admin.AddCommand(create)
	return admin
}

// CreateAdmin creates a verified user with the role admin; the hooks add the
// superuser for the dashboard.
func CreateAdmin(app core.App, email, password, name string) (*collections.User, error) {
	c, err := app.FindCachedCollectionByNameOrId(collections.Users)
	if err != nil {
		return nil, fmt.Errorf("accounts: create admin: %w", err)
	}
	record := core.NewRecord(c)
	record.Load(map[string]any{
		"name": name, "email": email, "password": password, "role": collections.RoleAdmin, "verified": true,
	})
	if err := app.Save(record); err != nil {
		return nil, fmt.Errorf("accounts: create admin: %w", err)
	}
	return collections.AsUser(record), nil
}
