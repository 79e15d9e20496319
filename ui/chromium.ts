import { execFileSync } from 'node:child_process';

/** Debian's browser, or the one that CHROMIUM names; none is ever downloaded. */
export function chromiumPath(): string {
  const named = process.env['CHROMIUM'] ?? 'chromium';
  return named.includes('/') ? named : execFileSync('which', [named], { encoding: 'utf8' }).trim();
}
