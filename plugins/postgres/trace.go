package postgres

import (
	"context"
	"log/slog"
	"strings"
	"time"
)

// trace logs a slow statement in both languages and, for reads and writes, its
// plan. The arguments are left out: they may be personal data.
func (c *conn) trace(query, sql string, values [][]byte, took time.Duration, failed error) {
	attrs := []any{slog.Duration("took", took.Round(time.Microsecond)), slog.String("sqlite", query), slog.String("postgres", sql)}
	if failed != nil {
		attrs = append(attrs, slog.String("error", failed.Error()))
	} else if plan := c.plan(sql, values); plan != "" {
		attrs = append(attrs, slog.String("plan", plan))
	}
	c.schema.store.config.Logger.Warn("slow statement", attrs...)
}

// plan asks on a connection of its own, so that the transaction of this one is
// not touched.
func (c *conn) plan(sql string, values [][]byte) string {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	pg, err := connect(ctx, c.schema.store.pg)
	if err != nil {
		return ""
	}
	defer pg.Close(ctx)
	r := pg.ExecParams(ctx, "EXPLAIN "+sql, values, nil, nil, nil).Read()
	var lines []string
	for _, row := range r.Rows {
		lines = append(lines, string(row[0]))
	}
	return strings.Join(lines, "\n")
}
