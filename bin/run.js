#!/usr/bin/env node
import { userInfo } from 'node:os'
import { setFlagsFromString } from 'node:v8'
import { execute } from '@oclif/core/execute'

// Node.js 20 hands whatever has run a little to its optimising compiler, on threads of its own. A build is over before that
// pays: it took as much processor time as the build itself. The bytecodes to be run first, 15 times the default:
if (process.versions.node.startsWith('20.')) setFlagsFromString('--interrupt-budget=1000000')

// oclif asks the system's list of users for a shell that SHELL does not name, and fails for a user who is not in it, such as
// that of a container which runs as another number.
try {
  userInfo()
} catch {
  process.env.SHELL ??= ''
}

await execute({ dir: import.meta.url })
