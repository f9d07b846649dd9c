/** Processes of the bench itself: peers that are measured beside us, each on a port of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { freePort } from './own-shop';

/** Asked to find out whether a peer listens; whatever it answers. */
const NOBODY = '/users/00000000-0000-7000-8000-000000000000/products';

export interface Peer {
  readonly port: number;
  readonly child: ChildProcess;
}

export class PeerProcesses {
  private readonly peers: Peer[] = [];

  /** Resolves when it listens. `env`: what the peer is told, such as PEER_DATABASE_URL. */
  async start(name: string, env: Readonly<Record<string, string>>): Promise<Peer> {
    const port = await freePort();
    const child = spawn(process.execPath, [process.argv[1]!, 'peer', name, String(port)], {
      env: { ...process.env, NODE_ENV: 'production', ...env },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    this.peers.push({ port, child });
    for (;;) {
      if (child.exitCode !== null) throw new Error(`the peer "${name}" ended before it listened`);
      if (await fetch(`http://127.0.0.1:${port}${NOBODY}`).catch(() => undefined)) return { port, child };
      await pause(50);
    }
  }

  stop(): void {
    for (const { child } of this.peers) child.kill('SIGKILL');
  }
}
