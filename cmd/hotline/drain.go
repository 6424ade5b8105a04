package main

import (
	"context"
	"net/http"
	"time"
)

// How long stopping waits for what, at most.
const (
	drainTime = 5 * time.Second // pages and requests have it to end
	flushTime = 3 * time.Second // facts have it to reach the database; the rest waits on disk
)

// drain tells the pages, and gives the facts a moment to reach the database.
func (s *service) drain(server *http.Server) {
	ctx, cancel := context.WithTimeout(context.Background(), drainTime)
	defer cancel()
	go func() { _ = s.api.Drain(ctx) }()
	if err := server.Shutdown(ctx); err != nil {
		_ = server.Close()
	}
	_ = s.api.Drain(ctx)
	flush, cancel := context.WithTimeout(context.Background(), flushTime)
	defer cancel()
	if err := s.register.Flush(flush); err != nil {
		s.log.Info("some facts wait in the spool for the next start", "err", err)
	}
}

func (s *service) close() {
	if s.listener != nil {
		_ = s.listener.Close()
	}
	if s.scraped != nil {
		_ = s.scraped.Close()
	}
	if s.charge != nil {
		s.charge.close()
	}
	if s.spool != nil {
		if err := s.spool.Close(); err != nil {
			s.log.Error("the spool cannot be closed", "err", err)
		}
	}
	if s.contents != nil {
		if err := s.contents.Close(); err != nil {
			s.log.Error("the folder of files cannot be closed", "err", err)
		}
	}
	if s.vault != nil {
		if err := s.vault.Close(); err != nil {
			s.log.Error("the folder of recordings cannot be closed", "err", err)
		}
	}
	if s.db != nil {
		s.db.Close()
	}
}
