import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { parse, parseAllDocuments } from 'yaml'
import { run, tryRun } from '../../base/run.js'
import { readConfigFlags } from '../../cli/config-flags.js'
import { build } from '../../cli/pipeline.js'
import { allTargets } from '../../cli/targets.js'
import { startGuest } from '../helpers/boot.js'
import { answersWithin, ask } from '../helpers/machine.js'
import { scratchFolder } from '../helpers/scratch.js'
import { expectServed } from '../helpers/served.js'
import { needTool } from '../helpers/tool.js'

// Every option of every target, given as a flag and found again in the artefact.
const given: Readonly<Record<string, readonly string[]>> = {
  ami: ['bootMode=uefi', 'imageName=shop 1.2.3', 'tags=team=sales'],
  apk: ['depends=postgresql-client>=15', 'depends=tzdata'],
  appengine: ['runtime=nodejs22', 'service=shop', 'instanceClass=F2', 'minInstances=1', 'maxInstances=3'],
  azure: ['location=northeurope', 'generation=V2', 'sku=Premium_LRS'],
  'cloud-hypervisor': ['tap=tap7'],
  cloudrun: [
    ...['repository=europe-docker.pkg.dev/sales/shop', 'region=europe-west1', 'concurrency=10'],
    ...['timeout=60', 'minInstances=1', 'maxInstances=3'],
  ],
  deb: ['depends=libc6 (>= 2.31)', 'depends=nginx | apache2', 'section=web', 'unit=ProtectHome=no'],
  firecracker: ['tap=tap7', 'mac=02:00:00:00:00:07', 'words=ip=dhcp quiet'],
  gce: ['family=shop', 'labels=team=sales', 'bucket=images'],
  heroku: ['stack=heroku-22', 'app=shop'],
  hyperv: ['generation=2', 'switch=External'],
  iso: ['volumeLabel=SHOP_1'],
  kubevirt: ['registry=registry.test/sales', 'runStrategy=Halted'],
  lambda: ['memory=256', 'timeout=60', 'role=arn:aws:iam::123456789012:role/shop', 'region=eu-west-1'],
  lxc: ['configuration=lxc.cgroup2.memory.max = 64M', 'properties=os=shop'],
  npm: ['packageName=@sales/shop', 'engines=^22', 'access=restricted'],
  oci: ['registry=registry.test/sales', 'labels=team=sales', 'replicas=5', 'user=1000:1001'],
  openstack: ['properties=hw_disk_bus=scsi', 'properties=team=sales', 'minDisk=5'],
  proxmox: ['bridge=vmbr7', 'storage=ceph', 'startAtBoot=true'],
  rpm: ['requires=nginx >= 1.22', 'requires=tzdata', 'release=7', 'group=Servers', 'unit=ProtectHome=no'],
  'unikernel-oci': ['registry=registry.test/sales', 'labels=team=sales', 'replicas=5'],
  vagrant: ['boxName=sales/shop', 'url=https://boxes.test/shop'],
  vmware: ['hardwareVersion=20', 'firmware=efi', 'network=Servers & <more>'],
  web: ['title=The <shop>', 'themeColor=#abcdef'],
  workerd: ['compatibilityDate=2026-02-02', 'compatibilityFlags=no_nodejs_compat_v2'],
  zone: ['address=10.1.2.3/20', 'gateway=10.1.2.1', 'resolver=10.1.2.2', 'nicTag=external'],
}

describe('options of targets', function () {
  this.timeout(120_000)
  const scratch = scratchFolder()
  const artefact = (path: string) => join(scratch(), 'dist', path)
  const text = (path: string) => readFileSync(artefact(path), 'utf8')
  const json = (path: string) => JSON.parse(text(path))
  const stdout = async (program: string, ...args: string[]) => (await run(program, args)).stdout
  // biome-ignore lint/suspicious/noExplicitAny: the expectations say what it is
  const yaml = (path: string): any[] => parseAllDocuments(text(path)).map((document) => document.toJS())
  const file = (target: string, ending: string) =>
    artefact(`${target}/${readdirSync(artefact(target)).find((name) => name.endsWith(ending))}`)

  before(async () => {
    writeFileSync(join(scratch(), 'shop.ts'), 'export default { fetch: () => new Response("hello") }\n')
    const option = Object.entries(given).flatMap(([target, options]) =>
      options.map((each) => `${target}.${each}`),
    )
    const config = await readConfigFlags({ option, version: '1.2.3', port: [3000, 9090] }, scratch())
    const request = { entries: ['shop.ts'], env: {}, output: 'dist', cwd: scratch() }
    await build({ ...request, targets: ['qemu', ...Object.keys(given)], config })
  })

  it('are all here', async () => {
    const declared = (await allTargets()).flatMap(({ name, options = {} }) =>
      Object.keys(options).map((option) => `${name}.${option}`),
    )
    const tested = Object.entries(given).flatMap(([target, options]) =>
      options.map((each) => `${target}.${each.replace(/=.*/, '')}`),
    )
    expect([...new Set(tested)].sort()).to.deep.equal(declared.sort())
  })

  it('ami', () => {
    const request = json('ami/register-image.json')
    expect(request).to.include({ Name: 'shop 1.2.3', BootMode: 'uefi' })
    const [{ ResourceType, Tags }] = request.TagSpecifications
    expect(ResourceType).to.equal('image')
    expect(Tags).to.deep.include({ Key: 'team', Value: 'sales' })
  })

  it('apk: tar finds the dependencies', async () => {
    const info = await stdout('tar', '-xOzf', file('apk', '.apk'), '.PKGINFO')
    expect(info).to.include('depend = postgresql-client>=15\ndepend = tzdata\n')
  })

  it('appengine', () => {
    expect(parse(text('appengine/deploy/app.yaml'))).to.deep.include({
      ...{ runtime: 'nodejs22', service: 'shop', instance_class: 'F2' },
      automatic_scaling: { min_instances: 1, max_instances: 3 },
    })
    expect(json('appengine/deploy/package.json').engines).to.deep.equal({ node: '22' })
  })

  it('azure', () => {
    const { location, sku, properties } = json('azure/disk.json')
    expect({ location, sku }).to.deep.equal({ location: 'northeurope', sku: { name: 'Premium_LRS' } })
    expect(properties.hyperVGeneration).to.equal('V2')
    expect(text('azure/README.md')).to.include(
      '--location northeurope --os-type Linux --hyper-v-generation V2',
    )
  })

  it('firecracker and cloud-hypervisor', () => {
    const machine = json('firecracker/vm-config.json')
    expect(machine['boot-source'].boot_args).to.equal('console=ttyS0 ip=dhcp quiet')
    expect(machine['network-interfaces'][0]).to.include({
      ...{ host_dev_name: 'tap7', guest_mac: '02:00:00:00:00:07' },
    })
    expect(json('cloud-hypervisor/vm-create.json').net).to.deep.equal([{ tap: 'tap7' }])
  })

  it('cloudrun', () => {
    const { template } = yaml('cloudrun/service.yaml')[0].spec
    expect(template.metadata.annotations).to.deep.equal({
      'autoscaling.knative.dev/minScale': '1',
      'autoscaling.knative.dev/maxScale': '3',
    })
    expect(template.spec).to.include({ containerConcurrency: 10, timeoutSeconds: 60 })
    expect(template.spec.containers[0].image).to.equal('europe-docker.pkg.dev/sales/shop/shop:latest')
    expect(text('cloudrun/README.md')).to.include('--region europe-west1')
  })

  it('deb: dpkg-deb finds them, and lintian and systemd nothing wrong', async function () {
    const dpkg = needTool(this, 'dpkg-deb', 'dpkg')
    const fields = await stdout(dpkg, '--field', file('deb', '.deb'))
    expect(fields).to.include('Depends: libc6 (>= 2.31), nginx | apache2\n').and.to.include('Section: web\n')
    const root = join(scratch(), 'deb')
    await run(dpkg, ['-x', file('deb', '.deb'), root])
    const unit = readFileSync(join(root, 'usr/lib/systemd/system/shop.service'), 'utf8')
    expect(unit).to.match(/\nProtectHome=yes\n[^[]*\nProtectHome=no\n\n\[Install\]/)
    const { stdout: found } = await tryRun(needTool(this, 'lintian', 'lintian'), [
      '--allow-root',
      file('deb', '.deb'),
    ])
    expect(found).not.to.match(/^E:/m)
  })

  it('rpm: rpm finds them', async function () {
    const query = (...args: string[]) =>
      stdout(needTool(this, 'rpm', 'rpm'), '-qp', ...args, file('rpm', '.rpm'))
    expect(await query('--requires'))
      .to.match(/^nginx >= 1\.22$/m)
      .and.to.match(/^tzdata$/m)
    expect(await query('--queryformat', '%{release} %{group}')).to.equal('7 Servers')
    expect(file('rpm', '.rpm')).to.match(/shop-1\.2\.3-7\.x86_64\.rpm$/)
    const units = await stdout('bsdtar', '-xOf', file('rpm', '.rpm'), './usr/lib/systemd/system/shop.service')
    expect(units).to.include('\nProtectHome=no\n\n[Install]')
  })

  it('gce', () => {
    const { family, labels, rawDisk } = json('gce/image.json')
    expect({ family, labels }).to.deep.equal({ family: 'shop', labels: { team: 'sales' } })
    expect(rawDisk.source).to.equal('https://storage.googleapis.com/images/shop.tar.gz')
    expect(text('gce/README.md')).to.include(' --family=shop --labels=team=sales')
  })

  it('heroku', () => {
    expect(json('heroku/slug.json').stack).to.equal('heroku-22')
    expect(text('heroku/README.md')).to.include('/apps/shop/slugs')
  })

  it('hyperv', () => {
    expect(text('hyperv/create.ps1'))
      .to.include('[int]$Generation = 2,')
      .and.to.include("$Switch = 'External'")
  })

  it('iso: xorriso finds the label', async function () {
    const { stdout: found } = await run(needTool(this, 'xorriso', 'xorriso'), [
      '-indev',
      file('iso', '.iso'),
      '-pvd_info',
    ])
    expect(found).to.match(/Volume Id {4}: SHOP_1$/m)
  })

  it('kubevirt', () => {
    const [machine] = yaml('kubevirt/virtual-machine.yaml')
    expect(machine.spec.runStrategy).to.equal('Halted')
    const { image } = machine.spec.template.spec.volumes[0].containerDisk
    expect(image).to.equal('registry.test/sales/shop:latest')
  })

  it('lambda', () => {
    const role = 'arn:aws:iam::123456789012:role/shop'
    for (const name of ['node', 'custom'])
      expect(json(`lambda/${name}.json`)).to.include({ MemorySize: 256, Timeout: 60, Role: role })
    expect(json('lambda/custom.json').Layers[0]).to.match(/^arn:aws:lambda:eu-west-1:/)
    expect(text('lambda/README.md')).to.include('create-function --region eu-west-1')
  })

  it('lxc', async () => {
    const config = await stdout('tar', '-xOf', artefact('lxc/meta.tar.xz'), 'config')
    expect(config).to.match(/\nlxc\.cgroup2\.memory\.max = 64M\n$/)
    const metadata = parse(await stdout('tar', '-xOf', artefact('lxc/incus.tar.gz'), 'metadata.yaml'))
    expect(metadata.properties.os).to.equal('shop')
  })

  it('npm: npm installs it by that name, and only for those versions', async () => {
    expect(file('npm', '.tgz')).to.match(/sales-shop-1\.2\.3\.tgz$/)
    const options = ['--prefix', join(scratch(), 'user'), '--offline', '--no-audit', '--no-fund']
    await run('npm', ['install', ...options, file('npm', '.tgz')])
    const installed = join(scratch(), 'user/node_modules/@sales/shop/package.json')
    const { name, engines, publishConfig } = JSON.parse(readFileSync(installed, 'utf8'))
    expect({ name, engines, publishConfig }).to.deep.equal({
      ...{ name: '@sales/shop', engines: { node: '^22' }, publishConfig: { access: 'restricted' } },
    })
  })

  for (const target of ['oci', 'unikernel-oci'])
    it(`${target}: skopeo finds labels, user and ports, and the clusters the registry`, async function () {
      const skopeo = needTool(this, 'skopeo', 'skopeo')
      const { config } = JSON.parse(
        await stdout(skopeo, 'inspect', '--config', `oci:${artefact(`${target}/layout`)}:latest`),
      )
      expect(config.Labels.team).to.equal('sales')
      expect(config.ExposedPorts).to.deep.equal({ '3000/tcp': {}, '9090/tcp': {} })
      if (target === 'oci') expect(config.User).to.equal('1000:1001')
      const all = yaml(`${target}/kubernetes.yaml`)
      const { spec } = all.find(({ kind }) => kind === 'Deployment')
      expect(spec.replicas).to.equal(5)
      expect(spec.template.spec.containers[0].image).to.equal('registry.test/sales/shop:latest')
      if (target === 'oci')
        expect(spec.template.spec.securityContext).to.include({ runAsUser: 1000, runAsGroup: 1001 })
      const ports = all.find(({ kind }) => kind === 'Service').spec.ports
      expect(ports.map(({ port }: { port: number }) => port)).to.deep.equal([80, 9090])
      const [group] = json(`${target}/nomad.json`).Job.TaskGroups
      expect(group.Tasks[0].Config.image).to.equal('registry.test/sales/shop:latest')
      expect(group.Networks[0].DynamicPorts).to.deep.equal([
        { Label: 'http', To: 3000 },
        { Label: 'port-9090', To: 9090 },
      ])
      expect(parse(text(`${target}/compose.yaml`)).services.shop.ports).to.deep.equal([
        '3000:3000',
        '9090:9090',
      ])
    })

  it('openstack', () => {
    expect(json('openstack/image.json')).to.include({ hw_disk_bus: 'scsi', team: 'sales', min_disk: 5 })
    expect(text('openstack/README.md'))
      .to.include('--min-disk 5 ')
      .and.to.include('--property hw_disk_bus=scsi ')
  })

  it('proxmox: the script asks qm for it', async () => {
    const script = text('proxmox/create.sh').replace(/^qm /m, 'echo ')
    writeFileSync(join(scratch(), 'create.sh'), script)
    const asked = await stdout('sh', join(scratch(), 'create.sh'), '100')
    expect(asked).to.include('--scsi0 ceph:0,').and.to.include('bridge=vmbr7 ').and.to.include('--onboot 1 ')
  })

  it('vagrant', () => {
    const { name, versions } = json('vagrant/metadata.json')
    expect(name).to.equal('sales/shop')
    expect(versions[0]).to.include({ version: '1.2.3' })
    expect(versions[0].providers.map(({ url }: { url: string }) => url)).to.include(
      'https://boxes.test/shop/shop-libvirt.box',
    )
  })

  it('vmware: an XML parser finds them in the descriptor', async function () {
    const descriptor = join(scratch(), 'shop.ovf')
    writeFileSync(descriptor, await stdout('tar', '-xOf', artefact('vmware/shop.ova'), 'shop.ovf'))
    const value = (path: string) =>
      stdout(needTool(this, 'xmllint', 'libxml2-utils'), '--xpath', `string(${path})`, descriptor)
    expect(await value("//*[local-name()='VirtualSystemType']")).to.equal('vmx-20\n')
    expect(
      await value("//*[local-name()='Config'][@*[local-name()='key']='firmware']/@*[local-name()='value']"),
    ).to.equal('efi\n')
    for (const path of ["//*[local-name()='Network']/@*", "//*[local-name()='Connection']"])
      expect(await value(path)).to.equal('Servers & <more>\n')
  })

  it('web', () => {
    expect(text('web/site/index.html')).to.include('<title>The &#60;shop&#62;</title>')
    expect(json('web/site/manifest.webmanifest')).to.include({ name: 'The <shop>', theme_color: '#abcdef' })
    expect(text('web/site/icon.svg')).to.include('fill="#abcdef"')
  })

  it('workerd takes them', async () => {
    expect(text('workerd/shop/worker.capnp'))
      .to.include('compatibilityDate = "2026-02-02"')
      .and.to.include('["nodejs_compat", "no_nodejs_compat_v2"]')
    await expectServed(artefact('workerd'), 'hello')
  })

  it('zone', () => {
    const configuration = text('zone/shop.zonecfg')
    for (const line of ['(name=ips,value="10.1.2.3/20")', '(name=gateway,value="10.1.2.1")'])
      expect(configuration).to.include(line)
    const { nics, resolvers } = json('zone/smartos-vm.json')
    expect(resolvers).to.deep.equal(['10.1.2.2'])
    expect(nics[0]).to.include({
      ...{ nic_tag: 'external', ip: '10.1.2.3', netmask: '255.255.240.0', gateway: '10.1.2.1' },
    })
  })

  it('unik boot forwards every port of a machine, the one that the app serves first', async () => {
    const session = await startGuest({ subject: artefact('qemu'), timeout: 60 })
    expect(session.ports.map(({ guest }) => guest)).to.deep.equal([3000, 9090])
    const url = `http://127.0.0.1:${session.ports[0]?.host}/`
    const text = (await answersWithin(url, 60_000)) ? await ask(url) : undefined
    await session.guest.shutdown()
    await session.ended
    expect(text).to.equal('hello')
  })

  it('oci: runc runs it as that user, and it answers on the first port', async function () {
    needTool(this, 'runc', 'runc')
    await expectServed(artefact('oci'), 'hello')
  })
})
