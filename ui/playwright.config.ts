import { execFileSync } from 'node:child_process';
import { defineConfig } from '@playwright/test';

/** Debian's browser, or the one that CHROMIUM names; none is ever downloaded. */
function chromium(): string {
  const named = process.env['CHROMIUM'] ?? 'chromium';
  return named.includes('/') ? named : execFileSync('which', [named], { encoding: 'utf8' }).trim();
}

export default defineConfig({
  testDir: 'tests',
  timeout: 120_000,
  workers: 1,
  reporter: 'list',
  use: {
    viewport: { width: 1280, height: 900 },
    launchOptions: { executablePath: chromium(), args: ['--no-sandbox'] },
  },
});
