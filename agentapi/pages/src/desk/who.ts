import { phone, plain } from '../lib/format.ts'
import type { Pop } from '../lib/wire.ts'
import type { Texts } from '../texts/ru.ts'

/** whoCalls is the pop's title: a name only where the number proves it; a caller's own words never stand as a name. */
export function whoCalls(pop: Pop, t: Texts): string {
  const { match, customer, candidates, number } = pop.caller
  if (match === 'exact' && customer?.name) return plain(customer.name)
  if (match === 'several' && candidates?.length) return t.pop.several_caller(candidates.length)
  if (match === 'anonymous') return t.pop.anonymous_caller
  return phone(number) || t.pop.unknown_caller
}
