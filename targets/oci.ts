import { join } from 'node:path'
import { appImage, writeImage } from './lib/app-image.js'
import { needApp } from './lib/need-app.js'
import type { Target } from './lib/target.js'
import { writeDebugFiles } from './lib/write-debug-files.js'

/** An image from nothing: the app ELF, a small /etc, the licence texts; it runs as an unprivileged user. */
const oci: Target = {
  name: 'oci',
  layer: 'OS-level container',
  summary: 'OCI image layout, and the same as an archive for docker load',
  carries: 'elf',
  proof: 'run as what it is',
  write(build, folder) {
    needApp(build, 'oci')
    writeImage(appImage(build), folder, `${build.name}.tar`)
    writeDebugFiles(build, folder)
  },
  recipe: (_build, folder) => ({ kind: 'oci', layout: join(folder, 'layout'), reference: 'latest' }),
}
export default oci
