/** What an alarm is called, and how its values are read. */

import { duration, percent } from '../lib/format.ts'
import { coded, named, settings } from '../lib/settings.svelte.ts'
import type { Alarm, AlarmRule, Wall } from '../lib/wire.ts'
import { departmentName } from './departments.ts'

/** alarmTitle is a rule's name, or what it looks at. */
export const alarmTitle = (a: Pick<Alarm, 'kind' | 'name'>) => named(a.name, coded(settings.t.alarms.kinds, a.kind))

/** alarmOf is what it is about. */
export function alarmOf(a: Pick<Alarm, 'queue' | 'department'> & Pick<Partial<AlarmRule>, 'each'>, wall: Pick<Wall, 'queues' | 'departments'>): string {
  if (a.queue) return named(wall.queues?.find((q) => q.id === a.queue)?.name, a.queue)
  if (a.department) return departmentName(wall as Wall, a.department)
  return a.each ? settings.t.alarms.each : settings.t.alarms.line
}

/** alarmValue is a value as people read it; "" where it is only yes or no. */
export function alarmValue(kind: string, value: number): string {
  if (kind === 'longest_wait') return duration(value * 1000)
  if (kind === 'service_level' || kind === 'abandoned') return percent(value) ?? ''
  return kind === 'recordings_failing' ? '' : String(value)
}
