import { UserError } from '../../base/user-error.js'
import { type AwsApi, ebsApis } from './api.js'

/**
 * What a failure means for what is half made:
 * transient and expired: the same again can go on from there; gone: the thing asked for is no longer there; refused: it will not be
 * otherwise the next time.
 */
export type FailureKind = 'transient' | 'expired' | 'interrupted' | 'gone' | 'refused'

export class AwsFailure extends UserError {
  readonly kind: FailureKind
  /** The service's name for it. */
  readonly code: string
  /** How often it was tried: of a second attempt the first may have been carried out. */
  readonly attempts: number

  constructor(api: AwsApi, cause: unknown, attempts = 1) {
    const { kind, code } = classify(cause)
    super(message(api, cause, code, attempts), { hint: hint(api, kind, code), cause })
    this.kind = kind
    this.code = code
    this.attempts = attempts
  }
}

/** What was waited for may yet be ready: a later run can wait on. */
export class NotReady extends UserError {}

/** Whether the same command, later, can go on from where this one was. */
export function canGoOn(error: unknown): boolean {
  if (error instanceof AwsFailure) return ['transient', 'expired', 'interrupted'].includes(error.kind)
  return error instanceof NotReady || isInterruption(error)
}

export function isInterruption(error: unknown): boolean {
  return error instanceof AwsFailure ? error.kind === 'interrupted' : (error as Error).name === 'AbortError'
}

/** What the SDK's errors have of what is read here. */
interface SdkError {
  readonly name?: string
  readonly message?: string
  readonly code?: string
  readonly Code?: string
  /** Of the EBS direct API. */
  readonly Reason?: string
  readonly $metadata?: { readonly httpStatusCode?: number; readonly requestId?: string }
}

export function classify(error: unknown): { readonly kind: FailureKind; readonly code: string } {
  const { name = '', code: cause, Reason = '', $metadata } = error as SdkError
  const status = $metadata?.httpStatusCode
  const code = name === '' || name === 'Error' ? (cause ?? 'Error') : name
  if (name === 'AbortError') return { kind: 'interrupted', code }
  if (isExpired(code, error as SdkError)) return { kind: 'expired', code }
  if (status !== undefined && status < 500 && isGone(code, Reason)) return { kind: 'gone', code }
  const transient =
    isThrottling(code) ||
    transientReasons.includes(Reason) ||
    isNetwork(code, cause) ||
    (status !== undefined && (status < 300 || status >= 500 || status === 429 || status === 408))
  return { kind: transient ? 'transient' : 'refused', code }
}

function isGone(code: string, reason: string): boolean {
  if (code === 'ResourceNotFoundException') return reason === '' || reason === 'SNAPSHOT_NOT_FOUND'
  return /^Invalid(Snapshot|AMIID)\.(NotFound|Unavailable)$/.test(code)
}

/** ValidationException says these of a block that is worth a second try. */
const transientReasons = ['WRITE_REQUEST_TIMEOUT', 'CONFLICTING_BLOCK_UPDATE']

function isThrottling(code: string): boolean {
  return /Thrott|^RequestLimitExceeded$|^SlowDown$|^ConcurrentLimitExceeded|TimeTooSkewed|^RequestTimeout/.test(
    code,
  )
}

// No whole answer: what Node.js says of sockets and names, and the SDK of time limits.
function isNetwork(code: string, cause: string | undefined): boolean {
  const network =
    /^(E(CONN\w+|PIPE|TIMEDOUT|HOSTUNREACH|NETUNREACH|AI_AGAIN|NOTFOUND|PROTO)|UND_ERR\w+|TimeoutError)$/
  return network.test(code) || network.test(cause ?? '')
}

function isExpired(code: string, { message = '' }: SdkError): boolean {
  return (
    /^(ExpiredToken(Exception)?|RequestExpired|TokenRefreshRequired)$/.test(code) ||
    /token .*expired/i.test(message)
  )
}

function message(api: AwsApi, cause: unknown, code: string, attempts: number): string {
  const { message: said = '', code: network } = cause as SdkError
  const tried = attempts > 1 ? ` (tried ${attempts} times)` : ''
  if (isNoCredentials(code))
    return isExpired(code, cause as SdkError)
      ? `the AWS credentials have expired: ${said}`
      : 'there are no AWS credentials'
  const why = [code, (cause as SdkError).Reason, network].filter((word) => word !== undefined && word !== '')
  return `${api} failed${tried}: ${[...new Set(why)].join(', ')}${said === '' ? '' : `: ${said}`}`
}

function hint(api: AwsApi, kind: FailureKind, code: string): string | undefined {
  if (isNoCredentials(code))
    return 'log in (aws sso login), choose a profile (AWS_PROFILE=NAME), or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY'
  if (/AccessDenied|UnauthorizedOperation|Unauthorized$/.test(code))
    return `allow the action ${action(api)}; iam-policy.json beside the image has all that is needed`
  if (kind === 'expired') return 'get new credentials (aws sso login), then run the same command again'
  if (/Quota|LimitExceeded/.test(code))
    return 'delete snapshots or images that are no longer used, or ask for a higher quota in the Service Quotas console'
  if (
    /^(AuthFailure|UnrecognizedClient|InvalidClientTokenId|SignatureDoesNotMatch|InvalidSignature)/.test(code)
  )
    return 'the service does not accept these credentials: look at the key, the region and the clock of this machine'
  if (kind === 'transient' && api === 'StartSnapshot')
    return 'run the same command again: a snapshot that was begun all the same is found then, or cancelled by the service after a day'
  if (kind === 'transient') return 'run the same command again'
  return undefined
}

function isNoCredentials(code: string): boolean {
  return code === 'CredentialsProviderError'
}

/** As policies name it. */
function action(api: AwsApi): string {
  return `${ebsApis.includes(api) ? 'ebs' : 'ec2'}:${api}`
}
