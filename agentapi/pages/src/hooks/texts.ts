/** The texts of the page Webhooks, which come with it. */

const ru = {
  title: 'Вебхуки',
  rule: 'События, которые программа-получатель не приняла за сутки. Сами они больше не отправляются. Отправленное ещё раз попадёт к получателю через несколько секунд или вернётся в этот список.',
  none: 'Все события приняты получателями.',
  columns: { at: 'Произошло', event: 'Событие', ticket: 'Заявка', to: 'Получатель', attempts: 'Попыток', failed: 'Последняя', error: 'Почему не принято', act: 'Действие' },
  types: { 'call.arrived': 'звонок поступил', 'call.answered': 'звонок принят оператором', 'call.ended': 'звонок закончился', 'alarm.raised': 'поднята тревога', 'alarm.acknowledged': 'тревогой занялись', 'alarm.cleared': 'тревога снята', 'ticket.opened': 'заявка открыта', 'ticket.changed': 'заявка изменилась', 'ticket.closed': 'заявка закрыта', 'ticket.reopened': 'заявка открыта снова' } as Record<string, string>,
  why: { 'the receiver answers': 'получатель отвечает', 'no such host': 'нет такого узла', 'connection refused': 'соединение отвергнуто', 'context deadline exceeded': 'получатель не ответил вовремя', 'not sent, for the receiver is away': 'не отправлено: получатель недоступен' } as Record<string, string>,
  again: 'Отправить ещё раз',
  again_of: (what: string, to: string) => `Отправить ещё раз: ${what}, получатель ${to}`,
  all_again: 'Отправить все показанные',
  sent: (n: number) => `Отправляется снова: ${n}`,
  more: 'Показать ещё',
  read_again: 'Обновить',
}

const en: typeof ru = {
  title: 'Webhooks',
  rule: 'Events that the receiving program has not taken for a day. They are not sent by themselves any more. What is sent again comes to the receiver within seconds, or back into this list.',
  none: 'All events were taken by their receivers.',
  columns: { at: 'Happened', event: 'Event', ticket: 'Ticket', to: 'Receiver', attempts: 'Tries', failed: 'Last one', error: 'Why not taken', act: 'Action' },
  types: { 'call.arrived': 'a call came', 'call.answered': 'an agent answered a call', 'call.ended': 'a call ended', 'alarm.raised': 'an alarm was raised', 'alarm.acknowledged': 'somebody sees to an alarm', 'alarm.cleared': 'an alarm is over', 'ticket.opened': 'a ticket was opened', 'ticket.changed': 'a ticket has changed', 'ticket.closed': 'a ticket was closed', 'ticket.reopened': 'a ticket was opened again' },
  why: {},
  again: 'Send again',
  again_of: (what, to) => `Send again: ${what}, to ${to}`,
  all_again: 'Send all that are shown',
  sent: (n) => `Being sent again: ${n}`,
  more: 'Show more',
  read_again: 'Refresh',
}

export const texts = { ru, en }
