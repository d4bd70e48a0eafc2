/** A small repository for tests in the editor: a few files that call each other, written to a folder and committed. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

export const sampleFiles: Readonly<Record<string, string>> = {
  'README.md':
    '# Ferry\n\nA tiny router: routes are registered on a `Router` and found by path.\n\n## Run\n\n`node src/main.js`\n',
  'src/router.js': `import { parsePattern } from './pattern.js';

/** Holds the routes of one application and finds the one for a path. */
export class Router {
  constructor() {
    this.routes = [];
  }

  /**
   * Registers a handler for a pattern. Patterns are tried in the order of their registration.
   */
  add(method, pattern, handler) {
    const parsed = parsePattern(pattern);
    this.routes.push({ method, parsed, handler });
    return this;
  }

  /** Finds the first route that fits, with the parameters its pattern names. */
  find(method, path) {
    for (const route of this.routes) {
      if (route.method !== method) continue;
      const parameters = route.parsed.match(path);
      if (parameters) return { handler: route.handler, parameters };
    }
    return null;
  }
}
`,
  'src/pattern.js': `/** Turns a pattern such as /users/:id into something that matches paths. */
export function parsePattern(pattern) {
  const names = [];
  const source = pattern.replace(/:([a-z]+)/g, (_, name) => {
    names.push(name);
    return '([^/]+)';
  });
  const expression = new RegExp('^' + source + '$');
  return {
    match(path) {
      const found = expression.exec(path);
      if (!found) return null;
      return Object.fromEntries(names.map((name, i) => [name, found[i + 1]]));
    },
  };
}
`,
  'src/main.js': `import { Router } from './router.js';

const router = new Router();
router.add('GET', '/users/:id', ({ id }) => 'user ' + id);
router.add('GET', '/health', () => 'ok');

const found = router.find('GET', '/users/7');
console.log(found ? found.handler(found.parameters) : 'not found');
`,
  'src/log.js': `/** Writes one line a request. */
export function logRequest(method, path, status) {
  console.log(method + ' ' + path + ' ' + status);
}
`,
};

/** Writes the repository into an empty or missing folder. */
export function writeSampleRepository(folder: string): void {
  for (const [name, text] of Object.entries(sampleFiles)) {
    const file = path.join(folder, name);
    mkdirSync(path.dirname(file), { recursive: true });
    writeFileSync(file, text);
  }
  const git = (...args: string[]): void => {
    execFileSync(
      'git',
      ['-c', 'user.name=test', '-c', 'user.email=test@example.invalid', '-c', 'init.defaultBranch=main', ...args],
      { cwd: folder, stdio: 'ignore' },
    );
  };
  git('init');
  git('add', '.');
  git('commit', '-m', 'sample');
}
