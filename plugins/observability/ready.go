package observability

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"jasaweb/collections"
	"jasaweb/plugins/internal/rest"
)

// Readiness is what a ready node says of itself. It has nothing that helps an
// attacker: this route is public.
type Readiness struct {
	Status       string   `json:"status" enum:"ready"`
	OldestDueJob float64  `json:"oldest_due_job" doc:"For how many seconds the oldest due job has been waiting"`
	FreeDisk     int64    `json:"free_disk" doc:"Free bytes in the data directory; -1 where the system does not tell"`
	Build        Build    `json:"build"`
	Refunds      *Refunds `json:"refunds,omitempty" doc:"Told to admins alone"`
	// Warnings are for admins only.
	Warnings []string `json:"warnings,omitempty" doc:"What an admin should mend although the node can serve; only for admins"`
}

// Refunds are the refunds that were decided and are not made. They keep no node
// from serving, but somebody waits for money.
type Refunds struct {
	OnTheWay int    `json:"on_the_way" doc:"The provider has not made them yet"`
	Late     int    `json:"late" doc:"Of these, decided more than a day ago"`
	OldestAt string `json:"oldest_at" doc:"UTC; when the oldest of them was decided, empty without one"`
	Failed   int    `json:"failed" doc:"Could not be made and wait for the admins to decide anew"`
}

// checkTimeout is how long the database may take to answer at all.
const checkTimeout = 2 * time.Second

// ready answers 200, or 503 with the name of the first check that fails. The
// reason goes to the log.
func (p *plugin) ready(e *core.RequestEvent, _ *rest.None) (*Readiness, error) {
	e.Response.Header().Set("Cache-Control", "no-store")
	ctx, cancel := context.WithTimeout(e.Request.Context(), checkTimeout)
	defer cancel()
	r := &Readiness{Status: "ready", Build: p.build(), Warnings: p.warnings(e)}
	for _, check := range []struct {
		name string
		run  func(context.Context, *Readiness) error
	}{
		{"stopping", p.checkStopping}, {"database", p.checkDatabase}, {"migrations", p.checkMigrations},
		{"schema", p.checkSchema}, {"triggers", p.checkTriggers}, {"jobs", p.checkJobs}, {"disk", p.checkDisk},
	} {
		if err := check.run(ctx, r); err != nil {
			return nil, notReady(check.name, err)
		}
	}
	if collections.RequestActor(e).Kind == collections.ByAdmin {
		refunds, err := collections.FindRefunds(e.App)
		if err != nil {
			return nil, err
		}
		r.Refunds = &Refunds{OnTheWay: refunds.OnTheWay, Late: refunds.Late, OldestAt: refunds.OldestAt.String(), Failed: refunds.Failed}
	}
	return r, nil
}

func notReady(check string, cause error) error {
	return &collections.Error{Code: "not_ready", Reason: collections.ReasonUnavailable, Field: check, Err: cause, Text: collections.Text{
		ID: "Belum siap: pemeriksaan " + check + " gagal.", EN: "Not ready: the check " + check + " fails.",
	}}
}

func (p *plugin) checkStopping(context.Context, *Readiness) error {
	if p.stopping.Load() {
		return errors.New("observability: the program is stopping")
	}
	return nil
}

func (p *plugin) checkDatabase(ctx context.Context, _ *Readiness) error {
	var one int
	if err := p.app.ConcurrentDB().NewQuery("SELECT 1").WithContext(ctx).Row(&one); err != nil {
		return fmt.Errorf("observability: database: %w", err)
	}
	return nil
}

// checkMigrations finds steps of this program that the database has not seen: an
// older database behind a newer program.
func (p *plugin) checkMigrations(ctx context.Context, _ *Readiness) error {
	files := []string{}
	if err := p.app.ConcurrentDB().NewQuery(applied).WithContext(ctx).Column(&files); err != nil {
		return fmt.Errorf("observability: migrations: %w", err)
	}
	ran := map[string]bool{}
	for _, f := range files {
		ran[f] = true
	}
	for _, m := range slices.Concat(core.SystemMigrations.Items(), core.AppMigrations.Items()) {
		if !ran[m.File] {
			return fmt.Errorf("observability: migration %s has not run", m.File)
		}
	}
	return nil
}

// schemaAge is for how long a schema that was whole is taken for whole: it takes two
// small queries for each of the tables to see.
const schemaAge = 30 * time.Second

// checkSchema finds what somebody has deleted beside the program.
func (p *plugin) checkSchema(context.Context, *Readiness) error {
	now := collections.Now(p.app).UnixNano()
	if seen := p.schemaSeen.Load(); seen != 0 && now-seen < int64(schemaAge) && now >= seen {
		return nil
	}
	missing, err := collections.Missing(p.app)
	if err != nil {
		return err
	}
	if len(missing) > 0 {
		return fmt.Errorf("observability: the database lacks %s", strings.Join(missing, ", "))
	}
	p.schemaSeen.Store(now)
	return nil
}

// checkTriggers finds append-only tables that somebody has laid open with the SQL
// console.
func (p *plugin) checkTriggers(ctx context.Context, _ *Readiness) error {
	found := []string{}
	if err := p.app.ConcurrentDB().NewQuery(triggers).WithContext(ctx).Column(&found); err != nil {
		return fmt.Errorf("observability: triggers: %w", err)
	}
	for _, kind := range collections.Kinds(p.app) {
		for _, name := range kind.Triggers() {
			if !slices.Contains(found, name) {
				return fmt.Errorf("observability: %s is not append-only: the trigger %s is missing", kind.Name, name)
			}
		}
	}
	return nil
}

func (p *plugin) checkJobs(ctx context.Context, r *Readiness) error {
	age, err := collections.DueFor(ctx, p.app)
	if err != nil {
		return err
	}
	r.OldestDueJob = age.Seconds()
	if age > p.config.MaxJobAge {
		return fmt.Errorf("observability: a job has been due for %s", age)
	}
	return nil
}

func (p *plugin) checkDisk(_ context.Context, r *Readiness) error {
	free, err := freeDisk(p.app.DataDir())
	if errors.Is(err, errors.ErrUnsupported) {
		r.FreeDisk = -1
		return nil
	}
	if err != nil {
		return fmt.Errorf("observability: disk: %w", err)
	}
	r.FreeDisk = int64(free)
	return p.enoughDisk(free)
}

func (p *plugin) enoughDisk(free uint64) error {
	if free < p.config.MinFreeDisk {
		return fmt.Errorf("observability: only %d bytes of disk are free", free)
	}
	return nil
}
