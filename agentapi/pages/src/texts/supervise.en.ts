/** The English texts of what supervisors do to callers and agents. */
import type { superviseRu } from './supervise.ru.ts'

export const superviseEn: typeof superviseRu = {
  lead: 'Move',
  to_front: 'To the front of the queue',
  to_queue: 'To another queue',
  to_agent: 'To an agent',
  take: 'Take it myself',
  choose_queue: 'Choose a queue',
  choose_agent: 'Choose an agent',
  free: 'free',
  led_by: (name: string) => `moved by ${name}`,
  led_to: (name: string) => `waits for ${name}`,
  led_meanwhile: (name: string) => `Another supervisor has just moved this call: ${name}. The list is up to date again.`,
}
