import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { checksPage } from './checks.ts';
import { cliPage } from './cli.ts';
import { errorsPage } from './errors.ts';
import { imagePolicyPage } from './image-policy.ts';
import { limitsPage } from './limits.ts';
import type { Page } from './page.ts';

/** Every page that is written from the code. */
export async function pages(root: string): Promise<readonly Page[]> {
  return [await cliPage(), errorsPage(), limitsPage(readFileSync(join(root, 'src/limits.ts'), 'utf8')), checksPage(), imagePolicyPage()];
}
