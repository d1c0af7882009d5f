import { defineConfig } from 'unik'

export default defineConfig({
  name: 'several',
  apps: [
    // clock, clock.<any domain> and /clock, by its name
    { entry: 'src/clock.ts' },
    { entry: 'src/notes.ts', host: ['notes.example', '*.notes.example'], path: '/team/notes' },
    // what neither of them has
    { entry: 'src/front.ts', path: '/' },
  ],
})
