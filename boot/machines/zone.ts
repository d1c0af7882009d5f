import type { ZoneRecipe } from '../../targets/lib/recipe.js'
import { runBundle, runc } from '../containers/runc.js'
import { runtimeConfig, writeRuntimeConfig } from '../containers/runtime-config.js'
import { unpackRoot } from '../containers/unpack-root.js'
import type { MachineKind } from '../machine.js'

/** A zone of the lx brand: /sbin/init as root and as its first process, with the rights that a zone's root has over itself. */
const zone: MachineKind<ZoneRecipe> = {
  name: 'zone',
  sharesHostPorts: true,
  needs: () => [runc],
  start: (recipe, options) =>
    runBundle(
      async (work) => {
        await unpackRoot(recipe.archive, work)
        const config = runtimeConfig({
          args: ['/sbin/init', ...options.args],
          env: { PATH: '/sbin:/bin:/usr/sbin:/usr/bin', TERM: 'vt100', ...options.env },
          cwd: '/',
          user: { uid: 0, gid: 0 },
          capabilities: zoneRoot,
        })
        config.hostname = recipe.name
        writeRuntimeConfig(work, config)
        return work
      },
      {
        note: 'no illumos here: a container of Linux stands in for the lx brand, whose system calls are fewer',
      },
    ),
}
export default zone

const zoneRoot = [
  ...['CAP_CHOWN', 'CAP_DAC_OVERRIDE', 'CAP_FOWNER', 'CAP_KILL', 'CAP_NET_BIND_SERVICE'],
  ...['CAP_SETGID', 'CAP_SETUID'],
]
