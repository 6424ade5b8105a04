package words

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"hotline/queues"
	"hotline/telephony/words"
)

func english(r Record, n Names) string {
	f := r.Facts
	who := n.Agent(r.Agent) + ": "
	queue := func(id queues.QueueID) string { return "“" + n.Queue(id, "en") + "”" }
	rule := ""
	if f.Because > 0 {
		rule = fmt.Sprintf(" (rule %d)", f.Because)
	}
	after := " after " + englishTime(f.WaitedMS) + rule
	if f.By != "" {
		after += ", by " + n.Person(f.By)
	}
	switch r.Kind {
	case WasOffered:
		return who + englishWhy(f, n)
	case WasAnswered:
		return who + "answered after " + englishTime(f.WaitedMS) + " of waiting"
	case WasMissed:
		return who + "no answer in " + englishTime(f.RangMS)
	case WasDeclined:
		if f.Failure != "" {
			return who + failureIn("en", f.Failure)
		}
		return who + "declined the call"
	case WasRevoked:
		return who + "withdrawn, for the caller or the desk was gone"
	case HasFailed:
		return who + failureIn("en", f.Failure)
	case WasDropped:
		return who + "the phone answered and let go at once; the caller keeps the place in line"
	case WasTaken:
		return who + "is there, and the caller is dialled"
	case WasMoved:
		return "From the queue " + queue(r.Queue) + " to the queue " + queue(f.ToQueue) + after
	case WasPutFirst:
		return "To the front of the queue " + queue(r.Queue) + after
	case WasLed:
		return who + "the call was given to this agent" + after
	case CallbackWasOffered:
		return "A callback was offered to the caller" + after
	case CallbackWaiting:
		switch {
		case f.Tried > 0:
			return fmt.Sprintf("Callback: %d tried in vain, the next in %s", f.Tried, englishTime(f.AgainMS))
		case f.AgainMS > 0:
			return "The caller waits for a callback and keeps the place in line; called in " + englishTime(f.AgainMS) + " at the earliest"
		}
		return "The caller waits for a callback and keeps the place in line"
	case WasAbandoned:
		switch {
		case f.Callback:
			return "The callback is no longer wanted"
		case f.Short:
			return "The caller hung up after " + englishTime(f.WaitedMS) + ", too soon to count"
		}
		return "The caller hung up after " + englishTime(f.WaitedMS)
	case WasOverflowed:
		closed := ""
		if f.By != "" {
			closed = ", as the queue was closed"
		}
		number := "to an outside number"
		if f.ToNumber != "" {
			number = "to the number " + f.ToNumber
		}
		return "Sent " + map[queues.DestinationKind]string{
			queues.ToVoicemail: "to voicemail", queues.ToNumber: number, queues.ToMessage: "away with a message", queues.ToQueue: "to another queue", queues.ToCallback: "to a callback", queues.ToFront: "to the front of the queue", queues.ToAgent: "to an agent",
		}[f.To] + closed + after
	case WasCalledBack:
		if r.Agent == "" {
			return "Called back"
		}
		return who + "called back"
	case WasNotReached:
		return "The caller could not be reached, and no tries are left"
	case HasCalledIn:
		return "The caller called in before the callback, and kept the place in line"
	case WasLost:
		return "The call broke off through a fault of ours after " + englishTime(f.WaitedMS) + ", and there is no number to call back"
	case HasRegained:
		return "The place in line of the caller's earlier call was kept"
	case CallsBack:
		return who + "calls back who asked for it"
	case WasHeld:
		return "The caller is on hold"
	case WasResumed:
		return "The caller is taken back from hold"
	case TalkIsOver:
		return "The talk is over"
	default: // kept by another version of the program
		return who + string(r.Kind)
	}
}

func englishWhy(f Facts, n Names) string {
	var b strings.Builder
	of := fmt.Sprintf(" of %d who could take it", f.Candidates)
	switch f.Rule {
	case queues.OnlyCandidate:
		others := f.Excluded+f.Busy+f.NotReady > 0
		b.WriteString(map[bool]string{true: "nobody else is free", false: "nobody else could take it"}[others])
	case queues.LongestIdle:
		b.WriteString("idle for longest (" + englishTime(f.IdleMS) + ")" + of)
	case queues.MostSkilled:
		b.WriteString("most skilled" + of)
	case queues.LeastOccupied:
		b.WriteString("least at work in the last hour" + of)
	case queues.SpareSpecialist:
		b.WriteString("fewest skills for other calls" + of + ", and the others are spared for those")
	case queues.Preferred:
		b.WriteString("works with this customer already (their ticket, or their last talk)")
	case queues.Led:
		b.WriteString("a supervisor gave it to this agent")
		if f.By != "" {
			b.WriteString(" (" + n.Person(f.By) + ")")
		}
		return b.String()
	case queues.Consulted:
		b.WriteString("a colleague asks them in the midst of a talk")
	case queues.AllDeclined:
		b.WriteString("everybody who could take it declined or missed it, and the choice began anew")
	default: // kept by another version of the program
		b.WriteString(string(f.Rule))
	}
	if f.RunnerUp != "" {
		b.WriteString(", then " + n.Agent(f.RunnerUp))
	}
	if len(f.Declined) > 0 {
		b.WriteString("; declined or missed it before, or sent the caller here: " + listed(f.Declined, n))
	}
	if f.Failing > 0 && f.Failing < f.Candidates {
		fmt.Fprintf(&b, "; %d with a failing phone put behind", f.Failing)
	}
	b.WriteString(others(f, n, "%d busy", "%d not ready", "%d without the skills"))
	switch {
	case f.Relaxed > 0 && f.Early:
		fmt.Fprintf(&b, "; nobody signed in could serve it as it stood, so less was asked for (step %d)", f.Relaxed)
	case f.Relaxed > 0:
		fmt.Fprintf(&b, "; after %s of waiting less was asked for (step %d)", englishTime(cmp.Or(f.RelaxedMS, f.WaitedMS)), f.Relaxed)
	}
	return b.String()
}

func englishStanding(c queues.Consideration, n Names) string {
	switch c.Standing {
	case queues.HasIt:
		return "rings there now"
	case queues.LacksSkills:
		return "lacks skills: " + lacking(c, n, "en", "one of ", " (expired)")
	case queues.Away:
		if c.Reason == "" {
			return "not ready"
		}
		return "not ready (" + reasonIn("en", c.Reason) + ")"
	case queues.Unreachable:
		return "the phone cannot be reached"
	case queues.DeskGone:
		return "the page is closed, and is awaited for a moment"
	case queues.Occupied:
		switch c.Activity {
		case queues.Ringing:
			return "another call rings there"
		case queues.Talking:
			return "talks with another caller"
		case queues.OnHold:
			return "has another caller on hold"
		case queues.Consulting:
			return "consults a colleague"
		case queues.WrapUp:
			return "wraps up the call before"
		default:
			panic("words: occupied by " + c.Activity)
		}
	case queues.HasDeclined:
		return "declined or missed this call, or sent the caller here: others are asked first, or it is offered again in a moment"
	case queues.NotPreferred:
		return "the call waits for somebody whom the caller knows, for a while"
	case queues.NotLedTo:
		return "the call was given to somebody else, and waits for that agent for a while"
	case queues.KeptFree:
		return "kept free for other calls"
	case queues.Free:
		return fmt.Sprintf("free, number %d to be asked", c.Rank)
	default:
		panic("words: unknown standing " + c.Standing)
	}
}

func englishTime(ms int64) string { return words.About("en", time.Duration(ms)*time.Millisecond) }

func listed(agents []queues.AgentID, n Names) string {
	names := make([]string, len(agents))
	for i, a := range agents {
		names[i] = n.Agent(a)
	}
	return strings.Join(names, ", ")
}

// lacking lists skills, with their levels where these matter, and says which the agent had until they expired.
func lacking(c queues.Consideration, n Names, language, oneOf, expired string) string {
	needed := func(need queues.Need) string {
		text := n.Skill(need.Skill, language)
		if need.Level > 1 {
			text += fmt.Sprintf(" ≥ %d", need.Level)
		}
		if _, had := c.Expired[need.Skill]; had {
			text += expired
		}
		return text
	}
	var all []string
	for _, need := range c.Lacks {
		all = append(all, needed(need))
	}
	for _, group := range c.LacksAny {
		var any []string
		for _, need := range group {
			any = append(any, needed(need))
		}
		all = append(all, oneOf+strings.Join(any, " / "))
	}
	return strings.Join(all, ", ")
}

// reasonWords are the reasons' names; a configuration's own are shown as they are.
var reasonWords = map[queues.Reason]map[string]string{
	queues.Break:                {"ru": "перерыв", "en": "break"},
	queues.Lunch:                {"ru": "обед", "en": "lunch"},
	queues.Training:             {"ru": "обучение", "en": "training"},
	queues.Meeting:              {"ru": "совещание", "en": "meeting"},
	queues.BackOffice:           {"ru": "работа с заявками", "en": "back office"},
	queues.Technical:            {"ru": "техническая причина", "en": "technical"},
	queues.MissedCall:           {"ru": "пропущен звонок", "en": "missed call"},
	queues.ConnectionLost:       {"ru": "потеряна связь", "en": "connection lost"},
	queues.PhoneLost:            {"ru": "телефон пропал в разговоре", "en": "phone was lost in a call"},
	queues.PhoneWasNotReachable: {"ru": "телефон был недоступен", "en": "phone was unreachable"},
	queues.PhoneWasBusy:         {"ru": "телефон был занят", "en": "phone was busy"},
	queues.PhoneWasFailing:      {"ru": "телефон неисправен", "en": "phone fails"},
	queues.PhoneForwarded:       {"ru": "на телефоне включена переадресация", "en": "phone forwards its calls"},
	queues.PhoneDeclined:        {"ru": "телефон сам отклоняет звонки", "en": "phone declines by itself"},
}

// failureWords say what was wrong with a phone. Of an offer that was kept by an earlier version it is not known.
var failureWords = map[queues.Failure]map[string]string{
	queues.PhoneUnreachable: {"ru": "телефон недоступен", "en": "the phone could not be reached"},
	queues.PhoneBusy:        {"ru": "телефон занят", "en": "the phone was busy"},
	queues.PhoneCongested:   {"ru": "станция не смогла набрать телефон", "en": "the switch could not dial the phone"},
	queues.PhoneFailing:     {"ru": "телефон неисправен", "en": "the phone failed"},
	queues.PhoneForwards:    {"ru": "телефон переадресует звонки", "en": "the phone forwards its calls"},
	queues.PhoneDeclines:    {"ru": "телефон сам отклонил звонок", "en": "the phone declined by itself"},
}

func failureIn(language string, f queues.Failure) string {
	if name, known := failureWords[f][language]; known {
		return name
	}
	return failureWords[queues.PhoneUnreachable][language]
}

func reasonIn(language string, r queues.Reason) string {
	if name, known := reasonWords[r][language]; known {
		return name
	}
	return string(r)
}
