/** Vite's development server in front of a running install; started by `scripts/dev.ts`. */
import { join } from 'node:path';
import { createServer } from 'vite';
import { CHECKOUT } from './place.ts';

const target = process.argv[2];
if (!target) throw new Error('usage: vite-dev.ts ADDRESS');
const server = await createServer({
  configFile: join(CHECKOUT, 'web/vite.config.ts'),
  server: { proxy: { '^/(api|socket.io|hls|media)/': { target, ws: true } } },
  plugins: [
    {
      name: 'pages',
      configureServer(vite) {
        // The addresses that nginx maps to the pages.
        vite.middlewares.use((request, _reply, next) => {
          const path = (request.url ?? '').split('?')[0] ?? '';
          if (/^\/studio(\/|$)/.test(path)) request.url = '/studio.html';
          else if (/^\/admin(\/|$)/.test(path)) request.url = '/admin.html';
          else if (path === '/' || /^\/(c\/[^/]+|live|streams|code)\/?$/.test(path)) request.url = '/watch.html';
          next();
        });
      },
    },
  ],
});
await server.listen();
server.printUrls();
