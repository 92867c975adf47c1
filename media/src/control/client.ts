/** Calls the control plane over loopback; whichever api process answers is as good as another. */
import type { z } from 'zod';

const TIMEOUT_MS = 2000;

export type ControlClient = {
  /** Returns the checked reply, or null where no api process gave a usable one. */
  post<S extends z.ZodType>(path: string, body: unknown, reply: S): Promise<z.infer<S> | null>;
};

type Options = {
  ports: readonly number[];
  secret: string;
  onFault: (fault: { port: number; err?: unknown; status?: number }) => void;
};

export function createControlClient({ ports, secret, onFault }: Options): ControlClient {
  let preferred = 0;

  async function ask<S extends z.ZodType>(
    port: number,
    path: string,
    body: string,
    reply: S,
  ): Promise<z.infer<S> | null> {
    try {
      const headers = { authorization: `Bearer ${secret}`, 'content-type': 'application/json' };
      const signal = AbortSignal.timeout(TIMEOUT_MS);
      const response = await fetch(`http://127.0.0.1:${port}${path}`, { method: 'POST', headers, body, signal });
      const text = await response.text();
      if (response.ok) return reply.parse(JSON.parse(text));
      onFault({ port, status: response.status });
    } catch (err) {
      onFault({ port, err });
    }
    return null;
  }

  return {
    async post(path, body, reply) {
      const text = JSON.stringify(body);
      for (let tries = 0; tries < ports.length; tries += 1) {
        const answer = await ask(ports[preferred % ports.length] ?? 0, path, text, reply);
        if (answer !== null) return answer;
        preferred += 1;
      }
      return null;
    },
  };
}
