import type { AssayError } from '../../errors.ts';
import type { CompiledFile, PolicyRemark } from '../../policy/index.ts';
import type { Output } from '../output/output.ts';
import { printable } from '../text/printable.ts';

/** The object of `assay/policy-check/v1` (CONTRACT, "JSON"). */
export function checkJson(files: readonly CompiledFile[]): object {
  return {
    schema: 'assay/policy-check/v1',
    files: files.map((f) => ({
      file: f.file,
      policies: f.policies.map(({ dialect, name, mode }) => ({ dialect, name, mode })),
      errors: inOrder(f.errors).map(mistake),
      warnings: f.warnings.map(remark),
    })),
    warnings: [],
    errors: [],
  };
}

function mistake(error: AssayError): object {
  return { code: error.code, message: error.message, ...(error.hint === undefined ? {} : { hint: error.hint }), ...error.at };
}

function remark({ code, message, at }: PolicyRemark): object {
  return { code, message, ...at };
}

/** For people: a line for each file, and below it what is wrong where. */
export function checkText(files: readonly CompiledFile[], { style }: Pick<Output, 'style'>): string {
  const lines = files.flatMap((f) => {
    const bad = f.errors.length > 0;
    const what =
      f.policies.map((p) => `${p.dialect} ${p.name}${p.mode === 'warn' ? ' (warn)' : ''}`).join(', ') ||
      'no policy, only what policies refer to';
    return [
      `${style.mark(bad ? 'no' : 'ok')} ${printable(f.file)}: ${bad ? `${f.errors.length} ${f.errors.length === 1 ? 'error' : 'errors'}` : printable(what, 1000)}`,
      ...inOrder(f.errors).flatMap((e) => [
        `  ${style.red('error')} ${printable(placed(f.file, e), 2000)}`,
        ...(e.hint === undefined ? [] : [`        hint: ${printable(e.hint, 500)}`]),
      ]),
      ...f.warnings.map((w) => `  ${style.yellow('warning')} ${printable(placed(f.file, w), 2000)}`),
    ];
  });
  return `${lines.join('\n')}\n`;
}

/** As they stand in the file; what stands nowhere comes first. */
function inOrder(errors: readonly AssayError[]): readonly AssayError[] {
  return [...errors].sort((a, b) => (a.at?.line ?? 0) - (b.at?.line ?? 0) || (a.at?.column ?? 0) - (b.at?.column ?? 0));
}

/** The message after its place, in one line; a file that the message begins with is not said twice. */
function placed(file: string, { message, at }: Pick<PolicyRemark, 'message'> & { readonly at?: AssayError['at'] }): string {
  const text = message.replaceAll('\n', ' ');
  if (at?.line === undefined) return text;
  const place = `${file}:${at.line}${at.column === undefined ? '' : `:${at.column}`}: `;
  return place + (text.startsWith(`${file}: `) ? text.slice(file.length + 2) : text);
}
