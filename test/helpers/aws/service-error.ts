/** What a service refuses with: its name for it, and a status of HTTP. */
export class ServiceError extends Error {
  readonly code: string
  readonly status: number
  /** Of the EBS direct API. */
  readonly reason: string | undefined

  constructor(code: string, message: string, status = 400, reason?: string) {
    super(message)
    this.code = code
    this.status = status
    this.reason = reason
  }
}
