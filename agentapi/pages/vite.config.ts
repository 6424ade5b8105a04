import { defineConfig } from 'vitest/config'
import { svelte } from '@sveltejs/vite-plugin-svelte'

// The pages are embedded into the Go binary and served under a Content-Security-Policy without
// 'unsafe-inline' and without data: addresses, so nothing may be inlined here.
const server = process.env.HOTLINE ?? 'http://127.0.0.1:8080'

export default defineConfig({
  plugins: [svelte()],
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    chunkSizeWarningLimit: 700,
  },
  // `npm run dev` beside a running Hotline: its API and stream, our pages.
  // The contract is held against the forms by a test.
  server: { fs: { allow: ['.', '../rest', '../hooks', '../past'] }, proxy: { '/api': { target: server, ws: true, changeOrigin: true } } },
  test: { include: ['src/**/*.test.ts'], environment: 'node' },
})
