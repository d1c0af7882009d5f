import { type Cloud, type Image, newId, type Snapshot } from './cloud.js'
import { ServiceError } from './service-error.js'

/** What EC2 answers to a request of its query protocol (2016-11-15), as XML without the frame. */
export function answerEc2(cloud: Cloud, query: URLSearchParams): string {
  const action = actions[query.get('Action') ?? '']
  if (action === undefined || query.get('Version') !== '2016-11-15')
    throw new ServiceError('InvalidAction', `${query.get('Action')} ${query.get('Version')}`)
  return action(cloud, query)
}

const actions: Readonly<Record<string, (cloud: Cloud, query: URLSearchParams) => string>> = {
  DescribeSnapshots(cloud, query) {
    const ids = list(query, 'SnapshotId')
    const unknown = ids.find((id) => !cloud.snapshots.has(id))
    if (unknown !== undefined) throw new ServiceError('InvalidSnapshot.NotFound', `${unknown} does not exist`)
    const found = [...cloud.snapshots.values()].filter((snapshot) => {
      settle(snapshot)
      return (
        (ids.length === 0 || ids.includes(snapshot.id)) &&
        matches(query, { ...tagFilters(snapshot.tags), status: snapshot.state, 'snapshot-id': snapshot.id })
      )
    })
    return element('snapshotSet', found.map((each) => element('item', snapshotXml(each))).join(''))
  },

  DescribeImages(cloud, query) {
    const ids = list(query, 'ImageId')
    const unknown = ids.find((id) => !cloud.images.has(id))
    if (unknown !== undefined) throw new ServiceError('InvalidAMIID.NotFound', `${unknown} does not exist`)
    const found = [...cloud.images.values()].filter((image) => {
      if (image.state === 'pending' && image.patience-- <= 0) image.state = 'available'
      if (image.state === 'deregistered') return false
      return (
        (ids.length === 0 || ids.includes(image.id)) &&
        matches(query, { ...tagFilters(image.tags), name: image.name })
      )
    })
    return element('imagesSet', found.map((each) => element('item', imageXml(each))).join(''))
  },

  RegisterImage(cloud, query) {
    const request = Object.fromEntries(query)
    checkImage(cloud, request)
    const id = newId('ami')
    cloud.images.set(id, {
      ...{
        id,
        name: request.Name ?? '',
        bootMode: request.BootMode ?? '',
        request,
        state: 'pending',
        patience: 1,
      },
      snapshotId: request['BlockDeviceMapping.1.Ebs.SnapshotId'] ?? '',
      tags: tagsOf(query, 'TagSpecification.1.'),
    })
    return element('imageId', id)
  },

  DeregisterImage(cloud, query) {
    const image = cloud.images.get(query.get('ImageId') ?? '')
    if (image === undefined) throw new ServiceError('InvalidAMIID.NotFound', 'no such image')
    if (image.state === 'deregistered') throw new ServiceError('InvalidAMIID.Unavailable', 'no longer there')
    image.state = 'deregistered'
    return element('return', 'true')
  },

  DeleteSnapshot(cloud, query) {
    const id = query.get('SnapshotId') ?? ''
    const user = [...cloud.images.values()].find(
      (image) => image.snapshotId === id && image.state !== 'deregistered',
    )
    if (user !== undefined) throw new ServiceError('InvalidSnapshot.InUse', `${id} is in use by ${user.id}`)
    if (!cloud.snapshots.delete(id))
      throw new ServiceError('InvalidSnapshot.NotFound', `${id} does not exist`)
    return element('return', 'true')
  },
}

/** What of a request to register an image must be so for a disk of ours. */
const needed: Readonly<Record<string, RegExp>> = {
  Name: /^[\w()[\] ./'@-]{3,128}$/,
  Description: /^[ -~]{0,255}$/,
  Architecture: /^x86_64$/,
  VirtualizationType: /^hvm$/,
  RootDeviceName: /^\/dev\/xvda$/,
  'BlockDeviceMapping.1.DeviceName': /^\/dev\/xvda$/,
  'BlockDeviceMapping.1.Ebs.VolumeType': /^gp3$/,
  'BlockDeviceMapping.1.Ebs.DeleteOnTermination': /^true$/,
  EnaSupport: /^true$/,
  BootMode: /^(uefi-preferred|uefi|legacy-bios)$/,
  ImdsSupport: /^v2\.0$/,
  'TagSpecification.1.ResourceType': /^image$/,
}

function checkImage(cloud: Cloud, request: Readonly<Record<string, string>>): void {
  for (const [key, pattern] of Object.entries(needed))
    if (!pattern.test(request[key] ?? ''))
      throw new ServiceError('InvalidParameterValue', `${key} is ${request[key]}`)
  if ('BlockDeviceMapping.1.Ebs.Encrypted' in request) throw new ServiceError('InvalidParameter', 'Encrypted')
  const snapshot = cloud.snapshots.get(request['BlockDeviceMapping.1.Ebs.SnapshotId'] ?? '')
  if (snapshot === undefined) throw new ServiceError('InvalidSnapshot.NotFound', 'no such snapshot')
  if (snapshot.state !== 'completed')
    throw new ServiceError('IncorrectState', `${snapshot.id} is ${snapshot.state}`)
  const same = [...cloud.images.values()].find(
    (image) => image.name === request.Name && image.state !== 'deregistered',
  )
  if (same !== undefined) throw new ServiceError('InvalidAMIName.Duplicate', `${same.id} has this name`)
}

function settle(snapshot: Snapshot): void {
  if (snapshot.sealed && snapshot.state === 'pending' && snapshot.patience-- <= 0)
    snapshot.state = 'completed'
}

function snapshotXml({ id, state, volumeSize }: Snapshot): string {
  return element('snapshotId', id) + element('status', state) + element('volumeSize', String(volumeSize))
}

function imageXml({ id, name, state, bootMode, snapshotId }: Image): string {
  const device = element('deviceName', '/dev/xvda') + element('ebs', element('snapshotId', snapshotId))
  return (
    element('imageId', id) +
    element('name', name) +
    element('imageState', state) +
    element('bootMode', bootMode) +
    element('blockDeviceMapping', element('item', device))
  )
}

export function element(name: string, content: string): string {
  return `<${name}>${content}</${name}>`
}

/** NAME.1, NAME.2, … */
function list(query: URLSearchParams, name: string): string[] {
  const values: string[] = []
  for (let at = 1; query.has(`${name}.${at}`); at++) values.push(query.get(`${name}.${at}`) ?? '')
  return values
}

function matches(query: URLSearchParams, facts: Readonly<Record<string, string>>): boolean {
  return filtersOf(query).every(({ name, values }) => values.includes(facts[name] ?? ''))
}

function filtersOf(query: URLSearchParams): { name: string; values: string[] }[] {
  const filters: { name: string; values: string[] }[] = []
  for (let at = 1; query.has(`Filter.${at}.Name`); at++)
    filters.push({ name: query.get(`Filter.${at}.Name`) ?? '', values: list(query, `Filter.${at}.Value`) })
  return filters
}

function tagsOf(query: URLSearchParams, prefix: string): Record<string, string> {
  const tags: Record<string, string> = {}
  for (let at = 1; query.has(`${prefix}Tag.${at}.Key`); at++)
    tags[query.get(`${prefix}Tag.${at}.Key`) ?? ''] = query.get(`${prefix}Tag.${at}.Value`) ?? ''
  return tags
}

function tagFilters(tags: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(tags).map(([key, value]) => [`tag:${key}`, value]))
}
