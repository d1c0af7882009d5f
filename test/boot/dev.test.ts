import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'chai'
import { packageRoot } from '../../base/package-root.js'
import { type Running, start, tryRun } from '../../base/run.js'
import { scratchFolder } from '../helpers/scratch.js'

const unik = join(packageRoot, 'bin/run.js')

for (const target of ['qemu', 'linux'])
  describe(`unik dev -t ${target}`, function () {
    this.timeout(60_000)
    const scratch = scratchFolder()
    let dev: Running
    let said = ''
    const source = () => join(scratch(), 'src/index.ts')
    const save = (answer: string) =>
      writeFileSync(
        source(),
        `import { word } from './word.ts'\nexport default { fetch: () => new Response('${answer} ' + word) }\n`,
      )
    // A connection that is made before the guest listens is lost, and known to be only after seconds.
    const answer = () =>
      fetch(`http://127.0.0.1:${/127\.0\.0\.1:(\d+)/.exec(said)?.[1]}/`, { signal: AbortSignal.timeout(500) })
        .then((response) => response.text())
        .catch(() => '')
    before(async () => {
      mkdirSync(join(scratch(), 'src'))
      writeFileSync(join(scratch(), 'src/word.ts'), "export const word: string = 'word'\n")
      writeFileSync(join(scratch(), 'package.json'), '{ "name": "saved", "type": "module" }')
      save('first')
      dev = await start(process.execPath, [unik, 'dev', '-t', target], { cwd: scratch() })
      for (const stream of [dev.stdout, dev.stderr]) stream.on('data', (data: Buffer) => (said += data))
    })
    after(() => dev?.kill('SIGKILL'))

    it('answers', () => until(async () => (await answer()) === 'first word'))

    it('answers anew after a save, also of a module that the entry imports', async () => {
      save('second')
      await until(async () => (await answer()) === 'second word')
      writeFileSync(join(scratch(), 'src/word.ts'), "export const word = 'and more'\n")
      await until(async () => (await answer()) === 'second and more')
    })

    it('runs on, and says where, while the source does not compile', async () => {
      appendFileSync(source(), 'const = 1\n')
      await until(async () => said.includes('src/index.ts:3:'))
      expect(await answer()).to.equal('second and more')
      save('third')
      await until(async () => (await answer()) === 'third and more')
    })

    it('ends with what it runs', async () => {
      const { pid } = dev
      const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ')
      const guest = children.find((child) => /qemu|saved/.test(readFileSync(`/proc/${child}/comm`, 'utf8')))
      expect(guest, said).to.be.a('string')
      dev.kill('SIGINT')
      expect(await dev.ended).to.include({ exitCode: 0 })
      expect(() => process.kill(Number(guest), 0), said).to.throw('ESRCH')
    })
  })

describe('unik dev', () => {
  const scratch = scratchFolder()

  it('of what is not there is wrong at once', async () => {
    const { exitCode, stderr } = await tryRun(process.execPath, [unik, 'dev', 'nothing.ts'], {
      cwd: scratch(),
    })
    expect(exitCode).to.equal(1)
    expect(stderr).to.include('no such entry: nothing.ts')
  })
})

async function until(condition: () => Promise<boolean>): Promise<void> {
  for (let tries = 0; !(await condition()); tries++) {
    if (tries === 200) throw new Error('it did not come to that in 20 s')
    await pause(100)
  }
}
