import { expect } from 'chai'
import { packageRoot } from '../../../base/package-root.js'
import { run } from '../../../base/run.js'

// In a process of its own, whose globals it replaces.
async function inWorker(code: string): Promise<unknown> {
  const module = `${packageRoot}/lib/targets/hosts/web-process.js`
  const program = `
    import { installProcess } from '${module}'
    const real = process, written = [], statuses = []
    installProcess({ A: '1' }, (text, stream) => written.push(stream + ':' + text), (status) => statuses.push(status))
    const result = await (async () => { ${code} })()
    real.stdout.write(JSON.stringify({ result, written, statuses }))`
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', program])
  return JSON.parse(stdout)
}

describe('targets/hosts/web-process', () => {
  it('writes text and bytes cut anywhere, and has the environment that it is given', async () => {
    const code = `
      const bytes = new TextEncoder().encode('é\\n')
      process.stdout.write(bytes.subarray(0, 1)); process.stdout.write(bytes.subarray(1))
      process.stderr.write('wrong\\n')
      return [process.env.A, process.argv.length, process.platform]`
    const found = (await inWorker(code)) as { result: unknown; written: string[] }
    expect(found.result).to.deep.equal(['1', 2, 'linux'])
    expect(found.written.join('')).to.equal('out:out:é\nerr:wrong\n')
  })

  it('ends with the status given, or with exitCode', async () => {
    const code = `
      process.exitCode = 3
      for (const status of [undefined, 5]) try { process.exit(status) } catch {}`
    expect(await inWorker(code)).to.deep.include({ statuses: [3, 5] })
  })

  it('calls listeners in order, once where asked', async () => {
    const code = `
      const calls = [], second = (value) => calls.push('second ' + value)
      process.on('x', second).once('x', () => calls.push('once')).prependListener('x', () => calls.push('first'))
      const heard = [process.emit('x', 1), process.listenerCount('x'), process.off('x', second).emit('x', 2)]
      return [calls, heard, process.removeAllListeners('x').emit('x')]`
    const calls = ['first', 'second 1', 'once', 'first']
    expect(await inWorker(code)).to.deep.include({ result: [calls, [true, 2, true], false] })
  })
})
