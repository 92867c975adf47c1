/** `stagedoor receipt`: check receipts offline, publish and change the keys that sign them. */
import { readFileSync } from 'node:fs';
import type { Command } from 'commander';
import { z } from 'zod';
import { PublishedReceiptKey } from '#contract/receipts.ts';
import { receiptKeys, rotateKey } from '../../server/src/receipts/keys.ts';
import { believed, checkReceipt, type PublishedKey, type Receipt } from '../../server/src/receipts/rules.ts';
import type { CommandContext } from './output.ts';
import { CommandError } from './output.ts';

const KeyFile = z.object({ keys: z.array(PublishedReceiptKey).min(1) });

function readJson(file: string): unknown {
  try {
    return JSON.parse(readFileSync(file === '-' ? 0 : file, 'utf8'));
  } catch {
    throw new CommandError(`${file} cannot be read as JSON.`);
  }
}

/** Of a file of keys the first is believed, and what it vouches for. */
function keysOf(context: CommandContext, file: string | undefined): Map<string, PublishedKey> {
  const parsed = file === undefined ? null : KeyFile.safeParse(readJson(file));
  if (parsed && !parsed.success)
    throw new CommandError(`${file} is not a list of receipt keys, as /api/receipts/keys gives it.`);
  const keys = parsed?.data.keys ?? receiptKeys(context.config().varDir).keys;
  return believed(
    keys,
    keys.slice(0, 1).map(({ id }) => id),
  );
}

/** Adds `receipt` to the program. */
export function registerReceiptCommands(program: Command, context: CommandContext): void {
  const receipt = program.command('receipt').description('receipts: check one offline, keys that sign them');
  receipt
    .command('verify')
    .description('say whether a receipt is ours and unchanged')
    .argument('<file>', 'the receipt (JSON), or - for standard input')
    .option('--keys <file>', 'published keys saved earlier from /api/receipts/keys; else those of this install')
    .addHelpText('after', '\nExample:\n  stagedoor receipt verify receipt.json --keys keys.json')
    .action((file: string, { keys }: { keys?: string }) => {
      const given = readJson(file);
      const verdict = checkReceipt(given, keysOf(context, keys));
      if (!verdict.good) throw new CommandError(`Not good. ${verdict.why}`);
      const { transferId, amount, currency, at } = (given as Receipt).receipt;
      context.out(
        { good: true, key: verdict.key.id },
        `Good: ${transferId}, ${amount} ${currency}, ${at}; signed with ${verdict.key.id} of ${verdict.key.createdAt}.`,
      );
    });
  receipt
    .command('keys')
    .description('print the published keys')
    .action(() => {
      const { keys } = receiptKeys(context.config().varDir);
      context.out({ keys }, JSON.stringify({ keys }, null, 2));
    });
  receipt
    .command('rotate')
    .description('make a new signing key; receipts signed before stay good')
    .action(() => {
      const key = rotateKey(context.config().varDir);
      context.out(key, `${key.id} signs from now on.`);
    });
}
