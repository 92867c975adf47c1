import { afterAll, beforeAll, expect, test } from 'vitest';
import { HealthReport } from '#contract/health.ts';
import type { RefusalReason, WantedShow } from '#contract/media-port.ts';
import { HOLDER_SILENT_MS } from '../../media/src/shows/duel.ts';
import { type Publisher, publish, publishFile } from '../kit/publisher.ts';
import { healthClip } from './health-clips.ts';
import { newId, type Rig, startRig, until } from './rig.ts';

let rig: Rig;
const cleanUp: (() => Promise<void>)[] = [];
beforeAll(async () => {
  rig = await startRig();
});
afterAll(async () => {
  for (const one of cleanUp) await one();
  await rig.stop();
});

function start(key: string): Publisher {
  const publisher = publish(rig.rtmpUrl, key, { keyframeSeconds: 2 });
  cleanUp.push(() => publisher.stop());
  return publisher;
}

/** Resolves once the publisher has sent nothing for longer than a holder may, and long before its connection times out. */
const silent = (show: WantedShow) =>
  until('silence', async () => ((await report(show.showId)).now.input?.behindMs ?? 0) > HOLDER_SILENT_MS + 500);

/** How long an encoder that was cut waits before it is back, milliseconds. */
const RETRY_MS = 500;

/** An encoder that never gives up. */
function stubborn(key: string) {
  let over = false;
  let running: Publisher;
  let words = '';
  const run = async (): Promise<void> => {
    while (!over) {
      running = publish(rig.rtmpUrl, key, { keyframeSeconds: 2 });
      await running.ended;
      words += running.stderr();
      if (!over) await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  };
  const done = run();
  const stop = async (): Promise<void> => {
    over = true;
    await running.stop();
    await done;
  };
  cleanUp.push(stop);
  return { stop, words: () => words, signal: (name: NodeJS.Signals) => process.kill(running.pid, name) };
}

const reported = (show: WantedShow) => rig.control.reported.get(show.showId);
const playing = (show: WantedShow) => until('a show that plays', () => reported(show)?.state === 'playing');
const advices = (show: WantedShow) => reported(show)?.advices ?? [];
const refusals = (show: WantedShow, reason: RefusalReason) =>
  [...rig.control.refusals.values()].filter((one) => one.channelId === show.channelId && one.reason === reason);

async function report(showId: string, since = 0): Promise<HealthReport> {
  const headers = { authorization: `Bearer ${rig.secrets.mediaSecret}` };
  const response = await fetch(`${rig.base}/control/shows/${showId}/health?since=${since}`, { headers });
  return HealthReport.parse(await response.json());
}

test.concurrent('two encoders that never give up: one stays, the other hears why, the creator is told; a frozen one loses', async () => {
  const { show, key } = rig.show();
  const first = stubborn(key);
  await playing(show);
  const second = stubborn(key);
  await until('the duel to end', () => refusals(show, 'publish.two_encoders').length >= 2, 30_000);
  await until('the advice', () => advices(show).includes('two_encoders'));
  expect(reported(show)).toMatchObject({ light: 'amber', state: 'playing' });
  const winner = reported(show)?.broadcastId;
  const tries = refusals(show, 'publish.two_encoders').length;
  await until('more tries', () => refusals(show, 'publish.two_encoders').length >= tries + 4, 30_000);
  expect(reported(show)?.broadcastId).toBe(winner);
  const [holder, loser] = first.words().includes('Two encoders use this key') ? [second, first] : [first, second];
  expect(loser.words()).toContain('Two encoders use this key');
  // Its network is gone without a goodbye: the other one gets in at its next try.
  holder.signal('SIGSTOP');
  await until('the other encoder', () => reported(show)?.broadcastId !== winner && reported(show)?.state === 'playing');
  // It lost to the other one, and not to the time limit of silent connections.
  expect(rig.log()).not.toContain('"end":"timeout"');
  await Promise.all([first.stop(), second.stop()]);
});

test.concurrent('an ordinary takeover is no duel', async () => {
  const { show, key } = rig.show();
  start(key);
  await playing(show);
  const before = reported(show)?.broadcastId;
  start(key);
  await until('the newer one', () => reported(show)?.broadcastId !== before && reported(show)?.state === 'playing');
  const { now } = await until('three good seconds', async () => {
    const found = await report(show.showId);
    return found.history.length >= 5 ? found : null;
  });
  expect(now).toMatchObject({ light: 'green', advices: [] });
});

test.concurrent('a first publish with a wrong codec: no broadcast, and yet the creator is told, until a good one', async () => {
  const { show, key } = rig.show();
  const wrong = publishFile(rig.rtmpUrl, key, healthClip('mp3'));
  cleanUp.push(() => wrong.stop());
  await wrong.ended;
  await until('the advice', () => advices(show).includes('wrong_codec'));
  expect(reported(show)).toMatchObject({ light: 'red', state: 'lost', broadcastId: null });
  expect((await report(show.showId)).now).toMatchObject({ light: 'red', advices: ['wrong_codec'], input: null });
  expect(refusals(show, 'publish.unsupported_codec')).toHaveLength(1);
  start(key);
  await playing(show);
  await until('the advice to go', () => advices(show).length === 0);
  expect(reported(show)?.light).toBe('green');
});

test('another key of the channel while the first sends: refused and told, until the first is silent', async () => {
  const { show, key } = rig.show();
  const holder = start(key);
  await playing(show);
  const other = rig.show({ channelId: show.channelId });
  await start(other.key).ended;
  await until('the advice', () => advices(show).includes('two_encoders'));
  expect(reported(show)).toMatchObject({ state: 'playing', light: 'amber' });
  expect(refusals(show, 'publish.other_key_live')).toHaveLength(1);
  process.kill(holder.pid, 'SIGSTOP');
  await silent(show);
  expect(await start(other.key).accepted).not.toBe(null);
  await playing(other.show);
  expect(reported(show)?.state).toBe('lost');
});

test('another key that the control plane refused: the show of the first key says so all the same', async () => {
  const { show, key } = rig.show();
  start(key);
  await playing(show);
  const { authorize } = rig.control;
  const message = 'Another encoder is live.';
  const refusal = { ok: false, reason: 'publish.other_key_live', message } as const;
  const second = rig.show();
  const secondHash = second.show.keys[0]?.keyHash ?? '';
  rig.control.authorize = (keyHash) => (keyHash === secondHash ? refusal : authorize(keyHash));
  // The same channel's key, as media was told of it.
  show.keys.push({ keyId: newId('key') as never, keyHash: secondHash });
  rig.control.shows = rig.control.shows.filter((one) => one !== second.show);
  await rig.wake();
  await until('a report', () => rig.control.syncs.length > 0);
  await start(second.key).ended;
  await until('the advice', () => advices(show).includes('two_encoders'));
  expect(refusals(show, 'publish.other_key_live')).toHaveLength(1);
  rig.control.authorize = authorize;
});

test('the report needs the secret and a show; metrics name shows while they run', async () => {
  const { show, key } = rig.show();
  start(key);
  await playing(show);
  const path = `${rig.base}/control/shows/${show.showId}/health`;
  expect((await fetch(path)).status).toBe(401);
  const headers = { authorization: `Bearer ${rig.secrets.mediaSecret}` };
  expect((await fetch(`${rig.base}/control/shows/${newId('shw')}/health`, { headers })).status).toBe(404);
  expect((await fetch(`${path}?since=x`, { headers })).status).toBe(400);
  const { history } = await until('some history', async () => {
    const found = await report(show.showId);
    return found.history.length >= 3 ? found : null;
  });
  expect((await report(show.showId, history[1]?.atMs)).history[0]).toEqual(history[2]);
  const metrics = async () => (await fetch(`${rig.base}/control/metrics`)).text();
  const text = await metrics();
  const value = (name: string) =>
    Number(new RegExp(`^${name}{show="${show.showId}"[^}]*} (\\S+)$`, 'm').exec(text)?.[1]);
  expect(value('stagedoor_show_input_bits_per_second')).toBeGreaterThan(300_000);
  expect(value('stagedoor_show_input_frames_per_second')).toBeGreaterThan(15);
  expect(value('stagedoor_show_light')).toBe(0);
  expect(value('stagedoor_show_rendition_viewers')).toBe(0);
  expect(text).toMatch(/^stagedoor_media_refusals_total{reason="publish.two_encoders"} \d+$/m);
  expect(text).toMatch(/^stagedoor_media_takeovers_total [3-9]/m);
  expect(text).not.toContain('NaN');
  show.wanted = 'end';
  await rig.wake();
  await until('the show to leave the metrics', async () => !(await metrics()).includes(show.showId));
});
