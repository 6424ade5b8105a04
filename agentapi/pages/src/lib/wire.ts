/** What comes over REST and the stream, as the contract names it. Fields that are absent are treated as empty. */

import type { Language } from './format.ts'

export type Named = Partial<Record<Language, string>>
export type Role = 'agent' | 'department' | 'supervisor' | 'administrator'

export interface Account {
  id: string
  login: string
  name: string
  role: Role
  language: Language
  /** By which tickets know them. */
  person?: string
  /** The agent whose desk this account opens; absent: none. */
  agent?: string
  /** The desk page carries a phone. */
  seat: boolean
  /** A code is asked for at signing in. */
  second_factor?: boolean
  /** The role needs a second factor, and nothing else is possible before it is turned on. */
  second_factor_due?: boolean
}

/** Why an agent may call somebody. */
export interface CallReasons {
  items: Choice[]
  /** One of them is chosen with each call. */
  required: boolean
}

export interface Choice {
  code: string
  name: Named
  /** Seconds after which this reason is longer than usual. */
  longest_s?: number
  /** Of a disposition: it closes the ticket. */
  closes?: boolean
}

export interface SeatPhone {
  uri: string
  user: string
  password: string
  ws: string
}

export interface TicketLine {
  number: string
  subject?: string
  topic?: string
  state?: string
  owner?: string
  owner_name?: string
  owner_kind?: string
  next_at?: string | null
  opened_at?: string
}

export interface Ticket extends TicketLine {
  linked?: 'typed' | 'customer' | 'broken_off' | 'agent' | 'new'
  contacts?: Contact[]
}

export interface Contact {
  /** Of a call: its id. */
  id?: string
  at: string
  outcome: string
  agent?: string
  ticket?: string
}

export interface Customer {
  id?: string
  name: string
  contract?: string
  address?: string
  equipment?: string[] | null
  notes?: string[] | null
  warnings?: string[] | null
  /** Made from the number of an unknown caller; nobody has confirmed who it is. */
  provisional?: boolean
}

export interface Pop {
  call: string
  ticket?: Ticket
  caller: {
    number?: string
    raw_name?: string
    match: 'exact' | 'several' | 'unknown' | 'anonymous'
    customer?: Customer | null
    candidates?: Customer[] | null
  }
  queue?: { id: string; name: Named }
  skill?: string
  language?: Language
  path?: Named[] | null
  waiting_since?: string
  /** Calls of this number in the last 24 h. */
  repeat?: number
  /** The ticket that the caller says the call is about, and that is not known to be theirs. */
  about?: { number: string; subject?: string; topic?: string; state?: string }
  /** Who has the caller, and asks the agent; at is when. */
  asks?: { agent: string; since: string; at: string; note?: string }
  /** Who had the caller before, and sent them on. */
  sender?: { agent: string; since: string; at: string; note?: string }
  open_tickets_count?: number
  open_tickets?: TicketLine[] | null
  contacts?: Contact[] | null
  greeting?: Named
}

/** How a call was routed, decision by decision. */
export interface Story {
  call: string
  items: { at: string; kind: string; words: Named }[] | null
  /** The database does not answer: older decisions are missing. */
  partial: boolean
  /** For supervisors, while the call waits. */
  agents?: { agent: { id: string; name: string }; standing: string; rank?: number; words: Named }[]
  expected_wait?: { low_s: number; high_s: number }
}

/** A call in a supervisor's list. */
export interface Call {
  call: string
  at: string
  queue?: string
  /** At whose phone it rings, or who talked. */
  agent?: { id: string; name: string }
  is_callback?: boolean
  outcome?: string
  /** So often people have led it, who did so last, and to whom. */
  led?: number
  led_by?: string
  led_to?: { id: string; name: string }
}

/** Where a supervisor leads a waiting caller. */
export interface Lead {
  to: 'front' | 'queue' | 'agent'
  queue?: string
  agent?: string
  /** How often it was led, as the list had it. */
  seen?: number
}

export interface Me {
  agent: { id: string; name: string; login: string; language: Language; skills?: Skill[] | null }
  availability: { state: 'ready' | 'not_ready' | 'signed_out'; reason?: string; since: string; next?: string; next_reason?: string; /** The longest that the reason may last. */ until?: string }
  /** Hotline has just started: what was before is not known yet. */
  starting?: boolean
  /** The database is away: what is written comes into the records later. */
  delayed?: boolean
  activity: { state: 'idle' | 'offered' | 'talking' | 'on_hold' | 'consulting' | 'wrap_up'; since: string; deadline?: string }
  phone: { reachable: boolean }
  /** why: why this agent, in words. */
  offer: { id: string; call: string; deadline: string; why?: Named; pop: Pop } | null
  call: {
    id: string
    since: string
    why?: Named
    pop: Pop
    phone_holds?: boolean
    overseers?: Overseer[] | null
    caller_holds?: boolean
    /** The agent calls for a supervisor. */
    help?: Help
    /** The phone, which is this page, is gone from the talk, and is called until it is back. */
    returns?: boolean
    hold_reminded?: string
    ends?: string
    sent_on?: boolean
    /** Who is asked in it, or was lately. */
    asked?: Asked
    /** Who was asked and is in the talk with the caller; to one of them, the others. */
    guests?: Guest[] | null
    /** The agent is asked: it is another's talk. */
    consult?: boolean
    /** state: "failed" should be on; "told" is on once the caller has been told, unless they decline. until: a pause goes on by itself then. on_demand: the agent may start and stop it. */
    recording?: { state?: 'on' | 'told' | 'paused' | 'failed'; until?: string; on_demand?: boolean; declined?: boolean }
  } | null
  /** sent_on: the caller, to somebody else, who says what came of the call. */
  wrap_up: { call: string; ticket: string; until: string; sent_on?: boolean; pop?: Pop } | null
  queues: { id: string; name: Named; waiting: number; longest_since?: string | null }[] | null
  /** What supervisors have said, and is not acknowledged yet. */
  bulletins?: Bulletin[] | null
  recent: { call: string; ticket?: string; name?: string; number?: string; at: string; outcome: string }[] | null
}

/** Who is asked in a talk; talks: the caller is on hold; swapped: they are; alone: the caller has hung up; over: how says why. */
export interface Asked {
  /** As that of a guest: who is invited is let go by it. */
  id: string
  who?: string
  number?: string
  state: 'rings' | 'talks' | 'swapped' | 'alone' | 'over'
  how?: string
  since: string
}

export interface Guest {
  id: string
  who?: string
  number?: string
  since: string
}

/** Where a caller may be sent. */
export interface Targets {
  queues: { id: string; name: Named; extension?: string; department?: { id: string; name: Named }; waiting: number; free: number; shut?: boolean; opens?: string }[] | null
  agents: { id: string; name: string; extension?: string; free: boolean; presence: 'free' | 'talking' | 'wrap_up' | 'away'; departments?: { id: string; name: Named }[] }[] | null
}

/** One of these. */
export type TransferTo = { queue: string } | { agent: string } | { number: string }

/** until: the last day on which they have it, "2027-03-31"; ends: that is near, or over. */
export interface Skill { skill: string; level: number; until?: string; ends?: 'soon' | 'over' }

/** What an agent can do, and by whose order. */
export interface AgentSkills {
  id: string
  name: string
  skills: Skill[]
  configured: Skill[]
  order?: { lasts: 'sign_out' | 'time' | 'good'; until?: string }
  by?: string
  at?: string
  known: string[]
}

export interface SkillOrder {
  skills: Skill[]
  lasts: 'sign_out' | 'time' | 'good'
  until?: string
}

export interface Bulletin {
  id: string
  at: string
  by: string
  kind: string
  text?: string
}

/** A bulletin with who has acknowledged it, and who has not. */
export interface BulletinState extends Bulletin {
  team: string
  seen: { id: string; name: string; at?: string }[]
  unseen: { id: string; name: string }[]
}

export interface Target {
  share: number
  within_s: number
}

export interface QueueFigures {
  id: string
  name: Named
  department?: string
  /** The name of who closed it by hand. */
  closed_by?: string
  waiting: number
  longest_since?: string | null
  service_level: number | null
  target?: Target
  answered: number
  abandoned: number
  short_abandoned: number // of the abandoned
  /** Means of today, in seconds; null: of nobody yet. */
  asa_s?: number | null
  /** Who wait without being on the line. */
  callbacks?: number
  /** The last waits whose range was foretold, and of these how many lay within. */
  foretold?: number
  held?: number
  aht_s?: number | null
  longest_wait_s?: number
  /** A point a minute, of an hour; an event brings the last ones alone. */
  history?: { at: string; waiting: number; service_level?: number | null }[] | null
}

/** An alarm that a rule has raised. Waits are seconds, levels and shares 0..1, all else is counted. */
export interface Alarm {
  id: string
  rule: string
  kind: string
  name?: Named | null
  queue?: string
  department?: string
  urgent: boolean
  sound: 'none' | 'once' | 'repeat'
  since: string
  bound: number
  value: number
  worst: number
  acknowledged_by?: string
  acknowledged_at?: string
  cleared_at?: string
  gone?: boolean
}

export interface AlarmBounds {
  raise: number
  clear: number
  for_s: number
  clear_for_s: number
  off?: boolean
}

export interface AlarmRule extends AlarmBounds {
  id: string
  kind: string
  name?: Named | null
  queue?: string
  department?: string
  each?: boolean
  urgent: boolean
  sound: string
  configured: AlarmBounds
  by?: string
  at?: string
}

/** An agent's call for a supervisor; by is the name of who has come. */
export interface Help {
  since: string
  note?: string
  by?: string
  by_id?: string
}

export type Manner = 'listen' | 'whisper' | 'speak'

/** A supervisor at a call; agent is who talks in it, absent while nobody does. */
export interface Overseer {
  id: string
  name: string
  manner: Manner
  since: string
  call?: string
  agent?: string
}

/** A talk in which an agent asks somebody, or guests are; a colleague among these is known by their id as an agent. */
export interface WallTalk {
  agent: string
  name: string
  call: string
  since: string
  asked?: Asked
  guests?: Guest[]
}

export interface Wall {
  overseers?: Overseer[] | null
  /** Who calls for a supervisor, the longest first. */
  helps?: (Help & { agent: string; name: string; queue?: string; call: string; ticket?: string })[] | null
  /** Those in which somebody is asked, or guests are; agents are not told. */
  talks?: WallTalk[] | null
  /** What the line's own test calls meet; null where they are greeted as they should be. */
  canary?: { state: 'unanswered' | 'not_taken' | 'silent' | 'slow'; since: string } | null
  now: string
  line: {
    calls: number
    tickets: number
    /** When the database last counted calls, tickets and callbacks_due. */
    counted_at?: string | null
    waiting: number
    longest_since?: string | null
    service_level: number | null
    target?: Target
    answered: number
    abandoned: number
    short_abandoned: number // of the abandoned
    ready: number
    /** Could take a call this moment; with talking, wrap_up and away all who are signed in are counted once. */
    free: number
    talking: number
    wrap_up: number
    away: number
    signed_in: number
    callbacks_due: number
    /** What was before a restart could not be read: not all of today is in the numbers. */
    partial?: boolean
  }
  queues: QueueFigures[] | null
  /** Skills that have expired or will soon; agents are not told. */
  expiring?: { id: string; name: string; skill: string; until: string; ends: 'soon' | 'over'; departments?: string[] | null }[] | null
  /** Who is not as planned just now; agents are not told. */
  off?: { id: string; name: string; kind: string; since: string; reason?: string; departments?: string[] | null }[] | null
  /** To which queues and agents belong. */
  departments?: { id: string; name?: Named | null }[] | null
  agents:
    | { id: string; name: string; availability: Me['availability']['state']; reason?: string; activity: Me['activity']['state']; since: string; until?: string; queue?: string; departments?: string[] | null; by_phone?: boolean }[]
    | null
  /** Those that are raised, the most pressing first. */
  alarms?: Alarm[] | null
  staffing?: { holds: boolean; words: Record<string, string> } // who is missing in the next half hour; absent while nothing is known
}

export interface Problem {
  code: string
  title?: string
  detail?: string
  status?: number
  errors?: FieldError[]
  /** Of a call that somebody else has led meanwhile: who. */
  by?: string
  /** Of a queue that is closed: when it opens next. */
  opens?: string
  /** Of a ticket that was changed meanwhile: its version, and what was done to it. */
  version?: number
  since?: { at: string; kind: string; by?: { kind: string; id?: string; name?: string }; patch?: Record<string, [string, string]> | null }[]
}

/** A FieldError says which field of the input broke which rule; code is the rule's stable name. */
export interface FieldError {
  field: string
  rule: string
  code?: string
  most?: number
  /** Of "taken": the customer who has it. */
  of?: string
}

/** A Failure carries the server's problem: pages translate its code. */
export class Failure extends Error {
  constructor(readonly problem: Problem) {
    super(problem.detail ?? problem.title ?? problem.code)
  }
  get code(): string {
    return this.problem.code
  }
}
