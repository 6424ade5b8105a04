package desk

import (
	"fmt"
	"strings"
	"time"

	"hotline/agentapi"
	"hotline/queues"
	"hotline/queues/simulation"
	"hotline/telephony/words"
)

// staffingOf is an advice as it is told, with its words.
func staffingOf(a simulation.Advice, present *Lineup) agentapi.Staffing {
	s := agentapi.Staffing{
		Now: a.At, Minutes: int(a.Ahead.Minutes()), WatchedS: int(a.Watched.Seconds()), LeftOut: a.LeftOut, Enough: true,
		Queues: []agentapi.StaffingQueue{}, Advice: []agentapi.StaffingAdvice{},
	}
	will := make(map[queues.QueueID]bool)
	for _, q := range a.Queues {
		one := agentapi.StaffingQueue{Queue: q.Queue, Name: present.Queue(q.Queue).Name, Target: target(q.Target),
			ExpectedCalls: q.Calls, Holds: q.Holds, WillHold: q.Will}
		if q.Known {
			one.ExpectedLevel, one.AdvisedLevel = &q.Level, &q.With
		}
		will[q.Queue] = q.Will
		s.Queues = append(s.Queues, one)
	}
	for _, m := range a.More {
		one := agentapi.StaffingAdvice{Queue: m.Queue, Skills: []agentapi.StaffingSkill{}, Agents: m.Agents, Minutes: s.Minutes, Holds: will[m.Queue]}
		for _, n := range m.Skills {
			one.Skills = append(one.Skills, agentapi.StaffingSkill{Skill: n.Skill, Level: n.Level})
		}
		one.Words = wordsOfAdvice(one, present)
		s.Advice = append(s.Advice, one)
	}
	s.Words = wordsOfStaffing(s)
	return s
}

func wordsTooEarly(watched time.Duration) words.Text {
	minutes := int(watched.Minutes())
	return words.Text{
		"en": fmt.Sprintf("Calls have been watched for %d min; who is missing can be said after %d.", minutes, int(watchedLeast.Minutes())),
		"ru": fmt.Sprintf("За звонками наблюдаем %d мин; кого не хватает, можно сказать после %d.", minutes, int(watchedLeast.Minutes())),
	}
}

// agentForms are the noun after a number.
var agentForms = map[string]words.Forms{
	"en": {One: "agent", Many: "agents"},
	"ru": {One: "оператор", Few: "оператора", Many: "операторов"},
}

// wordsOfAdvice is "2 more agents (billing, English)".
func wordsOfAdvice(a agentapi.StaffingAdvice, present *Lineup) words.Text {
	named := func(language string) string {
		var all []string
		for _, s := range a.Skills {
			all = append(all, skillWord(s, present.SkillName(s.Skill)[language]))
		}
		if len(all) == 0 {
			return ""
		}
		return " (" + strings.Join(all, ", ") + ")"
	}
	return words.Text{
		"en": fmt.Sprintf("%d more %s%s", a.Agents, agentForms["en"].In("en", a.Agents), named("en")),
		"ru": fmt.Sprintf("ещё %d %s%s", a.Agents, agentForms["ru"].In("ru", a.Agents), named("ru")),
	}
}

// russianNeeded are the words that stand before and after those who are needed: нужен 1 оператор, с ним; нужен 21 оператор, с ними; нужны 2 оператора.
func russianNeeded(advice []agentapi.StaffingAdvice) (needed, with string) {
	needed, with = "Нужны", "С ними"
	if len(advice) == 1 && agentForms["ru"].In("ru", advice[0].Agents) == agentForms["ru"].One {
		needed = "Нужен"
	}
	if len(advice) == 1 && advice[0].Agents == 1 {
		with = "С ним"
	}
	return needed, with
}

// skillWord is a skill by its name, with its level above the first.
func skillWord(s agentapi.StaffingSkill, name string) string {
	if s.Level > 1 {
		name += fmt.Sprintf(" %d+", s.Level)
	}
	return name
}

// wordsOfStaffing says who is missing, and what that leaves out.
func wordsOfStaffing(s agentapi.Staffing) words.Text {
	words := wordsOfTargets(s)
	if s.LeftOut > 0 {
		words["en"] += fmt.Sprintf(" Left out are calls to queues that are gone: %d.", s.LeftOut)
		words["ru"] += fmt.Sprintf(" Не учтены звонки в очереди, которых больше нет: %d.", s.LeftOut)
	}
	return words
}

// wordsOfTargets says in a sentence who is missing, and where that would not help.
func wordsOfTargets(s agentapi.Staffing) words.Text {
	var helped, beyond []agentapi.StaffingQueue
	for _, q := range s.Queues {
		switch {
		case !q.WillHold:
			beyond = append(beyond, q)
		case !q.Holds:
			helped = append(helped, q)
		}
	}
	if len(helped)+len(beyond) == 0 {
		return words.Text{
			"en": fmt.Sprintf("Every queue will keep its target for the next %d min.", s.Minutes),
			"ru": fmt.Sprintf("Ближайшие %d мин все очереди выдержат норму.", s.Minutes),
		}
	}
	var en, ru []string
	if len(helped) > 0 {
		var more, another []string
		for _, a := range s.Advice {
			more, another = append(more, a.Words["en"]), append(another, a.Words["ru"])
		}
		verb := "hold"
		if len(s.Advice) == 1 && s.Advice[0].Agents == 1 {
			verb = "holds"
		}
		en = append(en, fmt.Sprintf("%s for %d min %s %s.", words.Joined("en", more...), s.Minutes, verb, targetsOf(helped, "en")))
		keep := "выдержит"
		if len(helped) > 1 {
			keep = "выдержат"
		}
		needed, with := russianNeeded(s.Advice)
		ru = append(ru, fmt.Sprintf("%s на %d мин: %s. %s норму %s %s.", needed, s.Minutes, words.Joined("ru", another...), with, keep, targetsOf(helped, "ru")))
	}
	if len(beyond) > 0 {
		en = append(en, fmt.Sprintf("More agents alone will not hold %s.", targetsOf(beyond, "en")))
		ru = append(ru, fmt.Sprintf("Одними людьми норму не выдержать: %s.", targetsOf(beyond, "ru")))
	}
	return words.Text{"en": strings.Join(en, " "), "ru": strings.Join(ru, " ")}
}

// targetsOf names queues, each with its target.
func targetsOf(all []agentapi.StaffingQueue, language string) string {
	form := "%.0[1]f %% in %[2]d s for %[3]s"
	if language == "ru" {
		form = "«%[3]s» (%.0[1]f %% за %[2]d с)"
	}
	var said []string
	for _, q := range all {
		name := q.Name[language]
		if name == "" {
			name = string(q.Queue)
		}
		said = append(said, fmt.Sprintf(form, 100*q.Target.Share, q.Target.WithinS, name))
	}
	return words.Joined(language, said...)
}
