/**
 * A Prisma generator that writes the schema's data model as JSON, so that a test can compare it with
 * the database. Speaks Prisma's generator protocol: JSON lines in on stdin, answers on stderr.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

type Request = {
  readonly id: number;
  readonly method: 'getManifest' | 'generate';
  readonly params: { generator: { output: { value: string } }; dmmf: { datamodel: unknown } };
};

const answer = (id: number, result: unknown) =>
  process.stderr.write(`${JSON.stringify({ jsonrpc: '2.0', id, result })}\n`);

createInterface({ input: process.stdin }).on('line', (line) => {
  const request = JSON.parse(line) as Request;
  if (request.method === 'getManifest') {
    answer(request.id, { manifest: { prettyName: 'Shape', defaultOutput: '.' } });
    return;
  }
  const folder = request.params.generator.output.value;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'shape.json'), JSON.stringify(request.params.dmmf.datamodel));
  answer(request.id, null);
});
