/** Profiles that Weir wrote into the page: JSON, or JSON deflated and in base64 to keep a file small. */
import { bytesOfBase64 } from './profile';

/** The parsed JSON of the element with this id; null if the page has none. */
export async function embeddedJson(id: string): Promise<unknown> {
  const element = document.getElementById(id);
  if (!element) return null;
  const content = element.textContent ?? '';
  try {
    return JSON.parse(await plainText(content, element.dataset['encoding']));
  } catch (cause) {
    throw new Error('The profile in this page is damaged: it is no JSON that can be read.', {
      cause,
    });
  } finally {
    element.remove(); // What is parsed need not stay in memory as text, too.
  }
}

async function plainText(content: string, encoding: string | undefined): Promise<string> {
  if (encoding === undefined) return content;
  if (encoding !== 'deflate-base64') throw new Error(`unknown encoding ${encoding}`);
  const deflated = new Blob([bytesOfBase64(content.trim())]).stream();
  return new Response(deflated.pipeThrough(new DecompressionStream('deflate-raw'))).text();
}
