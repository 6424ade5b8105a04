/** Language and theme: chosen in the top bar, remembered in this browser. */

import { when, type Language } from './format.ts'
import { kept } from './kept.ts'
import type { FieldError, Named, Problem, TicketLine } from './wire.ts'
import { en } from '../texts/en.ts'
import { ru, type Texts } from '../texts/ru.ts'

export type Theme = 'system' | 'light' | 'dark'

const texts: Record<Language, Texts> = { ru, en }

function firstLanguage(): Language {
  const chosen = kept.get('language')
  if (chosen === 'ru' || chosen === 'en') return chosen
  const first = navigator.languages.find((l) => /^(ru|en)\b/i.test(l))
  return first?.toLowerCase().startsWith('ru') ? 'ru' : 'en'
}

function firstTheme(): Theme {
  const chosen = kept.get('theme')
  return chosen === 'light' || chosen === 'dark' ? chosen : 'system'
}

let language = $state<Language>(firstLanguage())
let theme = $state<Theme>(firstTheme())
show()

function show(): void {
  document.documentElement.lang = language
  if (theme === 'system') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme
}

export const settings = {
  get language(): Language {
    return language
  },
  set language(l: Language) {
    language = l
    kept.set('language', l)
    show()
  },
  /** suggest takes an account's language where nobody has chosen one in this browser. */
  suggest(l: Language): void {
    if (kept.get('language') || (l !== 'ru' && l !== 'en')) return
    language = l
    show()
  },
  get theme(): Theme {
    return theme
  },
  set theme(t: Theme) {
    theme = t
    kept.set('theme', t === 'system' ? null : t)
    show()
  },
  get t(): Texts {
    return texts[language]
  },
}

/** named picks a name in the page's language, else in any. */
export function named(name: Named | undefined | null, fallback = ''): string {
  return name?.[language] || name?.en || name?.ru || fallback
}

/** problemText is what a failure says to a person. */
export function problemText(e: unknown): string {
  const problems = settings.t.problems
  const code = (e as { code?: string })?.code ?? 'unknown'
  const fields = ((e as { problem?: Problem })?.problem?.errors ?? []).map(fieldText).filter(Boolean)
  if (code === 'invalid' && fields.length) return fields.join('. ') + '.'
  const opens = (e as { problem?: Problem })?.problem?.opens
  if (code === 'queue_closed' && opens) return settings.t.transfer.closed_until(when(opens, Date.now(), settings.language))
  if (code === 'not_at_this_hour' && opens) return settings.t.transfer.called_from(when(opens, Date.now(), settings.language))
  return problems[code] ?? problems.unknown ?? code
}

/** fieldText says what is wrong with a field; '' where this page has no words for the field or the rule. */
function fieldText(f: FieldError): string {
  const field = (settings.t.fields as Record<string, string>)[f.field]
  const rule = (settings.t.field_rules as Record<string, string | ((most: number) => string)>)[f.code ?? '']
  if (!field || !rule) return ''
  return `${field}: ${typeof rule === 'function' ? rule(f.most ?? 0) : rule}`
}

/** coded says a code of the wire in words; one that this page has not learnt yet is shown as it is. */
export function coded(words: Record<string, string>, code: string | null | undefined): string {
  return code ? (Object.hasOwn(words, code) ? words[code]! : code.replaceAll('_', ' ')) : ''
}

/** skill says a skill in words; that of a language is "lang:en". */
export function skill(code: string): string {
  const spoken = /^lang:(.+)$/.exec(code)?.[1]
  return spoken ? `${settings.t.pop.language}: ${coded(settings.t.pop.languages, spoken)}` : coded(settings.t.topics, code)
}

/** owner says whose a ticket is: a person's name where it is known, or a department. */
export function owner(ticket: TicketLine): string {
  return ticket.owner_name || coded(settings.t.topics, ticket.owner)
}
