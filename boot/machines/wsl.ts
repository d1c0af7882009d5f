import { readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { UserError } from '../../base/user-error.js'
import type { WslRecipe } from '../../targets/lib/recipe.js'
import { runBundle, runc } from '../containers/runc.js'
import { amongOthers, runtimeConfig, writeRuntimeConfig } from '../containers/runtime-config.js'
import { unpackRoot } from '../containers/unpack-root.js'
import type { MachineKind } from '../machine.js'

/** A distribution of WSL, as `wsl -d NAME` starts it: the shell of its default user, in that user's home. */
const wsl: MachineKind<WslRecipe> = {
  name: 'wsl',
  sharesHostPorts: true,
  needs: () => [runc],
  start: (recipe, options) =>
    runBundle(
      async (work) => {
        const root = await unpackRoot(recipe.archive, work)
        const { name, uid, gid, home, shell } = defaultUser(root)
        const own = { HOME: home, USER: name, LOGNAME: name, SHELL: shell, PATH: path, LANG: 'C.UTF-8' }
        const distribution = setting(root, 'etc/wsl-distribution.conf', 'oobe', 'defaultName')
        const config = runtimeConfig({
          args: [shell, ...options.args],
          env: { ...own, WSL_DISTRO_NAME: distribution ?? basename(recipe.archive, '.wsl'), ...options.env },
          cwd: home,
          user: { uid, gid },
          capabilities: uid === 0 ? rootsCapabilities : [],
        })
        amongOthers(config)
        writeRuntimeConfig(work, config)
        return work
      },
      { note: "no Windows here: runc stands in for WSL's own init, on this Linux kernel" },
    ),
}
export default wsl

const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
const rootsCapabilities = [
  'CAP_CHOWN',
  'CAP_DAC_OVERRIDE',
  'CAP_NET_BIND_SERVICE',
  'CAP_SETGID',
  'CAP_SETUID',
]

/** learn.microsoft.com/windows/wsl/wsl-config: whom the settings name; else whose number the distribution names. */
function defaultUser(root: string) {
  const wanted = setting(root, 'etc/wsl.conf', 'user', 'default')
  const number = setting(root, 'etc/wsl-distribution.conf', 'oobe', 'defaultUid') ?? '0'
  for (const line of readFileSync(join(root, 'etc/passwd'), 'utf8').split('\n')) {
    const [name = '', , uid = '', gid = '', , home = '/', shell = '/bin/sh'] = line.split(':')
    if (wanted === undefined ? uid === number : name === wanted)
      return { name, uid: Number(uid), gid: Number(gid), home, shell }
  }
  throw new UserError(`/etc/passwd of the distribution has no user ${wanted ?? number}`)
}

function setting(root: string, file: string, section: string, key: string): string | undefined {
  const parts = readFileSync(join(root, file), 'utf8').split(/^\[/m)
  const part = parts.find((each) => each.startsWith(`${section}]`)) ?? ''
  return new RegExp(`^${key}\\s*=\\s*(.*)$`, 'm').exec(part)?.[1]
}
