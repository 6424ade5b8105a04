/** Numbers, durations and names as people read them. Pure: time comes in as an argument. */

export type Language = 'ru' | 'en'
type Forms = Partial<Record<Intl.LDMLPluralRule, string>> & { other: string }

const rules = { ru: new Intl.PluralRules('ru'), en: new Intl.PluralRules('en') }

/** plural picks the form: 1 звонок, 2 звонка, 5 звонков, 21 звонок. */
export function plural(language: Language, n: number, forms: Forms): string {
  return forms[rules[language].select(n)] ?? forms.other
}

/** duration writes milliseconds as m:ss or h:mm:ss; what is not yet reached reads 0:00. */
export function duration(ms: number): string {
  const s = Math.max(0, Math.floor(ms / 1000))
  const two = (n: number) => String(n).padStart(2, '0')
  const h = Math.floor(s / 3600)
  const rest = `${h ? two(Math.floor((s % 3600) / 60)) : Math.floor(s / 60)}:${two(s % 60)}`
  return h ? `${h}:${rest}` : rest
}

/** countdown is a duration rounded up, so that it shows 0:00 only when nothing is left. */
export function countdown(ms: number): string {
  return duration(Math.ceil(Math.max(0, ms) / 1000) * 1000)
}

/** instant reads an RFC 3339 timestamp; nothing, rubbish and Go's zero time are null. */
export function instant(at: string | null | undefined): number | null {
  if (!at || at.startsWith('0001-01-01')) return null
  const t = Date.parse(at)
  return Number.isNaN(t) ? null : t
}

/** since is the time from a timestamp to now; null where there is no timestamp. */
export function since(at: string | null | undefined, now: number): string | null {
  const t = instant(at)
  return t === null ? null : duration(now - t)
}

const ways = {
  time: { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' },
  day: { day: 'numeric', month: 'short' },
  far: { day: 'numeric', month: 'short', year: 'numeric' },
} as const
const writers = new Map<string, Intl.DateTimeFormat>()

/** writer is made once: a list that is scrolled writes hundreds of dates a second. */
function writer(language: Language, way: keyof typeof ways): Intl.DateTimeFormat {
  const known = writers.get(language + way)
  if (known) return known
  const made = new Intl.DateTimeFormat(language, ways[way])
  writers.set(language + way, made)
  return made
}

/** when writes a moment: the time alone today, else the date besides. */
export function when(at: string | null | undefined, now: number, language: Language): string {
  const t = instant(at)
  if (t === null) return ''
  const date = new Date(t)
  const time = writer(language, 'time').format(date)
  if (date.toDateString() === new Date(now).toDateString()) return time
  const far = Math.abs(now - t) > 300 * 86_400_000
  const day = writer(language, far ? 'far' : 'day').format(date)
  return `${day}, ${time}`
}

/** second writes a moment's time to the second, for what happens within one call. */
export function second(at: string | null | undefined, language: Language): string {
  const t = instant(at)
  return t === null ? '' : new Date(t).toLocaleTimeString(language, { hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' })
}

/** percent writes a share of 0..1 whole, without claiming 100 % before it is reached. */
export function percent(share: number | null | undefined): string | null {
  if (share === null || share === undefined || Number.isNaN(share)) return null
  const whole = share < 1 ? Math.min(99, Math.round(share * 100)) : Math.round(share * 100)
  return `${whole}\u202f%`
}

/**
 * phone groups an E.164 number for reading: the country's code (ITU-T E.164, assigned codes), then threes, as each
 * plan has its own ways. Short and odd numbers stay as they came.
 */
export function phone(number: string | null | undefined): string {
  const n = plain(number, 40)
  const ru = /^\+7(\d{3})(\d{3})(\d{2})(\d{2})$/.exec(n)
  if (ru) return `+7 ${ru[1]} ${ru[2]}-${ru[3]}-${ru[4]}`
  const nanp = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(n)
  if (nanp) return `+1 ${nanp[1]} ${nanp[2]}-${nanp[3]}`
  const other = /^\+(1|7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|\d{3})(\d{6,12})$/.exec(n)
  return other ? `+${other[1]} ${other[2]!.replace(/(\d{3})(?=\d{3})/g, '$1 ')}` : n
}

// Control characters, and the marks that turn the direction of what follows: a caller may send any of them as a name.
const hidden = /[\u0000-\u001f\u007f-\u009f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g

/** plain makes a caller's own text fit for a line: no control or direction marks, at most `max` characters. */
export function plain(text: string | null | undefined, max = 160): string {
  if (!text) return ''
  const letters = Array.from(text.slice(0, max * 8).replace(hidden, ' ').replace(/\s+/g, ' ').trim())
  return letters.length > max ? letters.slice(0, max - 1).join('') + '…' : letters.join('')
}

/** spoken sets the digits of a ticket's number apart in threes from the left: 100 237. */
export function spoken(number: string | null | undefined): string {
  return plain(number, 20).replace(/(\d{3})(?=\d)/g, '$1\u202f')
}

/** plainLines makes somebody's longer text fit to be shown: its lines stay, control and direction marks go. Nothing is cut. */
export function plainLines(text: string | null | undefined): string {
  return (text ?? '').replace(/\r\n?|\u2028|\u2029/g, '\n').split('\n').map((line) => line.replace(hidden, ' ')).join('\n').trim()
}

/** size writes bytes as people read them. */
export function size(bytes: number, units: { b: string; kb: string; mb: string }, language: Language): string {
  const n = (v: number) => v.toLocaleString(language, { maximumFractionDigits: v < 10 ? 1 : 0 })
  if (bytes < 1000) return `${n(bytes)} ${units.b}`
  return bytes < 1_000_000 ? `${n(bytes / 1000)} ${units.kb}` : `${n(bytes / 1_000_000)} ${units.mb}`
}
