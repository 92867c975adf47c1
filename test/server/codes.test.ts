import { afterAll, beforeAll, expect, test } from 'vitest';
import { readGrant } from '#contract/grant.ts';
import { makeUsageSums } from '../../server/src/access/usage.ts';
import type { TestApp } from './app.ts';
import { freshAddress, report, startApp } from './app.ts';

let app: TestApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app.stop());

test('a right code lets a device in, may be typed carelessly, and is not used up', async () => {
  const channel = await app.make.channel();
  const { code } = await app.make.code(channel);
  expect(code).toMatch(/^PLI[0-9A-HJKMNP-TV-Z]{9}$/);
  const careless = `${code.slice(0, 3).toLowerCase()} - ${code.slice(3).replaceAll('0', 'o').replaceAll('1', 'l')}`;
  const first = await app.validate(careless, channel.slug);
  expect(first).toMatchObject({ status: 200, body: { valid: true, channel: channel.slug, grant: null } });
  expect(first.body['secondsLeft']).toBeGreaterThan(8 * 3600 - 60);
  const cookie = app.deviceCookie(first);
  expect((await app.validate(code, channel.slug, { cookie })).status).toBe(200);
  const current = await app.call('GET', `/api/live-sessions/current?channel=${channel.slug}`, { cookie });
  expect(current.body).toMatchObject({ state: 'none', access: true, hlsUrl: null });
  await makeUsageSums(app.platform.db)();
  const [row] = await app.owner('SELECT usageCount, lastAddress FROM access_code WHERE channelId = ?', [channel.id]);
  expect(row?.['usageCount']).toBe(2);
  const [uses] = await app.owner(
    'SELECT COUNT(*) AS n FROM code_usage u JOIN access_code c ON c.id = u.codeId WHERE c.channelId = ?',
    [channel.id],
  );
  expect(uses?.['n']).toBe(2);
});

test('eight hours from creation, by the database clock', async () => {
  const channel = await app.make.channel();
  await app.make.code(channel);
  const [row] = await app.owner(
    'SELECT TIMESTAMPDIFF(MICROSECOND, createdAt, expiresAt) AS life, ABS(TIMESTAMPDIFF(SECOND, createdAt, UTC_TIMESTAMP(3))) AS age FROM access_code WHERE channelId = ?',
    [channel.id],
  );
  expect(Number(row?.['life'])).toBe(8 * 3600 * 1e6);
  expect(Number(row?.['age'])).toBeLessThan(10);
});

test('each wrong code has its own sentence', async () => {
  const [mine, other] = [await app.make.channel(), await app.make.channel()];
  const [expired, revoked, foreign] = [
    await app.make.code(mine),
    await app.make.code(mine),
    await app.make.code(other),
  ];
  await app.owner('UPDATE access_code SET expiresAt = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND WHERE publicId = ?', [
    expired.id,
  ]);
  await app.owner('UPDATE access_code SET revokedAt = UTC_TIMESTAMP(3) WHERE publicId = ?', [revoked.id]);
  const answers = {
    'code.expired': await app.validate(expired.code, mine.slug),
    'code.revoked': await app.validate(revoked.code, mine.slug),
    'code.other_channel': await app.validate(foreign.code, mine.slug),
    'code.unknown': await app.validate('PLI000000000', mine.slug),
    'code.malformed': await app.validate('hello!', mine.slug),
  };
  for (const [code, answer] of Object.entries(answers)) {
    expect(answer.body['code']).toBe(code);
    expect(answer.status).toBeGreaterThanOrEqual(400);
    expect(answer.cookies).toEqual([]);
  }
});

test('a third device takes over the oldest, which is told so; media learns it', async () => {
  const channel = await app.make.channel();
  const key = await app.make.key(channel);
  const { show } = (await app.media.authorize(key.hash)).body as { show: { showId: string; channelId: string } };
  await app.media.sync([report(show, 'playing')]);
  const { code, id } = await app.make.code(channel);
  const first = await app.validate(code, channel.slug);
  const cookie = app.deviceCookie(first);
  await app.validate(code, channel.slug);
  const current = (c: string) => app.call('GET', `/api/live-sessions/current?channel=${channel.slug}`, { cookie: c });
  expect((await current(cookie)).body).toMatchObject({
    state: 'live',
    access: true,
    hlsUrl: `/hls/${show.showId}/master.m3u8`,
  });
  const grant = readGrant(app.config.secrets.grantSecret, String(first.body['grant']));
  expect(grant).toMatchObject({ viewer: id, show: show.showId, role: 'viewer', maxDevices: 2 });
  const third = await app.validate(code, channel.slug);
  expect(third.status).toBe(200);
  expect((await current(cookie)).body).toMatchObject({ access: false, accessLost: 'taken_over', hlsUrl: null });
  expect((await current(app.deviceCookie(third))).body).toMatchObject({ access: true });
  const { revocations } = await app.media.sync([report(show, 'playing')]);
  expect(revocations.filter(({ viewer }) => viewer === id)).toMatchObject([
    { device: grant?.device, reason: 'taken_over' },
  ]);
  // The first device may come back; then the next oldest makes room.
  expect((await app.validate(code, channel.slug, { cookie })).status).toBe(200);
  expect((await current(cookie)).body).toMatchObject({ access: true });
});

test('a withdrawn code ends access and reaches media', async () => {
  const channel = await app.make.channel();
  const cookie = await app.signIn(channel);
  const key = await app.make.key(channel);
  const { show } = (await app.media.authorize(key.hash)).body as { show: { showId: string; channelId: string } };
  const { code, id } = await app.make.code(channel);
  const device = app.deviceCookie(await app.validate(code, channel.slug));
  const revoked = await app.call('POST', `/api/access-codes/${id}/revoke`, { cookie, body: {} });
  expect(revoked).toMatchObject({ status: 200, body: { revoked: true } });
  const { revocations } = await app.media.sync([report(show, 'playing')]);
  expect(revocations).toContainEqual(expect.objectContaining({ viewer: id, device: null, reason: 'revoked' }));
  const current = await app.call('GET', `/api/live-sessions/current?channel=${channel.slug}`, { cookie: device });
  expect(current.body).toMatchObject({ access: false, accessLost: 'revoked' });
});

test('five wrong codes, then a pause; the forged header does not help, others are unaffected', async () => {
  const channel = await app.make.channel();
  const { code } = await app.make.code(channel);
  const address = freshAddress();
  const guess = (n: number) =>
    app.validate(`PLI00000000${n}`, channel.slug, { address, headers: { 'x-forwarded-for': freshAddress() } });
  for (let n = 0; n < 5; n += 1) expect((await guess(n)).body['code']).toBe('code.unknown');
  expect((await guess(6)).body['code']).toBe('code.too_many_tries');
  expect((await app.validate(code, channel.slug, { address })).body['code']).toBe('code.too_many_tries');
  expect((await app.validate(code, channel.slug)).status).toBe(200);
});

test('right codes do not use the limit up', async () => {
  const channel = await app.make.channel();
  const { code } = await app.make.code(channel);
  const address = freshAddress();
  for (let n = 0; n < 12; n += 1) expect((await app.validate(code, channel.slug, { address })).status).toBe(200);
});

test('thirty devices at once leave two in', async () => {
  const channel = await app.make.channel();
  const { code, id } = await app.make.code(channel);
  const answers = await Promise.all(Array.from({ length: 30 }, () => app.validate(code, channel.slug)));
  expect(answers.map(({ status }) => status)).toEqual(answers.map(() => 200));
  await makeUsageSums(app.platform.db)();
  const [row] = await app.owner(
    'SELECT COUNT(*) AS n, MAX(c.usageCount) AS uses FROM code_device d JOIN access_code c ON c.id = d.codeId WHERE c.publicId = ? AND displacedAt IS NULL',
    [id],
  );
  expect(row).toMatchObject({ n: 2, uses: 30 });
});
