import { afterAll, beforeAll, expect, test } from 'vitest';
import type { WantedShow } from '#contract/media-port.ts';
import { lintMedia } from '../kit/playlist-lint.ts';
import { type Publisher, publish } from '../kit/publisher.ts';
import { type Rig, startRig, until } from './rig.ts';

let rig: Rig;
let show: WantedShow;
let path: string;
const publishers: Publisher[] = [];

async function live(wanted: Partial<WantedShow> = {}) {
  const made = rig.show(wanted);
  publishers.push(publish(rig.rtmpUrl, made.key, { keyframeSeconds: 2 }));
  await until('a show that plays', () => rig.control.reported.get(made.show.showId)?.state === 'playing');
  return made.show;
}

beforeAll(async () => {
  rig = await startRig();
  show = await live();
  path = `/hls/${show.showId}`;
});
afterAll(async () => {
  for (const publisher of publishers) await publisher.stop();
  await rig.stop();
});

async function answer(address: string, grant?: string): Promise<[status: number, code: string | undefined]> {
  const response = await rig.get(address, grant);
  const text = await response.text();
  return [response.status, text.startsWith('{') ? JSON.parse(text).code : undefined];
}

/** Enters by the master playlist and returns the variant's address with its session. */
async function enter(grant: string, of = path): Promise<string> {
  const response = await rig.get(`${of}/master.m3u8`, grant);
  const text = await response.text();
  expect(response.status, text).toBe(200);
  return `${of}/${text.split('\n').find((line) => line.startsWith('source.m3u8'))}`;
}

/** Asks for a part that is still far away; a playing show answers within its segment. */
async function block(variant: string, grant: string) {
  const text = await (await rig.get(variant, grant)).text();
  const last = lintMedia(text).segments.at(-1);
  return answer(`${variant}&_HLS_msn=${(last?.msn ?? 0) + 1}&_HLS_part=8`, grant);
}

test('a playlist is compressed for those who take it so, and says the same to the others', async () => {
  const grant = rig.grant(show);
  const variant = await enter(grant);
  const ask = (encoding: string) => rig.get(variant, grant, encoding);
  const read = async (answer: Response) => lintMedia(await answer.text()).segments[0]?.msn;
  const zipped = await ask('br, gzip');
  expect(zipped.headers.get('content-encoding')).toBe('gzip');
  expect(zipped.headers.get('vary')).toBe('accept-encoding');
  for (const encoding of ['identity', 'gzip;q=0', 'gzip; q=0.0, br', 'xgzip']) {
    const plain = await ask(encoding);
    expect(plain.headers.get('content-encoding'), encoding).toBeNull();
    expect(await read(plain)).toBe(0);
  }
  expect((await ask('gzip;q=0.5')).headers.get('content-encoding')).toBe('gzip');
  expect(await read(zipped)).toBe(0);
});

test('without a grant, with an altered one, with one for another show: refused', async () => {
  const good = rig.grant(show);
  const other = rig.grant({ ...show, showId: `shw_${'0'.repeat(26)}` as WantedShow['showId'] });
  const required = [401, 'grant.required'];
  for (const name of ['master', 'source']) {
    expect(await answer(`${path}/${name}.m3u8`)).toEqual(required);
    expect(await answer(`${path}/${name}.m3u8`, `${good.slice(0, -2)}AA`)).toEqual(required);
    expect(await answer(`${path}/${name}.m3u8`, `x${good}`)).toEqual(required);
    expect(await answer(`${path}/${name}.m3u8`, other)).toEqual(required);
    expect(await answer(`/hls/g/${other}/${show.showId}/${name}.m3u8`)).toEqual(required);
  }
  expect(await answer(`${path}/source.m3u8`, rig.grant(show, { untilMs: Date.now() - 1 }))).toEqual([
    403,
    'grant.expired',
  ]);
});

test('a grant in the path opens the same, and the master’s addresses keep it', async () => {
  const inPath = `/hls/g/${rig.grant(show)}/${show.showId}`;
  const response = await rig.get(`${inPath}/master.m3u8`);
  const text = await response.text();
  expect(text).toMatch(/\nsource\.m3u8\?sid=/);
  expect(response.headers.get('cache-control')).toBe('no-store');
  // A body without a length goes out in chunks, which Nginx takes apart again for each viewer.
  expect(response.headers.get('transfer-encoding')).toBeNull();
  expect((await answer(`${inPath}/source.m3u8?sid=abcdefgh`))[0]).toBe(200);
});

test('a player without the master’s session number gets in, and stays one viewer', async () => {
  const grant = rig.grant(show, { maxDevices: 1 });
  for (let i = 0; i < 3; i += 1) expect((await answer(`${path}/source.m3u8`, grant))[0]).toBe(200);
});

test('unknown paths and directives that make no sense', async () => {
  const grant = rig.grant(show);
  const variant = await enter(grant);
  expect(await answer(`${path}/none.m3u8`, grant)).toEqual([404, 'not_found']);
  expect(await answer(`${variant}&_HLS_msn=999999`, grant)).toEqual([400, 'request.invalid']);
  expect(await answer(`${variant}&_HLS_part=1`, grant)).toEqual([400, 'request.invalid']);
  expect(await answer(`${variant}&_HLS_msn=-1`, grant)).toEqual([400, 'request.invalid']);
  expect(await answer('/control/wake', grant)).toEqual([404, 'not_found']);
  const wake = await fetch(`${rig.base}/control/wake`, { method: 'POST', headers: { authorization: 'Bearer wrong' } });
  expect(wake.status).toBe(401);
});

test('revoked in the middle of a blocked request: answered at once', async () => {
  const paused = await live();
  const grant = rig.grant(paused, { viewer: 'cod_revoked', device: 'one' });
  const variant = await enter(grant, `/hls/${paused.showId}`);
  const other = rig.grant(paused, { viewer: 'cod_revoked', device: 'two' });
  const waiting = block(variant, grant);
  rig.control.revocations = [{ viewer: 'cod_revoked', device: 'one', beforeMs: Date.now() + 1, reason: 'revoked' }];
  await rig.wake();
  expect(await waiting).toEqual([403, 'grant.revoked']);
  expect((await answer(`/hls/${paused.showId}/source.m3u8`, other))[0]).toBe(200);
  rig.control.revocations = [];
  await rig.wake();
});

test('paused and preview: viewers are told, the creator goes on', async () => {
  const own = await live();
  const at = `/hls/${own.showId}/source.m3u8`;
  const [viewer, creator] = [rig.grant(own), rig.grant(own, { role: 'creator' })];
  const apply = async (change: Partial<WantedShow>, status: number) => {
    Object.assign(own, change);
    await rig.wake();
    return until('the change', async () => ((await answer(at, viewer))[0] === status ? answer(at, viewer) : null));
  };
  expect(await apply({ paused: true }, 403)).toEqual([403, 'show.paused']);
  expect((await answer(at, creator))[0]).toBe(200);
  expect(await apply({ paused: false, audience: 'creator' }, 404)).toEqual([404, 'show.not_started']);
  expect((await answer(at, creator))[0]).toBe(200);
});

test('one device more than allowed takes the oldest one’s place', async () => {
  const grants = ['a', 'b', 'c'].map((device) => rig.grant(show, { viewer: 'cod_shared', device }));
  const [one = '', two = '', three = ''] = grants;
  const first = await enter(one);
  const second = await enter(two);
  const waiting = block(first, one);
  const third = await enter(three);
  expect(await waiting).toEqual([409, 'code.taken_over']);
  expect(await answer(first, one)).toEqual([409, 'code.taken_over']);
  expect((await answer(second, two))[0]).toBe(200);
  expect((await answer(third, three))[0]).toBe(200);
});

test('of 120 who come at once 100 get in; they keep their places', async () => {
  const full = await live({ viewerLimit: 100 });
  const at = `/hls/${full.showId}`;
  const grants = Array.from({ length: 120 }, () => rig.grant(full));
  const answers = await Promise.all(grants.map((grant) => answer(`${at}/master.m3u8`, grant)));
  const inside = grants.filter((_, i) => answers[i]?.[0] === 200);
  expect(inside).toHaveLength(100);
  expect(answers.filter(([, code]) => code === 'show.full')).toHaveLength(20);
  const again = await Promise.all(inside.map((grant) => answer(`${at}/source.m3u8`, grant)));
  expect(again.every(([status]) => status === 200)).toBe(true);
  expect((await answer(`${at}/master.m3u8`, rig.grant(full, { role: 'creator' })))[0]).toBe(200);
  await until('the count', () => rig.control.reported.get(full.showId)?.viewers === 100);
});

test('in a room half full twenty devices of one address watch a free show; a forged header makes no other address of it', async () => {
  let open: WantedShow;
  let forged = 0;
  const come = async (address: string, viewer = 'anon') => {
    forged += 1;
    const grant = rig.grant(open, { viewer });
    const response = await fetch(`${rig.base}/hls/${open.showId}/master.m3u8`, {
      headers: {
        cookie: `sd_testtest_grant=${grant}`,
        'x-real-ip': address,
        'x-forwarded-for': `192.0.2.${forged}`,
        forwarded: `for=192.0.2.${forged}`,
      },
    });
    const text = await response.text();
    return text.startsWith('{') ? JSON.parse(text) : response.status;
  };
  const refused = { code: 'show.address_full', message: expect.stringMatching(/your network .* try again/) };
  for (const network of [() => '203.0.113.7', () => `2001:db8:0:7::${forged.toString(16)}`]) {
    open = await live({ viewerLimit: 40 });
    const answers = await Promise.all(Array.from({ length: 23 }, () => come(network())));
    expect(answers.filter((answer) => answer === 200)).toHaveLength(20);
    expect(answers.filter((answer) => answer !== 200)).toEqual([refused, refused, refused]);
    // Who paid for something watches beside them.
    expect(await come(network(), 'cod_paid')).toBe(200);
  }
  expect(await come('203.0.113.8')).toBe(200);
  expect(await come('2001:db8:0:8::1')).toBe(200);
});

test('a session is known again after media was killed', async () => {
  const grant = rig.grant(show);
  const variant = await enter(grant);
  await rig.end('SIGKILL');
  await rig.start();
  expect((await answer(variant, grant))[1]).not.toBe('code.taken_over');
  await until('the report of it', () => rig.control.syncs.at(-1)?.sequence);
});

test('a part that is announced is held until it is made; any other is not found', async () => {
  const own = await live();
  const text = await (await rig.get(`/hls/${own.showId}/source.m3u8`, rig.grant(own))).text();
  const start = Number(/BYTERANGE-START=(\d+)/.exec(text)?.[1]);
  const part = (address: string, range: string) => fetch(`${rig.base}${address}`, { headers: { range } });
  const response = await part(lintMedia(text).hint ?? '', `bytes=${start}-`);
  expect([206, 404]).toContain(response.status);
  const bytes = Buffer.from(await response.arrayBuffer());
  if (response.status === 206) {
    expect(bytes.toString('latin1', 4, 8)).toBe('moof');
    expect(response.headers.get('content-range')).toBe(`bytes ${start}-${start + bytes.length - 1}/*`);
  }
  expect((await part(`/media/${own.showId}/source/seg-9999.m4s?p=0`, 'bytes=0-')).status).toBe(404);
  expect((await part(`/media/${own.showId}/source/seg-0.m4s?p=0`, 'bytes=1-')).status).toBe(404);
  expect((await fetch(`${rig.base}/media/${own.showId}/source/..%2f..%2fsecrets.json`)).status).toBe(404);
});

test('health and metrics', async () => {
  expect(await (await fetch(`${rig.base}/control/health`)).json()).toMatchObject({ ok: true });
  expect(await (await fetch(`${rig.base}/control/metrics`)).text()).toContain('stagedoor_media_streams');
});
