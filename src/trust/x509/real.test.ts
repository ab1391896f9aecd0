/** Real certificates, read by us, by Node and by pkijs: all three have to say the same. */
import { X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import * as pkijs from 'pkijs';
import { describe, expect, test } from 'vitest';
import { HAS_VECTORS, VECTORS } from '../../../test/vectors/shared.ts';
import { altNamesOf, type Certificate, embeddedScts, findPaths, fulcioClaims, parseCertificate, publicKeyOf, validAt } from './index.ts';

/** All `rawBytes` of certificates in the JSON files of the vectors, once each. */
function realCertificates(): Map<string, Certificate> {
  const found = new Map<string, Certificate>();
  for (const file of readdirSync(VECTORS, { recursive: true, encoding: 'utf8' })) {
    if (!/(?:trusted_root|bundle.*)\.json$/.test(file)) continue;
    for (const [, base64] of readFileSync(path.join(VECTORS, file), 'utf8').matchAll(/"rawBytes":\s*"(MII[^"]+)"/g)) {
      const der = Buffer.from(base64 ?? '', 'base64');
      if (!isCertificate(der)) continue;
      const certificate = parseCertificate(der);
      found.set(certificate.fingerprint, certificate);
    }
  }
  return found;
}

describe.runIf(HAS_VECTORS)('real certificates (of the folder shared/vectors)', () => {
  const all = HAS_VECTORS ? [...realCertificates().values()] : [];

  test('there are some', () => {
    expect(all.length).toBeGreaterThan(20);
  });

  test.each(all.map((c) => [c.fingerprint.slice(0, 12), c] as const))('%s: Node reads the same', (_, ours) => {
    const node = new X509Certificate(ours.der);
    expect(ours.fingerprint).toBe(node.fingerprint256.replaceAll(':', '').toLowerCase());
    expect(BigInt(`0x${Buffer.from(ours.serial).toString('hex')}`)).toBe(BigInt(`0x${node.serialNumber}`));
    expect(ours.notBefore).toBe(Date.parse(node.validFrom));
    expect(ours.notAfter).toBe(Date.parse(node.validTo));
    expect(ours.basicConstraints?.ca ?? false).toBe(node.ca);
    expect(ours.extendedKeyUsage).toEqual(node.keyUsage);
    expect(ours.spki).toEqual(node.publicKey.export({ type: 'spki', format: 'der' }));
    expect(publicKeyOf(ours).handle.equals(node.publicKey)).toBe(true);
    const [first] = altNamesOf(ours);
    if (first?.kind === 'uri') expect(node.subjectAltName).toContain(first.value);
    const commonName = /CN=([^,\n]+)/;
    expect(commonName.exec(ours.issuerText)?.[1]).toBe(commonName.exec(node.issuer)?.[1]);
  });

  test.each(all.map((c) => [c.fingerprint.slice(0, 12), c] as const))('%s: pkijs reads the same', (_, ours) => {
    const theirs = pkijs.Certificate.fromBER(Buffer.from(ours.der));
    expect([...ours.extensions].map(([oid, { critical }]) => [oid, critical])).toEqual(
      (theirs.extensions ?? []).map((e) => [e.extnID, e.critical]),
    );
    expect(Buffer.from(theirs.tbsView)).toEqual(Buffer.from(ours.tbs));
    expect(theirs.signatureAlgorithm.algorithmId).toBe(ours.signatureAlgorithm.oid);
    expect(Buffer.from(theirs.signatureValue.valueBlock.valueHexView)).toEqual(Buffer.from(ours.signature));
    for (const [oid, { value }] of ours.extensions) {
      const extension = theirs.extensions?.find((e) => e.extnID === oid);
      expect(Buffer.from(extension?.extnValue.valueBlock.valueHexView ?? [])).toEqual(Buffer.from(value));
    }
  });

  test('each leaf has a path where pkijs has one, and only there', async () => {
    const anchors = all.filter((c) => Buffer.compare(c.subject, c.issuer) === 0);
    const intermediates = all.filter((c) => c.basicConstraints?.ca && !anchors.includes(c));
    const leaves = all.filter((c) => !c.basicConstraints?.ca && c.extendedKeyUsage?.includes('1.3.6.1.5.5.7.3.3'));
    expect(leaves.length).toBeGreaterThan(10);
    for (const leaf of leaves) {
      const found = findPaths(leaf, { anchors, intermediates, usage: 'codeSigning' });
      const engine = new pkijs.CertificateChainValidationEngine({
        trustedCerts: anchors.map(theirs),
        certs: [...intermediates, leaf].map(theirs),
        checkDate: new Date(leaf.notBefore + 1000),
      });
      const verdict = await engine.verify();
      expect('paths' in found && found.paths.some((p) => validAt(p, leaf.notBefore + 1000) === undefined)).toBe(verdict.result);
    }
  });

  test('the leaves have SCTs and claims', () => {
    const leaves = all.filter((c) => [...c.extensions.keys()].some((oid) => oid.startsWith('1.3.6.1.4.1.57264.')));
    for (const leaf of leaves) {
      expect(fulcioClaims(leaf).get('issuer')).toMatch(/^https:/);
      expect(embeddedScts(leaf).length).toBeGreaterThan(0);
    }
  });
});

function theirs(certificate: Certificate): pkijs.Certificate {
  return pkijs.Certificate.fromBER(Buffer.from(certificate.der));
}

/** Keys are called `rawBytes` too. */
function isCertificate(der: Buffer): boolean {
  try {
    return new X509Certificate(der).raw.length > 0;
  } catch {
    return false;
  }
}
