import type { talkRu } from './talk.ru.ts'

/** The English texts of the talk: the conference, and call for a supervisor. */
export const talkEn: typeof talkRu = {
  drop: (name: string) => `Let go: ${name}`,
  drop_short: 'Let go',
  invite: 'Invite another',
  leave: 'Leave them together',
  all_go: 'Back to the caller alone',
  also_here: 'Also in the call',
  help: 'Call a supervisor',
  help_back: 'No supervisor is needed',
  help_waits: 'A supervisor is called',
  help_said: 'What it is about (optional)',
  help_say: 'Say it',
  help_here: (name: string) => `A supervisor is with you: ${name}`,
  helps: 'Call for a supervisor',
  calls_for_help: (agent: string) => `${agent} calls for a supervisor`,
  help_come: 'Listen to the call',
  help_at: (name: string) => `${name} is there`,
  ticket: (number: string) => `ticket ${number}`,
}
