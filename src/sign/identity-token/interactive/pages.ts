function page(title: string, text: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>${title}</title>
<style>body { font: 18px/1.5 system-ui, sans-serif; max-width: 32em; margin: 20vh auto; padding: 0 1em; color: #222; background: #fff }</style>
<h1>${title}</h1>
<p>${text}</p>
</html>
`;
}

/** What the browser shows when all is done. */
export const CLOSE_PAGE = page('Signed in', 'Assay has what it needs. You can close this page and go back to the terminal.');

/** What a visit that was not expected gets. */
export const WRONG_PAGE = page('Not expected', 'This page belongs to a sign-in that is not waiting for you. Nothing was done.');
