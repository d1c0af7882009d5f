import { expect } from 'chai'
import { AwsFailure, type FailureKind } from '../../../publish/ami/failure.js'

describe('AwsFailure', () => {
  const failure = (error: object) =>
    new AwsFailure('PutSnapshotBlock', Object.assign(new Error('said'), error))
  const http = (httpStatusCode: number) => ({ $metadata: { httpStatusCode } })

  const kinds: readonly [FailureKind, object][] = [
    ['transient', { name: 'RequestThrottledException', ...http(400) }],
    ['transient', { name: 'RequestLimitExceeded', ...http(503) }],
    ['transient', { name: 'InternalServerException', ...http(500) }],
    ['transient', { name: 'ValidationException', Reason: 'CONFLICTING_BLOCK_UPDATE', ...http(400) }],
    ['transient', { code: 'ECONNRESET' }],
    ['transient', { code: 'ECONNRESET', ...http(201) }],
    ['transient', { name: 'TimeoutError' }],
    ['transient', { code: 'EAI_AGAIN' }],
    ['transient', { name: 'SyntaxError', ...http(200) }],
    ['refused', { name: 'ValidationException', Reason: 'INVALID_BLOCK', ...http(400) }],
    ['refused', { name: 'AccessDeniedException', ...http(403) }],
    ['refused', { name: 'ServiceQuotaExceededException', ...http(402) }],
    ['refused', { name: 'CredentialsProviderError' }],
    ['expired', { name: 'ExpiredTokenException', ...http(400) }],
    ['expired', { name: 'RequestExpired', ...http(400) }],
    ['gone', { name: 'ResourceNotFoundException', Reason: 'SNAPSHOT_NOT_FOUND', ...http(404) }],
    ['refused', { name: 'ResourceNotFoundException', Reason: 'GRANT_NOT_FOUND', ...http(404) }],
    ['gone', { name: 'InvalidAMIID.Unavailable', ...http(400) }],
    ['interrupted', { name: 'AbortError' }],
  ]
  for (const [kind, error] of kinds)
    it(`of ${JSON.stringify(error)} is ${kind}`, () => expect(failure(error).kind).to.equal(kind))

  it('names the call, what came back and the action to allow', () => {
    const { message, hint } = failure({
      name: 'AccessDeniedException',
      Reason: 'UNAUTHORIZED_ACCOUNT',
      ...http(403),
    })
    expect(message).to.equal('PutSnapshotBlock failed: AccessDeniedException, UNAUTHORIZED_ACCOUNT: said')
    expect(hint).to.match(/^allow the action ebs:PutSnapshotBlock; iam-policy.json beside the image/)
  })
})
