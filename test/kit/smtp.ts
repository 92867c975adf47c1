/** A real SMTP server on a free port, which can refuse, hang, cut and go away; what it took is read back. */
import type { Socket } from 'node:net';
import type { Email } from 'postal-mime';
import PostalMime from 'postal-mime';
import { SMTPServer } from 'smtp-server';

/** What it does with a mail: takes it, takes it and does not say so, refuses its recipient, says nothing, cuts the line. */
export type Mood = 'take' | 'take_and_hang' | 'refuse_now' | 'refuse_for_good' | 'hang' | 'cut';
type Taken = {
  readonly from: string;
  readonly to: readonly string[];
  readonly user: string;
  readonly mail: Email;
};

class Refusal extends Error {
  readonly responseCode: number;
  constructor(responseCode: number, message: string) {
    super(message);
    this.responseCode = responseCode;
  }
}

const USER = 'stagedoor';
const PASSWORD = 'p@ss/word:with signs';

/** Starts the server; `mood` says what it does with a recipient. */
export async function startSmtp(mood: (to: string) => Mood = () => 'take') {
  const taken: Taken[] = [];
  const open = new Set<Socket>();
  let connections = 0;
  let attempts = 0;
  const make = () => {
    const server = new SMTPServer({
      disabledCommands: ['STARTTLS'],
      allowInsecureAuth: true,
      closeTimeout: 100,
      onConnect(_session, done) {
        connections += 1;
        done();
      },
      onAuth({ username, password }, _session, done) {
        if (username === USER && password === PASSWORD) done(null, { user: username });
        else done(new Refusal(535, 'who are you'));
      },
      onRcptTo({ address }, _session, done) {
        attempts += 1;
        const how = mood(address);
        if (how === 'refuse_now') return done(new Refusal(451, 'try again later'));
        if (how === 'refuse_for_good') return done(new Refusal(550, 'no such mailbox'));
        done();
      },
      onData(stream, session, done) {
        const chunks: Buffer[] = [];
        stream.on('data', (chunk: Buffer) => chunks.push(chunk));
        stream.on('end', () => {
          const to = session.envelope.rcptTo.map(({ address }) => address);
          const how = mood(to[0] ?? '');
          if (how === 'hang') return;
          if (how === 'cut') {
            for (const socket of open) socket.destroy();
            return;
          }
          const { mailFrom } = session.envelope;
          void PostalMime.parse(Buffer.concat(chunks)).then((mail) => {
            taken.push({ from: mailFrom ? mailFrom.address : '', to, user: String(session.user ?? ''), mail });
            if (how === 'take') done();
          });
        });
      },
    });
    server.on('error', () => undefined);
    server.server.on('connection', (socket: Socket) => {
      open.add(socket);
      socket.on('close', () => open.delete(socket));
    });
    return server;
  };
  let server = make();
  const listen = (port: number) =>
    new Promise<number>((resolve, reject) => {
      server.on('error', reject);
      server.listen(port, '127.0.0.1', () => resolve((server.server.address() as { port: number }).port));
    });
  const port = await listen(0);
  const leave = () =>
    new Promise<void>((resolve) => {
      for (const socket of open) socket.destroy();
      server.close(() => resolve());
    });
  return {
    url: `smtp://${USER}:${encodeURIComponent(PASSWORD)}@127.0.0.1:${port}`,
    wrongUrl: `smtp://${USER}:wrong@127.0.0.1:${port}`,
    taken,
    /** Mails taken for one address. */
    for: (to: string) => taken.filter((one) => one.to.includes(to)),
    connections: () => connections,
    /** Recipients named so far, refused ones too. */
    attempts: () => attempts,
    leave,
    async comeBack() {
      server = make();
      await listen(port);
    },
  };
}
export type TestSmtp = Awaited<ReturnType<typeof startSmtp>>;
