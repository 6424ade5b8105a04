/** What of the desk is read after its first load: the panels of a ticket and a customer, and the work between calls. */
export { default as CallTicket } from './CallTicket.svelte'
export { default as CustomerPanel } from '../customers/CustomerPanel.svelte'
export { default as MyWork } from './MyWork.svelte'
export { default as TicketBeside } from './TicketBeside.svelte'
export { default as TicketRest } from './TicketRest.svelte'

export type Panels = typeof import('./panels.ts')
