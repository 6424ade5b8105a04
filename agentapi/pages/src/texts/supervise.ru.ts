/** The Russian texts of what supervisors do to callers and agents. */
export const superviseRu = {
  lead: 'Переместить',
  to_front: 'В начало очереди',
  to_queue: 'В другую очередь',
  to_agent: 'Оператору',
  take: 'Взять себе',
  choose_queue: 'Выберите очередь',
  choose_agent: 'Выберите оператора',
  free: 'свободен',
  led_by: (name: string) => `перемещение: ${name}`,
  led_to: (name: string) => `ждёт: ${name}`,
  led_meanwhile: (name: string) => `Этот звонок только что переместил другой супервизор: ${name}. Список обновлён.`,
}
