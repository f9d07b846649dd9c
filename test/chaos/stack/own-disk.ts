/** A folder of a server on a disk of its own, that can be filled up or lose its power. Needs the rights of root; the server is down meanwhile. */
import { execFileSync } from 'node:child_process';
import { closeSync, mkdirSync, openSync, renameSync, rmSync, writeSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import { join } from 'node:path';

const run = (command: string, ...args: string[]): void =>
  void execFileSync(command, args, { stdio: ['ignore', 'ignore', 'pipe'] });

const BLOCK = 64 * 1024;

export class OwnDisk {
  private constructor(
    private readonly path: string,
    /** The file that is the disk; none: it is memory. */
    private image: string | undefined,
  ) {}

  /** Of memory, so that it can be full soon. */
  static small(path: string, bytes: number): OwnDisk {
    return OwnDisk.under(path, undefined, at => run('mount', '-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', at));
  }

  /** Of a file: a copy of it holds only what was flushed. */
  static image(path: string, bytes: number): OwnDisk {
    const image = `${path}.image`;
    closeSync(openSync(image, 'w', 0o600));
    run('truncate', '-s', String(bytes), image);
    run('mkfs.ext4', '-q', '-F', image);
    return OwnDisk.under(path, image, at => run('mount', '-o', 'loop', image, at));
  }

  private static under(path: string, image: string | undefined, mount: (at: string) => void): OwnDisk {
    const kept = `${path}.kept`;
    renameSync(path, kept);
    mkdirSync(path);
    mount(path);
    run('cp', '-a', `${kept}/.`, path);
    for (const like of ['chown', 'chmod']) run(like, `--reference=${kept}`, path);
    rmSync(kept, { recursive: true });
    return new OwnDisk(path, image);
  }

  /** Writes until nothing more goes in; what cannot be compressed, so that nobody gains room. Gives the bytes written. */
  fill(): number {
    const file = openSync(join(this.path, 'ballast'), 'w');
    let bytes = 0;
    try {
      for (let size = BLOCK; size >= 512; size /= 2)
        try {
          for (;;) bytes += writeSync(file, randomBytes(size));
        } catch {
          // Full for a block of this size.
        }
    } finally {
      closeSync(file);
    }
    return bytes;
  }

  free(): void {
    rmSync(join(this.path, 'ballast'), { force: true });
  }

  /** The disk as it would be found if the power went now. Nobody may be writing, nor be able to. */
  cut(): () => void {
    const image = this.image!;
    const copy = `${image}.cut`;
    run('cp', '--sparse=always', image, copy);
    return () => {
      run('umount', this.path);
      renameSync(copy, image);
      run('mount', '-o', 'loop', image, this.path);
    };
  }

  /** The folder is an ordinary one again, with what the disk held. */
  giveBack(): void {
    const kept = `${this.path}.kept`;
    this.free();
    run('cp', '-a', `${this.path}/.`, kept);
    run('umount', this.path);
    rmSync(this.path, { recursive: true });
    renameSync(kept, this.path);
    rmSync(join(this.path, 'lost+found'), { recursive: true, force: true });
    if (this.image) rmSync(this.image);
    this.image = undefined;
  }
}

/** Whether this process may mount at all. */
export const canMount = (): boolean => process.getuid?.() === 0;
