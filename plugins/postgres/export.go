package postgres

import (
	"context"
	"errors"
)

func (c *conn) export(ctx context.Context, path string) error {
	return errors.New("not yet")
}
