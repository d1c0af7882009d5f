import { readFileSync } from 'node:fs'
import type { CloudRunRecipe } from '../../targets/lib/recipe.js'
import type { MachineKind } from '../machine.js'
import { readYaml } from '../yaml.js'
import oci from './oci.js'

/** A container as Cloud Run's contract has it (cloud.google.com/run/docs/container-contract): the manifest's variables, and the platform's. */
const cloudrun: MachineKind<CloudRunRecipe> = {
  name: 'cloudrun',
  sharesHostPorts: true,
  needs: ({ image }) => oci.needs({ kind: 'oci', image }),
  start({ image, manifest }, options) {
    const { metadata, kind, spec } = readYaml(readFileSync(manifest, 'utf8')) as Manifest
    const { name } = metadata
    const task = { CLOUD_RUN_JOB: name, CLOUD_RUN_EXECUTION: `${name}-1`, CLOUD_RUN_TASK_INDEX: '0' }
    const service = { K_SERVICE: name, K_CONFIGURATION: name, K_REVISION: `${name}-00001` }
    const template = spec.template.spec
    const [container] = 'template' in template ? template.template.spec.containers : template.containers
    const own = Object.fromEntries((container?.env ?? []).map((each) => [each.name, each.value]))
    return oci.start({ kind: 'oci', image, env: { ...own, ...(kind === 'Job' ? task : service) } }, options)
  },
}
export default cloudrun

interface Containers {
  readonly containers: readonly {
    readonly env?: readonly { readonly name: string; readonly value: string }[]
  }[]
}
interface Manifest {
  readonly kind: 'Service' | 'Job'
  readonly metadata: { readonly name: string }
  readonly spec: {
    readonly template: { readonly spec: Containers | { readonly template: { readonly spec: Containers } } }
  }
}
