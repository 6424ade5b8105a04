/** Any page lets the open desk call a number. There is one desk at most, and it is there while a shift is on and nobody is talked with. */

export type Dial = (number: string, ticket?: string) => Promise<boolean>

class Dialling {
  /** Null where no desk can call now. */
  by = $state.raw<Dial | null>(null)
}

export const dialling = new Dialling()
