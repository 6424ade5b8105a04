package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/gorilla/websocket"

	"hotline/agentapi"
)

// quietPages are the many pages beside those of the agents who take calls: desks of agents who are away, and walls. They read what comes, answer pings, and do no more, so that thousands
// of them leave the machine to others. What comes is counted.
type quietPages struct {
	at      string // where the pages are
	browser http.Client
	writing sync.Pool
	reading sync.Pool

	mu      sync.Mutex
	told    quietTold
	figures [][]time.Time // when events with figures came to desks, by their place among those of the same desk; since told was begun
	began   int           // how often told was begun
	failed  error
}

// quietOrder says how many pages there are to be from now on; none asks what has come since it was asked last, and to look is to ask, and to be told of it again.
type quietOrder struct {
	Desks, Walls int
	Look         bool
}

// quietTold is what has come.
type quietTold struct {
	WallFrames, WallBytes, LargestOfWall int
	Others                               int             // events of desks, but for those with figures
	Figures                              int             // events with figures
	Uneven                               int             // of these came to some desks, and not to all
	Spread                               []time.Duration // of each: from the first desk that it came to, to every desk
}

// quietPage is one of them; its reader's only.
type quietPage struct {
	ws    *websocket.Conn
	wall  bool
	began int // of quietPages.began, as the reader has seen it
	place int // of the next event with figures since then
}

func newQuietPages(at string) *quietPages {
	q := &quietPages{at: at, browser: http.Client{Timeout: time.Minute, Transport: &http.Transport{MaxIdleConnsPerHost: 8}}}
	q.reading.New = func() any { return new(bytes.Buffer) }
	return q
}

// open brings in some desks and walls.
func (q *quietPages) open(desks, walls []phoneOfDesk) error {
	var coming sync.WaitGroup
	var mu sync.Mutex
	var failed error
	room := make(chan struct{}, 8)
	for i, who := range append(desks[:len(desks):len(desks)], walls...) {
		room <- struct{}{}
		coming.Go(func() {
			err := q.come(who, i >= len(desks))
			<-room
			mu.Lock()
			defer mu.Unlock()
			failed = errors.Join(failed, err)
		})
	}
	coming.Wait()
	return failed
}

// come signs somebody in, and returns when their page shows what there is, and an agent is away.
func (q *quietPages) come(who phoneOfDesk, wall bool) error {
	said, _ := json.Marshal(map[string]string{"login": who.Login, "password": who.Password})
	response, err := q.browser.Post(q.at+"/api/v1/session", "application/json", bytes.NewReader(said))
	if err != nil {
		return err
	}
	_, _ = io.Copy(io.Discard, response.Body)
	_ = response.Body.Close()
	if response.StatusCode/100 != 2 {
		return fmt.Errorf("%s cannot sign in: %s", who.Login, response.Status)
	}
	header := http.Header{}
	for _, c := range response.Cookies() {
		header.Add("Cookie", c.Name+"="+c.Value)
	}
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	dialler := websocket.Dialer{Subprotocols: []string{agentapi.Subprotocol}, ReadBufferSize: 512, WriteBufferSize: 512, WriteBufferPool: &q.writing}
	ws, _, err := dialler.DialContext(ctx, "ws"+strings.TrimPrefix(q.at, "http")+"/api/v1/stream", header)
	if err != nil {
		return fmt.Errorf("%s has no stream: %w", who.Login, err)
	}
	asks, until := []string{`{"t":"subscribe","id":"1","topics":["me"]}`, `{"t":"cmd","id":"2","name":"agent.not_ready","data":{"reason":"lunch"}}`}, `{"t":"ack","id":"2","ok":true`
	if wall {
		asks, until = []string{`{"t":"subscribe","id":"1","topics":["wall"],"changes":true}`}, `{"t":"snapshot"`
	}
	for _, text := range asks {
		if err := ws.WriteMessage(websocket.TextMessage, []byte(text)); err != nil {
			return err
		}
	}
	_ = ws.SetReadDeadline(time.Now().Add(time.Minute))
	for {
		_, b, err := ws.ReadMessage()
		if err != nil {
			return fmt.Errorf("%s: %w", who.Login, err)
		}
		if bytes.HasPrefix(b, []byte(`{"t":"ack"`)) && !bytes.HasPrefix(b, []byte(until)) {
			return fmt.Errorf("%s is refused: %s", who.Login, b)
		}
		if bytes.HasPrefix(b, []byte(until)) {
			break
		}
	}
	_ = ws.SetReadDeadline(time.Time{})
	go q.stay(&quietPage{ws: ws, wall: wall}, who)
	return nil
}

// stay reads to the end, which should not come before this process's.
func (q *quietPages) stay(p *quietPage, who phoneOfDesk) {
	err := q.read(p)
	q.mu.Lock()
	defer q.mu.Unlock()
	q.failed = errors.Join(q.failed, fmt.Errorf("the page of %s has ended: %w", who.Login, err))
}

func (q *quietPages) read(p *quietPage) error {
	for {
		_, r, err := p.ws.NextReader()
		if err != nil {
			return err
		}
		b := q.reading.Get().(*bytes.Buffer)
		b.Reset()
		if _, err := b.ReadFrom(r); err != nil {
			return err
		}
		if bytes.HasPrefix(b.Bytes(), []byte(`{"t":"ping"`)) {
			if err := p.ws.WriteMessage(websocket.TextMessage, []byte(`{"t":"pong"}`)); err != nil {
				return err
			}
		} else {
			q.hears(p, b.Bytes(), time.Now())
		}
		q.reading.Put(b)
	}
}

func (q *quietPages) hears(p *quietPage, frame []byte, at time.Time) {
	if !bytes.HasPrefix(frame, []byte(`{"t":"event"`)) {
		return
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	head := frame[:min(len(frame), 200)]
	switch {
	case p.wall:
		q.told.WallFrames++
		q.told.WallBytes += len(frame)
		q.told.LargestOfWall = max(q.told.LargestOfWall, len(frame))
	case !bytes.Contains(head, []byte(`"type":"queue.changed"`)):
		q.told.Others++
	default:
		if p.began != q.began {
			p.began, p.place = q.began, 0
		}
		if p.place == len(q.figures) {
			q.figures = append(q.figures, nil)
		}
		q.figures[p.place] = append(q.figures[p.place], at)
		p.place++
	}
}

// tell tells what has come to all of so many desks, and begins anew, or goes on.
func (q *quietPages) tell(desks int, on bool) (quietTold, error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	told := q.told
	for _, all := range q.figures {
		told.Figures++
		if len(all) != desks {
			told.Uneven++
		}
		first := all[0]
		for _, at := range all {
			if at.Before(first) {
				first = at
			}
		}
		for _, at := range all {
			told.Spread = append(told.Spread, at.Sub(first))
		}
	}
	if !on {
		q.told, q.figures = quietTold{}, nil
		q.began++
	}
	return told, q.failed
}
