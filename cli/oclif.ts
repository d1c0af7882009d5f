import { requirePackage } from '../base/require-package.js'

/** The parts of oclif that commands are made of. Its main module would load all the rest, and semver, at each start. */
export const { Command } = requirePackage('@oclif/core/command') as typeof import('@oclif/core/command')
export const Args = requirePackage('@oclif/core/args') as typeof import('@oclif/core/args')
export const Flags = requirePackage('@oclif/core/flags') as typeof import('@oclif/core/flags')
