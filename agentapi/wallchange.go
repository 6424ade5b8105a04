package agentapi

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"hotline/queues"
)

// Filled is the wall with empty lists in place of none, for pages go through them.
func (w Wall) Filled() Wall {
	if w.Queues == nil {
		w.Queues = []WallQueue{}
	}
	if w.Agents == nil {
		w.Agents = []WallAgent{}
	}
	if w.Alarms == nil {
		w.Alarms = []Alarm{}
	}
	if w.Departments == nil {
		w.Departments = []WallDepartment{}
	}
	return w
}

// Changes is what is not as it was before, by its name in JSON: so events bring it to pages that have asked for changes. What is absent is as it
// was, and what is null is no more. Of the line there are the figures that have changed; of queues and agents those that have, under changed_queues and
// changed_agents, or all, under queues and agents, where others are there than before; of the history of a queue the minutes since the first that has changed. news is false
// where nothing has changed but the time (now), and when the database counted (line.counted_at).
func (w Wall) Changes(before Wall) (parts map[string]any, news bool) {
	parts = changedFields(w, before, "now", "line", "queues", "agents")
	if sameIDs(w.Queues, before.Queues, func(q WallQueue) queues.QueueID { return q.ID }) {
		var some []WallQueue
		for i, q := range w.Queues {
			if old := before.Queues[i]; !reflect.DeepEqual(q, old) {
				q.History = changedMinutes(q.History, old.History)
				some = append(some, q)
			}
		}
		if len(some) > 0 {
			parts["changed_queues"] = some
		}
	} else {
		parts["queues"] = w.Queues
	}
	if len(w.Agents) > 0 && len(w.Agents) == len(before.Agents) && &w.Agents[0] == &before.Agents[0] {
		// the very ones
	} else if sameIDs(w.Agents, before.Agents, func(a WallAgent) queues.AgentID { return a.ID }) {
		var some []WallAgent
		for i, a := range w.Agents {
			if !a.same(before.Agents[i]) {
				some = append(some, a)
			}
		}
		if len(some) > 0 {
			parts["changed_agents"] = some
		}
	} else {
		parts["agents"] = w.Agents
	}
	line := changedFields(w.Line, before.Line)
	_, counted := line["counted_at"]
	news = len(parts) > 0 || len(line) > 1 || len(line) == 1 && !counted
	if len(line) > 0 {
		parts["line"] = line
	}
	parts["now"] = w.Now
	return parts, news
}

// With is w with an event's changes over it.
func (w Wall) With(changes json.RawMessage) (Wall, error) {
	var parts, line map[string]json.RawMessage
	var some struct {
		Queues []WallQueue `json:"changed_queues"`
		Agents []WallAgent `json:"changed_agents"`
	}
	known, err := rawFields(w)
	if err != nil {
		return Wall{}, err
	}
	if err := json.Unmarshal(changes, &parts); err != nil {
		return Wall{}, fmt.Errorf("changes of the wall: %w", err)
	}
	if err := json.Unmarshal(changes, &some); err != nil {
		return Wall{}, fmt.Errorf("changes of the wall: %w", err)
	}
	if changed := parts["line"]; changed != nil {
		if line, err = rawFields(w.Line); err == nil {
			err = json.Unmarshal(changed, &line) // a map keeps what does not come
		}
		if err == nil {
			parts["line"], err = json.Marshal(line)
		}
		if err != nil {
			return Wall{}, fmt.Errorf("changes of the wall's line: %w", err)
		}
	}
	for name, raw := range parts {
		known[name] = raw
	}
	text, err := json.Marshal(known)
	if err != nil {
		return Wall{}, err
	}
	var n Wall
	if err := json.Unmarshal(text, &n); err != nil {
		return Wall{}, fmt.Errorf("changes of the wall: %w", err)
	}
	for _, q := range (Wall{Queues: some.Queues}).Onto(w).Queues {
		if i := slices.IndexFunc(n.Queues, func(o WallQueue) bool { return o.ID == q.ID }); i >= 0 {
			n.Queues[i] = q
		}
	}
	for _, a := range some.Agents {
		if i := slices.IndexFunc(n.Agents, func(o WallAgent) bool { return o.ID == a.ID }); i >= 0 {
			n.Agents[i] = a
		}
	}
	return n, nil
}

func rawFields(of any) (fields map[string]json.RawMessage, err error) {
	text, err := json.Marshal(of)
	if err == nil {
		err = json.Unmarshal(text, &fields)
	}
	return fields, err
}

// changedFields are those of a struct that are not as before, by their names in JSON, without some.
func changedFields(now, before any, without ...string) map[string]any {
	n, b := reflect.ValueOf(now), reflect.ValueOf(before)
	fields := map[string]any{}
	for i := range n.NumField() {
		name, _, _ := strings.Cut(n.Type().Field(i).Tag.Get("json"), ",")
		if !slices.Contains(without, name) && !reflect.DeepEqual(n.Field(i).Interface(), b.Field(i).Interface()) {
			fields[name] = n.Field(i).Interface()
		}
	}
	return fields
}

// sameIDs says whether the same are there, in the same order.
func sameIDs[T any, ID comparable](now, before []T, id func(T) ID) bool {
	return slices.EqualFunc(now, before, func(a, b T) bool { return id(a) == id(b) })
}

// changedMinutes are those since the first that is not as before. A minute that is new is the last one, and the oldest goes for it.
func changedMinutes(now, before []WallMinute) []WallMinute {
	known := map[int64]WallMinute{}
	for _, m := range before {
		known[m.At.Unix()] = m
	}
	first := slices.IndexFunc(now, func(m WallMinute) bool { return !reflect.DeepEqual(m, known[m.At.Unix()]) })
	if first < 0 {
		first = len(now)
	}
	return now[first:]
}

// same is for each agent twice a second, and so without reflection.
func (a WallAgent) same(b WallAgent) bool {
	return a.ID == b.ID && a.Name == b.Name && a.Availability == b.Availability && a.Reason == b.Reason && a.Activity == b.Activity && a.Queue == b.Queue &&
		a.Since.Equal(b.Since) && a.Until.Equal(b.Until) && a.ByPhone == b.ByPhone && slices.Equal(a.Departments, b.Departments)
}
