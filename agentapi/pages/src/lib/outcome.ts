/** What the work during a call comes to in the wrap-up: nothing that was set is set again. Pure. */

/** Standing is who has a ticket, how far it has come, and when it is looked at next. */
export interface Standing {
  phase: string
  owner?: string
  owner_kind?: string
  next_at?: string | null
  /** The ticket in which it goes on, where it was merged. */
  merged_into?: string
}

export const standing = (t: Standing): Standing => ({ phase: t.phase, owner: t.owner ?? '', owner_kind: t.owner_kind ?? '', next_at: t.next_at ?? null })

const theirs = (t: Standing, me: string) => t.owner_kind === 'department' || (t.owner_kind === 'person' && t.owner !== me)
const answered = (t: Standing) => t.phase === 'solved' || t.phase === 'closed'

/** outcomeOf is the outcome that follows from what was done with the ticket since the agent saw it first; '' where that is for them to say. */
export function outcomeOf(was: Standing | undefined, is: Standing | undefined, me: string): '' | 'resolved' | 'handed_over' | 'follow_up' {
  if (!was || !is || is.merged_into) return '' // what was done with another ticket is not for this one to say
  if (answered(is)) return answered(was) ? '' : 'resolved'
  if (theirs(is, me)) return is.owner === was.owner && is.owner_kind === was.owner_kind ? '' : 'handed_over'
  if (is.phase === 'waiting' && was.phase !== 'waiting') return 'follow_up'
  return is.next_at && was.next_at !== is.next_at ? 'follow_up' : ''
}

/** staysAs says whether the ticket is to stay with whom it was given, for an outcome that leaves it open. */
export function staysAs(is: Standing | undefined, outcome: string, department: string, me: string): boolean {
  if (!is || answered(is) || is.phase === 'new') return false
  return outcome === 'handed_over' ? theirs(is, me) && (!department || department === is.owner) : outcome === 'follow_up' && !theirs(is, me)
}


/** movedOn says whether others have done something with a ticket since it was seen. One that was never seen has moved on where anybody has begun. */
export function movedOn(seen: Standing | undefined, is: Standing): boolean {
  return Boolean(is.merged_into) || (seen ? !alike(seen, standing(is)) : is.phase !== 'new')
}

export const alike = (one: Standing | undefined, other: Standing): boolean => (['phase', 'owner', 'owner_kind', 'next_at'] as const).every((k) => one?.[k] === other[k])
