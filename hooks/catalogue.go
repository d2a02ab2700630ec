package hooks

import (
	"fmt"
	"slices"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
)

// bindCatalogue keeps packages and designs fit to be sold and remembered.
func bindCatalogue(app core.App) {
	onRecord(app.OnRecordCreate(collections.PricingTiers), "tierDefaults", 0, tierDefaults)
	onRecord(app.OnRecordCreateExecute(collections.PricingTiers), "popularCreate", 0, onePopular)
	onRecord(app.OnRecordUpdateExecute(collections.PricingTiers), "popularUpdate", 0, onePopular)
	for collection, column := range map[string]string{collections.PricingTiers: "tier", collections.Templates: "template"} {
		onRecord(app.OnRecordDeleteExecute(collection), "keepOrdered."+collection, 0, func(e *core.RecordEvent) error {
			return inTransaction(e, func() error {
				if err := checkUnused(e.App, column, e.Record.Id); err != nil {
					return err
				}
				return e.Next()
			})
		})
	}
}

// tierDefaults lets a package be added with what everybody knows about it.
func tierDefaults(e *core.RecordEvent) error {
	if e.Record.GetInt("deposit_percent") == 0 {
		e.Record.Set("deposit_percent", 100)
	}
	if kind := e.Record.GetString("identifier"); e.Record.GetString("type") == "" && slices.Contains(collections.ProjectTypes, kind) {
		e.Record.Set("type", kind)
	}
	return e.Next()
}

// onePopular takes the mark from the package that had it.
func onePopular(e *core.RecordEvent) error {
	if !e.Record.GetBool("is_popular") {
		return e.Next()
	}
	return inTransaction(e, func() error {
		others, err := e.App.FindAllRecords(collections.PricingTiers,
			dbx.HashExp{"is_popular": true}, dbx.Not(dbx.HashExp{"id": e.Record.Id}))
		if err != nil {
			return fmt.Errorf("hooks: find popular packages: %w", err)
		}
		for _, other := range others {
			other.Set("is_popular", false)
			collections.SetActor(other, collections.ActorOf(e.Record))
			if err := e.App.Save(other); err != nil {
				return fmt.Errorf("hooks: package %s: %w", other.Id, err)
			}
		}
		return e.Next()
	})
}

// checkUnused keeps what a project was ordered with.
func checkUnused(txApp core.App, column, id string) error {
	projects, err := txApp.CountRecords(collections.Projects, dbx.HashExp{column: id})
	if err != nil {
		return fmt.Errorf("hooks: count projects with %s %s: %w", column, id, err)
	}
	if projects == 0 {
		return nil
	}
	if column == "tier" {
		return errTierOrdered
	}
	return errTemplateOrdered
}

var (
	errTierOrdered = collections.Refuse("tier_in_use", "id", collections.Text{
		ID: "Paket ini sudah pernah dipesan. Nonaktifkan saja supaya tidak dijual lagi.",
		EN: "Projects were ordered with this package. Deactivate it instead, so that it is not sold any more.",
	})
	errTemplateOrdered = collections.Refuse("template_in_use", "id", collections.Text{
		ID: "Template ini dipakai proyek. Arsipkan saja supaya hilang dari galeri.",
		EN: "Projects use this template. Archive it instead, so that it leaves the gallery.",
	})
)
