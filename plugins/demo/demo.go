// Package demo fills a fresh installation with example data, so that it can be
// tried at once, and takes it away again. Every row carries the flag demo.
//
//	demo.MustRegister(app, demo.Config{RootCmd: app.RootCmd, Credentials: box})
//
// What visitors see (packages, designs, articles, testimonials) and the accounts
// are saved like everything else. The year of history behind them is written
// without the record hooks: those would number, notify and mail as if it
// happened now.
package demo

import (
	"embed"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/spf13/cobra"

	"jasaweb/collections"
	"jasaweb/collections/secret"
	"jasaweb/plugins/internal/rest"
	"jasaweb/plugins/internal/ui"
)

// Config shapes the plugin.
type Config struct {
	// RootCmd gets the command "demo"; nil adds none.
	RootCmd *cobra.Command
	// Credentials seals the logins of the delivered example websites. Required.
	Credentials *secret.Box
}

const boxKey = "jasaweb.demo.credentials"

//go:embed ui
var pages embed.FS

// MustRegister is Register that panics.
func MustRegister(app core.App, config Config) {
	if err := Register(app, config); err != nil {
		panic(err)
	}
}

// Register adds the commands, the routes and the dashboard page.
func Register(app core.App, config Config) error {
	if config.Credentials == nil {
		return errors.New("demo: Config.Credentials is required")
	}
	app.Store().Set(boxKey, config.Credentials)
	rest.Bind(app, routes()...)
	ui.Register(app, ui.Page{Path: "#/demo", Icon: "ri-flask-line", Label: "Data contoh", FS: apis.MustSubFS(pages, "ui")})
	if config.RootCmd != nil {
		config.RootCmd.AddCommand(command(app))
	}
	return nil
}

func command(app core.App) *cobra.Command {
	load := &cobra.Command{
		Use:          "demo",
		Short:        "Load the demo data (may be run again)",
		Args:         cobra.NoArgs,
		SilenceUsage: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := app.RunAllMigrations(); err != nil {
				return fmt.Errorf("demo: migrate: %w", err)
			}
			if err := Load(app); err != nil {
				return err
			}
			return printAccounts(cmd.OutOrStdout())
		},
	}
	load.AddCommand(&cobra.Command{
		Use:          "remove",
		Short:        "Remove the demo data and nothing else",
		Args:         cobra.NoArgs,
		SilenceUsage: true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if err := app.RunAllMigrations(); err != nil {
				return fmt.Errorf("demo: migrate: %w", err)
			}
			removed, err := Remove(app)
			if e, ok := errors.AsType[*collections.Error](err); ok && e.Code == "last_admin" {
				return fmt.Errorf("%w Make your own first: jasaweb admin create EMAIL PASSWORD", err)
			}
			if err != nil {
				return err
			}
			return printRemoval(cmd.OutOrStdout(), removed)
		},
	})
	return load
}

func printAccounts(w io.Writer) error {
	for _, a := range accounts {
		if _, err := fmt.Fprintf(w, "%-7s %s  %s\n", a.role, a.email, a.password); err != nil {
			return err
		}
	}
	return nil
}

func printRemoval(w io.Writer, r *Removal) error {
	total := 0
	for _, name := range slices.Sorted(maps.Keys(r.Removed)) {
		total += r.Removed[name]
		if _, err := fmt.Fprintf(w, "%-20s %d\n", name, r.Removed[name]); err != nil {
			return err
		}
	}
	for _, kept := range r.Kept {
		if _, err := fmt.Fprintf(w, "kept: %s\n", kept); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "%d rows removed\n", total)
	return err
}
