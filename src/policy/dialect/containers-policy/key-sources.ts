import { type Bytes, decodeBase64 } from '../../../bytes/index.ts';
import { messageOf } from '../../../errors.ts';
import type { PolicyResources } from '../../resources.ts';
import type { Members, Mistakes, Path } from './mistakes.ts';

/** Something a requirement refers to, by path or in itself. */
export interface Material {
  /** As messages call it. */
  readonly name: string;
  readonly path: Path;
  readonly bytes: Bytes;
}

/** The ways in which a requirement may give one thing: names of fields, by what they hold. */
export interface SourceFields {
  readonly path?: string;
  readonly paths?: string;
  readonly data?: string;
  readonly datas?: string;
}

/** Reads what stands in exactly one of some fields; nothing, and a mistake, when there are several; nothing when there is none. */
export async function readMaterial(
  members: Members,
  fields: SourceFields,
  at: { readonly path: Path; readonly mistakes: Mistakes; readonly resources: PolicyResources },
): Promise<readonly Material[] | undefined> {
  const { path, mistakes, resources } = at;
  const names = Object.values(fields).filter((n): n is string => n !== undefined);
  const given = names.filter((n) => members[n] !== undefined);
  const [field] = given;
  if (field === undefined) return undefined;
  if (given.length > 1) return mistakes.add([...path, given[1] ?? field], `only one of ${names.join(', ')} may be given`);
  const many = field === fields.paths || field === fields.datas;
  const listed = many ? mistakes.list(members[field], [...path, field]) : [members[field]];
  const inside = field === fields.data || field === fields.datas;
  const read = await Promise.all(
    (listed ?? []).map((value, i) => {
      const here = many ? [...path, field, i] : [...path, field];
      return inside ? decoded(value, here, mistakes) : file(value, here, mistakes, resources);
    }),
  );
  const found = read.filter((m) => m !== undefined);
  return found.length === read.length && found.length > 0 ? found : undefined;
}

function decoded(value: unknown, path: Path, mistakes: Mistakes): Material | undefined {
  const text = mistakes.text(value, path);
  if (text === undefined) return undefined;
  try {
    // Go's decoder passes over line ends.
    return { name: String(path.findLast((p) => typeof p === 'string')), path, bytes: decodeBase64(text.replace(/[\r\n]/g, ''), 'it') };
  } catch (cause) {
    return mistakes.add(path, messageOf(cause), undefined, cause);
  }
}

async function file(value: unknown, path: Path, mistakes: Mistakes, resources: PolicyResources): Promise<Material | undefined> {
  const name = mistakes.text(value, path);
  if (name === undefined) return undefined;
  try {
    return { name, path, bytes: await resources.file(name) };
  } catch (cause) {
    return mistakes.add(path, messageOf(cause), undefined, cause);
  }
}
