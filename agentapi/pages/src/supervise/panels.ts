/** What supervisors do: read when the wall of one of them is open, and by nobody else. */
export { default as AgentDialog } from './AgentDialog.svelte'
export { default as AlarmsDialog } from './AlarmsDialog.svelte'
export { default as CallsDialog } from '../wall/CallsDialog.svelte'
export { default as Expiring } from './Expiring.svelte'
export { default as Gatherings } from './Gatherings.svelte'
export { default as Helps } from './Helps.svelte'
export { default as OffPlan } from './OffPlan.svelte'
export { default as OversightStrip } from './OversightStrip.svelte'
export { default as ScreensDialog } from './ScreensDialog.svelte'
export { default as TeamDialog } from './TeamDialog.svelte'

export type Panels = typeof import('./panels.ts')
