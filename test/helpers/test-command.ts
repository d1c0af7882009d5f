import { join } from 'node:path'
import { packageRoot } from '../../base/package-root.js'
import { tryRun } from '../../base/run.js'
import { parseReport } from '../../boot/report/read-report.js'
import type { TestRow } from '../../boot/report/test-report.js'

/** Runs `unik test … --json` as somebody would. */
export async function testApp(
  args: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<{ readonly status: number; readonly rows: readonly TestRow[]; readonly stderr: string }> {
  const command = [join(packageRoot, 'bin/run.js'), 'test', ...args, '--json']
  const { stdout, stderr, exitCode } = await tryRun(process.execPath, command, { env, timeout: 110_000 })
  if (!stdout.includes('"rows"')) throw new Error(`status ${exitCode}: ${stdout}${stderr}`)
  return { status: exitCode, rows: parseReport(stdout).rows, stderr }
}
