/** Тексты разговора: вызов супервизора. */
export const talkRu = {
  help: 'Позвать супервизора',
  help_back: 'Отменить вызов',
  help_waits: 'Супервизор позван',
  help_said: 'О чём, одной фразой (можно не писать)',
  help_say: 'Сообщить',
  help_here: (name: string) => `С вами супервизор: ${name}`,
  helps: 'Зовут супервизора',
  calls_for_help: (agent: string) => `${agent} зовёт супервизора`,
  help_come: 'Слушать звонок',
  help_at: (name: string) => `${name} уже слушает`,
  ticket: (number: string) => `заявка ${number}`,
}
