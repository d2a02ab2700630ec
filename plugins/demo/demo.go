// Package demo fills a fresh installation with example data, so that it can be
// tried at once. Every row carries the flag demo.
//
//	demo.MustRegister(app, demo.Config{RootCmd: app.RootCmd})
package demo

import (
	"database/sql"
	"errors"
	"fmt"
	"io"

	"github.com/pocketbase/pocketbase/core"
	"github.com/spf13/cobra"

	"jasaweb/collections"
)

// Config shapes the plugin.
type Config struct {
	// RootCmd gets the command "demo"; nil adds none.
	RootCmd *cobra.Command
}

// MustRegister is Register that panics.
func MustRegister(app core.App, config Config) {
	if err := Register(app, config); err != nil {
		panic(err)
	}
}

// Register adds the command to load the demo data.
func Register(app core.App, config Config) error {
	if config.RootCmd == nil {
		return nil
	}
	config.RootCmd.AddCommand(&cobra.Command{
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
	})
	return nil
}

// Load writes the demo data, all or nothing. Rows that are there already stay
// as they are, edited or not.
func Load(app core.App) error {
	return app.RunInTransaction(func(txApp core.App) error {
		for _, row := range rows() {
			if err := ensure(txApp, row); err != nil {
				return fmt.Errorf("demo: load %s %s: %w", row.collection, row.values[row.key], err)
			}
		}
		return nil
	})
}

// row is one record, found again by its key column.
type row struct {
	collection string
	key        string
	values     map[string]any
}

func ensure(txApp core.App, r row) error {
	_, err := txApp.FindFirstRecordByData(r.collection, r.key, r.values[r.key])
	if err == nil || !errors.Is(err, sql.ErrNoRows) {
		return err
	}
	c, err := txApp.FindCachedCollectionByNameOrId(r.collection)
	if err != nil {
		return err
	}
	record := core.NewRecord(c)
	record.Load(r.values)
	record.Set("demo", true)
	return txApp.Save(record)
}

func printAccounts(w io.Writer) error {
	for _, a := range accounts {
		if _, err := fmt.Fprintf(w, "%-7s %s  %s\n", a.role, a.email, a.password); err != nil {
			return err
		}
	}
	return nil
}

func rows() []row {
	list := []row{}
	for _, a := range accounts {
		list = append(list, row{collections.Users, "email", map[string]any{
			"email": a.email, "password": a.password, "name": a.name, "role": a.role, "verified": true, "locale": "id",
		}})
	}
	for n, t := range tiers {
		list = append(list, row{collections.PricingTiers, "identifier", map[string]any{
			"identifier": t.identifier, "name": t.name, "type": t.kind, "description": t.description,
			"features": t.features, "price": t.price, "is_popular": t.popular, "deposit_percent": 50,
			"sort_order": n + 1, "is_active": true,
		}})
	}
	for n, t := range templates {
		list = append(list, row{collections.Templates, "name", map[string]any{
			"name": t.name, "category": t.kind, "sort_order": n + 1,
		}})
	}
	return list
}
