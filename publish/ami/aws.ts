import { setMaxListeners } from 'node:events'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { requirePackage } from '../../base/require-package.js'
import { UserError } from '../../base/user-error.js'
import { retry } from '../retry.js'
import { type AwsApi, type AwsApis, ebsApis } from './api.js'
import { AwsFailure } from './failure.js'

/** One account in one region. */
export interface Aws {
  readonly region: string
  /** Calls a service, again and again while it may yet succeed; fails with AwsFailure. */
  call<A extends AwsApi>(api: A, input: AwsApis[A][0]): Promise<AwsApis[A][1]>
  close(): void
}

export interface AwsOptions {
  /** Undefined: as environment and profile say. */
  readonly region: string | undefined
  /** Of both services, in place of Amazon's own. */
  readonly endpoint: string | undefined
  /** Where the SDK is looked for when it is not beside us. */
  readonly cwd: string
  readonly signal: AbortSignal
  readonly pace: Pace
}

/** Milliseconds. */
export interface Pace {
  /** The longest first pause before a second attempt. */
  readonly retry: number
  /** The first pause between two questions whether something is ready. */
  readonly poll: number
  /** How long a service may leave a request unanswered. */
  readonly request: number
  /** How long something may take to be ready. */
  readonly ready: number
}

const attempts = 8

/** The account that the SDK's own chain finds: environment, profile, single sign-on, container, instance. */
export async function connectAws({ region, endpoint, cwd, signal, pace }: AwsOptions): Promise<Aws> {
  const config = {
    ...(region === undefined ? {} : { region }),
    ...(endpoint === undefined ? {} : { endpoint }),
    maxAttempts: 1,
    requestHandler: {
      connectionTimeout: Math.min(pace.request, 10_000),
      requestTimeout: pace.request,
      throwOnRequestTimeout: true,
    },
  }
  setMaxListeners(64, signal) // one a request under way
  const ebs = load('@aws-sdk/client-ebs', cwd)
  const ec2 = load('@aws-sdk/client-ec2', cwd)
  const clients = { ebs: ebs.client('EBSClient', config), ec2: ec2.client('EC2Client', config) }
  const send = (api: AwsApi, input: unknown, abortSignal: AbortSignal | undefined) =>
    ebsApis.includes(api)
      ? clients.ebs.send(ebs.command(api, input), { abortSignal })
      : clients.ec2.send(ec2.command(api, input), { abortSignal })
  return {
    region: region ?? (await regionOf(clients.ec2)),
    call: (api, input) => callWithRetry(api, (abort) => send(api, input, abort), signal, pace.retry),
    close() {
      clients.ebs.destroy()
      clients.ec2.destroy()
    },
  }
}

/** What the user's interruption may not end half done: whether the service has begun something would not be known. */
const finished: readonly AwsApi[] = ['StartSnapshot', 'CompleteSnapshot', 'RegisterImage']
/** What tidies up after an interruption, too. */
const tidying: readonly AwsApi[] = ['DeleteSnapshot', 'DeregisterImage']

async function callWithRetry<A extends AwsApi>(
  api: A,
  send: (signal: AbortSignal | undefined) => Promise<unknown>,
  interruption: AbortSignal,
  pause: number,
): Promise<AwsApis[A][1]> {
  const signal = tidying.includes(api) ? undefined : interruption
  const once = async (attempt: number) => {
    try {
      signal?.throwIfAborted()
      return (await send(finished.includes(api) ? undefined : signal)) as AwsApis[A][1]
    } catch (error) {
      throw new AwsFailure(api, error, attempt)
    }
  }
  const isTransient = (error: unknown) => error instanceof AwsFailure && error.kind === 'transient'
  try {
    return await retry(once, { attempts, pause, signal, isTransient })
  } catch (error) {
    throw error instanceof AwsFailure ? error : new AwsFailure(api, error) // interrupted in a pause
  }
}

interface Client {
  readonly config: { readonly region: () => Promise<string> }
  send(command: unknown, options: { abortSignal: AbortSignal | undefined }): Promise<unknown>
  destroy(): void
}

type Constructors = Readonly<Record<string, new (input: unknown) => unknown>>

interface Sdk {
  client(name: string, config: object): Client
  command(api: string, input: unknown): unknown
}

// An optional peer of this package: it may stand beside it or in the user's own project.
function load(name: string, cwd: string): Sdk {
  const found = tryRequire(requirePackage, name) ?? tryRequire(createRequire(join(cwd, 'package.json')), name)
  if (found === undefined)
    throw new UserError(`${name} is not installed, and publishing to Amazon needs it`, {
      hint: 'npm install @aws-sdk/client-ebs @aws-sdk/client-ec2',
    })
  const make = (exported: string, argument: unknown) => {
    const Constructor = found[exported]
    if (Constructor === undefined) throw new UserError(`${name} is too old: it has no ${exported}`)
    return new Constructor(argument)
  }
  return {
    client: (exported, config) => make(exported, config) as Client,
    command: (api, input) => make(`${api}Command`, input),
  }
}

function tryRequire(require: NodeJS.Require, name: string): Constructors | undefined {
  try {
    return require(name) as Constructors
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'MODULE_NOT_FOUND') return undefined
    throw error
  }
}

async function regionOf(client: Client): Promise<string> {
  try {
    return await client.config.region()
  } catch (cause) {
    throw new UserError('no AWS region is given', {
      hint: 'give one: --region eu-central-1, or AWS_REGION, or a profile that has one',
      cause,
    })
  }
}
