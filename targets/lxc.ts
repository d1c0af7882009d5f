import { join } from 'node:path'
import { contentOf, writeContent } from './formats/content.js'
import type { RootfsEntry } from './formats/entry.js'
import { gzipPieces } from './formats/gzip.js'
import { tarPieces } from './formats/tar.js'
import { writeXz } from './formats/xz.js'
import { containerRoot } from './lib/container-root.js'
import { needApp } from './lib/need-app.js'
import type { Options } from './lib/option.js'
import { textFile } from './lib/package-files.js'
import { writeReadme } from './lib/readme.js'
import { sourceDate } from './lib/source-date.js'
import { type Build, hasLowPort, type Target } from './lib/target.js'
import { writeDebugFiles } from './lib/write-debug-files.js'
import { toYaml } from './lib/yaml.js'

const options = {
  configuration: {
    type: 'list',
    pattern: /^lxc\.[a-z0-9._]+ *=.*$/,
    form: 'a line such as lxc.cgroup2.memory.max = 64M',
    summary: "lines behind those of the container's configuration (lxc.container.conf(5))",
  },
  properties: { type: 'map', summary: 'further properties of the image for Incus and LXD' },
} as const satisfies Options

/** System containers: the pair of archives that LXC's `local` template takes, and one for Incus and LXD. */
const lxc: Target<typeof options> = {
  name: 'lxc',
  layer: 'OS-level container',
  summary: 'archives for lxc-create -t local, and for incus image import',
  artefact: 'tar.xz pair, unified tar.gz',
  platform: 'LXC, Incus, LXD',
  varies: ['manager (LXC, Incus, LXD)', 'host distribution'],
  carries: 'elf',
  proof: 'run as what it is',
  options,
  write(build, folder, { configuration, properties }) {
    needApp(build, 'lxc')
    const options = { mtime: sourceDate() }
    const root = containerRoot(build, { program: '/init', entries: [initLink] })
    const xz = (entries: readonly RootfsEntry[]) => writeXz(contentOf(tarPieces(entries, options)))
    writeContent(join(folder, metadataFile), xz(lxcMetadata(build, configuration)))
    writeContent(join(folder, rootFile), xz(root))
    const unified = [
      textFile('metadata.yaml', incusMetadata(build, properties)),
      ...root.map((entry) => ({ ...entry, path: `rootfs/${entry.path}` })),
    ]
    writeContent(join(folder, incusFile), gzipPieces(tarPieces(unified, options)))
    writeDebugFiles(build, folder)
    describe(build, folder)
  },
  recipe: (_build, folder) => ({
    kind: 'lxc',
    metadata: join(folder, metadataFile),
    rootfs: join(folder, rootFile),
  }),
}
export default lxc

const metadataFile = 'meta.tar.xz'
const rootFile = 'rootfs.tar.xz'
const incusFile = 'incus.tar.gz'

/** Incus and LXD start /sbin/init. */
const initLink: RootfsEntry = { path: 'sbin/init', type: 'symlink', mode: 0o777, target: '../init' }

/** lxc.container.conf(5). The app is the container's first process: SIGTERM ends it, where LXC would send SIGPWR. */
function lxcMetadata(build: Build, more: readonly string[]): RootfsEntry[] {
  const common = [
    'lxc.arch = x86_64',
    'lxc.init.cmd = /init',
    'lxc.init.cwd = /',
    'lxc.signal.halt = SIGTERM',
    'lxc.tty.max = 0',
    'lxc.pty.max = 1',
    ...(hasLowPort(build) ? [] : ['lxc.init.uid = 65532', 'lxc.init.gid = 65532']),
    ...more,
  ]
  const config = (file: string) => [`lxc.include = LXC_TEMPLATE_CONFIG/${file}`, ...common, ''].join('\n')
  return [
    textFile('config', config('common.conf')),
    textFile('config-user', `lxc.include = LXC_TEMPLATE_CONFIG/userns.conf\n${config('common.conf')}`),
    textFile('create-message', `${build.name} needs an address from outside: set lxc.net.0.ipv4.address.\n`),
  ]
}

/** Incus's doc/reference/image_format.md. */
function incusMetadata(build: Build, properties: Readonly<Record<string, string>>): string {
  const { name, about } = build
  return toYaml({
    architecture: 'x86_64',
    creation_date: sourceDate(),
    properties: {
      architecture: 'x86_64',
      description: `${name} ${about.version}: ${about.description}`,
      name,
      os: 'unik',
      release: about.version,
      ...properties,
    },
    templates: {},
  })
}

function describe(build: Build, folder: string): void {
  const { name } = build
  const introduction = `The app as a system container. It is the only process and brings no DHCP client: its host gives it its address.`
  const lxcSection = {
    title: 'LXC',
    commands: [
      `lxc-create -n ${name} -t local -- -m $PWD/${metadataFile} -f $PWD/${rootFile}`,
      `printf '%s\\n' 'lxc.net.0.type = veth' 'lxc.net.0.link = lxcbr0' 'lxc.net.0.flags = up' 'lxc.net.0.ipv4.address = 10.0.3.20/24' 'lxc.net.0.ipv4.gateway = auto' >> /var/lib/lxc/${name}/config`,
      `lxc-start -n ${name} -F`,
    ],
  }
  const incusSection = {
    title: 'Incus (LXD: the same with `lxc` for `incus`)',
    commands: [
      `incus image import ${incusFile} --alias ${name}`,
      `incus init ${name} ${name}`,
      `incus config device add ${name} eth0 nic nictype=routed parent=eth0 ipv4.address=192.168.0.20`,
      `incus config set ${name} raw.lxc='lxc.signal.halt = SIGTERM'`,
      `incus start ${name} --console`,
    ],
  }
  writeReadme(folder, name, introduction, [lxcSection, incusSection])
}
