/** An authority made by `openssl ca` in a folder of its own, its lists, and its answers by `openssl ocsp`. */
import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { certificatesFromPem } from '../../../src/trust/index.ts';

export const HAS_OPENSSL = spawnSync('openssl', ['version']).status === 0;

const POLICY = ['policy=any', 'unique_subject=no', 'default_md=sha256', 'email_in_dn=no', 'rand_serial=no'];

/** What a list is made with. */
export interface ListParts {
  /** Lines of the section of its extensions, beside the number. */
  readonly extensions?: readonly string[];
  readonly number?: number;
  /** Another database than the authority's. */
  readonly database?: string;
  /** `YYMMDDhhmmssZ` */
  readonly lastUpdate?: string;
  readonly nextUpdate?: string;
  /** Another authority's folder whose key signs. */
  readonly signer?: string;
}

/** A running `openssl ocsp`. */
export interface Responder {
  readonly port: number;
  stop(): Promise<void>;
}

/** A folder with a root authority. */
export function opensslAuthority(name = 'Test CA') {
  const folder = mkdtempSync(join(tmpdir(), 'assay-revocation-'));
  const at = (file: string): string => join(folder, file);
  const openssl = (...args: string[]): Buffer => execFileSync('openssl', args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] });

  function config(database: string, extensions: readonly string[] = []): string {
    const lines = ['[req]', 'distinguished_name=dn', '[dn]', '[ca]', 'default_ca=it', '[it]', ...POLICY, `database=${database}`];
    lines.push(
      'new_certs_dir=.',
      'serial=serial',
      'crlnumber=crlnumber',
      'certificate=root.pem',
      'private_key=root.key',
      'default_days=30',
    );
    lines.push('default_crl_days=1', ...(extensions.length > 0 ? ['crl_extensions=list'] : []), '[any]', 'commonName=supplied');
    lines.push('[list]', ...extensions);
    writeFileSync(at('ca.cnf'), `${lines.join('\n')}\n`);
    return 'ca.cnf';
  }

  function database(file: string): void {
    writeFileSync(at(file), '');
    writeFileSync(at(`${file}.attr`), 'unique_subject=no\n');
  }

  database('index.txt');
  writeFileSync(at('serial'), '1000\n');
  writeFileSync(at('crlnumber'), '01\n');
  openssl(
    'req',
    '-x509',
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-nodes',
    '-keyout',
    'root.key',
    '-out',
    'root.pem',
    '-subj',
    `/CN=${name}`,
    '-days',
    '60',
    '-config',
    config('index.txt'),
    '-addext',
    'basicConstraints=critical,CA:TRUE',
    '-addext',
    'keyUsage=critical,keyCertSign,cRLSign',
  );

  return {
    folder,
    at,
    openssl,
    database,
    root: certificateAt(at('root.pem')),
    /** Issues a certificate with these extensions; its files are NAME.pem and NAME.key. */
    issue(file: string, extensions: readonly string[] = [], ...more: string[]) {
      openssl(
        'req',
        '-new',
        '-newkey',
        'ec',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-nodes',
        '-keyout',
        `${file}.key`,
        '-out',
        `${file}.csr`,
        '-subj',
        `/CN=${file}`,
        '-config',
        config('index.txt'),
      );
      writeFileSync(at('ext.cnf'), `${['keyUsage=critical,digitalSignature', ...extensions].join('\n')}\n`);
      openssl(
        'ca',
        '-batch',
        '-notext',
        '-config',
        config('index.txt'),
        '-in',
        `${file}.csr`,
        '-out',
        `${file}.pem`,
        '-extfile',
        'ext.cnf',
        ...more,
      );
      return certificateAt(at(`${file}.pem`));
    },
    revoke(file: string, ...how: string[]): void {
      openssl('ca', '-config', config('index.txt'), '-revoke', `${file}.pem`, ...how);
    },
    /** A list as DER. */
    list(parts: ListParts = {}): Buffer {
      writeFileSync(at('crlnumber'), `${(parts.number ?? 1).toString(16).padStart(4, '0')}\n`);
      const lines = ['authorityKeyIdentifier=keyid:always', ...(parts.extensions ?? [])];
      const signer =
        parts.signer === undefined ? [] : ['-cert', join(parts.signer, 'root.pem'), '-keyfile', join(parts.signer, 'root.key')];
      const times = [
        ...(parts.lastUpdate === undefined ? [] : ['-crl_lastupdate', parts.lastUpdate]),
        ...(parts.nextUpdate === undefined ? [] : ['-crl_nextupdate', parts.nextUpdate]),
      ];
      openssl('ca', '-gencrl', '-config', config(parts.database ?? 'index.txt', lines), '-out', 'list.pem', ...signer, ...times);
      openssl('crl', '-in', 'list.pem', '-outform', 'DER', '-out', 'list.crl');
      return readFileSync(at('list.crl'));
    },
    /** The answer about a certificate as DER, signed by NAME.pem with NAME.key. */
    answer(file: string, signer = 'root', ...how: string[]): Buffer {
      openssl('ocsp', '-issuer', 'root.pem', '-cert', `${file}.pem`, '-reqout', 'request.der', '-no_nonce');
      openssl(
        'ocsp',
        '-index',
        'index.txt',
        '-CA',
        'root.pem',
        '-rsigner',
        `${signer}.pem`,
        '-rkey',
        `${signer}.key`,
        '-reqin',
        'request.der',
        '-respout',
        'answer.der',
        ...(how.length === 0 ? ['-ndays', '1'] : how),
      );
      return readFileSync(at('answer.der'));
    },
    /** A responder of this authority, at a free port unless it is told one. */
    respond(signer = 'root', port = 0): Promise<Responder> {
      const args = [
        'ocsp',
        '-port',
        String(port),
        '-index',
        'index.txt',
        '-CA',
        'root.pem',
        '-rsigner',
        `${signer}.pem`,
        '-rkey',
        `${signer}.key`,
        '-ndays',
        '1',
      ];
      return started(spawn('openssl', args, { cwd: folder, stdio: ['ignore', 'pipe', 'pipe'] }));
    },
    remove: () => rmSync(folder, { recursive: true, force: true }),
  };
}

export type OpensslAuthority = ReturnType<typeof opensslAuthority>;

function certificateAt(path: string) {
  const [certificate] = certificatesFromPem(readFileSync(path, 'utf8'), path);
  if (certificate === undefined) throw new Error(`${path} holds no certificate`);
  return certificate;
}

function started(child: ChildProcess): Promise<Responder> {
  return new Promise((resolve, reject) => {
    let text = '';
    const ended = new Promise<void>((done) => child.once('exit', () => done()));
    child.once('exit', (code) => reject(new Error(`openssl ocsp ended with ${code}: ${text}`)));
    for (const stream of [child.stdout, child.stderr])
      stream?.on('data', (data: Buffer) => {
        text += data.toString();
        const port = /ACCEPT \S*:(\d+)/.exec(text)?.[1];
        if (port === undefined) return;
        resolve({
          port: Number(port),
          async stop() {
            child.kill();
            await ended;
          },
        });
      });
  });
}

/** A time as `openssl ca` takes it, so many seconds from now. */
export function stamp(seconds: number): string {
  return `${new Date(Date.now() + seconds * 1000).toISOString().replace(/[-:T]/g, '').slice(2, 14)}Z`;
}
