import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { PackageRecipe } from '../../targets/lib/recipe.js'
import { confine, systemdAnalyze } from '../containers/confine.js'
import { installPackage, installTools } from '../containers/install-package.js'
import { openrcService } from '../containers/openrc-service.js'
import { nobody, runBundle, runc } from '../containers/runc.js'
import {
  amongOthers,
  type RuntimeConfig,
  runtimeConfig,
  writeRuntimeConfig,
} from '../containers/runtime-config.js'
import { environmentOf, lastOf, parseServiceUnit, wordsOf } from '../containers/systemd-unit.js'
import type { MachineKind, MachineOptions } from '../machine.js'

/**
 * An OS package, installed into an empty root by its own package manager; there its service's command runs as the service manager
 * would start it: as its user, with its environment, and within the limits that runc can hold it to. Without a service: the program.
 */
const package_: MachineKind<PackageRecipe> = {
  name: 'package',
  sharesHostPorts: true,
  needs: ({ format }) => [runc, ...installTools(format), ...(format === 'apk' ? [] : [systemdAnalyze])],
  start: (recipe, options) =>
    runBundle(
      async (work) => {
        const root = join(work, 'rootfs')
        await installPackage(recipe, root)
        const config = await serviceConfig(recipe, root, options)
        amongOthers(config)
        writeRuntimeConfig(work, config)
        return work
      },
      recipe.format === 'apk' ? { note: apkNote } : {},
    ),
}
export default package_

const apkNote =
  "there is no apk-tools here: tar unpacked the package, its pre-install script was not run, and its OpenRC service's command is run without OpenRC"

/** systemd takes one of 61184 to 65519 for a user that exists while the service runs (systemd.exec(5), DynamicUser). */
const dynamicUser = { uid: 61184, gid: 61184 }
const path = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin'

async function serviceConfig(
  { format, name }: PackageRecipe,
  root: string,
  options: MachineOptions,
): Promise<RuntimeConfig> {
  const unitFile = join(root, `usr/lib/systemd/system/${name}.service`)
  if (format === 'apk' && existsSync(join(root, `etc/init.d/${name}`)))
    return openrcService(root, name, options)
  if (!existsSync(unitFile)) {
    const args = [`/usr/bin/${name}`, ...options.args]
    return runtimeConfig({ args, env: { PATH: path, ...options.env }, cwd: '/', user: nobody })
  }
  const unit = parseServiceUnit(readFileSync(unitFile, 'utf8'))
  const env = { PATH: path, LANG: 'C.UTF-8', USER: name, ...environmentOf(unit, root), ...options.env }
  const config = runtimeConfig({
    args: [...wordsOf(unit, 'ExecStart'), ...options.args],
    env,
    cwd: lastOf(unit, 'WorkingDirectory') ?? '/',
    user: dynamicUser,
  })
  await confine(config, unit, root)
  return config
}
