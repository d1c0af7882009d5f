import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { packageRoot } from '../../base/package-root.js'
import { run, tryRun } from '../../base/run.js'
import { build } from '../../cli/pipeline.js'
import { needPython } from '../helpers/python.js'
import { scratchFolder } from '../helpers/scratch.js'

/** Which package knows each platform's requests, and a mistake that it must find: where, and what is put there. */
const platforms = {
  ami: { knows: 'botocore', file: 'register-image.json', wrong: { BootMode: 'bios' } },
  azure: { knows: 'azure/mgmt/compute', file: 'vm.json', wrong: { properties: { hardwareProfil: {} } } },
  gce: {
    knows: 'google/cloud/compute_v1',
    file: 'image.json',
    wrong: { guestOsFeatures: [{ type: 'UEFI' }] },
  },
  openstack: { knows: 'glanceclient', file: 'image.json', wrong: { container_format: 'raw' } },
} as const

// The data with which platforms start an artefact, read by what the platforms' makers (or their users) say of it.
describe('requests beside machine images', function () {
  this.timeout(120_000)
  const scratch = scratchFolder()
  const script = join(packageRoot, 'test/targets/cloud-requests.py')
  const folder = (target: string) => join(scratch(), 'dist', target)
  const json = (path: string) => JSON.parse(readFileSync(folder(path), 'utf8'))

  before(async () => {
    writeFileSync(join(scratch(), 'app.ts'), 'export default { fetch: () => new Response("hello") }\n')
    const targets = [...Object.keys(platforms), 'vmware']
    await build({ entries: ['app.ts'], targets, env: {}, output: 'dist', cwd: scratch() })
  })

  for (const [target, { knows, file, wrong }] of Object.entries(platforms))
    it(`${target}: have the platform's fields and values`, async function () {
      const env = needPython(this, knows)
      await run('python3', [script, target, folder(target)], { env })

      const path = join(folder(target), file)
      writeFileSync(path, JSON.stringify({ ...json(`${target}/${file}`), ...wrong }))
      const { exitCode, stderr } = await tryRun('python3', [script, target, folder(target)], { env })
      expect(exitCode, 'a mistake is found').to.equal(1)
      expect(stderr).not.to.include('Traceback')
    })

  it('openstack: the server is one of the image, with what the cloud must say', () => {
    expect(json('openstack/server.json')).to.deep.equal({
      server: {
        name: 'app',
        imageRef: 'IMAGE_ID',
        flavorRef: 'FLAVOR_ID',
        networks: [{ uuid: 'NETWORK_ID' }],
      },
    })
  })

  it('vmware: the network of the import is the one that the machine has', async () => {
    const ovf = (await run('tar', ['-x', '-O', '-f', folder('vmware/app.ova'), 'app.ovf'])).stdout
    for (const { Name } of json('vmware/import.json').NetworkMapping)
      expect(ovf).to.include(`<Network ovf:name="${Name}">`)
  })

  it('each README names the files that its commands need', () => {
    for (const [target, files] of Object.entries({
      ami: ['run-instances.json', 'register-image.json', 'start-snapshot.json', 'iam-policy.json'],
      azure: ['disk.json', 'vm.json'],
      gce: ['image.json', 'instance.json'],
      openstack: ['image.json', 'server.json'],
      vmware: ['import.json'],
    }))
      for (const file of files) expect(readFileSync(folder(`${target}/README.md`), 'utf8')).to.include(file)
  })
})
