/** The English texts of large screens. */
import type { screensRu } from './screens.ru.ts'

export const screensEn: typeof screensRu = {
  title: 'Screens',
  lead: 'Open the address /screen on the television, and type the code that it shows here.',
  code: 'Code on the screen',
  name: 'Name',
  shows: 'What to show',
  all: 'All queues',
  names: 'Agents’ names',
  dark: 'Dark theme',
  language: 'Language',
  let_in: 'Let it in',
  drop: 'Take away',
  none: 'There are no screens.',
  by: (name: string, at: string, where: string) => `let in by ${name}, ${at}, address ${where || '—'}`,
  seen: (s: string) => `connected ${s} ago`,
  not_seen: 'not connected',
  page: 'Screen',
  type_it: 'Type this code on the wall, at “Screens”',
  left: (s: number) => `the code is good for ${s} s`,
  busy: 'Too many codes are asked for. Trying again.',
  away: 'No link to the server',
  old: (s: string) => `Nothing new for ${s}`,
  closed: 'closed',
  state: { free: 'free', talking: 'on calls', wrap_up: 'in wrap-up', away: 'away' },
}
