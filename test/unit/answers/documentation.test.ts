/** Documentation comments as a reader of the rendered page would see them: one table a markup. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import fc from 'fast-check';
import { renderedDocumentation } from '../../../src/answers/code/documentation/markup.ts';
import { hostile } from '../../support/hostile-text.ts';

const cases: Readonly<Record<string, readonly (readonly [raw: string, shown: string])[]>> = {
  python: [
    [
      'Sends a :class:`~requests.PreparedRequest` by ``send()``.\n\n:param request: what is sent\n:rtype: Response',
      'Sends a `PreparedRequest` by `send()`.',
    ],
    [
      'See :py:meth:`Session.send` and `the guide <http://e>`_, :ref:`title <target>`.',
      'See `Session.send` and the guide, title.',
    ],
    [
      'Opens it.\n\n.. note:: Only once.\n\n.. code-block:: python\n\n    x = 1\n\nThen closes.',
      'Opens it.\n\nNote: Only once.\n\nThen closes.',
    ],
    ['Adds two.\n\nArgs:\n    a: the first', 'Adds two.'],
    ['Adds two.\n\nParameters\n----------\na : int', 'Adds two.'],
    ['Splits at ``a[1]`` and *never* at **b**.', 'Splits at `a[1]` and never at b.'],
  ],
  java: [
    [
      'Reads {@code List<String>} of {@link java.util.Map#get(Object) the map} or {@link #close()}.\n<p>More.\n@param x the thing',
      'Reads `List<String>` of the map or `close`.\n\nMore.',
    ],
    ['A &lt;b&gt; in <code>a &amp; b</code>, <em>now</em>.\n<pre>\nint x;\n</pre>', 'A <b> in `a & b`, now.'],
  ],
  kotlin: [['Takes [Name] and gives [Other.thing].\n@return it', 'Takes `Name` and gives `Other.thing`.']],
  typescript: [
    [
      'Joins {@link Path | a path} with [`x`](y.md) and {@link Other}.\n\n@param a first',
      'Joins a path with `x` and `Other`.',
    ],
    ['@description Cuts it.\n@returns parts', 'Cuts it.'],
    ['Gives `parts[1]` back.\n\n```ts\nx()\n```', 'Gives `parts[1]` back.'],
  ],
  php: [['Finds {@see Foo::bar} there.\n@throws X', 'Finds `Foo::bar` there.']],
  cpp: [
    [
      '\\brief Frees \\c ptr and \\p size bytes, see \\ref pool.\n\\param ptr what',
      'Frees `ptr` and `size` bytes, see `pool`.',
    ],
    ['@file x.h\n@brief Holds a @e thing.\n@code\nx();\n@endcode', 'Holds a thing.'],
  ],
  rust: [
    [
      'Returns [`Some`] like [Vec::first] or [text](http://e).\n\n# Examples\n\n```\nx\n```',
      'Returns `Some` like `Vec::first` or text.',
    ],
  ],
  go: [
    [
      'Get calls [http.Client.Do] or [Reader].\n\n# Heading\n\nMore.',
      'Get calls `http.Client.Do` or `Reader`.\n\nMore.',
    ],
  ],
  ruby: [
    [
      'Calls +each+ of {Foo#bar} or {Foo#baz the other}.\n@param x [Integer]',
      'Calls `each` of `Foo#bar` or the other.',
    ],
  ],
  csharp: [
    [
      'Gets the <see cref="T:System.String"/> of <paramref name="x"/>, or <see langword="null"/>.\n<param name="x">the x</param>',
      'Gets the `System.String` of `x`, or `null`.',
    ],
  ],
};

describe('documentation in its own markup', () => {
  for (const [language, texts] of Object.entries(cases))
    it(language, () => {
      for (const [raw, shown] of texts) assert.equal(renderedDocumentation(raw, language), shown);
    });

  it('plain sentences stay as they are in every language', () => {
    const plain = 'Calls the first handler whose pattern fits the path, e.g. a_b or 3 < 4.';
    for (const language of [...Object.keys(cases), 'bash', 'lua'])
      assert.equal(renderedDocumentation(plain, language), plain);
  });

  it('any text is read', () => {
    fc.assert(
      fc.property(hostile, fc.constantFrom(...Object.keys(cases)), (text, language) => {
        renderedDocumentation(text, language);
      }),
    );
  });
});
