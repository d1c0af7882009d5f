import { ByteWriter } from '../../base/byte-writer.js'
import { assertSize, bytes, padding, struct, u8, u16, u32, u64, viewOf } from '../../base/struct.js'
import { UserError } from '../../base/user-error.js'

/** A variable with its time of writing: EDK2's MdeModulePkg/Include/Guid/VariableFormat.h. Name and data follow. */
const variable = struct({
  start: u16,
  state: u8,
  reserved: u8,
  attributes: u32,
  count: u64,
  time: padding(16),
  key: u32,
  nameSize: u32,
  dataSize: u32,
  vendor: bytes(16),
})
assertSize(variable, 60)

/** EFI_LOAD_OPTION, without its description and paths (UEFI 2.10, 3.1.3). */
const loadOption = struct({ attributes: u32, pathsSize: u16 })
/** A node of a device path (UEFI 2.10, 10.3). */
const pathNode = struct({ type: u8, subtype: u8, size: u16 })

const START = 0x55aa
const ADDED = 0x3f
/** Kept, and there both before and after the operating system has taken over. */
const NV_BS_RT = 7
const ACTIVE = 1
/** A node that is the address of a file on a web server: the firmware finds the network card for it (3.1.2, short forms). */
const URI_NODE = { type: 3, subtype: 24 }
const END_NODE = { type: 0x7f, subtype: 0xff }
/** EFI_GLOBAL_VARIABLE, and the mark of a store of such variables behind the volume's header, as they stand in memory. */
const globalVariable = Buffer.from('61dfe48bca93d211aa0d00e098032b8c', 'hex')
const store = { at: 0x48, mark: Buffer.from('782cf3aa7b949a43a1802e144ec37792', 'hex'), headerSize: 28 }

/** The firmware's variables with a boot entry for this address added, which is taken next. */
export function addBootEntry(variables: Uint8Array, address: string): Uint8Array {
  const found = Buffer.from(variables.buffer, variables.byteOffset, variables.length)
  if (!found.subarray(store.at, store.at + 16).equals(store.mark))
    throw new UserError('the variables of this UEFI firmware are in a form that is not known')
  const added = new ByteWriter()
  appendVariable(added, 'Boot0001', entryFor(address))
  appendVariable(added, 'BootNext', Uint8Array.of(1, 0))
  const result = Uint8Array.from(variables)
  result.set(added.finish(), endOfVariables(variables))
  return result
}

function endOfVariables(variables: Uint8Array): number {
  const view = viewOf(variables)
  let at = store.at + store.headerSize
  for (let next = variable.read(view, at); next.start === START; next = variable.read(view, at))
    at = (at + variable.size + next.nameSize + next.dataSize + 3) & ~3
  return at
}

function appendVariable(out: ByteWriter, name: string, data: Uint8Array): void {
  const text = wide(name)
  out.append(variable, {
    ...{ start: START, state: ADDED, reserved: 0, attributes: NV_BS_RT, count: 0n, time: undefined, key: 0 },
    ...{ nameSize: text.length, dataSize: data.length, vendor: globalVariable },
  })
  out.bytes(text)
  out.bytes(data)
  out.align(4)
}

function entryFor(address: string): Uint8Array {
  const out = new ByteWriter()
  const pathsSize = 2 * pathNode.size + address.length
  out.append(loadOption, { attributes: ACTIVE, pathsSize })
  out.bytes(wide('HTTP'))
  out.append(pathNode, { ...URI_NODE, size: pathNode.size + address.length })
  out.text(address)
  out.append(pathNode, { ...END_NODE, size: pathNode.size })
  return out.finish()
}

/** UCS-2 with the zero that ends it. */
function wide(text: string): Uint8Array {
  return Buffer.from(`${text}\0`, 'utf16le')
}
