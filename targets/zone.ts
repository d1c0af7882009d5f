import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeContent } from './formats/content.js'
import type { RootfsEntry } from './formats/entry.js'
import { guidFrom } from './formats/guid.js'
import { gzipPieces } from './formats/gzip.js'
import { tarPieces } from './formats/tar.js'
import { containerRoot } from './lib/container-root.js'
import { needApp } from './lib/need-app.js'
import type { Options, OptionValues } from './lib/option.js'
import { writeReadme } from './lib/readme.js'
import { sourceDate } from './lib/source-date.js'
import type { Build, BuildFacts, Target } from './lib/target.js'
import { writeDebugFiles } from './lib/write-debug-files.js'
import { writeJson } from './lib/write-json.js'

const options = {
  address: {
    type: 'text',
    pattern: /^\d{1,3}(\.\d{1,3}){3}\/\d{1,2}$/,
    form: 'an address with its prefix, as in 192.168.0.20/24',
    default: '192.168.0.20/24',
    summary: 'address of the zone',
  },
  gateway: {
    type: 'text',
    pattern: /^\d{1,3}(\.\d{1,3}){3}$/,
    form: 'an IPv4 address',
    default: '192.168.0.1',
    summary: 'gateway of its network',
  },
  resolver: {
    type: 'text',
    pattern: /^\d{1,3}(\.\d{1,3}){3}$/,
    form: 'an IPv4 address',
    default: '192.168.0.1',
    summary: 'name server',
  },
  nicTag: {
    type: 'text',
    pattern: /^[a-z0-9_]+$/,
    form: 'the name of a tag',
    default: 'admin',
    summary: 'network of a SmartOS host',
  },
} as const satisfies Options

/** A zone of illumos' lx brand, which offers Linux's system calls: OmniOS installs the archive, SmartOS an image made of it there. */
const zone: Target<typeof options> = {
  name: 'zone',
  layer: 'OS-level container',
  summary: 'root file system for illumos lx zones: OmniOS zone configuration, SmartOS image and VM',
  artefact: 'tar.gz, zonecfg, SmartOS manifest',
  platform: 'illumos lx zones',
  varies: ['distribution (OmniOS, SmartOS)'],
  carries: 'elf',
  proof: 'run on a stand-in of its platform',
  options,
  write(build, folder, values) {
    const elf = needApp(build, 'zone')
    const uuid = guidFrom(build.name, build.about.version, elf.bytes).toLowerCase()
    const root = containerRoot(build, { program: '/init', entries: [initLink, nativeFolder] })
    const archive = tarPieces(root, { mtime: sourceDate(), owner: 'root' })
    writeContent(join(folder, archiveFile(build)), gzipPieces(archive))
    writeFileSync(join(folder, `${build.name}.zonecfg`), zoneConfiguration(build, values))
    writeJson(join(folder, 'smartos-image.json'), imageManifest(build, uuid))
    writeJson(join(folder, 'smartos-vm.json'), vmPayload(build, uuid, values))
    writeFileSync(join(folder, 'smartos-image.sh'), imageScript(build), { mode: 0o755 })
    writeDebugFiles(build, folder)
    describe(build, folder)
  },
  recipe: (build, folder) => ({ kind: 'zone', archive: join(folder, archiveFile(build)), name: build.name }),
}
export default zone

type Values = OptionValues<typeof options>

const archiveFile = ({ name }: BuildFacts): string => `${name}.tar.gz`

/** The brand starts /sbin/init. */
const initLink: RootfsEntry = { path: 'sbin/init', type: 'symlink', mode: 0o777, target: '../init' }
/** Where the brand mounts the host's own programs. */
const nativeFolder: RootfsEntry = { path: 'native', type: 'dir', mode: 0o755 }
/** Of Linux, as the brand tells it to programs: the app needs 3.17. */
const kernelVersion = '4.4'

/**
 * zonecfg(8) commands, lx(7) attributes. `docker` keeps the brand's boot script from preparing the files of a distribution, without
 * one of which it starts nothing.
 */
function zoneConfiguration({ name }: Build, { address, gateway, resolver }: Values): string {
  const attribute = (key: string, value: string) =>
    `add attr\nset name=${key}\nset type=string\nset value="${value}"\nend\n`
  return `create -b
set brand=lx
set zonepath=/zones/${name}
set autoboot=true
set ip-type=exclusive
add net
set physical=${name.replaceAll('-', '_').slice(0, 28)}0
set global-nic=auto
add property (name=ips,value="${address}")
add property (name=gateway,value="${gateway}")
add property (name=primary,value="true")
end
${attribute('kernel-version', kernelVersion)}${attribute('docker', 'true')}${attribute('resolvers', resolver)}verify
commit
`
}

/** imgadm(8), manifest version 2. Digest and size of the stream are not known before a SmartOS host has made it. */
function imageManifest({ name, about }: Build, uuid: string): object {
  return {
    v: 2,
    uuid,
    owner: '00000000-0000-0000-0000-000000000000',
    name,
    version: about.version,
    description: about.description,
    ...(about.homepage === undefined ? {} : { homepage: about.homepage }),
    state: 'active',
    disabled: false,
    public: false,
    published_at: new Date(sourceDate() * 1000).toISOString(),
    type: 'lx-dataset',
    os: 'linux',
    files: [{ sha1: '@SHA1@', size: '@SIZE@', compression: 'gzip' }],
    requirements: { brand: 'lx', min_platform: { '7.0': '20160225T122859Z' } },
    tags: { kernel_version: `${kernelVersion}.0` },
  }
}

/** vmadm(8). */
function vmPayload({ name, memory, env }: Build, uuid: string, values: Values): object {
  const [ip = '', prefix] = values.address.split('/')
  return {
    alias: name,
    brand: 'lx',
    kernel_version: `${kernelVersion}.0`,
    image_uuid: uuid,
    docker: true,
    init_name: '/native/usr/vm/sbin/dockerinit',
    internal_metadata: {
      'docker:cmd': JSON.stringify(['/init']),
      'docker:env': JSON.stringify(Object.entries(env).map(([key, value]) => `${key}=${value}`)),
      'docker:workdir': JSON.stringify('/'),
    },
    max_physical_memory: Math.max(64, memory.default),
    quota: 1,
    resolvers: [values.resolver],
    nics: [
      {
        nic_tag: values.nicTag,
        ip,
        netmask: netmask(Number(prefix)),
        gateway: values.gateway,
        primary: true,
      },
    ],
  }
}

function netmask(prefix: number): string {
  const mask = prefix === 0 ? 0 : 0xffffffff << (32 - prefix)
  return [24, 16, 8, 0].map((shift) => (mask >>> shift) & 255).join('.')
}

function imageScript({ name }: Build): string {
  return `#!/bin/bash
# On a SmartOS host: makes an image of the archive beside it and installs it.
set -euo pipefail
cd "$(dirname "$0")"
dataset=\${1:-zones/${name}-image}

zfs create "$dataset"
trap 'zfs destroy -r "$dataset"' EXIT
root=$(zfs get -H -o value mountpoint "$dataset")/root
mkdir "$root"
tar -xzf ${name}.tar.gz -C "$root"
zfs snapshot "$dataset@final"
zfs send "$dataset@final" | gzip -n > ${name}.zfs.gz
sha1=$(openssl dgst -sha1 -r ${name}.zfs.gz | cut -c 1-40)
size=$(wc -c < ${name}.zfs.gz | tr -d ' ')
sed -e "s/@SHA1@/$sha1/" -e "s/\\"@SIZE@\\"/$size/" smartos-image.json > ${name}.imgmanifest
imgadm install -m ${name}.imgmanifest -f ${name}.zfs.gz
`
}

function describe(build: Build, folder: string): void {
  const { name } = build
  writeReadme(
    folder,
    name,
    'The app as the only process of an lx zone. Put your addresses and networks in.',
    [
      {
        title: 'OmniOS',
        commands: [
          `zonecfg -z ${name} -f ${name}.zonecfg`,
          `zoneadm -z ${name} install -t $PWD/${archiveFile(build)}`,
          `zoneadm -z ${name} boot`,
        ],
      },
      { title: 'SmartOS', commands: ['./smartos-image.sh', 'vmadm create -f smartos-vm.json'] },
    ],
  )
}
