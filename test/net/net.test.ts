import { readdirSync } from 'node:fs'
import { cpus } from 'node:os'
import { basename, join, relative } from 'node:path'
import { expect } from 'chai'
import { packageRoot } from '../../base/package-root.js'
import { run, tryRun } from '../../base/run.js'
import { scratchFolder } from '../helpers/scratch.js'

const kernel = join(packageRoot, 'runtime-x86_64/kernel')
const lwip = join(packageRoot, '.cache/third-party/lwip/src')
const folder = join(packageRoot, 'test/net')

const sanitizers = ['-fsanitize=address,undefined', '-fno-sanitize-recover=all', '-fno-omit-frame-pointer']
const includes = ['-I', kernel, '-I', join(kernel, '../third-party/lwip'), '-isystem', join(lwip, 'include')]
const flags = [
  '-std=gnu17',
  '-O1',
  '-g',
  '-DDEBUG',
  ...sanitizers,
  ...includes,
  '-Wno-builtin-declaration-mismatch',
]
const strict = ['-Wall', '-Wextra', '-Werror', '-Wno-unused-parameter']

// The kernel's own network code and lwIP, with lwIP's assertions, over a wire that the test makes (test/net/host.h): each other C
// file here is a program of the host that ends with status 0.
describe('the network on the host, under the address and undefined-behaviour sanitizers', function () {
  this.timeout(300_000)
  const scratch = scratchFolder()
  const objects: string[] = []

  before(async () => {
    const queue = sources()
    await Promise.all(cpus().map(() => compileFrom(queue)))
  })

  for (const name of cFiles(folder).filter((file) => file !== 'host.c')) {
    it(basename(name, '.c'), async () => {
      const program = join(scratch(), basename(name, '.c'))
      await run('gcc', [...flags, ...strict, '-o', program, join(folder, name), ...objects])
      for (const args of name === 'transfer.c' ? [[], ['offload']] : [[]]) {
        const { exitCode, stderr } = await tryRun(program, args, { timeout: 200_000 })
        expect({ exitCode, stderr }).to.deep.equal({ exitCode: 0, stderr: '' })
      }
    })
  }

  async function compileFrom(queue: string[]): Promise<void> {
    for (let source = queue.shift(); source !== undefined; source = queue.shift()) {
      const object = join(scratch(), `${relative(packageRoot, source).replaceAll('/', '_')}.o`)
      const warnings = source.startsWith(lwip) ? ['-w'] : strict
      await run('gcc', [...flags, ...warnings, '-c', source, '-o', object])
      objects.push(object)
    }
  }
})

/** What third-party/lwip/Makefile compiles, and net/ but the unix sockets, which need files. */
function sources(): string[] {
  const core = ['def', 'inet_chksum', 'ip', 'memp', 'netif', 'pbuf', 'tcp', 'tcp_in', 'tcp_out', 'udp']
  const ipv4 = ['dhcp', 'etharp', 'icmp', 'ip4', 'ip4_addr', 'ip4_frag']
  const ipv6 = ['ethip6', 'icmp6', 'inet6', 'ip6', 'ip6_addr', 'ip6_frag', 'mld6', 'nd6']
  const stack = [...core, ...ipv4.map((name) => `ipv4/${name}`), ...ipv6.map((name) => `ipv6/${name}`)]
  const net = cFiles(join(kernel, 'net')).filter((name) => !name.startsWith('unix'))
  return [
    ...stack.map((name) => join(lwip, 'core', `${name}.c`)),
    join(lwip, 'netif/ethernet.c'),
    ...net.map((name) => join(kernel, 'net', name)),
    join(kernel, 'mm/iter.c'),
    join(folder, 'host.c'),
  ]
}

function cFiles(of: string): string[] {
  return readdirSync(of)
    .filter((name) => name.endsWith('.c'))
    .sort()
}
