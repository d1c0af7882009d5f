import { deepEqual, equal, notEqual, ok } from 'node:assert/strict'
import crypto from 'node:crypto'
import { promisify } from 'node:util'
import {
  isMainThread,
  MessageChannel,
  parentPort,
  receiveMessageOnPort,
  Worker,
  workerData,
} from 'node:worker_threads'
import zlib from 'node:zlib'

if (!isMainThread) work()

export default {
  async 'crypto: hashes, HMAC, ciphers'() {
    equal(crypto.createHash('sha256').update('abc').digest('hex').slice(0, 16), 'ba7816bf8f01cfea')
    equal(
      crypto.createHmac('sha1', 'key').update('abc').digest('hex'),
      '4fd0b215276ef12f2b3e4c8ecac2811498b656fc',
    )
    const [key, iv] = [crypto.randomBytes(32), crypto.randomBytes(12)]
    const cipher = crypto.createCipheriv('aes-256-gcm', key, iv)
    const sealed = Buffer.concat([cipher.update('secret'), cipher.final()])
    const decipher = crypto.createDecipheriv('aes-256-gcm', key, iv).setAuthTag(cipher.getAuthTag())
    equal(decipher.update(sealed, undefined, 'utf8') + decipher.final('utf8'), 'secret')
  },

  async 'crypto on the thread pool: pbkdf2, scrypt, randomBytes, keys'() {
    const pbkdf2 = promisify(crypto.pbkdf2)
    const keys = await Promise.all(
      [1, 2, 3, 4, 5, 6].map((n) => pbkdf2('password', `salt ${n}`, 1000, 32, 'sha256')),
    )
    equal(new Set(keys.map((key) => key.toString('hex'))).size, 6)
    const key = await promisify(crypto.scrypt)('', '', 64, { N: 16, r: 1, p: 1 })
    equal(key.toString('hex').slice(0, 16), '77d6576238657b20') // RFC 7914, 12
    const bytes = await promisify(crypto.randomBytes)(64)
    notEqual(bytes.toString('hex'), crypto.randomBytes(64).toString('hex'))
    notEqual(crypto.randomUUID(), crypto.randomUUID())
    const pair = await promisify(crypto.generateKeyPair)('ec', { namedCurve: 'prime256v1' })
    const signature = crypto.sign('sha256', Buffer.from('text'), pair.privateKey)
    ok(crypto.verify('sha256', Buffer.from('text'), pair.publicKey, signature))
    const digest = await crypto.subtle.digest('SHA-256', Buffer.from('abc'))
    equal(Buffer.from(digest).toString('hex').slice(0, 8), 'ba7816bf')
  },

  async 'zlib: gzip, deflate, brotli'() {
    const text = Buffer.from('all work and no play '.repeat(5000))
    for (const [pack, unpack] of [
      [zlib.gzip, zlib.gunzip],
      [zlib.deflateRaw, zlib.inflateRaw],
      [zlib.brotliCompress, zlib.brotliDecompress],
    ]) {
      const packed = await promisify(pack)(text)
      ok(packed.length < 2000)
      ok((await promisify(unpack)(packed)).equals(text))
    }
  },

  async 'worker_threads: four at once, messages, transfer, shared memory, Atomics'() {
    const shared = new SharedArrayBuffer(8)
    const counts = new Int32Array(shared)
    const workers = [1, 2, 3, 4].map(
      (n) => new Worker(new URL(import.meta.url), { workerData: { n, shared } }),
    )
    const answers = workers.map(answer)
    const codes = workers.map((worker) => new Promise((resolve) => worker.once('exit', resolve)))
    deepEqual(await Promise.all(answers), [1, 4, 9, 16])
    deepEqual(await Promise.all(codes), [0, 0, 0, 0])
    equal(Atomics.load(counts, 0), 4000)
  },

  async 'worker_threads: one that spins is terminated; one that throws is reported'() {
    const spinning = new Worker('for (;;);', { eval: true })
    await new Promise((resolve) => spinning.once('online', resolve))
    equal(await spinning.terminate(), 1)
    const failing = new Worker('throw new Error("from inside")', { eval: true })
    const error = await new Promise((resolve) => failing.once('error', resolve))
    equal(error.message, 'from inside')
    const limited = new Worker('const a = []; for (;;) a.push(new Array(10000).fill(1))', {
      eval: true,
      resourceLimits: { maxOldGenerationSizeMb: 16, maxYoungGenerationSizeMb: 4 },
    })
    equal((await new Promise((resolve) => limited.once('error', resolve))).code, 'ERR_WORKER_OUT_OF_MEMORY')
  },

  async 'MessageChannel, structuredClone, Atomics.waitAsync'() {
    const { port1, port2 } = new MessageChannel()
    port1.postMessage({ date: new Date(0), map: new Map([[1, 2]]) })
    const { message } = receiveMessageOnPort(port2)
    equal(message.map.get(1), 2)
    port1.close()
    deepEqual(structuredClone(new Set([1])), new Set([1]))
    const cell = new Int32Array(new SharedArrayBuffer(4))
    equal(Atomics.wait(cell, 0, 0, 20), 'timed-out')
    const waited = Atomics.waitAsync(cell, 0, 0)
    Atomics.notify(cell, 0)
    equal(await waited.value, 'ok')
  },

  async 'WebAssembly: compiled, called, memory grown, a trap caught'() {
    if (typeof WebAssembly === 'undefined') return // --jitless has none
    const { instance } = await WebAssembly.instantiate(wasmModule())
    const { add, peek, memory } = instance.exports
    equal(add(40, 2), 42)
    equal(peek(0), 0)
    new Int32Array(memory.buffer)[1] = 7
    equal(peek(4), 7)
    let trapped = false
    try {
      peek(65536) // the guard pages of V8's memory: a SIGSEGV that its handler turns into an exception
    } catch (error) {
      trapped = error instanceof WebAssembly.RuntimeError
    }
    ok(trapped)
    equal(memory.grow(10), 1)
    equal(peek(65536), 0)
  },

  async 'JIT: hot code is optimised, deoptimised and collected'() {
    const sum = (list) => list.reduce((total, item) => total + item.value, 0)
    const numbers = Array.from({ length: 20_000 }, (_, value) => ({ value }))
    for (let n = 0; n < 30; n++) equal(sum(numbers), 199_990_000)
    equal(sum([{ value: 'a' }, { other: 1, value: 'b' }]), '0ab')
    const functions = Array.from({ length: 500 }, (_, n) => new Function('x', `return x + ${n}`))
    functions.forEach((add, n) => {
      equal(add(1), n + 1)
    })
    let garbage = []
    for (let n = 0; n < 200_000; n++) {
      garbage.push({ n, text: `text ${n}` })
      if (garbage.length > 10_000) garbage = []
    }
    ok(/(\p{L}+)-(?<number>\d+)/u.exec('ähm-42').groups.number === '42')
    equal(new Intl.NumberFormat('de-DE').format(1234567.5), '1.234.567,5')
  },
}

function answer(worker) {
  return new Promise((resolve, reject) => {
    worker.once('message', resolve)
    worker.once('error', reject)
  })
}

function work() {
  const { n, shared } = workerData
  const counts = new Int32Array(shared)
  for (let k = 0; k < 1000; k++) Atomics.add(counts, 0, 1)
  parentPort.postMessage(n * n)
}

// (module (memory (export "memory") 1) (func (export "add") …i32.add) (func (export "peek") …i32.load))
function wasmModule() {
  return new Uint8Array([
    0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 12, 2, 0x60, 2, 0x7f, 0x7f, 1, 0x7f, 0x60, 1, 0x7f, 1, 0x7f, 3, 3, 2,
    0, 1, 5, 3, 1, 0, 1, 7, 23, 3, 3, 0x61, 0x64, 0x64, 0, 0, 4, 0x70, 0x65, 0x65, 0x6b, 0, 1, 6, 0x6d, 0x65,
    0x6d, 0x6f, 0x72, 0x79, 2, 0, 10, 17, 2, 7, 0, 0x20, 0, 0x20, 1, 0x6a, 0x0b, 7, 0, 0x20, 0, 0x28, 2, 0,
    0x0b,
  ])
}
