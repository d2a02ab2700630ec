package migrations_test

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	migrations "jasaweb/pb_migrations"
	"jasaweb/plugins/plugintest"
)

// An old program on a database of a newer one names the step and says what to do.
// PocketBase's own steps and those of people are no business of it.
func TestOldProgramRefusesANewerSchema(t *testing.T) {
	t.Parallel()
	app := plugintest.New(t)
	migrations.RefuseNewer(app)
	for _, step := range []struct {
		file    string
		refused bool
	}{
		{"1640988000_dropped_by_pocketbase.go", false}, {"1893456000_added_by_pocketbase.go", false}, {"1764999999_by_hand.js", false},
		{"1764999999_tomorrow.go", true},
	} {
		if _, err := app.DB().Insert("_migrations", dbx.Params{"file": step.file, "applied": 1}).Execute(); err != nil {
			t.Fatal(err)
		}
		err := app.Bootstrap()
		if (err != nil) != step.refused {
			t.Errorf("%s: %v, want it refused: %t", step.file, err, step.refused)
		}
		if step.refused && (!strings.Contains(err.Error(), step.file) || !strings.Contains(err.Error(), "backup") || strings.Contains(err.Error(), "\n")) {
			t.Errorf("the refusal is %q", err)
		}
	}
}

// Every step is written so that an old program can tell it from PocketBase's.
func TestStepsOfOursAreKnownByTheirName(t *testing.T) {
	t.Parallel()
	for _, list := range []struct {
		steps []*core.Migration
		ours  bool
	}{{core.AppMigrations.Items(), true}, {core.SystemMigrations.Items(), false}} {
		for _, step := range list.steps {
			if strings.HasPrefix(step.File, "1764") != list.ours || !strings.HasSuffix(step.File, ".go") {
				t.Errorf("%s: ours %t; number steps 1764……", step.File, list.ours)
			}
		}
	}
}

// What our steps made is written down, by ids that renaming does not change.
func TestStepsWriteDownWhatTheyMade(t *testing.T) {
	t.Parallel()
	app := plugintest.New(t)
	made := map[string]string{}
	row := struct {
		Value string `db:"value"`
	}{}
	if err := app.DB().Select("value").From("_params").Where(dbx.HashExp{"id": "jasaweb_collections"}).One(&row); err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(row.Value), &made); err != nil {
		t.Fatal(err)
	}
	want := map[string]string{}
	for _, c := range allCollections(t, app) {
		if !c.System {
			want[c.Id] = c.Name
		}
	}
	if !maps.Equal(made, want) {
		t.Errorf("written down %v, made %v", slices.Sorted(maps.Values(made)), slices.Sorted(maps.Values(want)))
	}
}
