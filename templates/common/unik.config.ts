import { defineConfig } from 'unik'

export default defineConfig({
  entry: 'src/index.ts',
  targets: ['linux', 'qemu', 'oci'],
})
