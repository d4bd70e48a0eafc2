/** Whether a server has an endpoint: asked once, when it is opened. */
import { LongsightError } from '../../../base/errors.ts';
import type { ServerConnection } from '../connection.ts';

/** @throws what sending throws, unless the server says that there is no such endpoint or that it takes no such request */
export async function hasEndpoint(
  connection: ServerConnection,
  path: string,
  body: object | null,
  signal: AbortSignal,
): Promise<boolean> {
  try {
    (await connection.send(path, body, signal)).close();
    return true;
  } catch (error) {
    // 404 and 405 mean the same from different frameworks.
    if (error instanceof LongsightError && (error.userError.code === 'LS3208' || error.userError.code === 'LS3219'))
      return false;
    throw error;
  }
}
