import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { packageRoot } from '../../base/package-root.js'

const kernel = join(packageRoot, 'runtime-x86_64/kernel')
/** lwIP's own sources. */
export const lwip = join(packageRoot, '.cache/third-party/lwip/src')
/** What the kernel's network code is compiled with on the host. */
export const networkFlags = [
  '-DDEBUG',
  ...['-I', kernel, '-I', join(kernel, '../third-party/lwip'), '-isystem', join(lwip, 'include')],
]

/** The network of the kernel as a program of the host: what third-party/lwip/Makefile compiles, net/ but the unix sockets, which need files, and test/net/host.c. */
export function networkSources(): string[] {
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
    join(packageRoot, 'test/net/host.c'),
  ]
}

export function cFiles(of: string): string[] {
  return readdirSync(of)
    .filter((name) => name.endsWith('.c'))
    .sort()
}
