package proof

import "hotline/queues"

// SkillsOf are all skills that queues ask for, at first or after a time, each with some level above 0. Whatever is not among them,
// and is needed by no caller, is of no use to an agent.
func SkillsOf(all []queues.Queue) map[queues.Skill]queues.Level {
	asked := make(map[queues.Skill]queues.Level)
	note := func(needs []queues.Need) {
		for _, n := range needs {
			asked[n.Skill] = 1
		}
	}
	for _, q := range all {
		note(q.Skills)
		for _, group := range q.AnyOf {
			note(group)
		}
		for _, step := range q.Relax {
			note(step.Add)
			note(step.Lower)
			for _, skill := range step.Drop {
				asked[skill] = 1
			}
		}
	}
	return asked
}
