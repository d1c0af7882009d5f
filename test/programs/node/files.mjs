import { deepEqual, equal, ok, rejects } from 'node:assert/strict'
import { createReadStream, createWriteStream, existsSync, openSync, readSync, watch } from 'node:fs'
import fs from 'node:fs/promises'
import { join } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { createGunzip, createGzip } from 'node:zlib'

const folder = await fs.mkdtemp('/tmp/files-')
const at = (...names) => join(folder, ...names)

export default {
  async 'promises: write, read, append, truncate, stat'() {
    await fs.writeFile(at('a'), 'hello')
    await fs.appendFile(at('a'), ' world')
    equal(await fs.readFile(at('a'), 'utf8'), 'hello world')
    await fs.truncate(at('a'), 5)
    const stat = await fs.stat(at('a'), { bigint: true })
    equal(stat.size, 5n)
    ok(stat.isFile() && stat.mtimeNs > 1_600_000_000_000_000_000n && stat.birthtimeNs <= stat.ctimeNs)
    await fs.chmod(at('a'), 0o640)
    await fs.utimes(at('a'), 1000, 2000.5)
    const changed = await fs.stat(at('a'))
    deepEqual([changed.mode & 0o777, changed.atimeMs, changed.mtimeMs], [0o640, 1_000_000, 2_000_500])
  },

  async 'folders: mkdir, readdir, rename, cp, rm'() {
    await fs.mkdir(at('d/e/f'), { recursive: true })
    for (const name of ['one', 'two', 'three']) await fs.writeFile(at('d/e', name), name)
    const entries = await fs.readdir(at('d'), { recursive: true, withFileTypes: true })
    deepEqual(entries.map((entry) => entry.name).sort(), ['e', 'f', 'one', 'three', 'two'])
    await fs.rename(at('d/e/one'), at('d/e/f/one'))
    await fs.cp(at('d'), at('copy'), { recursive: true })
    equal(await fs.readFile(at('copy/e/f/one'), 'utf8'), 'one')
    await fs.symlink('e/two', at('d/link'))
    equal(await fs.realpath(at('d/link')), at('d/e/two'))
    equal(await fs.readlink(at('d/link')), 'e/two')
    await fs.link(at('d/e/two'), at('d/hard'))
    equal((await fs.stat(at('d/hard'))).nlink, 2)
    await fs.rm(at('d'), { recursive: true })
    ok(!existsSync(at('d')))
  },

  async 'errors carry their codes'() {
    await rejects(fs.readFile(at('none')), { code: 'ENOENT', syscall: 'open' })
    await rejects(fs.rmdir(`${folder}/copy`), { code: 'ENOTEMPTY' })
    await rejects(fs.mkdir(folder), { code: 'EEXIST' })
    await rejects(fs.readFile(folder), { code: 'EISDIR' })
  },

  async 'streams: 8 MiB through gzip and back'() {
    const handle = await fs.open(at('big'), 'w')
    const block = Buffer.alloc(1 << 20)
    for (let n = 0; n < 8; n++) await handle.write(block.fill(n + 1))
    await handle.sync()
    await handle.close()
    await pipeline(createReadStream(at('big')), createGzip({ level: 1 }), createWriteStream(at('big.gz')))
    await pipeline(createReadStream(at('big.gz')), createGunzip(), createWriteStream(at('again')))
    const [before, after] = [await fs.readFile(at('big')), await fs.readFile(at('again'))]
    ok(before.equals(after))
    ok((await fs.stat(at('big.gz'))).size < 100_000)
  },

  async 'watch tells of a new, a changed and a removed file'() {
    await fs.mkdir(at('watched'))
    const seen = []
    const watcher = watch(at('watched'), (event, name) => seen.push(`${event} ${name}`))
    await fs.writeFile(at('watched/new'), 'x')
    await until(() => seen.includes('rename new') && seen.includes('change new'))
    seen.length = 0
    await fs.rm(at('watched/new'))
    await until(() => seen.includes('rename new'))
    watcher.close()
  },

  async 'promises.watch, opendir, statfs, FileHandle.readLines'() {
    const controller = new AbortController()
    const events = fs.watch(folder, { signal: controller.signal })
    const first = events.next()
    await fs.writeFile(at('lines'), 'one\ntwo\nthree')
    equal((await first).value.filename, 'lines')
    controller.abort()
    const lines = []
    const handle = await fs.open(at('lines'))
    for await (const line of handle.readLines()) lines.push(line)
    deepEqual(lines, ['one', 'two', 'three'])
    const names = []
    for await (const entry of await fs.opendir(folder)) names.push(entry.name)
    ok(names.includes('lines'))
    const space = await fs.statfs(folder)
    ok(space.bsize > 0 && space.blocks > 0)
  },

  async 'many reads and writes at once, on the thread pool'() {
    const names = Array.from({ length: 200 }, (_, n) => at(`many-${n}`))
    await Promise.all(names.map((name, n) => fs.writeFile(name, `content ${n}`)))
    const texts = await Promise.all(names.map((name) => fs.readFile(name, 'utf8')))
    texts.forEach((text, n) => {
      equal(text, `content ${n}`)
    })
    await Promise.all(names.map((name) => fs.unlink(name)))
  },

  async 'devices and /proc'() {
    equal((await fs.readFile('/dev/null')).length, 0)
    const random = Buffer.alloc(64)
    equal(readSync(openSync('/dev/urandom'), random), 64)
    ok(random.some((byte) => byte !== 0))
    equal(await fs.readlink('/proc/self/exe'), process.execPath)
    ok((await fs.readFile('/proc/self/status', 'utf8')).includes('VmRSS:'))
    ok((await fs.readdir('/proc/self/fd')).length > 3)
  },
}

async function until(condition) {
  while (!condition()) await new Promise((resolve) => setTimeout(resolve, 10))
}
