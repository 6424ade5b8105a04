package queues

import (
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"testing"
	"time"
)

// counterExample makes a day on which router and scan differ as short as it gets, prints it, and writes it to a
// folder where one is asked for.
func counterExample(t testing.TB, name string, c Config, told []moment) {
	t.Helper()
	s := shortest(c, told)
	text, differs := s.play()
	t.Errorf("%s: router and scan differ:\n%s\n%s", name, text, differs)
	if *counterExamples == "" {
		return
	}
	file := filepath.Join(*counterExamples, name+".txt")
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Error(err)
	}
}

// shortest leaves out of a failing day all without which it fails still: events, queues, and what these say.
func shortest(c Config, told []moment) *transcript {
	s := &transcript{why: []string{"Found by chance."}, start: told[0].at.Truncate(time.Minute), config: c, told: withNames(c, told)}
	fails := func(s *transcript) bool { _, differs := s.play(); return differs != "" }
	if !fails(s) {
		return s // by what the names of the offers hide
	}
	for before := -1; before != len(s.told); {
		before = len(s.told)
		for chunk := len(s.told); chunk > 0; chunk /= 2 {
			for at := 0; at+chunk <= len(s.told); {
				less := *s
				less.told = slices.Delete(slices.Clone(s.told), at, at+chunk)
				if fails(&less) {
					s = &less
				} else {
					at += chunk
				}
			}
		}
	}
	for i := len(s.config.Queues) - 1; i >= 0; i-- {
		less := *s
		less.config.Queues = slices.Delete(slices.Clone(s.config.Queues), i, i+1)
		if valid(less.config) && fails(&less) {
			s = &less
		}
	}
	bare(s, reflect.ValueOf(&s.config).Elem(), fails)
	for i := range s.told {
		m := &s.told[i]
		was := *m
		if m.at = was.at.Truncate(time.Second); !fails(s) {
			m.at = was.at
		}
		if m.e = (Tick{}); fails(s) {
			continue
		}
		e := reflect.New(reflect.TypeOf(was.e)).Elem()
		e.Set(reflect.ValueOf(was.e))
		m.e = was.e
		bare(s, e, func(s *transcript) bool {
			m.e = e.Interface().(Event)
			return fails(s)
		})
		m.e = e.Interface().(Event)
	}
	return s
}

func valid(c Config) bool {
	_, err := New(c)
	return err == nil
}

// bare empties all fields within a value, in place, without which the day fails still.
func bare(s *transcript, v reflect.Value, fails func(*transcript) bool) {
	if v.Kind() != reflect.Struct && v.Kind() != reflect.Slice || v.Type() == reflect.TypeFor[time.Time]() {
		return
	}
	if v.Kind() == reflect.Slice {
		for i := v.Len() - 1; i >= 0; i-- {
			was := reflect.AppendSlice(reflect.MakeSlice(v.Type(), 0, v.Len()), v)
			v.Set(reflect.AppendSlice(reflect.AppendSlice(reflect.MakeSlice(v.Type(), 0, v.Len()), was.Slice(0, i)), was.Slice(i+1, was.Len())))
			if !valid(s.config) || !fails(s) {
				v.Set(was)
				bare(s, v.Index(i), fails)
			}
		}
		return
	}
	for i := range v.NumField() {
		f := v.Field(i)
		if f.IsZero() || v.Type().Field(i).Name == "ID" || v.Type().Field(i).Name == "Epoch" {
			continue
		}
		was := reflect.New(f.Type()).Elem()
		was.Set(f)
		f.SetZero()
		if valid(s.config) && fails(s) {
			continue
		}
		f.Set(was)
		if f.Kind() == reflect.Slice { // not the one that others hold too
			f.Set(reflect.AppendSlice(reflect.MakeSlice(f.Type(), 0, f.Len()), was))
		}
		bare(s, f, fails)
	}
}

// withNames calls the offers in events by their names.
func withNames(c Config, told []moment) []moment {
	d, offers := newDuel(c), &offerNames{}
	named := make([]moment, 0, len(told))
	for _, m := range told {
		named = append(named, moment{m.at, offers.named(m.e, offers.name)})
		decided, differs := d.safely(m)
		if differs != "" {
			break
		}
		for _, x := range decided {
			if o, is := x.(*Offered); is {
				offers.made(o.Offer)
			}
		}
	}
	return named
}
