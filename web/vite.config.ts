import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/**
 * Three entries: `watch` stays light for phones, `studio` and `admin` may grow. Nginx serves the result under a
 * policy of `script-src 'self'; style-src 'self'`, so nothing may be inlined.
 */
export default defineConfig({
  root: here('.'),
  base: '/',
  publicDir: false,
  plugins: [react()],
  resolve: {
    // The light build lacks subtitles, DRM and alternate audio, and is two thirds of the size.
    alias: [{ find: /^hls\.js$/, replacement: 'hls.js/light' }],
  },
  build: {
    outDir: here('./dist'),
    emptyOutDir: true,
    target: ['es2022', 'safari16'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      input: { watch: here('./watch.html'), studio: here('./studio.html'), admin: here('./admin.html') },
    },
  },
});
