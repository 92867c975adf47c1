/** What code validation is measured against: Express, one SELECT, one UPDATE, nothing else. */
import express from 'express';
import mysql from 'mysql2/promise';

/** As many connections as the product's pool has. */
const POOL_CONNECTIONS = 12;

const { BENCH_DATABASE_URL: url, BENCH_PORT: port } = process.env;
if (!url || !port) throw new Error('BENCH_DATABASE_URL and BENCH_PORT say where');
const pool = mysql.createPool({ uri: url, connectionLimit: POOL_CONNECTIONS, timezone: 'Z' });
const app = express();
app.disable('x-powered-by');
app.use(express.json());
app.post('/validate', async (request, response) => {
  const body = request.body as { code: string };
  const [rows] = await pool.execute<mysql.RowDataPacket[]>('SELECT id, expiresAt FROM bench_code WHERE code = ?', [
    body.code,
  ]);
  const found = rows[0];
  if (!found) return void response.status(404).json({ valid: false });
  await pool.execute('UPDATE bench_code SET usageCount = usageCount + 1, lastUsedAt = UTC_TIMESTAMP(3) WHERE id = ?', [
    found['id'],
  ]);
  response.json({ valid: true, expiresAt: found['expiresAt'] });
});
app.get('/', (_request, response) => void response.end('ready'));
const server = app.listen(Number(port), '127.0.0.1');
process.once('SIGTERM', () => server.close(() => process.exit(0)));
