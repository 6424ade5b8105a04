/** withNames puts the names of skills into a bulletin's list of what an agent can do: "lang:ru 5, support 4". */
export const withNames = (list: string, name: (code: string) => string): string =>
  list.split(', ').map((one) => one.replace(/^.+(?= \d$)/, (code) => name(code))).join(', ')
