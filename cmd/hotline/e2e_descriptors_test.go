package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"hotline/agentapi/client"
	"hotline/cmd/hotline/config"
	"hotline/queues"
)

// TestIdleConnectionsTakeNoFilesFromCallsAndRecords: where few files may be open, more connections than that come from twenty addresses, ask nothing, and
// come again where they are closed. Meanwhile people sign in, a call is served, and its ticket is in the database.
func TestIdleConnectionsTakeNoFilesFromCallsAndRecords(t *testing.T) {
	t.Parallel()
	const files, flood, addresses = 400, 600, 20
	s := raise(t, stageOptions{people: []config.Person{person("anna", "101"), person("boris", "102")}, elsewhere: true})
	s.files = files
	p := s.spawn()
	anna := s.agentAt(p.pages, s.config.People[0]).ready()

	defer s.floods(p.pages, flood, addresses)()
	for _, login := range []string{"boris", "anna"} {
		s.eventually(login+" signs in", func() error { // in the flood a connection of theirs may be among those that are closed
			_, err := client.SignIn(t.Context(), p.pages, login, s.person(queues.AgentID(login)).Password.Text())
			return err
		})
	}
	customer := s.calls("+79160011001")
	s.chooses(customer, "3")
	s.hangsUp(anna.answers())
	s.gone(customer)
	anna.finish("resolved")
	s.eventually("the call is in the records", func() error {
		var n int
		if err := s.query(`select count(*) from contacts where outcome = 'served' and ticket <> '' and note <> ''`, &n); err != nil || n != 1 {
			return errors.Join(err, fmt.Errorf("%d are", n))
		}
		return nil
	})
	open, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", p.cmd.Process.Pid))
	s.must(err)
	t.Logf("%d of %d files are open", len(open), files)
	if len(open) < files/3 || len(open) > files*3/4 {
		t.Errorf("%d of %d files are open: the flood takes none, or too many", len(open), files)
	}
	if text := p.text(); strings.Contains(text, "too many open files") {
		t.Error("files ran out")
	}
	p.end()
}

// floods has so many connections come to the pages from so many addresses, ask nothing, and come again where they are closed. It returns when all have come once;
// the function ends it.
func (s *stage) floods(pages string, flood, addresses int) (ends func()) {
	stop := make(chan struct{})
	var all sync.WaitGroup
	come := make(chan struct{}, flood)
	for i := range flood {
		all.Go(func() {
			from := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 1, byte(1+i%addresses))}, Timeout: atOnce}
			for first := true; ; first = false {
				c, err := from.Dial("tcp", strings.TrimPrefix(pages, "http://"))
				if first {
					come <- struct{}{}
				}
				if err != nil {
					return
				}
				gone := make(chan struct{})
				go func() { _, _ = io.Copy(io.Discard, c); close(gone) }()
				select {
				case <-gone:
				case <-stop:
				}
				_ = c.Close()
				<-gone
				select {
				case <-stop:
					return
				case <-time.After(time.Second): // a flood that comes at once again would be about the processor
				}
			}
		})
	}
	for range flood {
		<-come
	}
	return func() {
		close(stop)
		all.Wait()
	}
}
