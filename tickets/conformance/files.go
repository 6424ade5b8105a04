package conformance

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/iotest"
	"time"

	"hotline/tickets/attachment"
)

// Contents runs what each place for the contents of files must do; open gives an empty one.
func Contents(t *testing.T, open func(*testing.T) attachment.Store) {
	t.Run("ContentComesOutAsItWentIn", func(t *testing.T) { sameContent(t, open(t)) })
	t.Run("SameContentIsKeptOnce", func(t *testing.T) { keptOnce(t, open(t)) })
	t.Run("ContentThatIsNotThereIsDamaged", func(t *testing.T) { notThere(t, open(t)) })
	t.Run("UploadThatBreaksOffLeavesNothing", func(t *testing.T) { brokenOff(t, open(t)) })
	t.Run("SweepDeletesOnlyWhatIsOldAndUsedByNobody", func(t *testing.T) { swept(t, open(t)) })
	t.Run("SweepDoesNotDeleteWhatIsPutAgainMeanwhile", func(t *testing.T) { putAgain(t, open(t)) })
	t.Run("WhatIsDroppedIsGoneUnlessSomebodyElsePutIt", func(t *testing.T) { dropped(t, open(t)) })
	t.Run("ManyPutAtOnce", func(t *testing.T) { atOnce(t, open(t)) })
}

// bytesOf are bytes that do not repeat, from a seed.
func bytesOf(seed uint64, size int) []byte {
	b := make([]byte, size)
	random := rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)})
	_, _ = random.Read(b) // it never fails
	return b
}

func put(t *testing.T, s attachment.Store, content []byte) attachment.Content {
	t.Helper()
	c, err := s.Put(t.Context(), bytes.NewReader(content))
	if err != nil {
		t.Fatalf("put %d bytes: %v", len(content), err)
	}
	return c
}

// got is what a store gives back of a content; nil where it is not there.
func got(t *testing.T, s attachment.Store, sum attachment.Sum) []byte {
	t.Helper()
	r, err := s.Open(t.Context(), sum)
	if errors.Is(err, attachment.ErrDamaged) {
		return nil
	}
	if err != nil {
		t.Fatalf("open %s: %v", sum, err)
	}
	b, err := io.ReadAll(r)
	if err := errors.Join(err, r.Close()); err != nil {
		t.Fatalf("read %s: %v", sum, err)
	}
	return b
}

func sameContent(t *testing.T, s attachment.Store) {
	for _, size := range []int{1, 1000, 256<<10 - 1, 256 << 10, 256<<10 + 1, 3<<20 + 17} {
		content := bytesOf(uint64(size), size)
		c, err := s.Put(t.Context(), iotest.HalfReader(bytes.NewReader(content))) // in pieces, as a network brings it
		if err != nil {
			t.Fatal(err)
		}
		if c.Size != int64(size) || c.Sum != sha256.Sum256(content) {
			t.Errorf("of %d bytes it says %d, sum %s", size, c.Size, c.Sum)
		}
		if b := got(t, s, c.Sum); !bytes.Equal(b, content) {
			t.Errorf("of %d bytes came back %d others", size, len(b))
		}
	}
}

func keptOnce(t *testing.T, s attachment.Store) {
	content := bytesOf(1, 5000)
	first, second := put(t, s, content), put(t, s, content)
	if first.Sum != second.Sum || first.Size != second.Size || first.Since.IsZero() || !second.Since.IsZero() {
		t.Errorf("the same content is %v and %v", first, second)
	}
	swept, err := s.Sweep(t.Context(), time.Now().Add(time.Minute), nobody)
	if err != nil || swept != (attachment.Swept{Contents: 1}) {
		t.Errorf("swept %+v, error %v; expected one content", swept, err)
	}
}

func notThere(t *testing.T, s attachment.Store) {
	if _, err := s.Open(t.Context(), sha256.Sum256([]byte("never put"))); !errors.Is(err, attachment.ErrDamaged) {
		t.Errorf("the error is %v", err)
	}
}

// brokenOff lets uploads end with an error of their reader, at once and after several pieces, and with their context.
func brokenOff(t *testing.T, s attachment.Store) {
	hangUp := errors.New("the browser hung up")
	for _, size := range []int{0, 100, 1 << 20} {
		content := bytesOf(2, size)
		_, err := s.Put(t.Context(), io.MultiReader(bytes.NewReader(content), iotest.ErrReader(hangUp)))
		if !errors.Is(err, hangUp) {
			t.Errorf("after %d bytes the error is %v", size, err)
		}
		if b := got(t, s, sha256.Sum256(content)); b != nil {
			t.Errorf("%d bytes of an upload that broke off are there", len(b))
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	content := bytesOf(3, 1<<20)
	stops := io.MultiReader(bytes.NewReader(content[:len(content)/2]), readerFunc(func(p []byte) (int, error) {
		cancel()
		return copy(p, content), nil
	}))
	if _, err := s.Put(ctx, io.LimitReader(stops, 1<<20)); !errors.Is(err, context.Canceled) {
		t.Errorf("of a cancelled upload the error is %v", err)
	}
	swept, err := s.Sweep(t.Context(), time.Now().Add(time.Minute), nobody)
	if err != nil || swept != (attachment.Swept{}) {
		t.Errorf("something was left to sweep: %+v, error %v", swept, err)
	}
}

func dropped(t *testing.T, s attachment.Store) {
	drop := func(c attachment.Content) {
		t.Helper()
		if err := s.Drop(t.Context(), c); err != nil {
			t.Fatal(err)
		}
	}
	content := []byte("refused")
	first := put(t, s, content)
	drop(first)
	if got(t, s, first.Sum) != nil {
		t.Error("what was dropped is there")
	}
	drop(first) // which is no error
	first, again := put(t, s, content), put(t, s, content)
	drop(first)
	drop(again)
	if !bytes.Equal(got(t, s, first.Sum), content) {
		t.Error("what two have put is gone with one")
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

func swept(t *testing.T, s attachment.Store) {
	var all, used []attachment.Sum
	for i := range 600 { // more than any store asks about at once
		c := put(t, s, fmt.Appendf(nil, "content %d", i))
		all = append(all, c.Sum)
		if i%3 == 0 {
			used = append(used, c.Sum)
		}
	}
	isUsed := func(_ context.Context, asked []attachment.Sum) (still []attachment.Sum, err error) {
		for _, sum := range asked {
			if slices.Contains(used, sum) {
				still = append(still, sum)
			}
		}
		return still, nil
	}
	if swept, err := s.Sweep(t.Context(), time.Now().Add(-time.Minute), isUsed); err != nil || swept.Contents != 0 {
		t.Fatalf("of young contents were swept %+v, error %v", swept, err)
	}
	away := errors.New("the database is away")
	_, err := s.Sweep(t.Context(), time.Now().Add(time.Minute), func(context.Context, []attachment.Sum) ([]attachment.Sum, error) { return nil, away })
	if !errors.Is(err, away) {
		t.Fatalf("without an answer who uses what, the error is %v", err)
	}
	swept, err := s.Sweep(t.Context(), time.Now().Add(time.Minute), isUsed)
	if err != nil || swept.Contents != 400 {
		t.Fatalf("swept %+v, error %v; expected 400", swept, err)
	}
	for i, sum := range all {
		if is := got(t, s, sum) != nil; is != (i%3 == 0) {
			t.Fatalf("content %d is there: %v", i, is)
		}
	}
}

// putAgain puts a content while a sweep, which takes it for old and unused, is on its way to delete it.
func putAgain(t *testing.T, s attachment.Store) {
	content := []byte("put, forgotten, and put again")
	c := put(t, s, content)
	before := time.Now()
	swept, err := s.Sweep(t.Context(), before, func(context.Context, []attachment.Sum) ([]attachment.Sum, error) {
		put(t, s, content)
		return nil, nil
	})
	if err != nil || swept.Contents != 0 {
		t.Errorf("swept %+v, error %v", swept, err)
	}
	if !bytes.Equal(got(t, s, c.Sum), content) {
		t.Error("a content that was put again is gone")
	}
}

func atOnce(t *testing.T, s attachment.Store) {
	content := bytesOf(7, 600<<10)
	var all sync.WaitGroup
	for i := range 16 {
		all.Go(func() {
			if c, err := s.Put(t.Context(), bytes.NewReader(content[:len(content)-i%2])); err != nil || c.Size != int64(len(content)-i%2) {
				t.Errorf("put %d: %+v, error %v", i, c, err)
			}
		})
	}
	all.Wait()
	for _, want := range [][]byte{content, content[:len(content)-1]} {
		if !bytes.Equal(got(t, s, sha256.Sum256(want)), want) {
			t.Error("a content that many put at once is another")
		}
	}
	if swept, err := s.Sweep(t.Context(), time.Now().Add(time.Minute), nobody); err != nil || swept != (attachment.Swept{Contents: 2}) {
		t.Errorf("swept %+v, error %v; expected two contents and nothing broken off", swept, err)
	}
}

func nobody(context.Context, []attachment.Sum) ([]attachment.Sum, error) { return nil, nil }
