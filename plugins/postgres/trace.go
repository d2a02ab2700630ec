package postgres

import (
	"context"
	"log/slog"
	"strings"
	"time"
)

// trace logs a slow statement in both languages and, for reads and writes, its
// plan. The arguments are left out: they may be personal data.
func (c *conn) trace(query, sql string, arguments int, took time.Duration, failed error) {
	attrs := []any{slog.Duration("took", took.Round(time.Microsecond)), slog.String("sqlite", query), slog.String("postgres", sql)}
	if failed != nil {
		attrs = append(attrs, slog.String("error", failed.Error()))
	} else if plan := c.plan(sql, arguments); plan != "" {
		attrs = append(attrs, slog.String("plan", plan))
	}
	c.schema.store.config.Logger.Warn("slow statement", attrs...)
}

// plan asks on a connection of its own, so that the transaction of this one is
// not touched, and for the plan that fits all arguments: it does not show them.
func (c *conn) plan(sql string, arguments int) string {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	pg, err := connect(ctx, c.schema.store.direct)
	if err != nil {
		return ""
	}
	defer pg.Close(ctx)
	if script(ctx, pg, "SET plan_cache_mode = force_generic_plan; PREPARE traced AS "+sql) != nil {
		return ""
	}
	nulls := ""
	if arguments > 0 {
		nulls = "(NULL" + strings.Repeat(", NULL", arguments-1) + ")"
	}
	r := pg.ExecParams(ctx, "EXPLAIN EXECUTE traced"+nulls, nil, nil, nil, nil).Read()
	var lines []string
	for _, row := range r.Rows {
		lines = append(lines, string(row[0]))
	}
	return strings.Join(lines, "\n")
}
