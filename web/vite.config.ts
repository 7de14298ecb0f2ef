import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';

// The program serves index.html at `/` and below `/ui/`, and the hashed files at `/ui/assets/`.
export default defineConfig({
  base: '/ui/',
  resolve: { alias: { '@': fileURLToPath(new URL('src', import.meta.url)) } },
  build: {
    target: 'es2022',
    cssTarget: ['chrome111', 'firefox113', 'safari16.4'],
    assetsInlineLimit: 0,
    license: { fileName: 'licenses.txt' }, // What is bundled asks for its notices to come along.
    chunkSizeWarningLimit: 700,
    rollupOptions: {
      onwarn: (warning, show) => {
        if (warning.code !== 'MODULE_LEVEL_DIRECTIVE') show(warning); // "use client" means nothing here.
      },
    },
  },
  esbuild: { jsx: 'automatic' },
  server: {
    port: 5173,
    proxy: { '/api': { target: process.env.TROUPE_URL ?? 'http://127.0.0.1:8001', changeOrigin: false } },
  },
});
