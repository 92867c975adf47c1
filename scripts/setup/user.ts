/** The unprivileged user that everything runs as. */
import { readFileSync } from 'node:fs';
import { type Identity, lastLines, run } from './exec.ts';
import { type Say, SetupError } from './say.ts';

export type User = Identity & { readonly name: string };

function lookUp(name: string): User | null {
  for (const line of readFileSync('/etc/passwd', 'utf8').split('\n')) {
    const [login, , uid, gid] = line.split(':');
    if (login === name) return { name, uid: Number(uid), gid: Number(gid) };
  }
  return null;
}

/** Returns the user, making a system user without a shell or home where there is none. Needs root. */
export async function ensureUser(name: string, say: Say): Promise<User> {
  const found = lookUp(name);
  if (found?.uid === 0) throw new SetupError('STAGEDOOR_USER must not be root: the services face the network.');
  if (found) return found;
  say(`Making the system user ${name} …`);
  const args = ['--system', '--user-group', '--no-create-home', '--home-dir', '/nonexistent'];
  const made = await run('useradd', [...args, '--shell', '/usr/sbin/nologin', name]);
  const user = lookUp(name);
  if (!user) throw new SetupError(`The user ${name} could not be made:\n${lastLines(made.output)}`);
  return user;
}
