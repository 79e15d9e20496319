import { createHash } from 'node:crypto';
import { defineConfig, type Plugin, type Rollup } from 'vite';

/**
 * Writes script and style into the page, so that it is one file and asks no network for anything.
 *
 * The policy lets exactly this script run: should a name out of a profile ever get into the markup,
 * nothing in it is executed.
 */
function oneFile(): Plugin {
  const policy = (script: string) =>
    [
      `default-src 'none'`,
      `script-src 'sha256-${createHash('sha256').update(script).digest('base64')}'`,
      `style-src 'unsafe-inline'`,
      `img-src data:`,
      `base-uri 'none'`,
      `form-action 'none'`,
    ].join('; ');

  return {
    name: 'one-file',
    enforce: 'post',
    apply: ({ build }) => !build?.ssr,
    generateBundle(_, bundle) {
      const files = Object.values(bundle);
      const chunks = files.filter((file): file is Rollup.OutputChunk => file.type === 'chunk');
      const assets = files.filter((file): file is Rollup.OutputAsset => file.type === 'asset');
      const page = assets.find((asset) => asset.fileName.endsWith('.html'));
      if (!page || chunks.length !== 1) throw new Error('expected one page and one script');

      const script = chunks[0]!.code.replaceAll('</script', '<\\/script');
      const style = assets
        .filter((asset) => asset.fileName.endsWith('.css'))
        .map((asset) => asset.source);
      page.source = String(page.source)
        .replace(/\s*<script type="module"[^>]*><\/script>/, '')
        .replace(/\s*<link rel="stylesheet"[^>]*>/g, '')
        .replace(
          '<!--policy-->',
          () => `<meta http-equiv="Content-Security-Policy" content="${policy(script)}">`,
        )
        .replace('<!--style-->', () => `<style>${style.join('')}</style>`)
        .replace('<!--script-->', () => `<script type="module">${script}</script>`);
      page.fileName = 'report.html';
      for (const file of files) if (file !== page) delete bundle[file.fileName];
    },
  };
}

export default defineConfig({
  build: {
    target: 'es2022',
    modulePreload: false,
    cssCodeSplit: false,
    assetsInlineLimit: Infinity,
  },
  plugins: [oneFile()],
});
