package postgres

import (
	"context"
	"time"
)

// finish writes what is left when ctx has ended, for 2 s at most. The first try may meet a connection that died unnoticed.
func finish(ctx context.Context, save func(context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Second)
	defer cancel()
	for {
		err := save(ctx)
		if err == nil {
			return nil
		}
		select {
		case <-time.After(again / 10):
		case <-ctx.Done():
			return err
		}
	}
}
