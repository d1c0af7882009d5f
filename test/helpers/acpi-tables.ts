import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { start } from '../../base/run.js'

// Machines whose tables the kernel's ACPI code is tested with: somebody else's, as this QEMU makes them.
const devices = ['-device', 'virtio-net-device', '-device', 'virtio-rng-device']
const machines: Readonly<Record<string, readonly string[]>> = {
  microvm: ['-M', 'microvm', ...devices],
  'microvm-pcie': ['-M', 'microvm,pcie=on', ...devices],
  q35: ['-M', 'q35'],
}
const memory = 64 * 1024 * 1024

/** Writes every ACPI table of those machines as `<machine>.<signature>` (`q35.madt`, `microvm.dsdt`) below `folder`. */
export async function writeAcpiTables(folder: string): Promise<void> {
  mkdirSync(folder, { recursive: true })
  await Promise.all(Object.entries(machines).map(([name, args]) => writeTablesOf(folder, name, args)))
}

async function writeTablesOf(folder: string, name: string, args: readonly string[]): Promise<void> {
  const dump = join(folder, `${name}.memory`)
  const common = ['-m', '64', '-nodefaults', '-display', 'none', '-accel', 'tcg', '-monitor', 'stdio']
  const qemu = await start('qemu-system-x86_64', [...args, ...common])
  qemu.stdout.resume()
  try {
    for (let tries = 0; tries < 60; tries++) {
      qemu.stdin.write(`pmemsave 0 ${memory} "${dump}"\n`)
      await pause(Math.min(100 * 2 ** tries, 2000)) // the firmware is not done at once, nor is the dump on a busy machine
      const tables = findTables(dump)
      if (tables === undefined) continue
      for (const table of tables) writeFileSync(join(folder, `${name}.${fileSuffix(table)}`), table)
      return
    }
    throw new Error(`the firmware of ${name} made no ACPI tables in two minutes`)
  } finally {
    qemu.kill('SIGKILL')
    await qemu.ended
  }
}

// ACPI 6.5, 5.2.5: the RSDP lies on a 16-byte boundary of 0xe0000–0xfffff; it leads to the XSDT or RSDT, that to the rest.
function findTables(dump: string): Buffer[] | undefined {
  let ram: Buffer
  try {
    ram = readFileSync(dump)
  } catch {
    return undefined // not written yet
  }
  if (ram.length < memory) return undefined
  let at = 0xe0000
  while (at < 0x100000 && ram.toString('latin1', at, at + 8) !== 'RSD PTR ') at += 16
  if (at === 0x100000) return undefined
  const extended = ram.readUInt8(at + 15) >= 2
  const root = tableAt(ram, extended ? Number(ram.readBigUInt64LE(at + 24)) : ram.readUInt32LE(at + 16))
  if (root === undefined) return undefined
  const tables: Buffer[] = []
  for (let entry = 36; entry < root.length; entry += extended ? 8 : 4) {
    const table = tableAt(ram, extended ? Number(root.readBigUInt64LE(entry)) : root.readUInt32LE(entry))
    if (table === undefined) return undefined
    tables.push(table)
    if (table.toString('latin1', 0, 4) !== 'FACP') continue
    const dsdt = tableAt(ram, table.readUInt32LE(40))
    if (dsdt === undefined) return undefined
    tables.push(dsdt)
  }
  return tables
}

function tableAt(ram: Buffer, address: number): Buffer | undefined {
  if (address === 0 || address + 36 > ram.length) return undefined
  const table = ram.subarray(address, address + ram.readUInt32LE(address + 4))
  return table.length >= 36 && table.reduce((sum, byte) => (sum + byte) & 0xff, 0) === 0 ? table : undefined
}

// The MADT's signature is APIC.
function fileSuffix(table: Buffer): string {
  const signature = table.toString('latin1', 0, 4).toLowerCase()
  return signature === 'apic' ? 'madt' : signature
}
