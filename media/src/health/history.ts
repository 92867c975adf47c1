/** A show's last ten minutes by the second, in one piece of memory that never grows. */
import type { HealthSample, Light } from '#contract/health.ts';

export const HISTORY_SAMPLES = 600;
const LIGHTS: readonly Light[] = ['green', 'amber', 'red'];
const FIELDS = ['atMs', 'kilobitsPerSecond', 'fps', 'behindMs', 'gaps', 'speed', 'devices', 'light'] as const;
const WIDTH = FIELDS.length;

export class History {
  readonly #rows = new Float64Array(HISTORY_SAMPLES * WIDTH);
  #count = 0;

  add(sample: HealthSample): void {
    const at = (this.#count % HISTORY_SAMPLES) * WIDTH;
    this.#count += 1;
    FIELDS.forEach((field, i) => {
      const value = sample[field];
      this.#rows[at + i] = typeof value === 'string' ? LIGHTS.indexOf(value) : (value ?? Number.NaN);
    });
  }

  /** Samples later than this, Unix milliseconds, oldest first. */
  since(sinceMs: number): HealthSample[] {
    const samples: HealthSample[] = [];
    for (let i = Math.max(0, this.#count - HISTORY_SAMPLES); i < this.#count; i += 1) {
      const sample = this.#sample((i % HISTORY_SAMPLES) * WIDTH);
      if (sample.atMs > sinceMs) samples.push(sample);
    }
    return samples;
  }

  #sample(at: number): HealthSample {
    const value = (i: number) => this.#rows[at + i] ?? 0;
    const known = (i: number) => (Number.isNaN(value(i)) ? null : value(i));
    return {
      atMs: value(0),
      kilobitsPerSecond: known(1),
      fps: known(2),
      behindMs: known(3),
      gaps: value(4),
      speed: known(5),
      devices: value(6),
      light: LIGHTS[value(7)] ?? 'green',
    };
  }
}
