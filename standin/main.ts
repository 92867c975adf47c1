/** The process `standin` of an install without keys of Stripe. */
import { flushCompileCache } from 'node:module';
import { join } from 'node:path';
import { ConfigError, loadConfig } from '#config/index.ts';
import { startStandin } from './start.ts';

/** A stop that takes longer is cut short, milliseconds. */
const STOP_WITHIN_MS = 3000;

async function main(): Promise<void> {
  const config = loadConfig();
  const { standinPort, secrets, apiPorts } = config;
  if (standinPort === null) throw new ConfigError('This install has keys of Stripe, so it needs no stand-in.');
  const standin = await startStandin({
    port: standinPort,
    stateFile: join(config.varDir, 'standin/state.db'),
    secretKey: secrets.stripeSecretKey,
    webhookSecret: secrets.stripeWebhookSecret,
    controlSecret: secrets.standinSecret,
    webhookUrl: apiPorts.map((port) => `http://127.0.0.1:${port}/api/webhooks/stripe`),
    pageBase: `${config.publicUrl}/standin`,
  });
  const leave = async () => {
    setTimeout(() => process.exit(1), STOP_WITHIN_MS).unref();
    await standin.stop();
    process.exit(0);
  };
  process.once('SIGTERM', leave);
  process.once('SIGINT', leave);
  process.send?.('ready');
  flushCompileCache();
}

main().catch((error: unknown) => {
  process.stderr.write(`${error instanceof ConfigError ? error.message : String(error)}\n`);
  process.exit(1);
});
