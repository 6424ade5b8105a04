package spool

import (
	"bytes"
	"os"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/sys/unix"
)

var (
	appended  = prometheus.NewDesc("hotline_facts_total", "Facts about calls and tickets that were written down.", nil, nil)
	pending   = prometheus.NewDesc("hotline_facts_pending", "Facts that wait for the database, on disk or in memory.", nil, nil)
	unwritten = prometheus.NewDesc("hotline_facts_unwritten", "Facts in memory only, because the disk has not taken them yet.", nil, nil)
	oldest    = prometheus.NewDesc("hotline_facts_oldest_pending_seconds", "Age of the oldest fact that waits for the database; 0 where none does.", nil, nil)
	slow      = prometheus.NewDesc("hotline_facts_slow_total", "Facts for which a call did not wait until the disk had them.", nil, nil)
	refused   = prometheus.NewDesc("hotline_spool_write_failures_total", "Writes that the spool's disk refused, and that were tried again.", nil, nil)
	kept      = prometheus.NewDesc("hotline_facts_set_aside_kept", "Facts in set-aside.jsonl, which wait for an operator.", nil, nil)
	free      = prometheus.NewDesc("hotline_spool_disk_free_bytes", "What the spool's disk has free for Hotline.", nil, nil)
	size      = prometheus.NewDesc("hotline_spool_disk_size_bytes", "What the spool's disk holds in all.", nil, nil)
)

// Describe implements prometheus.Collector.
func (s *Spool) Describe(ch chan<- *prometheus.Desc) { prometheus.DescribeByCollect(s, ch) }

// Collect implements prometheus.Collector. It waits for no disk: a file system answers what it has free from memory.
func (s *Spool) Collect(ch chan<- prometheus.Metric) {
	n := s.Stats()
	counter := func(d *prometheus.Desc, v int64) {
		ch <- prometheus.MustNewConstMetric(d, prometheus.CounterValue, float64(v))
	}
	gauge := func(d *prometheus.Desc, v float64) { ch <- prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v) }
	counter(appended, n.Appended)
	counter(slow, n.Slow)
	counter(refused, n.Failed)
	gauge(pending, float64(n.Waiting))
	gauge(unwritten, float64(n.Queued))
	age := 0.0
	if !n.Since.IsZero() {
		age = max(0, time.Since(n.Since).Seconds())
	}
	gauge(oldest, age)
	if lines, err := s.Aside(); err == nil {
		gauge(kept, float64(lines))
	}
	if disk, err := s.Disk(); err == nil {
		gauge(free, float64(disk.Free))
		gauge(size, float64(disk.Size))
	}
}

// Disk is the room on a disk, in bytes.
type Disk struct{ Free, Size uint64 }

// Disk tells of the disk on which the spool is.
func (s *Spool) Disk() (Disk, error) {
	var fs unix.Statfs_t
	if err := unix.Statfs(s.o.Dir, &fs); err != nil {
		return Disk{}, err
	}
	return Disk{Free: fs.Bavail * uint64(fs.Bsize), Size: fs.Blocks * uint64(fs.Bsize)}, nil
}

// Aside counts the facts in AsideFile. They are counted anew only where the file has changed in length.
func (s *Spool) Aside() (int, error) {
	s.asideCount.Lock()
	defer s.asideCount.Unlock()
	is, err := os.Stat(s.AsideFile())
	switch {
	case os.IsNotExist(err):
		return 0, nil
	case err != nil:
		return 0, err
	case is.Size() == s.asideSize:
		return s.asideLines, nil
	}
	text, err := os.ReadFile(s.AsideFile())
	if err != nil {
		return 0, err
	}
	s.asideSize, s.asideLines = is.Size(), bytes.Count(text, []byte{'\n'})
	return s.asideLines, nil
}
