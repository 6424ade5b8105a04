import { coded, named, settings } from '../lib/settings.svelte.ts'
import type { Wall } from '../lib/wire.ts'

/** departmentName is a department's, by the wall; of none it is said so. */
export const departmentName = (wall: Wall, id: string): string =>
  id ? named(wall.departments?.find((d) => d.id === id)?.name, coded(settings.t.topics, id)) : settings.t.wall.no_department
