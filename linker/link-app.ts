import type { Program } from '../compiler/program.js'
import { appsObject, type HostedApps } from './apps-object.js'
import type { Image, LinkInput } from './image.js'
import { link } from './link.js'
import { programObject } from './program-object.js'

/** The start object, then the archives of engine, libraries and C library, in link order. */
export type AppRuntime = readonly LinkInput[]

/** The app ELF: the same file for every target that has a Linux, or our kernel, under it. */
export function linkApp(program: Program, runtime: AppRuntime): Image {
  return link([programObject(program), ...runtime], { output: 'static-pie', entry: '_start' })
}

/** The same of several apps. */
export function linkApps(hosted: HostedApps, runtime: AppRuntime): Image {
  return link([appsObject(hosted), ...runtime], { output: 'static-pie', entry: '_start' })
}
