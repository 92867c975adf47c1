/** Puts `stagedoor` on the PATH where we may. */
import { lstatSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { CHECKOUT } from './place.ts';

const LINK = '/usr/local/bin/stagedoor';

/** Links the command as root. A file of that name that is no link of ours stays untouched. */
export function linkCommand(): void {
  if (process.getuid?.() !== 0) return;
  const target = join(CHECKOUT, 'scripts/stagedoor');
  try {
    const found = lstatSync(LINK, { throwIfNoEntry: false });
    if (found && !(found.isSymbolicLink() && readlinkSync(LINK).endsWith('/scripts/stagedoor'))) return;
    if (found) rmSync(LINK);
    symlinkSync(target, LINK);
  } catch {
    // A read-only /usr/local: scripts/stagedoor in the checkout does the same.
  }
}
