package tables

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"time"
)

// jsonTable is an array of objects, whose keys stand in the order of the columns.
type jsonTable struct {
	w       *bufio.Writer
	columns []Column
	in      *time.Location // for days
	keys    [][]byte
	rows    int
	closed  bool
}

func newJSON(w io.Writer, o Options, columns []Column) (*jsonTable, error) {
	t := &jsonTable{w: bufio.NewWriterSize(w, 32<<10), columns: columns, in: o.Location}
	seen := map[string]bool{}
	for _, c := range columns {
		if c.Key == "" || seen[c.Key] {
			return nil, fmt.Errorf("column %q needs a key of its own", c.Title)
		}
		seen[c.Key] = true
		key, err := json.Marshal(c.Key)
		if err != nil {
			return nil, err
		}
		t.keys = append(t.keys, append(key, ':'))
	}
	return t, t.w.WriteByte('[')
}

func (t *jsonTable) Row(cells ...any) error {
	if t.closed {
		return ErrClosed
	}
	all, err := row(t.columns, cells)
	if err != nil {
		return err
	}
	line := []byte("\n{")
	if t.rows > 0 {
		line = []byte(",\n{")
	}
	for i, v := range all {
		if at, is := v.(time.Time); is {
			v = at.UTC().Format(time.RFC3339Nano)
			if t.columns[i].Kind == Day {
				v = at.In(t.in).Format(time.DateOnly)
			}
		}
		value, err := json.Marshal(v)
		if err != nil {
			return fmt.Errorf("column %s: %w", t.columns[i].Key, err)
		}
		if i > 0 {
			line = append(line, ',')
		}
		line = append(append(line, t.keys[i]...), value...)
	}
	t.rows++
	_, err = t.w.Write(append(line, '}'))
	return err
}

func (t *jsonTable) Close() error {
	if t.closed {
		return nil
	}
	t.closed = true
	_, err := t.w.WriteString("\n]\n")
	return errors.Join(err, t.w.Flush())
}
