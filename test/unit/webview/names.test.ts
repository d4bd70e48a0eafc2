/** Names break after dots, slashes and underscores and between humps, and lose nothing. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { partsOfName } from '../../../webview/names.ts';

describe('where a name may break', () => {
  it('after signs and between humps', () => {
    assert.deepEqual(partsOfName('abstract-configuration.test.ts'), ['abstract-', 'configuration.', 'test.', 'ts']);
    assert.deepEqual(partsOfName('HTTPServerFactory2Builder'), ['HTTP', 'Server', 'Factory2', 'Builder']);
    assert.deepEqual(partsOfName('__init__.py'), ['__', 'init__.', 'py']);
    assert.deepEqual(partsOfName('Router.add_url_rule'), ['Router.', 'add_', 'url_', 'rule']);
    assert.deepEqual(partsOfName('src/web/'), ['src/', 'web/']);
    assert.deepEqual(partsOfName('plain'), ['plain']);
    assert.deepEqual(partsOfName(''), ['']);
  });
});
