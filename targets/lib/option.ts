/**
 * A value that the user may set, as a declaration: what is read of `unik.config.ts` and of flags is checked against it, and editors
 * and docs/config.md show it.
 */
export type Option = TextOption | ChoiceOption | IntegerOption | SwitchOption | ListOption | MapOption

/** A target's own options, by name. */
export type Options = Readonly<Record<string, Option>>

interface Described {
  /** One phrase, for editors and docs/config.md. */
  readonly summary: string
}

/** One line. */
export interface TextOption extends Described, Form {
  readonly type: 'text'
  readonly default?: string
}

export interface ChoiceOption extends Described {
  readonly type: 'choice'
  readonly values: readonly string[]
  readonly default: string
}

export interface IntegerOption extends Described {
  readonly type: 'integer'
  readonly minimum: number
  readonly maximum: number
  readonly default?: number
}

export interface SwitchOption extends Described {
  readonly type: 'boolean'
  readonly default: boolean
}

/** Lines. */
export interface ListOption extends Described, Form {
  readonly type: 'list'
}

/** Lines by name. */
export interface MapOption extends Described {
  readonly type: 'map'
  readonly names?: Required<Form>
  readonly values?: Required<Form>
}

/** What a line must match, and how to say so: `must be …`. */
export interface Form {
  readonly pattern?: RegExp
  readonly form?: string
}

/** Every option of a target with its value, given or default. */
export type OptionValues<O extends Options> = { readonly [Name in keyof O]: OptionValue<O[Name]> }

export type OptionValue<O extends Option> = O extends { type: 'choice'; values: readonly (infer V)[] }
  ? V
  : O extends { type: 'list' }
    ? readonly string[]
    : O extends { type: 'map' }
      ? Readonly<Record<string, string>>
      : Scalar<O> | (O extends { default: unknown } ? never : undefined)

type Scalar<O extends Option> = O extends { type: 'integer' }
  ? number
  : O extends { type: 'boolean' }
    ? boolean
    : string
