// Events that no receiver has taken, as the server tells of them.
const ago = (h) => new Date(Date.now() - h * 3_600_000).toISOString()
const kinds = ['hotline.call.ended', 'hotline.ticket.changed', 'hotline.ticket.opened', 'hotline.call.answered', 'hotline.ticket.closed']
const why = ['the receiver answers 503', 'dial tcp: lookup crm.example.com: no such host', 'the receiver answers 401', 'context deadline exceeded']
const row = (n) => ({
  id: 900 - n, event: `e${n}`, type: kinds[n % 5], ...(n % 4 !== 3 && { ticket: String(100_237 - n) }), time: ago(26 + n), to: n % 3 ? 'crm.example.com#1a2b3c4d' : 'help.example.org#99aa00bb', attempts: 18, failed_at: ago(2 + n), error: why[n % 4],
})
const evil = '\u202E<img src=x onerror=alert(1)>' + 'W'.repeat(3000)
export const dead = { 'GET /hooks/dead': { items: Array.from({ length: 12 }, (_, n) => row(n)), next_before: 880 }, 'POST /hooks/dead/900/retry': row(0) }
export const none = { 'GET /hooks/dead': { items: [] } }
export const hostile = { 'GET /hooks/dead': { items: [{ ...row(0), type: 'hotline.new.kind', to: evil, error: evil }] } }
