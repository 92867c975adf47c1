/** node-media-server as it comes, in a process of its own. Arguments: port, folder for its store, optional secret. */
import { createRequire } from 'node:module';

type Server = new (config: object) => { run(): Promise<void> };
const NodeMediaServer = createRequire(import.meta.url)('node-media-server') as Server;
const [port, path, secret] = process.argv.slice(2);

await new NodeMediaServer({
  bind: '127.0.0.1',
  rtmp: { port: Number(port) },
  store: { path },
  record: { auto: false },
  ...(secret ? { auth: { publish: true, secret } } : {}),
}).run();
